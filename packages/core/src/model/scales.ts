import { dataError } from "../base/checks.ts";
import { type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import { windowsOf } from "../base/stored.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { addDenseSums } from "../kernels/moments.ts";
import { sampleRows } from "./evenly.ts";

/** Weighted mean and deviation of every feature over some rows. */
export interface Scales {
  readonly mean: Float64Array;
  /** 1 for features that are constant over the rows. */
  readonly deviation: Float64Array;
  /** 1 for features that do not vary over the rows, else 0. */
  readonly constant: Uint8Array;
  /** Σ_i s_i */
  readonly weight: number;
}

/** Rows whose mean the sums are taken around. */
const FEW = 512;
/** A deviation within the rounding of the mean is no deviation. */
const ROUNDING = 1e-13;

/** μ_j = Σ s_i x_ij / Σ s_i and σ_j = √(Σ s_i (x_ij − μ_j)² / Σ s_i), over the rows of `ranges` (docs/math.md §2.6). */
export function featureScales(
  kernels: Kernels,
  X: Matrix,
  s: Float64Array | null,
  ranges: readonly RowRange[],
): Scales {
  const d = matrixWidth(X);
  const mean = new Float64Array(d);
  const variance = new Float64Array(d);
  const weight = weightOf(s, ranges);
  if (!(weight > 0)) throw dataError("no row to learn from has a weight above 0");
  if (X.dense !== null) denseMoments(kernels, X, s, ranges, weight, mean, variance);
  sparseMoments(X, s, ranges, weight, mean, variance);

  const constant = new Uint8Array(d);
  const deviation = variance.map((v, j) => {
    const root = Math.sqrt(Math.max(0, v));
    constant[j] = root > ROUNDING * Math.abs(mean[j]) ? 0 : 1;
    return constant[j] === 1 ? 1 : root;
  });
  return { mean, deviation, constant, weight };
}

function weightOf(s: Float64Array | null, ranges: readonly RowRange[]): number {
  let sum = 0;
  for (const { start, end } of ranges) {
    if (s === null) sum += end - start;
    else for (let i = start; i < end; i++) sum += s[i];
  }
  return sum;
}

/**
 * One pass around the mean of a few rows, so that a feature of large mean and small deviation keeps its digits: that mean
 * is off by at most √(rows/few) deviations (Chan, Golub & LeVeque 1983).
 */
function denseMoments(
  kernels: Kernels,
  X: Matrix,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  weight: number,
  mean: Float64Array,
  variance: Float64Array,
): void {
  const { width } = X.dense!;
  const shift = meanOfFew(X, s, ranges);
  const sums = new Float64Array(2 * width);
  for (const { X: here, first, range } of windowsOf(X, ranges)) {
    const local = { start: range.start - first, end: range.end - first };
    const weights = s?.subarray(first) ?? null;
    addDenseSums(kernels, here.dense!, weights, [local], shift, sums);
  }
  for (let j = 0; j < width; j++) {
    const off = sums[j] / weight;
    mean[j] = shift[j] + off;
    variance[j] = sums[width + j] / weight - off * off;
  }
}

/** Weighted mean of evenly spaced rows; 0 where they have no weight. */
function meanOfFew(X: Matrix, s: Float64Array | null, ranges: readonly RowRange[]): Float64Array {
  const { width } = X.dense!;
  const sum = new Float64Array(width);
  let weight = 0;
  for (const { X: here, first, range } of windowsOf(X, sampleRows(ranges, FEW))) {
    const { data } = here.dense!;
    for (let i = range.start; i < range.end; i++) {
      const w = s === null ? 1 : s[i];
      if (w === 0) continue;
      weight += w;
      for (let j = 0, at = (i - first) * width; j < width; j++, at++) sum[j] += w * data[at];
    }
  }
  return weight > 0 ? sum.map((value) => value / weight) : sum;
}

/** Indicators and CSR entries are mostly 0, so that Σ x² − (Σ x)² loses little. */
function sparseMoments(
  X: Matrix,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  weight: number,
  mean: Float64Array,
  variance: Float64Array,
): void {
  const first = X.dense?.width ?? 0;
  if (X.codes === null && X.csr === null) return;
  for (const { X: here, first: offset, range } of windowsOf(X, ranges)) {
    for (let i = range.start; i < range.end; i++) {
      const w = s === null ? 1 : s[i];
      if (w === 0) continue;
      eachSparse(here, i - offset, (j, x) => {
        mean[j] += w * x;
        variance[j] += w * x * x;
      });
    }
  }
  for (let j = first; j < mean.length; j++) {
    mean[j] /= weight;
    variance[j] = variance[j] / weight - mean[j] * mean[j];
    if (variance[j] <= 4 * Number.EPSILON * mean[j] * mean[j]) variance[j] = 0;
  }
}

/** Calls `visit(j, x)` for the features that the codes and CSR blocks hold of row i. */
export function eachSparse(X: Matrix, i: number, visit: (j: number, x: number) => void): void {
  const { codes, csr } = X;
  let first = X.dense?.width ?? 0;
  if (codes !== null) {
    const { perRow, data } = codes;
    for (let at = i * perRow; at < (i + 1) * perRow; at++) {
      if (data[at] >= 0) visit(first + data[at], 1);
    }
    first += codes.width;
  }
  if (csr !== null) {
    for (let at = csr.starts[i]; at < csr.starts[i + 1]; at++) {
      visit(first + csr.columns[at], csr.values[at]);
    }
  }
}
