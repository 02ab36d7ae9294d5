import fc from "fast-check";
import { expect, test } from "vitest";
import { areaUnderCurve } from "../../src/measure/auc.ts";
import { sortOrder } from "../../src/measure/order.ts";

const rows = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 6 }), fc.nat(2), fc.integer({ min: 1, max: 4 })),
  { minLength: 2, maxLength: 30 },
);

/** Σ over pairs (a row of c, another) of s_i s_j ([v_i > v_j] + [v_i = v_j]/2), over the pairs' weight. */
function pairs(values: Float64Array, y: Int32Array, s: Float64Array, c: number): number | null {
  let won = 0;
  let all = 0;
  for (let i = 0; i < y.length; i++) {
    for (let j = 0; j < y.length; j++) {
      if (y[i] !== c || y[j] === c) continue;
      all += s[i] * s[j];
      won += s[i] * s[j] * (values[i] > values[j] ? 1 : values[i] === values[j] ? 0.5 : 0);
    }
  }
  return all === 0 ? null : won / all;
}

const columns = (list: [number, number, number][]) => ({
  values: Float64Array.from(list, ([value]) => value),
  y: Int32Array.from(list, ([, label]) => label),
  s: Float64Array.from(list, ([, , weight]) => weight),
});

test("is the weighted share of pairs in the right order, ties counting half", () => {
  fc.assert(
    fc.property(rows, fc.nat(2), (list, c) => {
      const { values, y, s } = columns(list);
      const influence = new Float64Array(list.length);
      const area = areaUnderCurve(values, sortOrder(values), y, s, c, influence, 1);
      const expected = pairs(values, y, s, c);
      if (expected === null) expect(area).toBeNull();
      else expect(area).toBeCloseTo(expected, 12);
    }),
    { numRuns: 300 },
  );
});

test("its influence is the derivative by the row weights, and sums to 0 over them", () => {
  fc.assert(
    fc.property(rows, (list) => {
      const { values, y, s } = columns(list);
      const influence = new Float64Array(list.length);
      if (areaUnderCurve(values, sortOrder(values), y, s, 1, influence, 1) === null) return;
      expect(influence.reduce((sum, value, i) => sum + s[i] * value, 0)).toBeCloseTo(0, 12);
      const h = 1e-4;
      for (let i = 0; i < list.length; i++) {
        const moved = (by: number) => s.map((weight, j) => (i === j ? weight + by : weight));
        const up = pairs(values, y, moved(h), 1) ?? Number.NaN;
        const down = pairs(values, y, moved(-h), 1) ?? Number.NaN;
        expect(influence[i]).toBeCloseTo((up - down) / (2 * h), 6);
      }
    }),
    { numRuns: 50 },
  );
});
