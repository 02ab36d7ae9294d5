import { describe, expect, test } from "vitest";
import { checkEncoder } from "../../../src/encode/check.ts";
import { fitText } from "../../../src/encode/text/learn.ts";
import { DEFAULT_TEXT, textShapes } from "../../../src/encode/text/shapes.ts";
import {
  MOST_STOP_WORDS,
  segmenterRemark,
  type TextOptions,
} from "../../../src/encode/text/text.ts";

const names = (choice: Parameters<typeof textShapes>[0]): string[] =>
  textShapes(choice).map(({ name }) => name);

describe("the ways of taking texts that are tried", () => {
  test.each([
    [{ words: [2, 2] }, ["words 2, tf-idf", "words 2, naive Bayes"]],
    [{ words: null, weights: "bayes" }, ["characters 1–5, naive Bayes"]],
    [{ characters: null, weights: "binary" }, ["words 1–2, presence"]],
    [
      { words: [1, 1], characters: [2, 3], weights: "tf-idf" },
      ["words 1 + characters 2–3, tf-idf"],
    ],
    [{ weights: "bayes" }, ["words 1–2, naive Bayes", "words 1–2 + characters 1–5, naive Bayes"]],
  ] as const)("%j", (choice, expected) => {
    expect(names(choice)).toEqual(expected);
  });
});

describe("runs of characters", () => {
  test("are not tried on millions of characters, unless asked for", () => {
    const length = 2 ** 22;
    expect(textShapes({}, true, length)).toHaveLength(3);
    const kinds = textShapes({}, true, length + 1).flatMap(({ grams }) =>
      grams.map(({ of }) => of),
    );
    expect(new Set(kinds)).toEqual(new Set(["words"]));
    expect(textShapes({ words: null }, true, length + 1)[0].grams[0].of).toBe("characters");
  });
});

describe("stop words", () => {
  const [shape] = textShapes({ words: [1, 1], weights: "binary" });
  const fit = (texts: readonly string[], options: Partial<TextOptions>) =>
    fitText("t", texts, shape, { ...DEFAULT_TEXT, leastTexts: 1, ...options });

  test("are cut and folded as texts are, and kept once", () => {
    const stopWords = ["DAẞ", "dass", "Don’t", "new york", " "];
    const { grams, stopWords: kept } = fit(["Daß don't York new x"], { stopWords });
    expect(kept).toEqual(["dass", "don't", "new", "york"]);
    expect(grams[0].terms).toEqual(["x"]);
  });

  test("lose their accents where texts do", () => {
    const options = { stopWords: ["été"], foldAccents: true };
    expect(fit(["ete ÉTÉ x"], options).grams[0].terms).toEqual(["x"]);
  });

  test("that a model file could not hold are refused", () => {
    const stopWords = Array.from({ length: MOST_STOP_WORDS + 1 }, (_, i) => `w${i}`);
    expect(() => fit(["x"], { stopWords })).toThrow(
      '"texts.stopWords" expected at most 65536 different words, got 65537',
    );
    const column = fit(["x"], { stopWords: stopWords.slice(1) });
    const schema = {
      target: "y",
      classes: ["a", "b"],
      missing: [],
      columns: [{ name: "t", kind: "text" }],
    } as const;
    const { columns } = checkEncoder({ missing: [], columns: [column] }, schema);
    expect(columns[0]).toMatchObject({ stopWords: column.stopWords });
  });
});

describe("a model whose texts another engine has cut", () => {
  const [shape] = textShapes({ words: [1, 1], weights: "binary" });

  test("says so", () => {
    const here = fitText("t", ["机器学习"], shape, DEFAULT_TEXT);
    expect(segmenterRemark(here)).toBeNull();
    const elsewhere = segmenterRemark({ ...here, segmenter: "00000000" });
    expect(elsewhere).toMatch(
      /^texts of "t" in scripts without spaces were cut into words by another/,
    );
  });

  test("is no matter where no text was of such a script", () => {
    expect(segmenterRemark(fitText("t", ["one two"], shape, DEFAULT_TEXT))).toBeNull();
  });
});
