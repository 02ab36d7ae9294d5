import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  logSumExpOf,
  pairedDifference,
  ratioWeights,
  rowLosses,
  weightedMean,
} from "../../src/base/losses.ts";
import { crossEntropy } from "../../src/softmax/cross-entropy.ts";

const logits = fc.double({ min: -50, max: 50, noNaN: true });

describe("rowLosses", () => {
  test("is log Σ exp − own logit, to 1e-14 relative, whatever is added to a row", () => {
    fc.assert(
      fc.property(fc.array(logits, { minLength: 3, maxLength: 3 }), fc.nat(2), (row, label) => {
        const direct = Math.log(row.reduce((sum, z) => sum + Math.exp(z - row[label]), 0));
        const [loss] = rowLosses(Float64Array.from(row), Int32Array.of(label), 1, 3);
        expect(Math.abs(loss - direct)).toBeLessThanOrEqual(1e-14 * (1 + Math.abs(direct)));
        const [shifted] = rowLosses(
          Float64Array.from(row, (z) => z + 1024),
          Int32Array.of(label),
          1,
          3,
        );
        expect(Math.abs(loss - shifted)).toBeLessThan(1e-11);
      }),
    );
  });

  test("keeps every digit of a tiny loss and does not clip a large one", () => {
    const losses = rowLosses(Float64Array.of(40, 0, 40, 0, 1e6, 0), Int32Array.of(0, 1, 1), 3, 2);
    expect(losses[0] / Math.exp(-40)).toBeCloseTo(1, 12);
    expect(losses[1]).toBe(40);
    expect(losses[2]).toBe(1e6);
  });

  test("is infinite for an own logit of −∞ only", () => {
    const Z = Float64Array.of(Number.NEGATIVE_INFINITY, 3, Number.NEGATIVE_INFINITY, 3);
    expect([...rowLosses(Z, Int32Array.of(0, 1), 2, 2)]).toStrictEqual([
      Number.POSITIVE_INFINITY,
      0,
    ]);
    const none = new Float64Array(2).fill(Number.NEGATIVE_INFINITY);
    expect([...rowLosses(none, Int32Array.of(1), 1, 2)]).toStrictEqual([Number.POSITIVE_INFINITY]);
  });

  test("is 0 for one class, and for no rows nothing", () => {
    expect([...rowLosses(Float64Array.of(7, -7), Int32Array.of(0, 0), 2, 1)]).toStrictEqual([0, 0]);
    expect(rowLosses(new Float64Array(), new Int32Array(), 0, 3)).toHaveLength(0);
    expect(() => rowLosses(new Float64Array(5), new Int32Array(2), 2, 3)).toThrow(
      new RangeError('"Z" expected 6 entries, got 5'),
    );
    expect(() => rowLosses(new Float64Array(6), new Int32Array(3), 2, 3)).toThrow(
      new RangeError('"y" expected 2 entries, got 3'),
    );
  });
});

test("rowLosses agrees with crossEntropy, the careful way", () => {
  fc.assert(
    fc.property(fc.array(logits, { minLength: 12, maxLength: 12 }), (values) => {
      const Z = Float64Array.from(values);
      const y = Int32Array.of(0, 1, 2, 2);
      const careful = crossEntropy(Z, y, { columns: 3 });
      for (const [i, loss] of rowLosses(Z, y, 4, 3).entries()) {
        expect(Math.abs(loss - careful[i])).toBeLessThanOrEqual(4e-15 * (1 + careful[i]));
      }
    }),
  );
});

describe("pairedDifference", () => {
  const a = Float64Array.of(1, 4, 2, 8, 5);
  const b = Float64Array.of(0, 2, 3, 4, 4);

  test("is the mean and standard error of the differences", () => {
    const d = [1, 2, -1, 4, 1];
    const mean = 1.4;
    const variance = d.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4;
    const got = pairedDifference(a, b);
    expect(got.mean).toBeCloseTo(mean, 14);
    expect(got.standardError).toBeCloseTo(Math.sqrt(variance / 5), 14);
  });

  test("leaves out rows of weight 0, whatever they hold, and scales with no weights", () => {
    const more = (x: Float64Array) => Float64Array.of(Number.NaN, ...x);
    const s = Float64Array.of(0, 3, 3, 3, 3, 3);
    const got = pairedDifference(more(a), more(b), s);
    expect(got.mean).toBeCloseTo(1.4, 14);
    expect(got.standardError).toBeCloseTo(pairedDifference(a, b).standardError, 14);
  });

  test("rows repeated within a group tell nothing new", () => {
    const twice = (x: Float64Array) => Float64Array.of(...x, ...x);
    const group = Int32Array.of(-7, 3, 2, 9, 100, -7, 3, 2, 9, 100);
    const grouped = pairedDifference(twice(a), twice(b), null, group);
    expect(grouped.mean).toBeCloseTo(1.4, 14);
    expect(grouped.standardError).toBeCloseTo(pairedDifference(a, b).standardError, 14);
    expect(pairedDifference(twice(a), twice(b)).standardError).toBeLessThan(grouped.standardError);
  });

  test("weights the rows within groups, leaving out those of weight 0", () => {
    // Σ s d = 2·1 + 1·4 + 3·(−1) + 1·0 = 3 of 7; with the deviations d − 3/7 the groups' sums are 8/7 + 25/7, −30/7 and −3/7.
    const d = Float64Array.of(1, 4, Number.NaN, -1, 0);
    const s = Float64Array.of(2, 1, 0, 3, 1);
    const group = Int32Array.of(5, 5, 6, 7, 8);
    const got = pairedDifference(d, new Float64Array(5), s, group);
    expect(got.mean).toBeCloseTo(3 / 7, 15);
    const squares = (33 * 33 + 30 * 30 + 3 * 3) / 49;
    expect(got.standardError).toBeCloseTo(Math.sqrt(1.5 * squares) / 7, 14);
  });

  test("knows something from two rows, and two lists of one length", () => {
    const two = pairedDifference(Float64Array.of(2, 5), Float64Array.of(1, 2));
    expect(two).toStrictEqual({ mean: 2, standardError: 1 });
    expect(() => pairedDifference(Float64Array.of(1), new Float64Array(2))).toThrow(
      new RangeError('"b" expected 1 entries, got 2'),
    );
  });

  test("knows nothing from one row or one group", () => {
    const one = Float64Array.of(1);
    expect(pairedDifference(one, one).standardError).toBe(Number.POSITIVE_INFINITY);
    expect(pairedDifference(a, b, null, new Int32Array(5)).standardError).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  test("counts two infinite losses as equal", () => {
    const infinite = Float64Array.of(Number.POSITIVE_INFINITY, 1, 2);
    expect(pairedDifference(infinite, infinite)).toStrictEqual({ mean: 0, standardError: 0 });
  });
});

test("weightedMean leaves out rows of weight 0", () => {
  const values = Float64Array.of(1, Number.POSITIVE_INFINITY, 4);
  expect(weightedMean(values, Float64Array.of(1, 0, 2))).toBe(3);
  expect(weightedMean(Float64Array.of(1, 4), null)).toBe(2.5);
});

test("ratioWeights are each row's weight times the ratio of its class", () => {
  const ratios = Float64Array.of(0.5, 4);
  const y = Int32Array.of(1, 0, 1);
  expect([...ratioWeights(ratios, y, null)]).toEqual([4, 0.5, 4]);
  expect([...ratioWeights(ratios, y, Float64Array.of(3, 2, 0))]).toEqual([12, 1, 0]);
});

test("logSumExpOf neither overflows nor counts −∞", () => {
  expect(logSumExpOf(Float64Array.of(0, Math.log(3)))).toBeCloseTo(Math.log(4), 15);
  expect(logSumExpOf(Float64Array.of(1000, 1000))).toBe(1000 + Math.LN2);
  expect(logSumExpOf(Float64Array.of(-1000, Number.NEGATIVE_INFINITY))).toBe(-1000);
});
