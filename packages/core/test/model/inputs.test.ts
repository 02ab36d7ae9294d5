import { describe, expect, test } from "vitest";
import type { Matrix } from "../../src/base/matrix.ts";
import {
  asMatrix,
  checkedClasses,
  checkedMatrix,
  checkedWeights,
  checkMatrix,
  classTotals,
  type MatrixLike,
} from "../../src/model/inputs.ts";

const INT_MAX = 0x7fffffff;
const name = (j: number): string => `x${j}`;
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

const refused = (X: unknown, error: Error): void => {
  expect(() => checkedMatrix(X as MatrixLike, name)).toThrow(error);
};

describe("a Matrix", () => {
  test("of rows is their numbers one row after the other", () => {
    const matrix = asMatrix([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const data = Float64Array.of(1, 2, 3, 4, 5, 6);
    expect(matrix).toStrictEqual({ rows: 2, dense: { width: 3, data }, codes: null, csr: null });
    expect(asMatrix([])).toMatchObject({ rows: 0, dense: { width: 0 } });
    refused([[1, 2], [3]], new RangeError('"X[1]" expected 2 entries, got 1'));
  });

  test("of numbers by row reads typed arrays in place, and others into float64", () => {
    const data = Float32Array.of(1, 2, 3, 4);
    expect(asMatrix({ data, rows: 2, columns: 2 }).dense?.data).toBe(data);
    expect(asMatrix({ data: [1, 2], rows: 1, columns: 2 }).dense).toStrictEqual({
      width: 2,
      data: Float64Array.of(1, 2),
    });
    expect(asMatrix({ data: [], rows: 0, columns: 0 }).rows).toBe(0);
  });

  test.each<[unknown, Error]>([
    [
      { data: [1, 2, 3], rows: 2, columns: 2 },
      new RangeError('"X.data" expected 4 entries, got 3'),
    ],
    [
      { data: [], rows: -1, columns: 0 },
      new RangeError(`"X.rows" expected a number from 0 to ${INT_MAX}, got -1`),
    ],
    [
      { data: [], rows: 0, columns: -1 },
      new RangeError(`"X.columns" expected a number from 0 to ${INT_MAX}, got -1`),
    ],
    [
      { data: [], rows: 2 ** 31, columns: 0 },
      new RangeError(`"X.rows" expected a number from 0 to ${INT_MAX}, got ${2 ** 31}`),
    ],
    [
      { data: [], rows: 0, columns: 0 },
      new RangeError(`"X.rows" expected a number from 1 to ${INT_MAX}, got 0`),
    ],
    ...[null, "rows", 7, undefined, {}, { rows: 1, columns: 1 }].map((X): [unknown, Error] => [
      X,
      new TypeError('"X" expected an array of rows, { data, rows, columns } or a Matrix'),
    ]),
  ])("is not made of %j", refused);
});

describe("dense numbers", () => {
  const dense = (data: Float64Array, rows: number, width: number): Matrix => ({
    rows,
    dense: { width, data },
    codes: null,
    csr: null,
  });

  test("are as many as rows times columns", () => {
    refused(
      dense(new Float64Array(5), 2, 3),
      new RangeError('"X.dense.data" expected 6 entries, got 5'),
    );
  });

  test("are finite, or row and column are named, in the first stretch and in later ones", () => {
    const data = new Float64Array(3 * 2 ** 20);
    const X = dense(data, 2 ** 20, 3);
    expect(checkedMatrix(X, name)).toBe(X);
    for (const at of [0, 2, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, data.length - 1]) {
      data[at] = -inf;
      const where = `row ${Math.floor(at / 3)}, column x${at % 3}`;
      refused(X, new RangeError(`"X" expected finite numbers, got -Infinity in ${where}`));
      data[at] = 0;
    }
  });

  test("are checked a million at once, with a pause after each, so that others can run", () => {
    const pauses = (length: number): number =>
      [...checkMatrix(dense(new Float64Array(length), length, 1), name)].length;
    expect([1, 2 ** 20, 2 ** 20 + 1, 2 ** 21].map(pauses)).toEqual([1, 1, 2, 2]);
  });
});

describe("codes", () => {
  const codes = (data: number[], rows: number): Matrix => ({
    rows,
    dense: null,
    codes: { width: 3, perRow: 2, data: Int32Array.from(data) },
    csr: null,
  });

  test("are positions of indicators, or −1 for none", () => {
    const X = codes([-1, 0, 2, -1], 2);
    expect(checkedMatrix(X, name)).toBe(X);
    refused(codes([0, 1, 2], 2), new RangeError('"X.codes.data" expected 4 entries, got 3'));
    const sentence = '"X.codes" expected positions from -1 to 2, got';
    refused(codes([0, 1, 2, 3], 2), new RangeError(`${sentence} 3 in row 1`));
    refused(codes([0, -2, 2, 0], 2), new RangeError(`${sentence} -2 in row 0`));
  });
});

describe("a sparse block", () => {
  const sparse = (starts: number[], columns: number[], values: number[]): Matrix => ({
    rows: 2,
    dense: { width: 2, data: new Float64Array(4) },
    codes: null,
    csr: {
      width: 5,
      starts: Int32Array.from(starts),
      columns: Int32Array.from(columns),
      values: Float64Array.from(values),
    },
  });

  test("has entries that belong to rows, in their order; entries behind the last are not looked at", () => {
    for (const X of [
      sparse([0, 0, 0], [], []),
      sparse([0, 2, 3], [0, 4, 4], [1, 2, 3]),
      sparse([0, 1, 1], [0, 99], [1, nan]),
    ]) {
      expect(checkedMatrix(X, name)).toBe(X);
    }
    refused(sparse([0, 1], [0], [1]), new RangeError('"X.csr.starts" expected 3 entries, got 2'));
  });

  test.each<[number[], number]>([
    [[1, 1, 1], 1],
    [[-1, 0, 1], -1],
    [[0, 1, 0], 1],
    [[0, 0, 2], 0],
  ])("has no starts %j", (starts, named) => {
    refused(
      sparse(starts, [0], [1]),
      new RangeError(`"X.csr.starts" expected rising numbers from 0, got ${named}`),
    );
  });

  test("names columns of its own by their place among all", () => {
    refused(
      sparse([0, 1, 2], [0, 5], [1, 1]),
      new RangeError('"X.csr.columns" expected a number from 0 to 4, got 5'),
    );
    refused(
      sparse([0, 1, 2], [-1, 0], [1, 1]),
      new RangeError('"X.csr.columns" expected a number from 0 to 4, got -1'),
    );
    refused(
      sparse([0, 1, 2], [0, 3], [1, nan]),
      new RangeError('"X" expected finite numbers, got NaN in row 1, column x5'),
    );
    refused(
      sparse([0, 1, 2], [0, 3], [1]),
      new RangeError('"X" expected finite numbers, got undefined in row 1, column x5'),
    );
  });
});

describe("classes and weights", () => {
  test("classes are integers from 0 to k − 1, one a row", () => {
    expect(checkedClasses([0, 2, 1], 3, 3)).toStrictEqual(Int32Array.of(0, 2, 1));
    expect(() => checkedClasses([0, 1], 3, 2)).toThrow(
      new RangeError('"y" expected 3 entries, got 2'),
    );
    for (const bad of [-1, 3, 0.5, nan]) {
      expect(() => checkedClasses([0, bad], 2, 3)).toThrow(
        new RangeError(`"y" expected a class from 0 to 2, got ${bad} in row 1`),
      );
    }
  });

  test("weights are finite numbers from 0 on, copied", () => {
    const given = Float64Array.of(0, 1e300);
    const weights = checkedWeights("rowWeights", given, 2);
    expect(weights).toStrictEqual(given);
    expect(weights).not.toBe(given);
    expect(() => checkedWeights("rowWeights", [1], 2)).toThrow(
      new RangeError('"rowWeights" expected 2 entries, got 1'),
    );
    for (const bad of [-5e-324, inf, nan]) {
      expect(() => checkedWeights("rowWeights", [bad, 1], 2)).toThrow(
        new RangeError(`"rowWeights" expected finite numbers of at least 0, got ${bad} at 0`),
      );
    }
  });

  test("at least two classes have weight", () => {
    const totals = (y: number[], s: number[] | null) =>
      classTotals(Int32Array.from(y), s === null ? null : Float64Array.from(s), 3, (c) => `"${c}"`);
    expect([...totals([0, 2, 2], null)]).toEqual([1, 0, 2]);
    expect([...totals([0, 2, 2], [0.5, 3, 4])]).toEqual([0.5, 0, 7]);
    expect(() => totals([0, 2], [0, 0])).toThrow("no row has a weight above 0");
    for (const one of [() => totals([1, 1], null), () => totals([0, 1], [0, 3])]) {
      expect(one).toThrow(
        'every row has the class "1"; a classifier needs rows of at least two classes',
      );
    }
  });
});
