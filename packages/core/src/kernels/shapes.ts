import { checkInteger } from "../base/checks.ts";
import { type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";

/** Checks of shape that every implementation of the kernels makes, in O(1), before it touches an array. */

/** Throws a RangeError unless the range, the weights and the row weights fit X, and a TypeError on mixed precision. */
export function checkPass(
  X: Matrix,
  range: RowRange,
  W: Float64Array,
  k: number,
  s: Float64Array | null = null,
): void {
  checkInteger("k", k, 1, 0x7fffffff);
  checkInteger("range.end", range.end, 0, X.rows);
  checkInteger("range.start", range.start, 0, range.end);
  checkWeights("W", W.length, X, k);
  if (s !== null && s.length < range.end) throw tooShort("s", s.length, range.end);
  const { dense, csr } = X;
  if (dense !== null && csr !== null && dense.data.constructor !== csr.values.constructor) {
    throw new TypeError('"X" expected one precision, got Float32Array beside Float64Array');
  }
}

/** Throws a RangeError unless `length` is that of (d+1)×k weights. */
export function checkWeights(what: string, length: number, X: Matrix, k: number): void {
  const expected = (matrixWidth(X) + 1) * k;
  if (length !== expected) {
    throw new RangeError(`"${what}" expected (d+1)·k = ${expected} entries, got ${length}`);
  }
}

/** Throws a RangeError unless `length` holds n rows of `width`. */
export function checkRows(what: string, length: number, n: number, width: number): void {
  if (length < n * width) throw tooShort(what, length, n * width);
}

/** Throws a RangeError where the class of a row that counts is outside 0…k−1 (0…1 for one logit). */
export function checkClasses(
  y: Int32Array,
  s: Float64Array | null,
  range: RowRange,
  k: number,
): void {
  if (y.length < range.end) throw tooShort("y", y.length, range.end);
  const last = k === 1 ? 1 : k - 1;
  for (let i = range.start; i < range.end; i++) {
    if (y[i] >>> 0 > last && s?.[i] !== 0) {
      throw new RangeError(`"y" expected a class from 0 to ${last}, got ${y[i]} in row ${i}`);
    }
  }
}

const tooShort = (what: string, got: number, expected: number): RangeError =>
  new RangeError(`"${what}" expected at least ${expected} entries, got ${got}`);
