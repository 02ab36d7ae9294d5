import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exp, log } from "../../src/base/math.ts";
import { createRandom } from "../../src/base/random.ts";
import type { Table } from "../../src/base/table.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { evaluate } from "../../src/classifier/evaluate.ts";
import type { TrainOptions } from "../../src/classifier/options.ts";
import { estimatePrior, withPrior } from "../../src/classifier/prior.ts";
import { recalibrate } from "../../src/classifier/recalibrate.ts";
import { type Trained, train as trainWith } from "../../src/classifier/train.ts";
import { fit } from "../../src/model/fit.ts";
import { predictLogits } from "../../src/model/predict.ts";
import { run } from "../../src/optim/contracts.ts";
import { lbfgs } from "../../src/optim/lbfgs.ts";
import { noiseTable, numbersTable, rareTable, softmaxTable } from "./data.ts";

const train = (data: Table, options: Partial<TrainOptions> = {}): Promise<Trained> =>
  trainWith(data, { target: "y", worker: false, linear: true, l2: 1e-3, ...options });

const meansOf = (classifier: Classifier, table: Table, w?: (i: number) => number): number[] => {
  const P = classifier.probabilities(table);
  const sums = new Array<number>(classifier.classes.length).fill(0);
  let total = 0;
  P.forEach((p, i) => {
    const weight = w === undefined ? 1 : w(i);
    total += weight;
    p.forEach((value, c) => (sums[c] += weight * value));
  });
  return sums.map((sum) => sum / total);
};

/** The rows of a table at these positions. */
const rowsOf = (table: Table, rows: readonly number[]): Table => ({
  ...table,
  rows: rows.length,
  columns: table.columns.map((column) =>
    column.kind === "number"
      ? { ...column, values: Float64Array.from(rows, (i) => column.values[i]) }
      : { ...column, codes: Int32Array.from(rows, (i) => column.codes[i]) },
  ),
});

const labelOf = (table: Table, i: number): string => {
  const column = table.columns.find(({ name }) => name === "y")!;
  return column.kind === "text" ? column.dictionary[column.codes[i]]! : "";
};

describe("a prior equal to that of the training", () => {
  it("changes nothing: not a bit of a model or a probability", async () => {
    const table = softmaxTable(200, 3, 1);
    const plain = await train(table);
    const shares = plain.report.classes.map(({ label, share }) => [label, share] as const);
    for (const prior of [shares, shares.slice(0, 1), shares.slice(1)]) {
      const { classifier, report } = await train(table, { prior });
      expect(classifier.model.priorShifts).toBeUndefined();
      expect(report.evaluation).toStrictEqual(plain.report.evaluation);
      expect(classifier.probabilities(table)).toStrictEqual(plain.classifier.probabilities(table));
      expect(withPrior(plain.classifier, prior).save()).toStrictEqual(plain.classifier.save());
    }
    expect((await train(table, { adjust: 0 })).classifier.model.priorShifts).toBeUndefined();
  });

  it("does so for any shares", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 }), async (seed) => {
        const table = noiseTable(60, 1, [0.6, 0.3, 0.1], seed);
        const { classifier, report } = await train(table);
        const shares = report.classes.map(({ label, share }) => [label, share] as const);
        expect(withPrior(classifier, shares).model.priorShifts).toBeUndefined();
      }),
      { numRuns: 5 },
    );
  });
});

describe("a stated prior", () => {
  it("is the mean probability over rows reweighted to it, within sampling", async () => {
    const table = rareTable(4000, 3);
    const plain = await train(table);
    for (const share of [0.001, 0.3, 0.9]) {
      const { classifier, report } = await train(table, { prior: [["rare", share]] });
      const rare = classifier.classes.indexOf("rare");
      const own = report.classes[rare].share;
      const weigh = (i: number) =>
        labelOf(table, i) === "rare" ? share / own : (1 - share) / (1 - own);
      const mean = meansOf(classifier, table, weigh)[rare];
      expect(Math.abs(mean - share)).toBeLessThan(0.12 * Math.min(share, 1 - share) + 0.002);
      const { atPrior, metrics } = report.evaluation;
      expect(metrics).toStrictEqual(plain.report.evaluation.metrics);
      expect(atPrior?.prior[rare]).toStrictEqual({
        label: "rare",
        share: expect.closeTo(share, 12),
      });
      const positive = atPrior!.metrics.perClass[rare].weight / atPrior!.metrics.weight;
      expect(positive).toBeCloseTo(share, 10);
      expect(atPrior!.metrics.noBetterThanBaseline).toBe(false);
    }
  });

  it("is measured as rows that were drawn there are", async () => {
    const table = rareTable(12_000, 4);
    const every = Array.from({ length: table.rows }, (_, i) => i);
    const [learned, others] = [every.slice(0, 4000), every.slice(4000)];
    const { report, classifier } = await train(rowsOf(table, learned), {
      prior: [["rare", 0.5]],
    });
    const rare = others.filter((i) => labelOf(table, i) === "rare");
    const common = others.filter((i) => labelOf(table, i) !== "rare").slice(0, rare.length);
    const there = evaluate(classifier, rowsOf(table, [...rare, ...common]));
    const { logLoss } = report.evaluation.atPrior!.metrics;
    expect(there.metrics.logLoss.value).toBeGreaterThan(logLoss.low - 0.03);
    expect(there.metrics.logLoss.value).toBeLessThan(logLoss.high + 0.03);
    // Rows that are drawn at the prior already need no weights.
    expect(there.atPrior!.metrics.logLoss.value).toBeCloseTo(there.metrics.logLoss.value, 10);
  });

  it("adds to every logit the logarithm of the ratio of the shares, however rows come", async () => {
    const table = softmaxTable(150, 3, 2);
    const { classifier, report } = await train(table);
    const prior = [["c0", 0.7] as const];
    const moved = withPrior(classifier, prior);
    const [q0, q1, q2] = report.classes.map(({ share }) => share);
    const to = [0.7, (0.3 * q1) / (q1 + q2), (0.3 * q2) / (q1 + q2)];
    const before = classifier.logits(table);
    moved.logits(table).forEach((z, i) =>
      z.forEach((value, c) => {
        expect(value).toBeCloseTo(before[i][c] + Math.log(to[c] / [q0, q1, q2][c]), 12);
      }),
    );
    const row = { x0: 0.3, x1: -1, x2: 0.1 };
    expect(moved.predict(row)).toStrictEqual(moved.predict([row, row])[0]);
    const { logOdds } = moved.explain(row);
    const [p, ...rest] = moved.logits([row])[0];
    const of = moved.predict(row).label;
    const z = [p, ...rest][moved.classes.indexOf(of!)];
    const others = (p + rest[0] + rest[1] - z) / 2;
    expect(logOdds).toBeCloseTo(z - others, 10);
  });

  it("stays in the file, in a format of its own, and can be taken back", async () => {
    const table = softmaxTable(120, 2, 6);
    const { classifier } = await train(table);
    const moved = withPrior(classifier, [["c1", 0.02]]);
    const loaded = await Classifier.load(moved.save());
    expect(loaded.model).toStrictEqual(moved.model);
    expect(loaded.probabilities(table)).toStrictEqual(moved.probabilities(table));
    expect(new TextDecoder().decode(moved.save().subarray(0, 200))).toContain('"version":"3"');
    expect(withPrior(loaded, null).save()).toStrictEqual(classifier.save());
    expect(withPrior(loaded, "uniform").model).toStrictEqual(
      withPrior(classifier, "uniform").model,
    );
  });

  it("comes after class weights, which change little then", async () => {
    const table = rareTable(3000, 5);
    const prior = [["rare", 0.3] as const];
    const losses = [];
    for (const classWeights of [undefined, "balanced" as const]) {
      const options = classWeights === undefined ? { prior } : { prior, classWeights };
      const { report } = await train(table, options);
      losses.push(report.evaluation.atPrior!.metrics.logLoss.value);
    }
    expect(losses[1] / losses[0]).toBeLessThan(1.03);
  });
});

describe("what else a model has, at a stated prior", () => {
  it("decides by what was chosen there: a threshold for F1, and its F1", async () => {
    const table = rareTable(3000, 13);
    const decide = { by: "f1", class: "rare" } as const;
    const plain = await train(table, { decide });
    const stated = await train(table, { decide, prior: [["rare", 0.5]] });
    const [there] = stated.report.decision!.chosen;
    const [here] = plain.report.decision!.chosen;
    // Where half of the rows are rare, the best F1 is far higher, by other thresholds on other probabilities.
    const scoreOf = ({ report }: Trained) => report.decision!.measured!.decided.f1!.value;
    expect(scoreOf(stated)).toBeGreaterThan(scoreOf(plain) + 0.1);
    expect(there.value).not.toBeCloseTo(here.value, 3);
    // On the rows as they are, few of them rare, it does less well.
    const own = evaluate(stated.classifier, table).decision!.decided.f1!.value;
    expect(own).toBeLessThan(scoreOf(stated));
  });

  it("has the sets of the training's prior, where their scores were taken", async () => {
    const table = softmaxTable(400, 3, 14);
    const sets = { coverage: 0.8 };
    const plain = (await train(table, { sets })).classifier;
    const stated = (await train(table, { sets, prior: [["c0", 0.9]] })).classifier;
    expect(stated.model.priorShifts).toBeDefined();
    expect(stated.model.sets).toStrictEqual(plain.model.sets);
    expect(stated.answer(table).sets).toStrictEqual(plain.answer(table).sets);
  });

  it("loses it where it is calibrated on other rows, whose shares come with them", async () => {
    const table = softmaxTable(300, 3, 15);
    const { classifier } = await train(table);
    const again = recalibrate(withPrior(classifier, "uniform"), table, { method: "vector" });
    const plain = recalibrate(classifier, table, { method: "vector" });
    expect(again.classifier.save()).toStrictEqual(plain.classifier.save());
    expect(again.before).toStrictEqual(plain.before);
  });
});

describe("logit adjustment", () => {
  it("with τ = 1 is the uniform prior, and in between a power of the shares", async () => {
    const table = rareTable(1000, 7);
    const { classifier } = await train(table, { adjust: 1 });
    const uniform = withPrior(classifier, "uniform").model.priorShifts!;
    classifier.model.priorShifts!.forEach((shift, c) => expect(shift).toBeCloseTo(uniform[c], 12));
    const half = (await train(table, { adjust: 0.5 })).classifier.model;
    const [q0, q1] = half.shares;
    const [a0, a1] = half.priorShifts!;
    expect(a1 - a0).toBeCloseTo(-0.5 * Math.log(q1 / q0), 12);
  });

  it("after training and within it are one for a linear model with free intercepts", async () => {
    const [n, d, k, tau, l2] = [150, 2, 3, 1, 0.01];
    const random = createRandom(3);
    const X = Array.from({ length: n }, () => [random.uniform() - 0.5, random.uniform() - 0.5]);
    const y = X.map(([a, b]) =>
      a + random.uniform() > 0.8 ? 2 : b + random.uniform() > 0.8 ? 1 : 0,
    );
    const shares = [0, 1, 2].map((c) => y.filter((label) => label === c).length / n);
    const after = await fit(X, y, { l2, worker: false });
    // In training: the same objective, with τ log π added to the logits of the loss alone.
    const objective = {
      dimension: (d + 1) * k,
      valueGradient(W: Float64Array, G: Float64Array): number {
        let value = 0;
        for (let at = 0; at < d * k; at++) value += (l2 / 2) * W[at] * W[at];
        G.set(W.map((w, at) => (at < d * k ? l2 * w : 0)));
        X.forEach((x, i) => {
          const row = [...x, 1];
          const z = shares.map(
            (share, c) => row.reduce((sum, v, j) => sum + v * W[j * k + c], 0) + tau * log(share),
          );
          const total = z.reduce((sum, u) => sum + exp(u), 0);
          value += (log(total) - z[y[i]]) / n;
          z.forEach((u, c) => {
            const residual = (exp(u) / total - (c === y[i] ? 1 : 0)) / n;
            row.forEach((v, j) => (G[j * k + c] += residual * v));
          });
        });
        return value;
      },
    };
    const W = new Float64Array(objective.dimension);
    run(lbfgs(objective, W, { tolerance: 1e-10, maxIterations: 1000 }));
    const logits = predictLogits(after, X);
    X.forEach((x, i) => {
      const within = [0, 1, 2].map((c) => x[0] * W[c] + x[1] * W[k + c] + W[2 * k + c]);
      const adjusted = [0, 1, 2].map((c) => logits[3 * i + c] - tau * log(shares[c]));
      expect(within[1] - within[0]).toBeCloseTo(adjusted[1] - adjusted[0], 6);
      expect(within[2] - within[0]).toBeCloseTo(adjusted[2] - adjusted[0], 6);
    });
  });
});

describe("the prior of rows without labels", () => {
  it("is estimated from them, and better than the training's", async () => {
    const table = rareTable(12_000, 9);
    const every = Array.from({ length: table.rows }, (_, i) => i);
    const { classifier } = await train(rowsOf(table, every.slice(0, 4000)));
    const others = every.slice(4000);
    const rare = others.filter((i) => labelOf(table, i) === "rare");
    const common = others.filter((i) => labelOf(table, i) !== "rare").slice(0, rare.length);
    const there = rowsOf(table, [...rare, ...common]);
    const estimated = estimatePrior(classifier, there);
    expect(estimated.map(([label]) => label)).toStrictEqual(classifier.classes);
    const share = estimated[classifier.classes.indexOf("rare")][1];
    expect(Math.abs(share - 0.5)).toBeLessThan(0.12);
    const before = evaluate(classifier, there).metrics.logLoss.value;
    const after = evaluate(classifier, there, { prior: estimated }).metrics.logLoss.value;
    expect(after).toBeLessThan(before);
  });
});

describe("focal loss", () => {
  it("gives probabilities that are brought back: the mean is the share, at little cost", async () => {
    const table = rareTable(2000, 11);
    const plain = await train(table);
    const { classifier, report } = await train(table, { loss: "focal" });
    const rare = classifier.classes.indexOf("rare");
    expect(Math.abs(meansOf(classifier, table)[rare] - report.classes[rare].share)).toBeLessThan(
      0.004,
    );
    expect(report.choice.focalGamma).toBe(2);
    const ratio =
      report.evaluation.metrics.logLoss.value / plain.report.evaluation.metrics.logLoss.value;
    expect(ratio).toBeLessThan(1.05);
    expect(report.evaluation.calibration!.test!.pValue).toBeGreaterThan(0.001);
  });

  it("of noise is no better than the baseline", async () => {
    const table = noiseTable(300, 4, [0.9, 0.1], 12);
    const { report } = await trainWith(table, { target: "y", worker: false, loss: "focal" });
    expect(report.evaluation.metrics.noBetterThanBaseline).toBe(true);
  });
});

describe("says what is wrong", () => {
  const table = numbersTable([["x", [1, 2, 3, 4, 5, 6]]], ["a", "b", "c", "a", "b", "c"]);
  it.each([
    [{ prior: [["d", 0.2]] }, '"prior" expected a class, got "d"'],
    [{ prior: [["a", 0]] }, '"prior" expected a share between 0 and 1 for "a", got 0'],
    [{ prior: [["a", 1.5]] }, '"prior" expected a share between 0 and 1 for "a", got 1.5'],
    [
      {
        prior: [
          ["a", 0.2],
          ["a", 0.3],
        ],
      }, // prettier-ignore
      '"prior" names the class "a" twice',
    ],
    [
      {
        prior: [
          ["a", 0.2],
          ["b", 0.2],
          ["c", 0.2],
        ],
      }, // prettier-ignore
      "shares that add up to 1",
    ],
    [
      {
        prior: [
          ["a", 0.7],
          ["b", 0.4],
        ],
      }, // prettier-ignore
      "shares that add up to less than 1",
    ],
    [{ prior: [] }, '"prior" expected "uniform" or pairs of label and share'],
    [{ prior: "even" }, '"prior" expected "uniform" or pairs of label and share'],
    [{ prior: "uniform", adjust: 1 }, '"prior" and "adjust" cannot be used together'],
    [{ adjust: Number.NaN }, '"adjust" expected a number from -10 to 10, got NaN'],
    [{ loss: "hinge" }, '"loss" expected "log" or "focal", got "hinge"'],
    [{ focalGamma: 2 }, '"focalGamma" expected the option "loss" to be "focal", got "log"'],
    [{ loss: "focal", focalGamma: 0 }, '"focalGamma" expected a number from 0.01 to 10, got 0'],
    [{ loss: "focal", l1Ratio: 0.5 }, '"l1Ratio" expected nothing beside focal loss, got 0.5'],
    [{ loss: "focal", optimizer: "sgd" }, '"optimizer" expected nothing beside focal loss'],
  ])("%j", async (options, message) => {
    await expect(train(table, options as Partial<TrainOptions>)).rejects.toThrow(message);
  });
});
