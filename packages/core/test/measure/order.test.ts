import fc from "fast-check";
import { expect, test } from "vitest";
import { massBins, sortOrder } from "../../src/measure/order.ts";

test("sortOrder is the stable ascending order of any numbers, −0 before 0", () => {
  const special = fc.constantFrom(0, -0, 1, -1, 5e-324, -5e-324, Infinity, -Infinity, 1e308);
  const value = fc.oneof(special, fc.double({ noNaN: true }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 300 }), (list) => {
      const less = (a: number, b: number) =>
        list[a] === list[b]
          ? Number(Object.is(list[b], -0)) - Number(Object.is(list[a], -0)) || a - b
          : list[a] < list[b]
            ? -1
            : 1;
      const expected = list.map((_, i) => i).sort(less);
      expect([...sortOrder(Float64Array.from(list))]).toStrictEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test("massBins gives bins of equal weight for distinct values", () => {
  const values = Float64Array.from({ length: 60 }, (_, i) => (i * 37) % 60);
  const bin = massBins(values, sortOrder(values), new Float64Array(60).fill(0.5), 15);
  const rows = new Array(15).fill(0);
  for (const b of bin) rows[b]++;
  expect(rows).toStrictEqual(new Array(15).fill(4));
  expect([...bin]).toStrictEqual(Array.from(values, (value) => Math.floor(value / 4)));
});

test("massBins keeps equal values together and never descends", () => {
  const list = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 5 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(list, (rows) => {
      const values = Float64Array.from(rows, ([value]) => value);
      const s = Float64Array.from(rows, ([, weight]) => weight);
      const bin = massBins(values, sortOrder(values), s, 15);
      for (let i = 0; i < rows.length; i++) {
        for (let j = 0; j < rows.length; j++) {
          if (values[i] === values[j]) expect(bin[i]).toBe(bin[j]);
          if (values[i] < values[j]) expect(bin[i]).toBeLessThanOrEqual(bin[j]);
        }
      }
    }),
  );
});
