import { type Matrix, matrixWidth } from "../base/matrix.ts";
import type { Scales } from "./scales.ts";

/** Which columns a fit with an L1 penalty needs, and X of these alone (docs/math.md §2.14). */

/** Share of the columns up to which X is copied without the others; more would cost what it saves (docs/optimisers.md). */
const WORTH_COPYING = 0.5;
/** Columns below which it never pays (adult, 108: 738 ms for 613 without; reuters-r8, 10,710: 1.4 s for 2.6). */
const LEAST_COLUMNS = 256;
/** Columns are kept from this share of the strong rule's bound on, so that the next penalties find theirs too. */
const AHEAD = 0.7;

/**
 * The columns that the sequential strong rule keeps (Tibshirani et al. 2012, §5): those with a weight, and those with
 *
 *   max_c |G_jc| ≥ 2 λ1 − λ1 before,   G the gradient of the mean loss where the fit starts;
 *
 * null for all, where leaving the others out would not pay. It may err: the fit's end is checked on all columns.
 */
export function strongColumns(
  G: Float64Array,
  W: Float64Array,
  outputs: number,
  l1: number,
  before: number,
): { readonly needed: Int32Array; readonly keep: Int32Array } | null {
  const d = G.length / outputs - 1;
  if (d < LEAST_COLUMNS) return null;
  const bound = 2 * l1 - Math.max(l1, before);
  const slopes = columnMaxima(G, outputs);
  const weights = columnMaxima(W, outputs);
  const columns = Array.from({ length: d }, (_, j) => j);
  const from = (least: number) => columns.filter((j) => weights[j] > 0 || slopes[j] >= least);
  const keep = from(AHEAD * bound);
  if (bound <= 0 || keep.length === 0 || keep.length > WORTH_COPYING * d) return null;
  return { needed: Int32Array.from(from(bound)), keep: Int32Array.from(keep) };
}

/** max_c |A_jc| of each row of d×k numbers; the last row, of the intercepts, is left out. */
export function columnMaxima(A: Float64Array, k: number): Float64Array {
  const out = new Float64Array(A.length / k - 1);
  for (let j = 0; j < out.length; j++) {
    for (let at = j * k; at < (j + 1) * k; at++) out[j] = Math.max(out[j], Math.abs(A[at]));
  }
  return out;
}

/** The rows `keep` of (d+1)×k weights, and the last. */
export function pickRows(W: Float64Array, keep: Int32Array, k: number): Float64Array {
  const out = new Float64Array((keep.length + 1) * k);
  keep.forEach((j, at) => {
    out.set(W.subarray(j * k, (j + 1) * k), at * k);
  });
  out.set(W.subarray(W.length - k), keep.length * k);
  return out;
}

/** The way back; all other rows are 0. */
export function spreadRows(from: Float64Array, keep: Int32Array, k: number, W: Float64Array): void {
  W.fill(0);
  keep.forEach((j, at) => {
    W.set(from.subarray(at * k, (at + 1) * k), j * k);
  });
  W.set(from.subarray(from.length - k), W.length - k);
}

export function pickScales(
  { mean, deviation, constant, weight }: Scales,
  keep: Int32Array,
): Scales {
  return {
    mean: Float64Array.from(keep, (j) => mean[j]),
    deviation: Float64Array.from(keep, (j) => deviation[j]),
    constant: Uint8Array.from(keep, (j) => constant[j]),
    weight,
  };
}

/** X of the columns `keep`, which rise. */
export function pickColumns(X: Matrix, keep: Int32Array): Matrix {
  const { rows } = X;
  const place = new Int32Array(matrixWidth(X)).fill(-1);
  const dense = X.dense?.width ?? 0;
  const codes = dense + (X.codes?.width ?? 0);
  const widths = [0, 0, 0];
  for (const j of keep) place[j] = widths[j < dense ? 0 : j < codes ? 1 : 2]++;
  return {
    rows,
    dense: widths[0] === 0 ? null : pickDense(X, place.subarray(0, dense), widths[0]),
    codes: widths[1] === 0 ? null : pickCodes(X, place.subarray(dense, codes), widths[1]),
    csr: widths[2] === 0 ? null : pickCsr(X, place.subarray(codes), widths[2]),
  };
}

function pickDense({ rows, dense }: Matrix, place: Int32Array, width: number): Matrix["dense"] {
  const { data, width: from } = dense!;
  const columns = Int32Array.from(place.keys()).filter((j) => place[j] >= 0);
  const out =
    data instanceof Float32Array ? new Float32Array(rows * width) : new Float64Array(rows * width);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let c = 0; c < width; c++) out[at++] = data[i * from + columns[c]];
  }
  return { width, data: out };
}

/** Entries that are left out become −1. */
function pickCodes({ codes }: Matrix, place: Int32Array, width: number): Matrix["codes"] {
  const { data, perRow } = codes!;
  return { width, perRow, data: data.map((code) => (code < 0 ? -1 : place[code])) };
}

function pickCsr({ rows, csr }: Matrix, place: Int32Array, width: number): Matrix["csr"] {
  const { starts, columns, values } = csr!;
  const kept = new Int32Array(rows + 1);
  for (let i = 0; i < rows; i++) {
    let count = 0;
    for (let at = starts[i]; at < starts[i + 1]; at++) if (place[columns[at]] >= 0) count++;
    kept[i + 1] = kept[i] + count;
  }
  const total = kept[rows];
  const of = new Int32Array(total);
  const numbers =
    values instanceof Float32Array ? new Float32Array(total) : new Float64Array(total);
  let to = 0;
  for (let at = 0; at < starts[rows]; at++) {
    const column = place[columns[at]];
    if (column < 0) continue;
    of[to] = column;
    numbers[to++] = values[at];
  }
  return { width, starts: kept, columns: of, values: numbers };
}
