import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { massBins, sortOrder } from "../../src/base/order.ts";

const { POSITIVE_INFINITY: inf, MAX_VALUE: max, MIN_VALUE: min } = Number;

/** Positions in ascending order by comparison, −0 before 0, equal values in their own order. */
function compared(values: Float64Array): number[] {
  const negativeZero = (i: number): number => Number(Object.is(values[i], -0));
  return Array.from(values.keys()).sort((i, j) => {
    if (values[i] !== values[j]) return values[i] < values[j] ? -1 : 1;
    return negativeZero(j) - negativeZero(i) || i - j;
  });
}

describe("sortOrder", () => {
  test("puts −∞, negatives, −0, 0, subnormals and ∞ in order, equal ones as they came", () => {
    const values = Float64Array.of(0, inf, -min, 1, -0, -inf, min, -max, 1, -1, max, 0, -0);
    expect([...sortOrder(values)]).toStrictEqual([5, 7, 9, 2, 4, 12, 0, 11, 6, 3, 8, 10, 1]);
  });

  test("sorts numbers that differ in one byte only, whichever it is", () => {
    for (let byte = 0; byte < 8; byte++) {
      const values = Float64Array.from([3, 1, 2, 0], (digit) => {
        const view = new DataView(new ArrayBuffer(8));
        view.setUint8(byte, digit);
        return view.getFloat64(0, true);
      });
      expect([...sortOrder(values)], `byte ${byte}`).toStrictEqual([3, 1, 2, 0]);
      expect([...sortOrder(values.map((x) => -x))], `byte ${byte}`).toStrictEqual([0, 2, 1, 3]);
    }
  });

  test("sorts negative numbers that differ in several of their lower bytes", () => {
    const values = new Float64Array(
      new BigUint64Array([0xbff0000001000002n, 0xbff0000000000100n, 0xbff0000001020000n]).buffer,
    );
    expect([...sortOrder(values)]).toStrictEqual([2, 0, 1]);
  });

  test("leaves equal numbers, one number and none as they are", () => {
    expect([...sortOrder(new Float64Array(5).fill(-7.5))]).toStrictEqual([0, 1, 2, 3, 4]);
    expect([...sortOrder(Float64Array.of(3))]).toStrictEqual([0]);
    expect(sortOrder(new Float64Array())).toStrictEqual(new Int32Array());
  });

  test("agrees with a comparing sort for any numbers", () => {
    const number = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 300 }), (list) => {
        const values = Float64Array.from(list);
        expect([...sortOrder(values)]).toStrictEqual(compared(values));
      }),
    );
  });
});

describe("massBins", () => {
  const bins = (values: number[], s: number[], count: number): number[] => {
    const all = Float64Array.from(values);
    return [...massBins(all, sortOrder(all), Float64Array.from(s), count)];
  };

  test("deals rows of equal weight evenly, in the order of their values", () => {
    expect(bins([5, 1, 4, 2, 3, 0], [1, 1, 1, 1, 1, 1], 3)).toStrictEqual([2, 0, 2, 1, 1, 0]);
    expect(bins([10, 20, 30, 40], [2, 2, 2, 2], 4)).toStrictEqual([0, 1, 2, 3]);
  });

  test("counts weight, not rows", () => {
    // Middles of weight: 3, 6.5, 7.5, 9 of 10; two bins, so each times 2/10.
    expect(bins([1, 2, 3, 4], [6, 1, 1, 2], 2)).toStrictEqual([0, 1, 1, 1]);
    // Middles 0.5, 2, 4, 7.5 of 10; five bins.
    expect(bins([4, 3, 2, 1], [5, 2, 2, 1], 5)).toStrictEqual([3, 2, 1, 0]);
  });

  test("gives equal values one bin, that of their common middle", () => {
    // The five zeros have the middle 2.5 of 6, the one behind them 5.5.
    expect(bins([0, 1, 0, -0, 0, 0], [1, 1, 1, 1, 1, 1], 6)).toStrictEqual([2, 5, 2, 2, 2, 2]);
    expect(bins([7, 7, 7], [1, 2, 3], 4)).toStrictEqual([2, 2, 2]);
  });

  test("has no bin beyond the last, also where rows without weight come behind all weight", () => {
    expect(bins([1, 2, 3], [1, 1, 0], 2)).toStrictEqual([0, 1, 1]);
    expect(bins([1], [1], 1)).toStrictEqual([0]);
    expect(bins([], [], 3)).toStrictEqual([]);
  });
});
