import { describe, expect, test } from "vitest";
import {
  codesWidth,
  denseWidth,
  fitNumeric,
  indicatorOf,
  valueAt,
} from "../../src/encode/numeric.ts";
import golden from "./numeric.golden.json" with { type: "json" };

const close = (got: ArrayLike<number>, wanted: readonly number[], tolerance = 1e-12): void => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((v, j) => {
    expect(Math.abs(got[j] - v), `${j}: ${got[j]} for ${v}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(v)),
    );
  });
};

describe.each(Object.entries(golden))("%s, as NumPy has it", (name, wanted) => {
  const values = Float64Array.from(wanted.values, (v) => v ?? Number.NaN);
  const encoder = fitNumeric(name, values, true);

  test("median, mean and deviation", () => close(encoder.line, wanted.line));
  test("knots and frequent values, exactly", () => {
    expect([...encoder.knots]).toEqual(wanted.knots);
    expect([...encoder.frequent]).toEqual(wanted.frequent);
    expect(encoder.missing).toBe(wanted.missing);
  });
  test("line and ramps of some rows", () => {
    wanted.rows.forEach((row, at) => {
      close(valueAt(encoder, values[row]), wanted.features[at]);
    });
  });
});

const columns = (values: number[], curves = true): number[][] => {
  const encoder = fitNumeric("x", Float64Array.from(values), curves);
  return values.map((x) => [...valueAt(encoder, x)]);
};
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test("every dense column is centred over the training rows, missing values among them", () => {
  const values = [...range(50).map((i) => i * i), Number.NaN, Number.NaN];
  const rows = columns(values);
  rows[0].forEach((_, j) => {
    expect(Math.abs(rows.reduce((sum, row) => sum + row[j], 0))).toBeLessThan(1e-12);
  });
});

test("a column of two values is a line, of three a thermometer", () => {
  expect(columns([1, 2, 1, 2])[0]).toHaveLength(1);
  expect(columns([1, 2, 3])[0]).toHaveLength(3);
});

test("lines have neither knots nor frequent values", () => {
  const encoder = fitNumeric("x", Float64Array.from([...range(40), 0, 0, 0, 0, 0, 0, 0]), false);
  expect([denseWidth(encoder), codesWidth(encoder)]).toEqual([1, 0]);
});

test("a frequent value and a missing one each have an indicator, and exclude each other", () => {
  const values = [...range(40).map((i) => i + 1), ...new Array(20).fill(0), Number.NaN];
  const encoder = fitNumeric("x", Float64Array.from(values), true);
  expect([...encoder.frequent]).toEqual([0]);
  expect([0, -0, Number.NaN, 5].map((x) => indicatorOf(encoder, x))).toEqual([0, 0, 1, -1]);
});

test("a value that is missing for the first time at prediction is the median, without an indicator", () => {
  const encoder = fitNumeric("x", Float64Array.of(1, 2, 9), false);
  expect(indicatorOf(encoder, Number.NaN)).toBe(-1);
  expect(valueAt(encoder, Number.NaN)).toEqual(valueAt(encoder, 2));
});

test("the median of an even number of values lies between the middle two", () => {
  expect(fitNumeric("x", Float64Array.of(4, 1, 3, 2), false).line[0]).toBe(2.5);
  expect(fitNumeric("x", Float64Array.of(4, 1, 3, 2, Number.NaN), false).line[0]).toBe(2.5);
});

test("what is learned does not depend on the order of the rows", () => {
  const values = Float64Array.from(range(100), (i) => Math.sin(i) * 1e3);
  expect(fitNumeric("x", values.slice().reverse(), true)).toEqual(fitNumeric("x", values, true));
});

test.each([
  ["huge", [1e300, -1e300, 5e299, 0, 1]],
  ["tiny", [1e-300, 2e-300, 3e-300, 0, 5e-324]],
  ["the tiniest", [0, 0, 0, 0, 5e-324]],
  ["far from 0", [1e15, 1e15 + 1, 1e15 + 2, 1e15 + 3]],
  ["constant", [7, 7, 7]],
  ["constant but for missing", [0.1, 0.1, Number.NaN]],
  ["one value", [3]],
])("%s values stay finite, at prediction too", (_, values) => {
  const encoder = fitNumeric("x", Float64Array.from(values), true);
  for (const x of [...values, 1e300, -1e300, 0, Number.NaN]) {
    expect([...valueAt(encoder, x)].every((v) => Number.isFinite(Math.fround(v)))).toBe(true);
  }
});

test("a large offset costs no digits of the deviation", () => {
  const { line } = fitNumeric("x", Float64Array.of(1e9, 1e9 + 1, 1e9 + 2), false);
  expect(Math.abs(line[2] - Math.sqrt(2 / 3))).toBeLessThan(1e-15);
});
