import { countRows, type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { eachSparse, type Scales } from "./scales.ts";

/**
 * What the Hessian of the mean loss looks like at some weights, from a sample of rows: its blocks on the diagonal, one a
 * logit (docs/math.md §2.6),
 *
 *   h_c · Σ_i h_ic (x_i − μ_c)(x_i − μ_c)ᵀ / Σ_i h_ic,   h_ic = s_i p_ic (1 − p_ic),   h_c = Σ_i h_ic / Σ_i s_i.
 *
 * Where one covariance a logit would cost more than it saves, all have that of the rows weighted by Σ_c h_ic.
 * Only a measure for the optimiser's steps: no result depends on it beyond the tolerance.
 */
export type Curvature = readonly LogitCurvature[];

export interface LogitCurvature {
  /** h_c */
  readonly level: number;
  /** μ_c: mean of each feature. */
  readonly mean: Float64Array;
  /** Covariance of the features in units of their deviations, d×d; null where X is too wide for it. */
  readonly covariance: Float64Array | null;
}

/** Features above which no covariance is taken: a factor of d³/3 operations would no longer be cheap. */
const MAX_WIDTH = 400;
/** Rows in the sample, and features × this where that is more. */
const SAMPLE_ROWS = 4000;
const ROWS_PER_FEATURE = 8;
/** Rows are taken in evenly spaced blocks of this size, so that it needs no chance. */
const BLOCK = 16;
/** Multiplications that one covariance a logit may take. */
const MOST_WORK = 2e8;
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
  const spread = weightedCovariance(X, sample, h, scales);
  return Array.from(shares.subarray(0, outputs), (share) => ({
    level: atLeast(share * (1 - share)),
    ...spread,
  }));
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
  const { H, weight } = rowCurvatures(X, s, sample, W, outputs, kernels);
  const rows = countRows(sample);
  const d = matrixWidth(X);
  const each = (rows * outputs * d * d) / 2 <= MOST_WORK;
  const levels = H.map((h) => h.reduce((a, b) => a + b, 0) / weight);
  if (each) {
    return H.map((h, c) => {
      raise(h, s, sample, FLOOR * levels[c]);
      return { level: atLeast(levels[c]), ...weightedCovariance(X, sample, h, scales) };
    });
  }
  const total = H[0];
  for (const h of H.slice(1)) for (let at = 0; at < rows; at++) total[at] += h[at];
  raise(total, s, sample, FLOOR * levels.reduce((a, b) => a + b, 0));
  const spread = weightedCovariance(X, sample, total, scales);
  return levels.map((level) => ({ level: atLeast(level), ...spread }));
}

const atLeast = (level: number): number => Math.max(1e-8, level);

/** h_ic of the sample's rows, one array a logit, and Σ_i s_i. */
function rowCurvatures(
  X: Matrix,
  s: Float64Array | null,
  sample: readonly RowRange[],
  W: Float64Array,
  outputs: number,
  kernels: Kernels,
): { H: Float64Array[]; weight: number } {
  const rows = countRows(sample);
  const k = Math.max(2, outputs);
  const H = Array.from({ length: outputs }, () => new Float64Array(rows));
  const P = new Float64Array(BLOCK * k);
  let weight = 0;
  let at = 0;
  for (const block of sample) {
    probabilities(kernels, X, block, W, outputs, P);
    for (let i = block.start; i < block.end; i++, at++) {
      const w = s === null ? 1 : s[i];
      if (w === 0) continue;
      weight += w;
      for (let c = 0; c < outputs; c++) {
        const p = P[(i - block.start) * k + c];
        H[c][at] = w * p * (1 - p);
      }
    }
  }
  return { H, weight: weight || 1 };
}

/** h_i += s_i · floor */
function raise(
  h: Float64Array,
  s: Float64Array | null,
  sample: readonly RowRange[],
  floor: number,
): void {
  eachRow(sample, (i, at) => {
    h[at] += floor * (s === null ? 1 : s[i]);
  });
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
