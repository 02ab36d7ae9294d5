import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "../../src/base/random.ts";
import type { Row } from "../../src/base/table.ts";
import { temperedLosses } from "../../src/classifier/candidates.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { evaluate } from "../../src/classifier/evaluate.ts";
import type { TrainOptions } from "../../src/classifier/options.ts";
import { train } from "../../src/classifier/train.ts";
import { encodeTexts } from "../../src/encode/encoder.ts";
import { rowsToTable } from "../../src/encode/rows.ts";
import { bitsOf } from "./data.ts";

/** A text of words, of which those of the row's class come more often. */
function textOf(c: number, k: number, random: Random): string {
  const words = Array.from({ length: 12 }, () => {
    const word = random.below(4);
    if (random.uniform() < 0.3) return `own${c}x${word}`;
    return random.uniform() < 0.2 ? `own${random.below(k)}x${word}` : `word${random.below(60)}`;
  });
  return words.join(" ");
}

function textRows(n: number, k: number, seed: number): Row[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, (_, i) => ({
    text: textOf(i % k, k, random),
    label: `class ${i % k}`,
  }));
}

const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  target: "label",
  text: ["text"],
  texts: { embeddings: 8, words: [1, 1] },
  ...more,
});

describe("a bag of embeddings", () => {
  it.each([2, 3])(
    "is trained along epochs, judged and saved as any model, with %i classes",
    async (k) => {
      const { classifier, report } = await train(textRows(300, k, 1), options({ worker: false }));
      const fresh = textRows(200, k, 2);
      const { metrics } = evaluate(classifier, fresh);
      expect(metrics.accuracy.value).toBeGreaterThan(0.85);
      expect(metrics.accuracy.value).toBeCloseTo(report.evaluation.metrics.accuracy.value, 0);
      const { choice, fit } = report;
      expect(choice.encoding).toBe("words 1, embeddings of 8");
      expect(choice.tried.map(({ epochs }) => epochs).slice(0, 2)).toEqual([13, 27]);
      expect(choice.tried.map(({ epochs }) => epochs)).toContain(choice.epochs);
      expect(fit).toMatchObject({ reason: "epochs", iterations: choice.epochs });
      expect(report.remarks).toEqual([]);
      expect(report.provenance.options.at(-1)).toEqual(["chosen epochs", String(choice.epochs)]);

      const loaded = await Classifier.load(classifier.save());
      expect(bitsOf(loaded.probabilities(fresh))).toEqual(bitsOf(classifier.probabilities(fresh)));
      expect(loaded.save()).toEqual(classifier.save());
    },
  );

  it("is the same file for any threads, in a worker or not, and another for another seed", async () => {
    const rows = textRows(120, 3, 3);
    const saved = async (more: Partial<TrainOptions>): Promise<Uint8Array> =>
      (await train(rows, options({ folds: 2, ...more }))).classifier.save();
    const alone = await saved({ worker: false });
    expect(await saved({ threads: 1 })).toEqual(alone);
    expect(await saved({ threads: 3 })).toEqual(alone);
    expect(await saved({ seed: 2 })).not.toEqual(alone);
  });

  it("visits its texts as often as is said", async () => {
    const texts = { embeddings: 5, epochs: 7, characters: [1, 3] as const };
    const { report } = await train(textRows(60, 2, 4), options({ texts, worker: false }));
    expect(report.choice.tried).toHaveLength(1);
    expect(report.choice).toMatchObject({
      epochs: 7,
      l2: 0,
      encoding: "characters 1–3, embeddings of 5",
    });
    expect(report.fit.trace.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("takes the mean of a text's terms: values of 1/count, of hashed ones too", async () => {
    const rows = textRows(60, 2, 4);
    for (const more of [{}, { hashBits: 10 }]) {
      const texts = { embeddings: 4, epochs: 1, ...more };
      const { classifier } = await train(rows, options({ texts, worker: false }));
      const { starts, values } = encodeTexts(
        classifier.model.encoder,
        rowsToTable(rows, classifier.model.schema),
        Int32Array.of(3, 8),
      )!;
      for (const i of [0, 1]) {
        const own = Array.from(values.subarray(starts[i], starts[i + 1]), Math.abs);
        expect(own.length).toBeGreaterThan(5);
        expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      }
    }
  });

  it("draws some of many classes for a step, and gives probabilities over all", async () => {
    const k = 260;
    const texts = { embeddings: 16, epochs: 60, words: [1, 1] as const };
    const rows = Array.from({ length: 6 * k }, (_, i) => ({
      text: `word${i % 7} a${i % k} b${i % k}`,
      label: `class ${i % k}`,
    }));
    const { classifier, report } = await train(rows, options({ texts, folds: 2 }));
    expect(report.evaluation.metrics.accuracy.value).toBeGreaterThan(0.3);
    const [p] = classifier.probabilities([rows[0]]);
    expect(p).toHaveLength(k);
    expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it("leaves a class out that a fold's training rows lack", async () => {
    const rows = [...textRows(60, 2, 6), { text: "quite another thing", label: "rare" }];
    const { report } = await train(rows, options({ worker: false }));
    expect(report.remarks.join()).toMatch(/class "rare" was absent/);
    expect(Number.isFinite(report.evaluation.metrics.logLoss.value)).toBe(true);
  });

  it("stops when the signal says so", async () => {
    const controller = new AbortController();
    const started = train(
      textRows(400, 3, 7),
      options({
        texts: { embeddings: 16, epochs: 5000 },
        signal: controller.signal,
      }),
    );
    setTimeout(() => controller.abort(), 100);
    await expect(started).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("embeddings are refused", () => {
  it.each<[string, Partial<TrainOptions>, RegExp]>([
    ["beside a penalty", { l2: 0.1 }, /"l2" expected nothing beside "texts.embeddings", got 0.1/],
    ["beside an L1 share", { l1Ratio: 0.5 }, /"l1Ratio" expected nothing beside/],
    ["beside an optimiser", { optimizer: "newton" }, /"optimizer" expected nothing beside/],
    [
      "beside an optimiser's epochs",
      { optimizer: "sgd", epochs: 3 },
      /"optimizer" expected nothing beside/,
    ],
    ["of no size", { texts: { embeddings: 0 } }, /"texts.embeddings" expected a number from 1/],
    ["of half a size", { texts: { embeddings: 2.5 } }, /expected an integer, got 2.5/],
    [
      "with weights",
      { texts: { embeddings: 8, weights: "tf-idf" } },
      /"texts.weights" expected "binary"/,
    ],
    [
      "with a norm",
      { texts: { embeddings: 8, normalise: false } },
      /"texts.normalise" expected nothing/,
    ],
    [
      "not given, with epochs",
      { texts: { epochs: 3 } },
      /"texts.epochs" expected "texts.embeddings"/,
    ],
    [
      "with no epochs",
      { texts: { embeddings: 8, epochs: 0 } },
      /"texts.epochs" expected a number from 1/,
    ],
  ])("%s", async (_, more, sentence) => {
    await expect(train(textRows(30, 2, 1), options(more))).rejects.toThrow(sentence);
  });

  it("beside other columns than texts, which are named", async () => {
    const rows = textRows(40, 2, 1).map((row, i) => ({ ...row, size: i % 7 }));
    const started = train(rows, options());
    await expect(started).rejects.toThrow(/but "size" is read as numeric; list it in "ignore"/);
    await expect(started).rejects.toMatchObject({ code: "data" });
    await expect(train(rows, options({ ignore: ["size"], worker: false }))).resolves.toBeDefined();
  });

  it("where their weights are too many, before they are computed", async () => {
    const texts = { embeddings: 8, hashBits: 22 };
    const started = train(textRows(90, 9, 1), options({ texts }));
    await expect(started).rejects.toThrow(
      /stand for 37748745 weights, of which 33554432 are possible; raise/,
    );
    await expect(started).rejects.toMatchObject({ code: "data" });
  });
});

describe("losses at a temperature", () => {
  it("do not change for a part with anything in its own rows", () => {
    const random = createRandom(9);
    const n = 60;
    const judge = {
      y: Int32Array.from({ length: n }, () => random.below(2)),
      s: null,
      group: null,
      part: Int32Array.from({ length: n }, (_, i) => i % 3),
      parts: 3,
    };
    const Z = Float64Array.from({ length: 2 * n }, () => 8 * random.uniform() - 4);
    const before = temperedLosses(Z, judge, 2);
    const turned = judge.y.map((c, i) => (judge.part[i] === 1 ? 1 - c : c));
    const after = temperedLosses(Z, { ...judge, y: turned }, 2);
    const others = (losses: Float64Array) => losses.filter((_, i) => judge.part[i] !== 1);
    expect(others(after.tempered![1])).toEqual(others(before.tempered![1]));
    expect(after.means[1]).toBe(before.means[1]);
    expect(after.means[0]).not.toBe(before.means[0]);
    expect(before.losses).toBe(before.tempered![3]);
  });
});
