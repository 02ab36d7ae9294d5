import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import type { Row } from "../../src/base/table.ts";
import { IDENTITY } from "../../src/calibrate/calibrator.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import type { TrainOptions } from "../../src/classifier/options.ts";
import { type Trained, train as trainWith } from "../../src/classifier/train.ts";
import { encode, layoutOf } from "../../src/encode/encoder.ts";
import { rowsToTable } from "../../src/encode/rows.ts";
import { heap } from "../../src/kernels/kernels.ts";
import { bitsOf } from "./data.ts";

const naughty = createRequire(import.meta.url)("big-list-of-naughty-strings") as string[];

const train = (rows: readonly Row[], options: Partial<TrainOptions> = {}): Promise<Trained> =>
  trainWith(rows, { target: "y", text: ["note"], worker: false, ...options });

const COMMON = ["the", "of", "and", "to", "in", "it", "for", "on", "that", "was"];
const TOPICS = [
  ["goal", "match", "team", "league"],
  ["bank", "share", "market", "profit"],
  ["film", "actor", "scene", "cinema"],
];

/** Notes of ten words, some of them of the class's topic, beside a number that leans on it. */
function noteRows(n: number, k: number, seed: number, own = 0.25): Row[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, (_, i) => {
    const c = i < k ? i : random.below(k);
    const words = Array.from({ length: 10 }, () =>
      random.uniform() < own ? TOPICS[c][random.below(4)] : COMMON[random.below(10)],
    );
    return { note: words.join(" "), size: random.uniform() + c / 3, day: i, y: `topic ${c}` };
  });
}

describe("texts", () => {
  it.each([2, 3])(
    "that tell %i classes are learned, and a fresh set is told as well",
    async (k) => {
      const { classifier, report } = await train(noteRows(150, k, 1));
      const { accuracy, noBetterThanBaseline } = report.evaluation.metrics;
      expect(noBetterThanBaseline).toBe(false);
      expect(accuracy.value).toBeGreaterThan(0.85);
      const fresh = noteRows(300, k, 2);
      const right = classifier.predict(fresh).filter(({ label }, i) => label === fresh[i].y).length;
      expect(right / 300).toBeGreaterThan(0.85);
      expect(Math.abs(right / 300 - accuracy.value)).toBeLessThan(0.1);
    },
  );

  it("have logits that are the sums of their features' parts, beside numbers", async () => {
    const rows = noteRows(90, 3, 3);
    const { classifier } = await train(rows, {
      l2: 0.01,
      texts: { words: [1, 2], characters: [2, 3], weights: "tf-idf" },
    });
    const { encoder, weights } = classifier.model;
    const { denseWidth, codesWidth } = layoutOf(encoder);
    const { dense, csr } = encode(encoder, rowsToTable(rows), heap, "f64");
    const plain = new Classifier({ ...classifier.model, calibrator: IDENTITY });
    plain.probabilities(rows).forEach((p, i) => {
      const z = weights.slice(weights.length - 3);
      for (let j = 0; j < denseWidth; j++) {
        for (let c = 0; c < 3; c++) z[c] += weights[3 * j + c] * dense!.data[i * denseWidth + j];
      }
      for (let at = csr!.starts[i]; at < csr!.starts[i + 1]; at++) {
        const j = denseWidth + codesWidth + csr!.columns[at];
        for (let c = 0; c < 3; c++) z[c] += weights[3 * j + c] * csr!.values[at];
      }
      for (let c = 0; c < 3; c++) expect(Math.log(p[c] / p[0])).toBeCloseTo(z[c] - z[0], 9);
    });
  });

  it.each([
    ["one way", { words: [1, 1], weights: "tf-idf" }, {}],
    ["hashed", { words: [1, 2], hashBits: 8, weights: "bayes" }, {}],
    ["stop words", { words: [1, 2], stopWords: ["the", "of"], weights: "binary" }, {}],
    ["straight lines", { words: [1, 1], weights: "bayes" }, { linear: true }],
    ["class weights", { words: [1, 1], weights: "bayes" }, { classWeights: "balanced" }],
    ["row weights", { words: [1, 1], weights: "bayes" }, { weight: "size" }],
    ["groups", { words: [1, 1], weights: "bayes" }, { group: "day" }],
    ["time", { characters: [2, 3], weights: "bayes" }, { time: "day" }],
    ["an L1 part", { words: [1, 2], weights: "tf-idf" }, { l1Ratio: 0.5 }],
  ] as const)(
    "are the same file from the same rows, saved and loaded: %s",
    async (_, texts, options) => {
      const rows = noteRows(60, 2, 4).map((row, i) => ({ ...row, day: i % 20 }));
      const given = {
        texts,
        ...("l1Ratio" in options ? {} : { l2: 0.02 }),
        ...options,
      } as TrainOptions;
      const { classifier, report } = await train(rows, given);
      const bytes = classifier.save();
      const loaded = await Classifier.load(bytes);
      expect(loaded.save()).toEqual(bytes);
      expect(bitsOf(loaded.probabilities(rows))).toEqual(bitsOf(classifier.probabilities(rows)));
      expect((await train(rows, given)).classifier.save()).toEqual(bytes);
      expect(report.evaluation.metrics.accuracy.value).toBeGreaterThan(0.7);
      const alone = rows.map((row) => classifier.probabilities([row])[0]);
      expect(bitsOf(alone)).toEqual(bitsOf(classifier.probabilities(rows)));
    },
  );

  it.each([1, 2, 3])(
    "beside labels drawn apart are no better than the baseline (seed %i)",
    async (seed) => {
      const random = createRandom(1000 + seed);
      const rows = noteRows(120, 2, seed).map(({ note }) => ({
        note,
        y: `topic ${random.below(2)}`,
      }));
      const { report } = await train(rows, { seed });
      const { noBetterThanBaseline, logLoss, baseline } = report.evaluation.metrics;
      expect(noBetterThanBaseline).toBe(true);
      expect(logLoss.value).toBeLessThan(baseline.logLoss.value + 0.05);
    },
  );

  it("beside labels drawn apart gain nothing on average with factors, which a fold learns from its own rows", async () => {
    const gains: number[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(2000 + seed);
      const rows = noteRows(80, 2, seed).map(({ note }) => ({
        note,
        y: `topic ${random.below(2)}`,
      }));
      const texts = { words: [1, 2], weights: "bayes" } as const;
      const { metrics } = (await train(rows, { seed, l2: 0.03, texts })).report.evaluation;
      gains.push(metrics.baseline.logLoss.value - metrics.logLoss.value);
    }
    const mean = gains.reduce((a, b) => a + b, 0) / 20;
    const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / 19;
    expect(mean).toBeLessThan(2 * Math.sqrt(variance / 20));
  });

  it("train where a fold's rows lack a class", async () => {
    const rows = [...noteRows(60, 2, 5), { note: "film actor scene", size: 1, day: 0, y: "rare" }];
    const { classifier, report } = await train(rows, {
      l2: 0.01,
      texts: { words: [1, 2], weights: "bayes" },
    });
    expect(report.remarks.join()).toContain('class "rare" was absent');
    expect(classifier.predict(rows[60]).probabilities.length).toBe(3);
  });
});

describe("any texts", () => {
  const extremes = [
    ...naughty,
    "",
    "👩🏽\u200d🚀👍🏽🇩🇪1\ufe0f\u20e3".repeat(5),
    "שלום עולם مرحبا بالعالم",
    "我喜欢机器学习，東京は日本の首都です สวัสดีชาวโลก",
    "\ud800 \udfff a\udc00",
    "__proto__ constructor toString hasOwnProperty",
  ];

  it("train, predict and are left as they are", async () => {
    const rows = extremes.map((note, i) => ({ note, y: i % 2 ? "a" : "b" }));
    const before = structuredClone(rows);
    const { classifier } = await train(rows, {
      l2: 0.01,
      texts: { words: [1, 2], characters: [1, 3], weights: "bayes" },
    });
    const p = classifier.probabilities(rows);
    for (const [a, b] of p) expect(a + b).toBeCloseTo(1, 12);
    expect(rows).toEqual(before);
    const loaded = await Classifier.load(classifier.save());
    expect(bitsOf(loaded.probabilities(rows))).toEqual(bitsOf(p));
    expect(loaded.save()).toEqual(classifier.save());
  });

  it("of a megabyte, and of a million words, take seconds", async () => {
    const random = createRandom(1);
    const long = Array.from({ length: 2 ** 17 }, () => `w${random.below(5000)}`).join(" ");
    const short = "a b ".repeat(2 ** 19);
    const rows = [
      ...noteRows(20, 2, 6),
      { note: long, y: "topic 0" },
      { note: short, y: "topic 1" },
    ];
    const { classifier } = await train(rows, {
      l2: 0.1,
      texts: { words: [1, 2], weights: "tf-idf" },
    });
    expect(classifier.predict(rows).length).toBe(22);
  }, 60_000);
});

describe("wrong ways of taking texts", () => {
  it.each([
    [{ word: [1, 2] }, '"texts" expected a known option, got "word"'],
    [{ words: [0, 2] }, '"texts.words[0]"'],
    [{ words: [2, 1] }, '"texts.words[1]"'],
    [{ characters: [1, 17] }, '"texts.characters[1]"'],
    [{ words: [1] }, '"texts.words" expected two lengths'],
    [{ words: null, characters: null }, '"texts" expected words or characters, got neither'],
    [{ weights: "tfidf" }, '"texts.weights" expected "tf-idf", "bayes" or "binary"'],
    [{ leastTexts: 0 }, '"texts.leastTexts"'],
    [{ mostShare: 1.5 }, '"texts.mostShare"'],
    [{ mostTerms: 2 ** 22 + 1 }, '"texts.mostTerms"'],
    [{ hashBits: 7 }, '"texts.hashBits"'],
    [{ hashBits: 23 }, '"texts.hashBits"'],
    [{ foldAccents: 1 }, '"texts.foldAccents" expected true or false'],
    [{ stopWords: "the" }, '"texts.stopWords" expected a list of texts'],
    [{ stemmer: 3 }, '"texts.stemmer" expected a name'],
    [{ stemmer: "none such" }, 'the stemmer "none such" is not there'],
  ])("%j are errors", async (texts, message) => {
    await expect(train(noteRows(30, 2, 7), { texts: texts as never, l2: 1 })).rejects.toThrow(
      message,
    );
  });

  it("factors with an L1 part are one", async () => {
    const both = { l1Ratio: 0.5, texts: { weights: "bayes" } } as const;
    await expect(train(noteRows(30, 2, 7), both)).rejects.toThrow('"l1Ratio" and "texts.weights"');
  });
});
