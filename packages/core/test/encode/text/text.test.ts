import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitText } from "../../../src/encode/text/learn.ts";
import { DEFAULT_TEXT } from "../../../src/encode/text/shapes.ts";
import {
  type TextOptions,
  type TextShape,
  textReader,
  textWidth,
} from "../../../src/encode/text/text.ts";
import { countsOf, naiveGrams } from "./naive.ts";
import golden from "./tf-idf.golden.json" with { type: "json" };

const WORDS = { of: "words", from: 1, to: 2 } as const;
const CHARACTERS = { of: "characters", from: 2, to: 4 } as const;
const shape = (changes: Partial<TextShape> = {}): TextShape => ({
  ...{ name: "", grams: [WORDS, CHARACTERS], counts: "log", idf: true, bayes: false },
  ...changes,
});
const learn = (
  texts: readonly (string | null)[],
  changes: Partial<TextShape> = {},
  options: Partial<TextOptions> = {},
) => fitText("text", texts, shape(changes), { ...DEFAULT_TEXT, ...options });

/** Feature and value pairs of a text, copied. */
function read(encoder: ReturnType<typeof learn>, text: string): [number, number][] {
  const { columns, values, count } = textReader(encoder).read(text);
  return Array.from({ length: count }, (_, at) => [columns[at], values[at]]);
}

describe("tf-idf", () => {
  const encoder = learn(golden.texts);
  const [words, characters] = encoder.grams;
  test.each([
    ["words", words.terms, golden.words, 0],
    ["characters", characters.terms, golden.characters, words.terms.length],
  ])("of %s is scikit-learn's", (_, terms, rows, first) => {
    golden.texts.forEach((text, i) => {
      const own = read(encoder, text).filter(([j]) => j >= first && j < first + terms.length);
      const expected = new Map(Object.entries(rows[i] as Record<string, number>));
      expect(own.map(([j]) => terms[j - first]).sort()).toEqual([...expected.keys()].sort());
      for (const [j, value] of own) expect(value).toBeCloseTo(expected.get(terms[j - first])!, 14);
    });
  });
});

describe("the values of a text", () => {
  const texts = ["a b a", "b c", "c a b", "a"];

  test("are those of words and of characters with norm 1 each", () => {
    const encoder = learn(texts);
    const words = encoder.grams[0].terms.length;
    for (const text of texts) {
      const squares = [0, 0];
      for (const [j, value] of read(encoder, text)) squares[j < words ? 0 : 1] += value * value;
      for (const square of squares) expect(square).toBeCloseTo(1, 14);
    }
  });

  test("are counts as they are where nothing is normalised or weighted", () => {
    const grams = [{ ...WORDS, to: 1 }];
    const logs = learn(texts, { grams, idf: false }, { normalise: false, leastTexts: 1 });
    const [[, thrice], second] = read(logs, "a b a a");
    expect(thrice).toBeCloseTo(1 + Math.log(3), 14);
    expect(second).toEqual([1, 1]);
    const binary = learn(texts, { grams, idf: false, counts: "binary" }, { normalise: false });
    expect(read(binary, "a b a a")).toEqual([
      [0, 1],
      [1, 1],
    ]);
    const many = read(logs, "a ".repeat(1000));
    expect(many[0][1]).toBeCloseTo(1 + Math.log(1000), 14);
  });

  test("are none of an empty text, of one of stop words, and of unknown words", () => {
    const grams = [{ ...WORDS, to: 1 }];
    const encoder = learn(
      [...texts, "the", null],
      { grams },
      { stopWords: ["the"], leastTexts: 1 },
    );
    expect(encoder.grams[0].terms).toEqual(["a", "b", "c"]);
    for (const text of ["", " \n", "the the", "x y"]) expect(read(encoder, text)).toEqual([]);
    expect(read(encoder, "the a")).toEqual([[0, 1]]);
  });

  test("a missing text counts in no frequency", () => {
    expect(learn([null, ...texts, null])).toEqual(learn(texts));
  });

  test("no texts, or only empty ones, give an encoder without features", () => {
    for (const none of [[], [null], ["", "  "]]) {
      const encoder = learn(none);
      expect(textWidth(encoder)).toBe(0);
      expect(read(encoder, "a b")).toEqual([]);
    }
  });

  test("of a single text are its terms, though two texts were asked for", () => {
    const { terms } = learn(["a b"], { grams: [WORDS] }).grams[0];
    expect([...terms].sort()).toEqual(["\u0002 a", "a", "a b", "b"]);
  });

  test("most share leaves out what nearly all texts hold", () => {
    const { terms } = learn(texts, { grams: [{ ...WORDS, to: 1 }] }, { mostShare: 0.5 }).grams[0];
    expect(terms).toEqual(["c"]);
  });

  test("hashed are all known, with widths of 2^bits each, and no weights", () => {
    const encoder = learn([], { idf: false }, { hashBits: 8 });
    expect(textWidth(encoder)).toBe(512);
    const found = read(encoder, "never seen before");
    expect(found.filter(([j]) => j < 256).length).toBeGreaterThan(3);
    expect(found.filter(([j]) => j >= 256).length).toBeGreaterThan(10);
  });

  test("do not depend on what was read before, and a reader is made once", () => {
    const encoder = learn(texts);
    expect(textReader(encoder)).toBe(textReader(encoder));
    const first = texts.map((text) => read(encoder, text));
    const again = [...texts].reverse().map((text) => read(encoder, text));
    expect(again.reverse()).toEqual(first);
    expect(texts.map((text) => read({ ...encoder }, text))).toEqual(first);
  });
});

describe("occurrences", () => {
  const text = fc.string({
    unit: fc.constantFrom(
      "a",
      "b",
      "É",
      " ",
      "  ",
      "ß",
      "!",
      "\u200b",
      "👍🏽",
      "漢",
      "ﬁ",
      "e\u0301",
    ),
    maxLength: 30,
  });

  test("are all that was counted: values add up, and places show the term", () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (texts, hashing) => {
          const encoder = learn(
            texts,
            { idf: false },
            { leastTexts: 1, hashBits: hashing ? 12 : 0 },
          );
          for (const each of texts) {
            const sums = new Map<number, number>();
            let end = 0;
            const seen: number[] = [];
            for (const { feature, value, ...place } of textReader(encoder).occurrences(each)) {
              sums.set(feature, (sums.get(feature) ?? 0) + value);
              expect(place.start).toBeGreaterThanOrEqual(0);
              expect(place.end).toBeLessThanOrEqual(each.length);
              expect(place.end).toBeGreaterThan(place.start);
              end = Math.max(end, place.end);
              seen.push(feature);
            }
            const rows = read(encoder, each);
            expect([...sums.keys()].sort((x, y) => x - y)).toEqual(
              rows.map(([j]) => j).sort((x, y) => x - y),
            );
            for (const [feature, value] of rows) expect(sums.get(feature)).toBeCloseTo(value, 12);
            if (hashing) continue;
            const terms = encoder.grams.flatMap(({ terms }) => terms);
            const naive = encoder.grams.flatMap((gram) => naiveGrams(each, gram));
            expect(countsOf(seen.map((feature) => terms[feature]))).toEqual(countsOf(naive));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("stand where the text has them, in its own units", () => {
    const source = "  Die STRAẞE 👍🏽 cafe\u0301!";
    const encoder = learn([source], { grams: [WORDS] });
    const { terms } = encoder.grams[0];
    const shown = textReader(encoder)
      .occurrences(source)
      .map(({ feature, start, end }) => [terms[feature], source.slice(start, end)]);
    expect(shown).toEqual([
      ["\u0002 die", "Die"],
      ["die", "Die"],
      ["die strasse", "Die STRAẞE"],
      ["strasse", "STRAẞE"],
      ["strasse 👍🏽", "STRAẞE 👍🏽"],
      ["👍🏽", "👍🏽"],
      ["👍🏽 café", "👍🏽 cafe\u0301"],
      ["café", "cafe\u0301"],
      ["café !", "cafe\u0301!"],
      ["!", "!"],
    ]);
  });
});
