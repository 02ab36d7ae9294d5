import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom, shuffle } from "../../src/base/random.ts";
import type { Estimate } from "../../src/measure/bootstrap.ts";
import { type Metrics, measure } from "../../src/measure/metrics.ts";
import { calibratedSample } from "./sample.ts";

interface Golden {
  readonly k: number;
  readonly Z: number[];
  readonly y: number[];
  readonly s: number[];
  readonly expected: Record<string, number> & {
    readonly confusion: number[][];
    readonly areas: (number | null)[];
    readonly precision: number[];
    readonly recall: number[];
    readonly f1: number[];
  };
}

const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"))
  .cases as Record<string, Golden>;

const quick = { replicates: 20 };
const SCALARS = [
  "logLoss",
  "accuracy",
  "balancedAccuracy",
  "macroF1",
  "auc",
  "brier",
  "ece",
] as const;
const scalar = (metrics: Metrics, name: (typeof SCALARS)[number]): number =>
  metrics[name]?.value ?? Number.NaN;

describe("agrees with scikit-learn to 1e-12", () => {
  test.each(Object.entries(golden))("%s", (_, { k, Z, y, s, expected }) => {
    const metrics = measure(
      Float64Array.from(Z),
      Int32Array.from(y),
      Float64Array.from(s),
      k,
      quick,
    );
    for (const name of SCALARS) expect(scalar(metrics, name), name).toBeCloseTo(expected[name], 12);
    expect(metrics.eceClasswise).toBeCloseTo(expected.eceClasswise, 12);
    expect(metrics.confusion).toStrictEqual(expected.confusion);
    metrics.perClass.forEach((own, c) => {
      expect(own.precision).toBeCloseTo(expected.precision[c], 12);
      expect(own.recall).toBeCloseTo(expected.recall[c], 12);
      expect(own.f1).toBeCloseTo(expected.f1[c], 12);
      if (expected.areas[c] === null) expect(own.auc).toBeNull();
      else expect(own.auc).toBeCloseTo(expected.areas[c], 12);
    });
  });
});

describe("values", () => {
  test("do not depend on the order of rows", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.constantFrom(2, 3, 5), (seed, k) => {
        const { Z, y, n } = calibratedSample(60, k, seed);
        const rounded = Z.map((z) => Math.round(2 * z) / 2);
        const order = shuffle(
          Int32Array.from({ length: n }, (_, i) => i),
          createRandom(seed),
        );
        const moved = Float64Array.from(
          Z,
          (_, at) => rounded[order[Math.floor(at / k)] * k + (at % k)],
        );
        const one = measure(rounded, y, null, k, quick);
        const other = measure(
          moved,
          order.map((i) => y[i]),
          null,
          k,
          quick,
        );
        for (const name of SCALARS) {
          expect(scalar(other, name), name).toBeCloseTo(scalar(one, name), 12);
        }
        expect(other.eceClasswise).toBeCloseTo(one.eceClasswise, 12);
        expect(other.confusion).toStrictEqual(one.confusion);
      }),
      { numRuns: 40 },
    );
  });

  test("a weight of 2 counts as the row twice, a weight of 0 not at all, whatever is in that row", () => {
    const { Z, y } = calibratedSample(50, 3, 1);
    const s = Float64Array.from({ length: 50 }, (_, i) => (i < 20 ? 2 : i === 49 ? 0 : 1));
    const twice = Float64Array.of(...Z.subarray(0, 60), ...Z.subarray(0, 147));
    const labels = Int32Array.of(...y.subarray(0, 20), ...y.subarray(0, 49));
    const bad = Z.slice().fill(Number.NaN, 147);
    const one = measure(bad, y, s, 3, quick);
    const other = measure(twice, labels, null, 3, quick);
    for (const name of SCALARS)
      expect(scalar(one, name), name).toBeCloseTo(scalar(other, name), 12);
    expect(one.rows).toBe(49);
    expect(one.weight).toBe(69);
  });

  test("are exact far out: log loss from logits where the probability is 0 in floating point", () => {
    const metrics = measure(Float64Array.of(2000, 0, 0, 2000), Int32Array.of(1, 1), null, 2, quick);
    expect(metrics.logLoss.value).toBe(1000);
    expect(metrics.brier.value).toBe(0.5);
    expect(metrics.accuracy.value).toBe(0.5);
  });

  test("an own logit of −∞ makes log loss infinite, and the model no better than the baseline", () => {
    const { Z, y } = calibratedSample(40, 2, 3, 12);
    Z[y[0]] = Number.NEGATIVE_INFINITY;
    const metrics = measure(Z, y, null, 2, quick);
    expect(metrics.logLoss.value).toBe(Number.POSITIVE_INFINITY);
    expect(metrics.noBetterThanBaseline).toBe(true);
    expect(metrics.accuracy.value).toBeGreaterThan(0.5);
    expect(Number.isNaN(metrics.logLoss.low + metrics.logLoss.high)).toBe(false);
  });

  test("with one class in the labels there is no AUC, with one class at all nothing to be wrong about", () => {
    expect(measure(Float64Array.of(1, 0, 2, 0), new Int32Array(2), null, 2, quick).auc).toBeNull();
    const metrics = measure(Float64Array.of(1, 2, 3), new Int32Array(3), null, 1, quick);
    expect(metrics.logLoss.value).toBe(0);
    expect(metrics.accuracy.value).toBe(1);
    expect(metrics.noBetterThanBaseline).toBe(true);
  });

  test("argmax takes the first of equal classes", () => {
    const metrics = measure(new Float64Array(6), Int32Array.of(0, 2), null, 3, quick);
    expect(metrics.confusion).toStrictEqual([
      [1, 0, 0],
      [0, 0, 0],
      [1, 0, 0],
    ]);
  });

  test("class of interest: the rarer of two, or the one asked for", () => {
    const Z = new Float64Array(6);
    const positive = (labels: number[], asked?: number) =>
      measure(
        Z,
        Int32Array.from(labels),
        null,
        2,
        asked === undefined ? quick : { ...quick, positive: asked },
      ).positive;
    expect(positive([0, 1, 1])).toBe(0);
    expect(positive([0, 0, 1])).toBe(1);
    expect(positive([0, 0, 1], 0)).toBe(0);
    expect(measure(Z, Int32Array.of(0, 1), null, 3, quick).positive).toBeNull();
    expect(measure(Z, Int32Array.of(0, 1), null, 3, { ...quick, positive: 2 }).positive).toBe(2);
  });
});

describe("inputs that do not fit", () => {
  const Z = new Float64Array(4);
  const y = Int32Array.of(0, 1);
  const bad = (at: number, value: number) => Z.map((z, j) => (j === at ? value : z));
  test.each<[string, () => unknown, RegExp]>([
    ["a class beyond k", () => measure(Z, Int32Array.of(0, 2), null, 2), /row 1 has the class 2/],
    ["a negative class", () => measure(Z, Int32Array.of(-1, 0), null, 2), /row 0 has the class -1/],
    ["a NaN logit", () => measure(bad(2, Number.NaN), y, null, 2), /row 1 has the logit NaN/],
    ["a NaN logit later in its row", () => measure(bad(3, Number.NaN), y, null, 2), /row 1/],
    ["a logit of +∞", () => measure(bad(1, Infinity), y, null, 2), /row 0 has the logit Infinity/],
    [
      "a row of −∞",
      () =>
        measure(
          Z.map(() => -Infinity),
          y,
          null,
          2,
        ),
      /row 0 has the logit/,
    ],
    [
      "a negative weight",
      () => measure(Z, y, Float64Array.of(1, -1), 2),
      /row 1 has the weight -1/,
    ],
    [
      "weights of another length",
      () => measure(Z, y, Float64Array.of(1), 2),
      /"weights" expected 2/,
    ],
    ["no weight at all", () => measure(Z, y, new Float64Array(2), 2), /no row to measure on/],
    ["logits of another shape", () => measure(Z, y, null, 3), /"Z" expected 6 entries, got 4/],
    ["an unknown option", () => measure(Z, y, null, 2, { sed: 1 } as never), /did you mean "seed"/],
    [
      "shares of another length",
      () => measure(Z, y, null, 2, { shares: Z }),
      /"shares" expected 2/,
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe("intervals", () => {
  const width = ({ low, high }: Estimate): number => high - low;

  test("hold their value, and are the same for the same seed", () => {
    const { Z, y } = calibratedSample(300, 3, 2);
    const one = measure(Z, y, null, 3, { seed: 5 });
    expect(measure(Z, y, null, 3, { seed: 5 })).toStrictEqual(one);
    expect(measure(Z, y, null, 3, { seed: 6 }).logLoss).not.toStrictEqual(one.logLoss);
    for (const name of SCALARS) {
      const { value, low, high } = one[name] as Estimate;
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
  });

  test("of log loss and accuracy are ± 1.96 standard errors for many rows", () => {
    const { Z, y, n, k } = calibratedSample(4000, 3, 3);
    const { accuracy, logLoss } = measure(Z, y, null, k);
    const p = accuracy.value;
    const ratio = width(accuracy) / (2 * 1.96 * Math.sqrt((p * (1 - p)) / n));
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
    expect(width(logLoss)).toBeGreaterThan(0.02);
    expect(width(logLoss)).toBeLessThan(0.06);
  });

  test("draw whole groups: copies of a row in one group do not narrow them", () => {
    const { Z, y } = calibratedSample(100, 2, 4);
    const copies = 20;
    const group = Int32Array.from({ length: 100 * copies }, (_, i) => i % 100);
    const repeated = Float64Array.from({ length: 200 * copies }, (_, at) => Z[at % 200]);
    const labels = group.map((g) => y[g]);
    const once = measure(Z, y, null, 2);
    const grouped = measure(repeated, labels, null, 2, { group });
    const loose = measure(repeated, labels, null, 2);
    for (const name of ["logLoss", "accuracy", "auc", "brier"] as const) {
      const ratio = width(grouped[name] as Estimate) / width(once[name] as Estimate);
      expect(ratio).toBeGreaterThan(0.8);
      expect(ratio).toBeLessThan(1.25);
      expect(width(loose[name] as Estimate)).toBeLessThan(width(grouped[name] as Estimate) / 3);
    }
  });

  test("of an accuracy without errors is Wilson's, not a point", () => {
    const n = 30;
    const Z = Float64Array.from({ length: 2 * n }, (_, at) => (at % 2 === 0 ? 9 : 0));
    const { accuracy } = measure(Z, new Int32Array(n), null, 2);
    expect(accuracy.high).toBe(1);
    expect(accuracy.low).toBeCloseTo(n / (n + 1.959963984540054 ** 2), 12);
  });
});

describe("baseline", () => {
  test("predicts the training shares: its log loss is the cross-entropy, its accuracy the majority's share", () => {
    const { Z } = calibratedSample(10, 3, 1);
    const y = Int32Array.of(0, 0, 0, 1, 1, 2, 2, 2, 2, 2);
    const shares = Float64Array.of(6, 3, 1);
    const { baseline } = measure(Z, y, null, 3, { ...quick, shares });
    const expected = -(3 * Math.log(0.6) + 2 * Math.log(0.3) + 5 * Math.log(0.1)) / 10;
    expect(baseline.logLoss.value).toBeCloseTo(expected, 12);
    expect(baseline.label).toBe(0);
    expect(baseline.accuracy.value).toBeCloseTo(0.3, 12);
  });

  test("gives a class that training never saw 1/(2n), not an infinite loss", () => {
    const shares = Float64Array.of(1, 0);
    const { baseline } = measure(new Float64Array(8), Int32Array.of(0, 0, 0, 1), null, 2, {
      ...quick,
      shares,
    });
    expect(baseline.logLoss.value).toBeCloseTo(Math.log(8) / 4, 12);
  });

  test("gains are differences on the same rows, with intervals narrower than the parts'", () => {
    const { Z, y } = calibratedSample(500, 3, 8);
    const { logLoss, baseline, noBetterThanBaseline } = measure(Z, y, null, 3);
    expect(baseline.logLossGain.value).toBeCloseTo(baseline.logLoss.value - logLoss.value, 12);
    expect(baseline.logLossGain.low).toBeGreaterThan(0);
    expect(noBetterThanBaseline).toBe(false);
  });

  test("logits that know nothing are called no better, 39 times in 40 samples or more", () => {
    let called = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { Z } = calibratedSample(200, 3, seed, 0.2);
      const { y } = calibratedSample(200, 3, 1000 + seed, 0);
      if (measure(Z, y, null, 3, { replicates: 200 }).noBetterThanBaseline) called++;
    }
    expect(called).toBeGreaterThanOrEqual(39);
  });
});
