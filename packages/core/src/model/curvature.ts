import { countRows, type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { eachSparse, type Scales } from "./scales.ts";

/**
 * What the Hessian of the mean loss looks like at some weights, from a sample of rows (docs/math.md §2.6): about
 *
 *   h_c · Σ_i h_i (x_i − μ)(x_i − μ)ᵀ / Σ_i h_i   for logit c,   h_ic = s_i p_ic (1 − p_ic),   h_i = Σ_c h_ic.
 *
 * Only a measure for the optimiser's steps: no result depends on it beyond the tolerance.
 */
export interface Curvature {
  /** μ: mean of each feature, rows weighted by h_i. */
  readonly mean: Float64Array;
  /** Covariance so weighted of the features in units of their deviations, d×d; null where X is too wide for it. */
  readonly covariance: Float64Array | null;
  /** h_c = Σ_i h_ic / Σ_i s_i of each logit. */
  readonly logits: Float64Array;
}

/** Features above which no covariance is taken: a factor of d³/3 operations would no longer be cheap. */
const MAX_WIDTH = 400;
/** Rows in the sample, and features × this where that is more. */
const SAMPLE_ROWS = 4000;
const ROWS_PER_FEATURE = 8;
/** Rows are taken in evenly spaced blocks of this size, so that it needs no chance. */
const BLOCK = 16;
/** Share of the mean curvature that every row has at least: rows that are certain now need not stay so. */
const FLOOR = 0.02;

/** Blocks of rows of `ranges`, evenly spaced. */
export function sampleRows(X: Matrix, ranges: readonly RowRange[]): RowRange[] {
  const wanted = Math.max(SAMPLE_ROWS, ROWS_PER_FEATURE * Math.min(MAX_WIDTH, matrixWidth(X)));
  const stride = BLOCK * Math.max(1, Math.floor(countRows(ranges) / wanted));
  const blocks: RowRange[] = [];
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at += stride) {
      blocks.push({ start: at, end: Math.min(at + BLOCK, end) });
    }
  }
  return blocks;
}

/** The curvature where all weights are 0 and the probabilities are the class shares. */
export function curvatureOfShares(
  X: Matrix,
  s: Float64Array | null,
  sample: readonly RowRange[],
  scales: Scales,
  shares: Float64Array,
  outputs: number,
): Curvature {
  const h = new Float64Array(countRows(sample));
  eachRow(sample, (i, at) => {
    h[at] = s === null ? 1 : s[i];
  });
  const logits = shares.slice(0, outputs).map((share) => Math.max(1e-8, share * (1 - share)));
  return { ...weightedCovariance(X, sample, h, scales), logits };
}

/** The curvature at the weights W. */
export function curvatureAt(
  X: Matrix,
  s: Float64Array | null,
  sample: readonly RowRange[],
  scales: Scales,
  W: Float64Array,
  outputs: number,
  kernels: Kernels,
): Curvature {
  const h = new Float64Array(countRows(sample));
  const logits = new Float64Array(outputs);
  const P = new Float64Array(BLOCK * Math.max(2, outputs));
  let weight = 0;
  let at = 0;
  for (const block of sample) {
    probabilities(kernels, X, block, W, outputs, P);
    for (let i = block.start; i < block.end; i++, at++) {
      const w = s === null ? 1 : s[i];
      if (w === 0) continue;
      weight += w;
      for (let c = 0; c < outputs; c++) {
        const p = P[(i - block.start) * Math.max(2, outputs) + c];
        logits[c] += w * p * (1 - p);
        h[at] += w * p * (1 - p);
      }
    }
  }
  const floor = (FLOOR * h.reduce((a, b) => a + b, 0)) / weight;
  eachRow(sample, (i, at) => {
    h[at] += floor * (s === null ? 1 : s[i]);
  });
  for (let c = 0; c < outputs; c++) logits[c] = Math.max(1e-8, logits[c] / weight);
  return { ...weightedCovariance(X, sample, h, scales), logits };
}

function eachRow(sample: readonly RowRange[], visit: (i: number, at: number) => void): void {
  let at = 0;
  for (const { start, end } of sample) for (let i = start; i < end; i++) visit(i, at++);
}

/** Of the rows of `block`; two columns, of which the first is class 1's, for one output. */
function probabilities(
  kernels: Kernels,
  X: Matrix,
  block: RowRange,
  W: Float64Array,
  outputs: number,
  P: Float64Array,
): void {
  const rows = block.end - block.start;
  kernels.logits(X, block, W, outputs, P);
  if (outputs === 1) {
    for (let i = rows - 1; i >= 0; i--) {
      P[2 * i] = P[i];
      P[2 * i + 1] = 0;
    }
  }
  kernels.softmax(P, rows, Math.max(2, outputs), 1, P);
}

function weightedCovariance(
  X: Matrix,
  sample: readonly RowRange[],
  h: Float64Array,
  scales: Scales,
): { mean: Float64Array; covariance: Float64Array | null } {
  const d = matrixWidth(X);
  let weight = 0;
  for (const w of h) weight += w;
  if (d > MAX_WIDTH || !(weight > 0)) return { mean: scales.mean, covariance: null };
  const C = new Float64Array(d * d);
  const sum = new Float64Array(d);
  const row = createSparseRow(d);
  eachRow(sample, (i, at) => {
    if (h[at] === 0) return;
    readRow(X, i, scales, row);
    addProducts(row, h[at] / weight, sum, C, d);
  });
  const width = X.dense?.width ?? 0;
  const mean = sum.map((m, j) => m * scales.deviation[j] + (j < width ? scales.mean[j] : 0));
  return { mean, covariance: centred(C, sum) };
}

/** The features of a row that are not 0, in units of their deviations; the dense ones centred. */
interface SparseRow {
  count: number;
  readonly index: Int32Array;
  readonly value: Float64Array;
}

const createSparseRow = (d: number): SparseRow => ({
  count: 0,
  index: new Int32Array(d),
  value: new Float64Array(d),
});

function readRow(X: Matrix, i: number, { mean, deviation }: Scales, row: SparseRow): void {
  const width = X.dense?.width ?? 0;
  row.count = width;
  for (let j = 0; j < width; j++) {
    row.index[j] = j;
    row.value[j] = (X.dense!.data[i * width + j] - mean[j]) / deviation[j];
  }
  eachSparse(X, i, (j, x) => {
    row.index[row.count] = j;
    row.value[row.count++] = x / deviation[j];
  });
}

/** C += w x xᵀ, of every product the entry whose row comes later in the sparse row; sum += w x. */
function addProducts(
  { count, index, value }: SparseRow,
  w: number,
  sum: Float64Array,
  C: Float64Array,
  d: number,
): void {
  for (let a = 0; a < count; a++) {
    const factor = w * value[a];
    const to = index[a] * d;
    sum[index[a]] += factor;
    for (let b = 0; b <= a; b++) C[to + index[b]] += factor * value[b];
  }
}

/** C − mean meanᵀ, both triangles. */
function centred(C: Float64Array, mean: Float64Array): Float64Array {
  const d = mean.length;
  for (let j = 0; j < d; j++) {
    for (let l = 0; l <= j; l++) {
      // The order of a row's indicators is the encoder's: a product may have come to rest in either triangle.
      const sum = l === j ? C[j * d + j] : C[j * d + l] + C[l * d + j];
      C[j * d + l] = sum - mean[j] * mean[l];
      C[l * d + j] = C[j * d + l];
    }
  }
  return C;
}
