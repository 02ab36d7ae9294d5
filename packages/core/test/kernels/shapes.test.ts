import { describe, expect, test } from "vitest";
import type { Matrix } from "../../src/base/matrix.ts";
import { checkClasses, checkPass, checkRows, checkWeights } from "../../src/kernels/shapes.ts";

const INT_MAX = 0x7fffffff;
const X: Matrix = {
  rows: 4,
  dense: { width: 2, data: new Float64Array(8) },
  codes: { width: 3, perRow: 1, data: new Int32Array(4) },
  csr: null,
};
const all = { start: 0, end: 4 };
const W = new Float64Array((2 + 3 + 1) * 2);

describe("a pass over rows", () => {
  test.each<[string, number, number]>([
    ["all rows", 0, 4],
    ["no row, at the start", 0, 0],
    ["no row, at the end", 4, 4],
  ])("may be over %s", (_, start, end) => {
    expect(checkPass(X, { start, end }, W, 2)).toBeUndefined();
  });

  test.each<[number, number, string]>([
    [0, 5, '"range.end" expected a number from 0 to 4, got 5'],
    [0, -1, '"range.end" expected a number from 0 to 4, got -1'],
    [0, 1.5, '"range.end" expected an integer, got 1.5'],
    [-1, 4, '"range.start" expected a number from 0 to 4, got -1'],
    [3, 2, '"range.start" expected a number from 0 to 2, got 3'],
  ])("is refused from row %d to %d", (start, end, sentence) => {
    expect(() => checkPass(X, { start, end }, W, 2)).toThrow(new RangeError(sentence));
  });

  test("has a column of weights for each of 1 to 2^31 − 1 logits", () => {
    expect(checkPass(X, all, new Float64Array(6), 1)).toBeUndefined();
    expect(() => checkPass(X, all, new Float64Array(0), 0)).toThrow(
      new RangeError(`"k" expected a number from 1 to ${INT_MAX}, got 0`),
    );
    expect(() => checkPass(X, all, W, INT_MAX + 1)).toThrow(
      new RangeError(`"k" expected a number from 1 to ${INT_MAX}, got ${INT_MAX + 1}`),
    );
  });

  test("has a row of weights for each feature and the intercepts", () => {
    expect(checkWeights("V", 12, X, 2)).toBeUndefined();
    for (const length of [10, 11, 13, 24]) {
      const sentence = `expected (d+1)·k = 12 entries, got ${length}`;
      expect(() => checkWeights("V", length, X, 2)).toThrow(new RangeError(`"V" ${sentence}`));
      expect(() => checkPass(X, all, new Float64Array(length), 2)).toThrow(
        new RangeError(`"W" ${sentence}`),
      );
    }
  });

  test("has a weight for each row up to its end, and may have more", () => {
    for (const length of [3, 4]) {
      expect(checkPass(X, { start: 1, end: 3 }, W, 2, new Float64Array(length))).toBeUndefined();
    }
    expect(() => checkPass(X, { start: 1, end: 3 }, W, 2, new Float64Array(2))).toThrow(
      new RangeError('"s" expected at least 3 entries, got 2'),
    );
  });

  test("has one precision", () => {
    const csr = (values: Float32Array | Float64Array): Matrix["csr"] => ({
      width: 1,
      starts: new Int32Array(5),
      columns: new Int32Array(0),
      values,
    });
    const wide = new Float64Array(14);
    const sparse = { ...X, csr: csr(new Float32Array(0)) };
    expect(() => checkPass(sparse, all, wide, 2)).toThrow(
      new TypeError('"X" expected one precision, got Float32Array beside Float64Array'),
    );
    expect(checkPass({ ...X, csr: csr(new Float64Array(0)) }, all, wide, 2)).toBeUndefined();
    expect(checkPass({ ...sparse, dense: null }, all, wide.subarray(4), 2)).toBeUndefined();
  });
});

test("n rows of a width need that many entries, and may have more", () => {
  expect(checkRows("Z", 6, 2, 3)).toBeUndefined();
  expect(checkRows("Z", 7, 2, 3)).toBeUndefined();
  expect(() => checkRows("Z", 5, 2, 3)).toThrow(
    new RangeError('"Z" expected at least 6 entries, got 5'),
  );
});

describe("classes", () => {
  const classes = (y: number[], k: number, range = { start: 0, end: y.length }, s?: number[]) =>
    checkClasses(Int32Array.from(y), s === undefined ? null : Float64Array.from(s), range, k);

  test("are 0 to k − 1, and 0 or 1 for one logit", () => {
    expect(classes([0, 1, 2], 3)).toBeUndefined();
    expect(classes([0, 1], 2)).toBeUndefined();
    expect(classes([0, 1], 1)).toBeUndefined();
    expect(() => classes([0, 3], 3)).toThrow(
      new RangeError('"y" expected a class from 0 to 2, got 3 in row 1'),
    );
    expect(() => classes([2], 2)).toThrow(
      new RangeError('"y" expected a class from 0 to 1, got 2 in row 0'),
    );
    expect(() => classes([0, 1, 2], 1)).toThrow(
      new RangeError('"y" expected a class from 0 to 1, got 2 in row 2'),
    );
    expect(() => classes([-1], 3)).toThrow(
      new RangeError('"y" expected a class from 0 to 2, got -1 in row 0'),
    );
  });

  test("count in the range only, and where the row's weight is not 0", () => {
    expect(classes([9, 0, 1, 9], 2, { start: 1, end: 3 })).toBeUndefined();
    expect(classes([9, 0], 2, undefined, [0, 1])).toBeUndefined();
    expect(() => classes([9, 0], 2, undefined, [1e-300, 1])).toThrow(/got 9 in row 0/);
  });

  test("are there for every row up to the range's end", () => {
    expect(classes([0, 1], 2, { start: 0, end: 2 })).toBeUndefined();
    expect(() => classes([0, 1], 2, { start: 0, end: 3 })).toThrow(
      new RangeError('"y" expected at least 3 entries, got 2'),
    );
  });
});
