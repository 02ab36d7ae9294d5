import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCutter } from "../../../src/encode/text/cutter.ts";
import { createFinder } from "../../../src/encode/text/finder.ts";
import type { GramEncoder, GramRange } from "../../../src/encode/text/grams.ts";
import { registerStemmer, type WordChanges } from "../../../src/encode/text/symbols.ts";
import { createVocabulary } from "../../../src/encode/text/vocabulary.ts";
import { FOLDED } from "./cut.ts";
import { countsOf, naiveGrams, range, text } from "./naive.ts";

const NO_CHANGES: WordChanges = { stopWords: [], stemmer: "" };
const WORDS: GramRange = { of: "words", from: 1, to: 2 };
const CHARACTERS: GramRange = { of: "characters", from: 1, to: 3 };

const listed = (of: GramRange, terms: readonly string[]): GramEncoder => ({
  ...of,
  terms,
  weights: new Float64Array(0),
  bits: 0,
});
const hashed = (of: GramRange, bits: number): GramEncoder => ({ ...listed(of, []), bits });

/** Features of a text with their counts and signs, in order of first occurrence. */
function find(encoder: GramEncoder, texts: readonly string[], changes = NO_CHANGES) {
  const finder = createFinder(encoder, changes);
  const cutter = createCutter(FOLDED);
  return texts.map((each) => {
    const { features, counts, signs, size } = finder.find(cutter(each));
    return Array.from({ length: size }, (_, at) => [features[at], counts[at], signs[at]]);
  });
}

/** The terms that a vocabulary learns from the texts. */
function learn(texts: readonly string[], of: GramRange, changes = NO_CHANGES): string[] {
  const cutter = createCutter(FOLDED);
  const learner = createVocabulary(of, changes);
  for (const each of texts) learner.add(cutter(each));
  return [...learner.finish({ least: 1, most: 1e9, size: 1e9 }).terms];
}

describe("listed terms", () => {
  test("are counted as the plain way counts them, in texts old and new", () => {
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 6 }),
        fc.array(text, { maxLength: 6 }),
        range,
        (seen, unseen, of) => {
          const terms = learn(seen, of).filter((_, at) => at % 3 !== 1);
          const position = new Map(terms.map((term, at) => [term, at]));
          const texts = [...seen, ...unseen];
          const expected = texts.map((each) => {
            const known = naiveGrams(each, of).filter((term) => position.has(term));
            return [...countsOf(known)].map(([term, count]) => [position.get(term), count, 1]);
          });
          expect(find(listed(of, terms), texts)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("are found however the text is written", () => {
    const encoder = listed(WORDS, ["straße".replace("ß", "ss"), "\u0002 café"]);
    expect(find(encoder, ["STRAẞE", "Cafe\u0301 straße", "x café"])).toEqual([
      [[0, 1, 1]],
      [
        [1, 1, 1],
        [0, 1, 1],
      ],
      [],
    ]);
  });

  test("that no text can have are no harm", () => {
    const odd = ["", " ", "a  b", "\u0002", "\u0002 \u0002", "a \u0002", "a", "  "];
    expect(find(listed(WORDS, odd), ["a a", ""])).toEqual([[[6, 2, 1]], []]);
    expect(find(listed(CHARACTERS, odd), ["a a", ""])).toEqual([[[6, 2, 1]], []]);
  });
});

describe("hashed terms", () => {
  test("have the features and signs that they had when this was written", () => {
    const texts = ["the cat sat", "Ünïcode 漢字 👍🏽"];
    expect(find(hashed(WORDS, 20), texts)).toMatchInlineSnapshot(`
      [
        [
          [
            694992,
            1,
            -1,
          ],
          [
            402216,
            1,
            1,
          ],
          [
            314036,
            1,
            -1,
          ],
          [
            777125,
            1,
            -1,
          ],
          [
            993661,
            1,
            1,
          ],
          [
            867886,
            1,
            1,
          ],
        ],
        [
          [
            93228,
            1,
            1,
          ],
          [
            187980,
            1,
            1,
          ],
          [
            847516,
            1,
            -1,
          ],
          [
            685918,
            1,
            1,
          ],
          [
            826227,
            1,
            1,
          ],
          [
            847860,
            1,
            -1,
          ],
        ],
      ]
    `);
    expect(
      find(hashed({ of: "characters", from: 3, to: 3 }, 10), ["the cat"]),
    ).toMatchInlineSnapshot(`
      [
        [
          [
            85,
            1,
            1,
          ],
          [
            961,
            1,
            1,
          ],
          [
            980,
            1,
            -1,
          ],
          [
            947,
            1,
            -1,
          ],
          [
            551,
            1,
            -1,
          ],
          [
            16,
            1,
            -1,
          ],
        ],
      ]
    `);
  });

  test("depend neither on the texts before nor on their order", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), range, (texts, of) => {
        const encoder = hashed(of, 8);
        const reversed = find(encoder, [...texts].reverse()).reverse();
        expect(find(encoder, texts)).toEqual(reversed);
        expect(texts.flatMap((each) => find(encoder, [each]))).toEqual(reversed);
      }),
    );
  });

  test("are all counted, each term always with the same feature and sign", () => {
    const featureOf = new Map<string, number[]>();
    fc.assert(
      fc.property(text, range, (each, of) => {
        const naive = naiveGrams(each, of);
        const found = find(hashed(of, 18), [each])[0];
        expect(found.reduce((sum, [, count]) => sum + count, 0)).toBe(naive.length);
        const terms = [...countsOf(naive)];
        if (found.length < terms.length) return;
        terms.forEach(([term, count], at) => {
          const key = `${of.of} ${term}`;
          const [feature, , sign] = found[at];
          expect(found[at]).toEqual([feature, count, sign]);
          expect(featureOf.get(key) ?? [feature, sign]).toEqual([feature, sign]);
          featureOf.set(key, [feature, sign]);
        });
      }),
      { numRuns: 150 },
    );
    const signs = [...featureOf.values()].map(([, sign]) => sign);
    const share = signs.filter((sign) => sign > 0).length / signs.length;
    expect(signs.length).toBeGreaterThan(300);
    expect(Math.abs(share - 0.5)).toBeLessThan(0.1);
  });

  test("that fall on one feature cancel by their signs", () => {
    const words = Array.from({ length: 400 }, (_, i) => `w${i}`);
    const encoder = hashed({ of: "words", from: 1, to: 1 }, 8);
    const alone = words.map((word) => find(encoder, [word])[0][0]);
    const together = new Map(
      find(encoder, [words.join(" ")])[0].map(([feature, ...of]) => [feature, of]),
    );
    for (const [feature, [count, sign]] of together) {
      const own = alone.filter(([at]) => at === feature);
      expect(count).toBe(own.length);
      expect(sign).toBeCloseTo(own.reduce((sum, [, , one]) => sum + one, 0) / count, 12);
    }
  });
});

describe("changes of words", () => {
  registerStemmer("plural", (word) => word.replace(/(.)s$/, "$1"));
  registerStemmer("broken", (word) => (word === "two" ? "t wo" : word === "none" ? "" : word));
  const stopWords = ["the", "a"];

  test.each([
    [
      "stop words",
      { stopWords, stemmer: "" },
      (words: readonly string[]) => words.filter((w) => !stopWords.includes(w)),
    ],
    [
      "stems",
      { stopWords: [], stemmer: "plural" },
      (words: readonly string[]) => words.map((w) => w.replace(/(.)s$/, "$1")),
    ],
    [
      "both, stop words as they were written",
      { stopWords: ["cats"], stemmer: "plural" },
      (words: readonly string[]) =>
        words.filter((w) => w !== "cats").map((w) => w.replace(/(.)s$/, "$1")),
    ],
  ])("%s, listed and hashed", (_, changes, changed) => {
    const texts = ["The cats saw a cat", "a the", "dogs the dog", ""];
    const terms = learn(texts, WORDS, changes);
    const naive = texts.map((each) => naiveGrams(each, WORDS, changed));
    expect(terms.sort()).toEqual([...new Set(naive.flat())].sort());
    const position = new Map(terms.map((term, at) => [term, at]));
    expect(find(listed(WORDS, terms), texts, changes)).toEqual(
      naive.map((of) => [...countsOf(of)].map(([term, n]) => [position.get(term), n, 1])),
    );
    const plain = naive.map((of) => of.filter((term) => !term.includes(" ")).join(" "));
    expect(find(hashed(WORDS, 20), texts, changes)).toEqual(find(hashed(WORDS, 20), plain));
  });

  test("characters are not changed", () => {
    const changes = { stopWords: ["the"], stemmer: "plural" };
    expect(learn(["the cats"], CHARACTERS, changes)).toEqual(learn(["the cats"], CHARACTERS));
  });

  test("an unknown stemmer is an error that names those there are", () => {
    const changes = { stopWords: [], stemmer: "plurl" };
    expect(() => createFinder(listed(WORDS, []), changes)).toThrow(
      'the stemmer "plurl" is not there; known are broken, plural',
    );
  });

  test("a stem that is no word is an error", () => {
    const changes = { stopWords: [], stemmer: "broken" };
    expect(learn(["one"], WORDS, changes)).toContain("one");
    expect(() => learn(["one two"], WORDS, changes)).toThrow(
      'the stemmer "broken" gave no word for "two", but "t wo"',
    );
    expect(() => find(hashed(WORDS, 8), ["none"], changes)).toThrow(
      'gave no word for "none", but ""',
    );
  });
});
