import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import {
  type CalibrationMetrics,
  measureCalibration,
} from "../../src/measure/measure-calibration.ts";
import { measure } from "../../src/measure/metrics.ts";
import { calibratedSample } from "./sample.ts";

interface Rows {
  readonly k: number;
  readonly Z: number[];
  readonly y: number[];
  readonly s: number[];
}

interface Expected {
  readonly ece: number;
  readonly eceWidth: number;
  readonly eceDebiased: number;
  readonly mce: number;
  readonly eceClasswise: number;
  readonly brier: Record<keyof CalibrationMetrics["brier"], number>;
  readonly brierScore: number;
  readonly test: { readonly z: number; readonly pValue: number };
  readonly widthCurve: { readonly happened: number[]; readonly probability: number[] } | null;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const golden = read("calibration.golden.json") as {
  readonly cases: Record<string, Expected>;
};
const cases = Object.entries(read("golden.json").cases as Record<string, Rows>).map(
  ([name, rows]) => [name, rows, golden.cases[name]] as const,
);
const quick = { replicates: 20 };
const measured = ({ Z, y, s, k }: Rows): CalibrationMetrics =>
  measureCalibration(Float64Array.from(Z), Int32Array.from(y), Float64Array.from(s), k, quick);

/** reliability − resolution + uncertainty + within-bin variance − covariance */
const sumOf = ({ brier }: CalibrationMetrics): number =>
  brier.reliability.value -
  brier.resolution.value +
  brier.uncertainty.value +
  brier.withinVariance.value -
  brier.withinCovariance.value;

describe("agrees with scikit-learn and numpy to 1e-12", () => {
  test.each(cases)("%s", (_, rows, expected) => {
    const metrics = measured(rows);
    for (const name of ["ece", "eceWidth", "eceDebiased", "mce", "eceClasswise"] as const) {
      expect(metrics[name].value, name).toBeCloseTo(expected[name], 12);
    }
    for (const [part, value] of Object.entries(expected.brier)) {
      const name = part as keyof CalibrationMetrics["brier"];
      expect(metrics.brier[name].value, name).toBeCloseTo(value, 12);
    }
    expect(sumOf(metrics)).toBeCloseTo(expected.brierScore, 12);
    expect(metrics.test?.z).toBeCloseTo(expected.test.z, 9);
    expect(metrics.test?.pValue).toBeCloseTo(expected.test.pValue, 9);
  });

  test.each(cases.filter(([, , expected]) => expected.widthCurve !== null))(
    "the curve of equal width: %s",
    (_, rows, { widthCurve }) => {
      const { topWidth } = measured(rows);
      expect(topWidth).toHaveLength(widthCurve!.happened.length);
      topWidth.forEach(({ happened, probability }, b) => {
        expect(happened.value).toBeCloseTo(widthCurve!.happened[b], 12);
        expect(probability).toBeCloseTo(widthCurve!.probability[b], 12);
      });
    },
  );
});

test("what metrics say of calibration is said the same here", () => {
  for (const [, { Z, y, s, k }] of cases) {
    const given = [Float64Array.from(Z), Int32Array.from(y), Float64Array.from(s), k] as const;
    const { ece, eceClasswise, brier, reliability } = measure(...given, quick);
    const own = measureCalibration(...given, quick);
    expect(own.ece.value).toBeCloseTo(ece.value, 14);
    expect(own.eceClasswise.value).toBeCloseTo(eceClasswise, 14);
    expect(sumOf(own)).toBeCloseTo(brier.value, 12);
    expect(own.top.map(({ rows, happened }) => [rows, happened.value])).toStrictEqual(
      reliability.map(({ rows, accuracy }) => [rows, expect.closeTo(accuracy.value, 12)]),
    );
  }
});

test("the parts add up to the Brier score for any logits, labels and weights", () => {
  const row = fc.tuple(
    fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 3, maxLength: 3 }),
    fc.integer({ min: 0, max: 2 }),
    fc.double({ min: 0.1, max: 5, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
      const given = [
        Float64Array.from(rows.flatMap(([z]) => z)),
        Int32Array.from(rows, ([, label]) => label),
        Float64Array.from(rows, ([, , s]) => s),
        3,
      ] as const;
      const own = measureCalibration(...given, { replicates: 2 });
      expect(sumOf(own)).toBeCloseTo(measure(...given, { replicates: 2 }).brier.value, 10);
      for (const estimate of Object.values(own.brier)) {
        expect(estimate.low).toBeLessThanOrEqual(estimate.value);
        expect(estimate.high).toBeGreaterThanOrEqual(estimate.value);
      }
    }),
    { numRuns: 40 },
  );
});

describe("of perfectly calibrated samples", () => {
  const samples = Array.from({ length: 120 }, (_, seed) => {
    const { Z, y } = calibratedSample(500, seed % 2 === 0 ? 2 : 4, seed);
    return measureCalibration(Z, y, null, seed % 2 === 0 ? 2 : 4, { replicates: 200, seed });
  });
  const mean = (of: (metrics: CalibrationMetrics) => number) =>
    samples.reduce((sum, metrics) => sum + of(metrics), 0) / samples.length;

  test("the tests reject as often as they say", () => {
    for (const pValueOf of [
      ({ test }: CalibrationMetrics) => test!.pValue,
      ({ ece }: CalibrationMetrics) => ece.pValue!,
      ({ eceClasswise }: CalibrationMetrics) => eceClasswise.pValue!,
      ({ mce }: CalibrationMetrics) => mce.pValue!,
    ]) {
      // Uniform p-values: 12 of 120 below 0.1, with a deviation of 3.3; and a mean of a half.
      const rejected = samples.filter((metrics) => pValueOf(metrics) < 0.1).length;
      expect(rejected).toBeGreaterThanOrEqual(3);
      expect(rejected).toBeLessThanOrEqual(23);
      expect(Math.abs(mean(pValueOf) - 0.5)).toBeLessThan(0.09);
    }
  });

  test("every error is as large as expected, and the debiased ones near nothing", () => {
    for (const name of ["ece", "eceWidth", "mce", "eceClasswise"] as const) {
      const ratio = mean((m) => m[name].value) / mean((m) => m[name].expected.value);
      expect(Math.abs(ratio - 1), name).toBeLessThan(0.08);
    }
    expect(mean((m) => m.eceDebiased.value)).toBeLessThan(0.75 * mean((m) => m.ece.value));
    const plain = mean((m) => m.brier.reliability.value);
    expect(Math.abs(mean((m) => m.brier.reliabilityDebiased.value))).toBeLessThan(0.2 * plain);
  });

  test("95 % of the points of a curve lie where they are consistent", () => {
    const points = samples.flatMap(({ classes }) => classes.flatMap(({ curve }) => curve));
    const inside = points.filter(
      ({ happened, consistent: [low, high] }) => happened.value >= low && happened.value <= high,
    );
    expect(inside.length / points.length).toBeGreaterThan(0.92);
    expect(inside.length / points.length).toBeLessThan(0.975);
  });
});

describe("of calibrated samples weighted by class", () => {
  const ratios = Float64Array.of(0.2, 8);
  const samples = Array.from({ length: 120 }, (_, seed) => {
    const { Z, y } = calibratedSample(500, 2, 1000 + seed);
    const moved = Z.map((z, at) => z + Math.log(ratios[at % 2]));
    return measureCalibration(moved, y, null, 2, { replicates: 2, seed, ratios });
  });

  test("the tests reject as often as they say, for their labels bring the weights", () => {
    for (const pValueOf of [
      ({ test }: CalibrationMetrics) => test!.pValue,
      ({ ece }: CalibrationMetrics) => ece.pValue!,
      ({ eceClasswise }: CalibrationMetrics) => eceClasswise.pValue!,
    ]) {
      const rejected = samples.filter((metrics) => pValueOf(metrics) < 0.1).length;
      expect(rejected).toBeGreaterThanOrEqual(3);
      expect(rejected).toBeLessThanOrEqual(23);
    }
  });
});

test("probabilities too sure of themselves have z above 0, too cautious ones below", () => {
  for (const k of [2, 5]) {
    const { Z, y } = calibratedSample(1000, k, 3);
    const sure = measureCalibration(
      Z.map((z) => 2 * z),
      y,
      null,
      k,
      quick,
    );
    const cautious = measureCalibration(
      Z.map((z) => z / 2),
      y,
      null,
      k,
      quick,
    );
    for (const { test, ece } of [sure, cautious]) {
      expect(test!.pValue).toBeLessThan(1e-4);
      expect(ece.pValue).toBeLessThan(0.01);
    }
    expect(sure.test!.z).toBeGreaterThan(3);
    expect(cautious.test!.z).toBeLessThan(-3);
  }
});

test("rows that come in copies are not taken for independent ones where they are a group", () => {
  const { Z, y, n, k } = calibratedSample(300, 3, 8);
  const copies = 10;
  const repeated = <T extends Float64Array | Int32Array>(values: T, width: number): T =>
    (values.constructor as unknown as { from(source: ArrayLike<number>): T }).from(
      Array.from({ length: n * copies * width }, (_, at) => {
        const row = Math.floor(at / width / copies);
        return values[row * width + (at % width)];
      }),
    );
  const group = Int32Array.from({ length: n * copies }, (_, i) => Math.floor(i / copies));
  const once = measureCalibration(Z, y, null, k, quick).test!;
  const grouped = measureCalibration(repeated(Z, k), repeated(y, 1), null, k, { ...quick, group });
  expect(Math.abs(grouped.test!.z)).toBeLessThan(Math.abs(once.z) * 1.3 + 0.2);
  expect(grouped.ece.pValue).toBeNull();
});

test("rows of weight 0 count nothing, and sure probabilities have no test", () => {
  const { Z, y, n, k } = calibratedSample(200, 3, 4);
  const s = Float64Array.from({ length: n }, (_, i) => (i < 150 ? 1 : 0));
  const kept = measureCalibration(Z.subarray(0, 150 * k), y.subarray(0, 150), null, k, quick);
  expect(measureCalibration(Z, y, s, k, quick)).toStrictEqual(kept);
  const sure = Float64Array.from([0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]);
  const of = measureCalibration(sure, Int32Array.of(0, 1), null, 2, quick);
  expect(of.test).toBeNull();
  expect(of.mce.value).toBe(0);
  expect(of.topWidth).toHaveLength(1);
});

test("equal seeds give equal results, and input that does not fit is refused", () => {
  const { Z, y, k } = calibratedSample(100, 3, createRandom(1).below(50));
  const again = () => measureCalibration(Z, y, null, k, { ...quick, seed: 7 });
  expect(again()).toStrictEqual(again());
  expect(() => measureCalibration(Z, y, null, 4)).toThrow(RangeError);
  expect(() => measureCalibration(Z, y, null, k, { bins: 3 } as never)).toThrow(TypeError);
  expect(() => measureCalibration(new Float64Array(0), new Int32Array(0), null, 3)).toThrow(
    "there is no row to measure on",
  );
});
