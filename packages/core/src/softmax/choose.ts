import { checkInteger } from "../base/checks.ts";
import { maximum } from "./kernel.ts";
import {
  gather,
  MASKED,
  type MaskOptions,
  type Matrices,
  maskOf,
  reduceRows,
  shapeOf,
  type Values,
} from "./rows.ts";

const indices = (n: number): Int32Array => new Int32Array(n);

/**
 * The position of the largest entry, the first of equals; −1 where there is none: an empty row, nothing above −∞, or
 * a NaN. One row gives a number; with `columns` an Int32Array of n.
 */
export function argmax(z: Values, options?: MaskOptions & { columns?: undefined }): number;
export function argmax(z: Values, options: Matrices<MaskOptions>): Int32Array;
export function argmax(z: Values, options: MaskOptions = {}): number | Int32Array {
  return reduceRows("values", z, options, MASKED, indices, argmaxRow);
}

export function argmaxRow(row: Float64Array): number {
  const m = maximum(row);
  return m > Number.NEGATIVE_INFINITY ? row.indexOf(m) : -1;
}

/**
 * The positions of the `count` largest entries of each row, largest first, equals in order of position: n×count,
 * row-major. −1 fills up where fewer entries are above −∞, and the whole of a row with a NaN.
 * Throws RangeError unless 0 ≤ count ≤ k.
 */
export function topK(z: Values, count: number, options: MaskOptions = {}): Int32Array {
  const shape = shapeOf("values", z, options, MASKED);
  const mask = maskOf(options, shape);
  checkInteger("count", count, 0, shape.k);
  const out = new Int32Array(shape.n * count).fill(-1);
  const row = new Float64Array(shape.k);
  for (let i = 0; i < shape.n; i++) {
    gather(z, i, mask, row);
    if (Number.isNaN(maximum(row))) continue;
    topOfRow(row, out.subarray(i * count, (i + 1) * count));
  }
  return out;
}

/** Insertion into the short list of those kept, so that a row of k costs no sort of k. */
function topOfRow(row: Float64Array, kept: Int32Array): void {
  let filled = 0;
  for (let c = 0; c < row.length; c++) {
    if (row[c] === Number.NEGATIVE_INFINITY) continue;
    let at = filled;
    while (at > 0 && row[kept[at - 1]] < row[c]) at--;
    if (at === kept.length) continue;
    kept.copyWithin(at + 1, at, kept.length - 1);
    kept[at] = c;
    if (filled < kept.length) filled++;
  }
}
