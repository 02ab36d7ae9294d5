import { checkInteger, checkLength, dataError, notFinite } from "../base/checks.ts";
import { type Floats, type Matrix, matrixWidth } from "../base/matrix.ts";
import { windowsOf } from "../base/stored.ts";

/** Numbers by row, or one after the other by row. */
export type MatrixLike =
  | Matrix
  | readonly (readonly number[])[]
  | {
      readonly data: Floats | readonly number[];
      readonly rows: number;
      readonly columns: number;
    };

/** Name of feature j for people: as given, or its number. */
export type ColumnName = (j: number) => string;

/** X as a Matrix whose shapes agree and whose numbers are finite; arrays are read in place where they can be. */
export function checkedMatrix(X: MatrixLike, name: ColumnName): Matrix {
  const steps = checkMatrix(X, name);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** `checkedMatrix`, which pauses after each CHECKED_AT_ONCE numbers, so that others can run. */
export function* checkMatrix(X: MatrixLike, name: ColumnName): Generator<void, Matrix, void> {
  const matrix = asMatrix(X);
  checkInteger("X.rows", matrix.rows, 1, 0x7fffffff);
  for (const { X: here, first } of windowsOf(matrix, [{ start: 0, end: matrix.rows }])) {
    if (here.dense !== null) yield* checkDense(here, first, name);
    if (here.codes !== null) checkCodes(here, first);
    if (here.csr !== null) checkCsr(here, name);
  }
  return matrix;
}

/** About a millisecond's work. */
const CHECKED_AT_ONCE = 2 ** 20;

/** X as a Matrix, arrays in place; what is in it is not checked. */
export function asMatrix(X: MatrixLike): Matrix {
  if (Array.isArray(X)) return fromRows(X);
  if (typeof X !== "object" || X === null) throw badMatrix();
  if ("dense" in X) return X;
  if (!("data" in X)) throw badMatrix();
  const { data, rows, columns } = X;
  checkInteger("X.rows", rows, 0, 0x7fffffff);
  checkInteger("X.columns", columns, 0, 0x7fffffff);
  checkLength("X.data", data.length, rows * columns);
  return dense(rows, columns, Array.isArray(data) ? Float64Array.from(data) : (data as Floats));
}

const badMatrix = (): TypeError =>
  new TypeError('"X" expected an array of rows, { data, rows, columns } or a Matrix');

const dense = (rows: number, width: number, data: Floats): Matrix => ({
  rows,
  dense: { width, data },
  codes: null,
  csr: null,
});

function fromRows(rows: readonly (readonly number[])[]): Matrix {
  const width = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    checkLength(`X[${i}]`, row.length, width);
    data.set(row, i * width);
  });
  return dense(rows.length, width, data);
}

/** `before`: rows of the whole before those of the block. */
function* checkDense(
  { rows, dense: block }: Matrix,
  before: number,
  name: ColumnName,
): Generator<void> {
  const { width, data } = block!;
  checkLength("X.dense.data", data.length, rows * width);
  for (let start = 0; start < data.length; start += CHECKED_AT_ONCE) {
    const at = firstNotFinite(data, start, Math.min(data.length, start + CHECKED_AT_ONCE));
    if (at >= 0) throw notFinite(before + Math.floor(at / width), name(at % width), data[at]);
    yield;
  }
}

function firstNotFinite(data: Floats, start: number, end: number): number {
  for (let at = start; at < end; at++) if (!Number.isFinite(data[at])) return at;
  return -1;
}

function checkCodes({ rows, codes }: Matrix, before: number): void {
  const { width, perRow, data } = codes!;
  checkLength("X.codes.data", data.length, rows * perRow);
  for (let at = 0; at < data.length; at++) {
    if (data[at] < -1 || data[at] >= width) {
      throw new RangeError(
        `"X.codes" expected positions from -1 to ${width - 1}, got ${data[at]} in row ${before + Math.floor(at / perRow)}`,
      );
    }
  }
}

function checkCsr(X: Matrix, name: ColumnName): void {
  const { width, starts, columns, values } = X.csr!;
  const first = matrixWidth(X) - width;
  checkLength("X.csr.starts", starts.length, X.rows + 1);
  for (let i = 0; i < X.rows; i++) {
    if (starts[i] > starts[i + 1] || starts[0] !== 0 || starts[X.rows] > columns.length) {
      throw new RangeError(`"X.csr.starts" expected rising numbers from 0, got ${starts[i]}`);
    }
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      checkInteger("X.csr.columns", columns[at], 0, width - 1);
      if (!Number.isFinite(values[at])) throw notFinite(i, name(first + columns[at]), values[at]);
    }
  }
}

/** Classes as an Int32Array of n entries in 0…k−1. */
export function checkedClasses(y: ArrayLike<number>, n: number, k: number): Int32Array {
  checkLength("y", y.length, n);
  for (let i = 0; i < n; i++) {
    if (!Number.isInteger(y[i]) || y[i] < 0 || y[i] >= k) {
      throw new RangeError(`"y" expected a class from 0 to ${k - 1}, got ${y[i]} in row ${i}`);
    }
  }
  return Int32Array.from(y);
}

/** Row weights: n finite numbers of at least 0. */
export function checkedWeights(what: string, given: ArrayLike<number>, n: number): Float64Array {
  checkLength(what, given.length, n);
  const weights = Float64Array.from(given);
  const bad = weights.findIndex((w) => !(w >= 0 && w < Number.POSITIVE_INFINITY));
  if (bad >= 0) {
    throw new RangeError(
      `"${what}" expected finite numbers of at least 0, got ${weights[bad]} at ${bad}`,
    );
  }
  return weights;
}

/** Weight of the rows of each class. Throws unless at least two classes have some. */
export function classTotals(
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  className: (c: number) => string,
): Float64Array {
  const totals = new Float64Array(k);
  for (let i = 0; i < y.length; i++) totals[y[i]] += s === null ? 1 : s[i];
  const present = Array.from(totals.keys()).filter((c) => totals[c] > 0);
  if (present.length === 0) throw dataError("no row has a weight above 0");
  if (present.length === 1) {
    throw dataError(
      `every row has the class ${className(present[0])}; a classifier needs rows of at least two classes`,
    );
  }
  return totals;
}
