import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../src/base/random.ts";
import { hashOfPair, Trie } from "../../../src/encode/text/trie.ts";
import { codesOf, hashOf, textOf, WordTable } from "../../../src/encode/text/words.ts";

const word = fc.string({ unit: fc.constantFrom("a", "b", "é", "漢", "😀"), maxLength: 6 });

describe("WordTable", () => {
  test("numbers words like a Map, in order of first appearance, also in the middle of other codes", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 300 }), word, (words, before) => {
        const table = new WordTable();
        const known = new Map<string, number>();
        const offset = codesOf(before).length;
        for (const text of words) {
          const codes = codesOf(`${before}${text}b`);
          const end = codes.length - 1;
          expect(table.find(codes, offset, end)).toBe(known.get(text) ?? 0);
          if (!known.has(text)) known.set(text, known.size + 1);
          expect(table.add(codes, offset, end)).toBe(known.get(text));
        }
        expect(table.size).toBe(known.size);
        for (const [text, number] of known) expect(table.text(number)).toBe(text);
      }),
    );
  });

  test("tells words of one hash apart", () => {
    const seen = new Map<number, Int32Array>();
    const random = createRandom(5);
    let pair: [Int32Array, Int32Array] | null = null;
    for (let i = 0; pair === null; i++) {
      const codes = Int32Array.of(random.below(0x110000), random.below(0x110000), i);
      const before = seen.get(hashOf(codes, 0, 3));
      if (before !== undefined) pair = [before, codes];
      seen.set(hashOf(codes, 0, 3), codes);
    }
    const [a, b] = pair;
    expect(hashOf(a, 0, 3)).toBe(hashOf(b, 0, 3));
    const table = new WordTable();
    expect([table.add(a, 0, 3), table.find(b, 0, 3)]).toEqual([1, 0]);
    expect([table.add(b, 0, 3), table.find(a, 0, 3), table.find(b, 0, 3)]).toEqual([2, 1, 2]);
  });

  test("grows past its first room, with long words in it", () => {
    const table = new WordTable();
    const texts = Array.from({ length: 20_000 }, (_, i) => `word ${i}`);
    texts.push("x".repeat(100_000));
    for (const text of texts) table.add(codesOf(text), 0, text.length);
    texts.forEach((text, i) => {
      if (table.find(codesOf(text), 0, text.length) !== i + 1) throw new Error(text);
      if (table.text(i + 1) !== text) throw new Error(text);
    });
    expect(table.size).toBe(20_001);
  });

  test("codes and texts are each other's inverse", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(textOf(codesOf(text))).toBe(text);
        expect([...codesOf(text)]).toEqual(Array.from(text, (c) => c.codePointAt(0)));
      }),
    );
    expect([...codesOf("a\ud800b")]).toEqual([97, 0xd800, 98]);
  });
});

describe("Trie", () => {
  const step = fc.tuple(fc.nat(), fc.constantFrom(-1, 0, 1, 2, 32, 97, -2147483648, 2147483647));

  test("numbers sequences like a Map, and keeps a number of each", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000, size: "max" }), (steps) => {
        const trie = new Trie();
        const known = new Map<string, number>();
        let size = 1;
        for (const [choice, symbol] of steps) {
          const parent = choice % size;
          const key = `${parent} ${symbol}`;
          if (trie.find(parent, symbol) !== (known.get(key) ?? 0)) throw new Error(`find ${key}`);
          if (!known.has(key)) {
            known.set(key, size++);
          }
          const node = trie.add(parent, symbol);
          if (node !== known.get(key)) throw new Error(`add ${key}`);
          trie.set(node, trie.value(node) + 1);
        }
        expect(trie.size).toBe(size);
        let visits = 0;
        for (let node = 0; node < trie.size; node++) {
          visits += trie.value(node);
        }
        expect(visits).toBe(steps.length);
      }),
      { numRuns: 30 },
    );
  });

  test("tells sequences of one hash apart", () => {
    const trie = new Trie();
    const seen = new Map<number, [number, number]>();
    const clashes: [number, number][] = [];
    for (let symbol = 0; clashes.length < 3; symbol++) {
      const pair: [number, number] = [symbol % 7, Math.imul(symbol, 0x9e3779b1)];
      const before = seen.get(hashOfPair(...pair));
      if (before !== undefined) clashes.push(before, pair);
      seen.set(hashOfPair(...pair), pair);
    }
    const nodes = clashes.map(([parent, symbol]) => trie.add(parent, symbol));
    expect(new Set(nodes).size).toBe(clashes.length);
    expect(clashes.map(([parent, symbol]) => trie.find(parent, symbol))).toEqual(nodes);
  });
});
