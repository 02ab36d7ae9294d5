import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Row } from "../../src/base/table.ts";
import { type Trained, train } from "../../src/classifier/train.ts";
import { type GramRange, gramWidth } from "../../src/encode/text/grams.ts";
import { fitText } from "../../src/encode/text/learn.ts";
import { DEFAULT_TEXT } from "../../src/encode/text/shapes.ts";
import { type TextEncoder, textReader, textWidth } from "../../src/encode/text/text.ts";
import { textParts } from "../../src/explain/parts.ts";
import { excerptOf, textsToLookAt } from "../../src/explain/texts.ts";

const PRAISE = ["superb film", "a superb cast", "truly superb", "lovely and superb"];
const SCORN = ["awful film", "an awful cast", "truly awful", "dull and awful"];
const NOTES = ["the film runs", "some cast runs", "it truly runs", "it runs and runs"];

/** Sixty texts of each class, all different; the fourth row of the first class is praise labelled as scorn. */
function rowsOf(classes: readonly (readonly [label: string, texts: readonly string[]])[]): Row[] {
  const rows = classes.flatMap(([label, texts]) =>
    Array.from({ length: 60 }, (_, i) => ({
      label,
      text: `${texts[i % 4]} in part ${i}`,
      year: 1990 + ((i * 7) % 23),
    })),
  );
  rows[3] = { label: "bad", text: "a superb, superb thing", year: 2000 };
  return rows;
}

const GOOD = ["good", PRAISE] as const;
const BAD = ["bad", SCORN] as const;
const NEUTRAL = ["none", NOTES] as const;
const SETTINGS = { target: "label", text: ["text"], l2: 1e-3, worker: false } as const;
const ODD = 'A superb "ﬁlm" — straße, 映画は楽しい 🦊👍🏽\u0000 \u202e awful!!!!';

describe.each([
  ["two classes", rowsOf([GOOD, BAD]), {}],
  ["two classes, weighted", rowsOf([GOOD, BAD]), { classWeights: [["bad", 3]] as const }],
  ["three classes", rowsOf([GOOD, BAD, NEUTRAL]), {}],
  ["three classes, balanced", rowsOf([GOOD, BAD, NEUTRAL]), { classWeights: "balanced" as const }],
])("a model of %s", (_, rows, options) => {
  let trained: Trained;
  beforeAll(async () => {
    trained = await train(rows, { ...SETTINGS, ...options });
  });

  test("parts, other columns and the intercept sum to the logit against the others", () => {
    const { classifier } = trained;
    const asked = [...rows.slice(0, 5), { text: ODD, year: null }, { text: null, year: 1991 }];
    const Z = classifier.logits(asked);
    for (const [i, explanation] of classifier.explain(asked).entries()) {
      const { explained, logOdds, intercept, columns } = explanation;
      const c = classifier.classes.indexOf(explained);
      const others = Z[i].reduce((sum, z, other) => (other === c ? sum : sum + z), 0);
      const wanted = Z[i][c] - others / (classifier.classes.length - 1);
      expect(logOdds).toBeCloseTo(wanted, 10);
      const sums = columns.map(({ parts, contribution }) =>
        parts === null ? contribution : parts.reduce((sum, { weight }) => sum + weight, 0),
      );
      expect(sums.reduce((a, b) => a + b, intercept)).toBeCloseTo(wanted, 10);
    }
  });

  test("an explanation is the prediction and plain data, alone and in a batch alike", () => {
    const { classifier } = trained;
    const one = classifier.explain(rows[0]);
    expect(one).toMatchObject(classifier.predict(rows[0]));
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
    expect(classifier.explain(rows.slice(0, 2))[0]).toEqual(one);
    expect(classifier.explain([])).toEqual([]);
    const [text, year] = one.columns;
    expect([text.kind, text.value, year.value, year.parts]).toEqual([
      ...["text", rows[0].text, rows[0].year, null],
    ]);
    expect(() => classifier.explain("superb")).toThrow('"explain" expected a row by column name');
  });

  test("terms are those that the classes differ by", () => {
    const { effects, classes } = trained.report;
    const { terms, labels } = effects.find(({ kind }) => kind === "text")!;
    expect(terms!.map(({ label }) => label)).toEqual(labels);
    const { up, down } = terms!.find(({ label }) => label === "good")!;
    expect(up[0]).toMatchObject({ term: expect.stringContaining("superb"), of: "words" });
    expect(up.every(({ logOdds, perUnit }) => logOdds > 0 && perUnit > 0)).toBe(true);
    const holds = rows.filter(({ text }) => String(text).includes("superb"));
    expect(up.find(({ term }) => term === "superb")?.texts).toBe(holds.length);
    if (classes.length > 2) expect(down).toEqual([]);
    else expect(down[0].term).toContain("awful");
    expect(effects.find(({ name }) => name === "year")!.terms).toBeNull();
  });

  test("the wrong label is the first to look at", () => {
    const { typical, mislabelled, doubtful, column } = trained.report.texts!;
    expect(column).toBe("text");
    expect(mislabelled[0]).toMatchObject({ row: 4, label: "bad", predicted: "good" });
    expect(mislabelled[0].labelProbability).toBeLessThan(0.5);
    expect(typical.filter(({ label }) => label === "good")).toHaveLength(3);
    expect(typical.every(({ label, predicted }) => label === predicted)).toBe(true);
    expect(doubtful).toHaveLength(5);
    const strongest = mislabelled[0].excerpt.parts.reduce((a, b) => (b.weight > a.weight ? b : a));
    expect(strongest.text).toBe("superb");
  });
});

test("a model of one column of texts takes a plain text", async () => {
  const rows = rowsOf([GOOD, BAD]).map(({ label, text }) => ({ label, text }));
  const { classifier } = await train(rows, SETTINGS);
  const { parts, value } = classifier.explain("simply superb").columns[0];
  expect(value).toBe("simply superb");
  expect(parts!.map(({ text, start, end }) => [text, start, end])).toEqual([
    ["simply", 0, 6],
    [" ", 6, 7],
    ["superb", 7, 13],
  ]);
  expect(parts![2].weight).toBeGreaterThan(0);
  expect(parts![1].weight).toBe(0);
  expect(classifier.explain(["awful", { text: "superb" }]).map(({ label }) => label)).toEqual([
    ...["bad", "good"],
  ]);
});

describe("parts of a text", () => {
  const WORDS: GramRange = { of: "words", from: 1, to: 2 };
  const CHARACTERS: GramRange = { of: "characters", from: 1, to: 4 };
  const texts = [ODD, "STRASSE strasse", "the fox", ...PRAISE, ...SCORN];
  const encoderOf = (bits: number): TextEncoder =>
    fitText(
      "t",
      texts,
      { name: "", grams: [WORDS, CHARACTERS], counts: "log", idf: bits === 0, bayes: false },
      { ...DEFAULT_TEXT, leastTexts: 1, hashBits: bits },
    );

  test.each([0, 8])("cover it, and sum to what it adds (2^%i features hashed)", (bits) => {
    const encoder = encoderOf(bits);
    expect(encoder.grams.map(gramWidth).reduce((a, b) => a + b)).toBe(textWidth(encoder));
    const weightOf = (j: number): number => ((j * 7919) % 101) / 50 - 1;
    const pieces = fc.constantFrom(...texts, "ß", " ", "\n", "e\u0301", "\ud83e", "🏽", "İ", "ａ");
    const any = fc.array(fc.oneof(pieces, fc.string({ unit: "binary" }))).map((p) => p.join(""));
    fc.assert(
      fc.property(any, (text) => {
        const parts = textParts(encoder, text, weightOf);
        expect(parts.map((part) => part.text).join("")).toBe(text);
        expect(parts.every(({ start, end }) => end > start)).toBe(true);
        const { columns, values, count } = textReader(encoder).read(text);
        let wanted = 0;
        for (let at = 0; at < count; at++) wanted += values[at] * weightOf(columns[at]);
        expect(parts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(wanted, 9);
      }),
      { numRuns: 200 },
    );
  });

  test("a pair of words is shared by their characters, the start of a text is the first word's", () => {
    const encoder = encoderOf(0);
    const termsOf = encoder.grams[0].terms;
    const only = (term: string) => {
      const j = termsOf.indexOf(term);
      expect(j).toBeGreaterThanOrEqual(0);
      return textParts(encoder, "the fox", (feature) => (feature === j ? 1 : 0));
    };
    const [the, gap, fox] = only("the fox").map(({ weight }) => weight);
    expect([gap, the / fox]).toEqual([0, expect.closeTo(1, 12)]);
    const first = only("\u0002 the").map(({ weight }) => weight);
    expect([first[0] > 0, first[1], first[2]]).toEqual([true, 0, 0]);
  });
});

describe("what to look at", () => {
  const P = Float64Array.of(0.9, 0.1, 0.9, 0.1, 0.55, 0.45, 0.2, 0.8, 0.99, 0.01, 0.6, 0.4);
  const y = Int32Array.of(0, 0, 0, 0, 1, 1);
  const texts = ["same", "same", "near", "wrong", "worst", " "];

  test("the surest, the nearest, the least probable; no text twice, no empty one", () => {
    const chosen = textsToLookAt({ P, y, k: 2, textOf: (i) => texts[i] });
    expect(chosen.typical).toEqual([0, 2]);
    expect(chosen.doubtful).toEqual([2, 3, 0, 4]);
    expect(chosen.mislabelled).toEqual([4, 3]);
  });

  const partsOf = (words: readonly (readonly [string, number])[]) => {
    let at = 0;
    return words.map(([text, weight]) => ({ text, weight, start: at, end: (at += text.length) }));
  };

  test("an excerpt is where the weight is, and says what it leaves out", () => {
    const filler = "word ".repeat(10);
    const parts = partsOf([
      ...Array.from({ length: 20 }, () => [filler, 0] as const),
      ["superb", 2],
      [" ", 0],
      ["awful", -0.01],
      ...Array.from({ length: 20 }, () => [filler, 0] as const),
    ]);
    const { before, after, parts: shown } = excerptOf(parts);
    expect([before, after]).toEqual([true, true]);
    expect(shown.map(({ text }) => text).join("").length).toBeLessThanOrEqual(300);
    expect(shown.filter(({ weight }) => weight !== 0)).toEqual([{ text: "superb", weight: 2 }]);
    expect(excerptOf([])).toEqual({ before: false, after: false, parts: [] });
  });

  test("a token without end is cut between characters", () => {
    const { after, parts } = excerptOf(partsOf([[`a${"🦊".repeat(400)}`, 1]]));
    expect(after).toBe(true);
    expect(parts).toEqual([{ text: `a${"🦊".repeat(149)}`, weight: 1 }]);
  });
});
