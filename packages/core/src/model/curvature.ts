import { countRows, type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import {
  addRows,
  covarianceOf,
  createMoments,
  type Moments,
  readSample,
  scaledMoments,
} from "./moments.ts";
import type { Scales } from "./scales.ts";

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
/**
 * Multiplications that one covariance a logit may take: this many always, more up to as many as some passes over the
 * rows take, and never more than the last. Measured on one fold of curves, whole path: letter (257 features, 26 classes)
 * 2,966 → 1,098 passes and half the time, shuttle (149, 7) 2,609 → 1,468.
 */
const FREE_WORK = 2e8;
const WORK_IN_PASSES = 20;
const MOST_WORK = 4e9;
/** Share of the mean curvature that every row has beside its own: rows that are certain now need not stay so. */
const FLOOR = 0.02;
/** Share of the mean curvature below which a row's own is left out. */
const CUT = 0.01;

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

/** Moments of the sample, weighted as they are; null where X is too wide for them. */
export function sampleMoments(
  X: Matrix,
  s: Float64Array | null,
  sample: readonly RowRange[],
  scales: Scales,
): Moments | null {
  const d = matrixWidth(X);
  if (d > MAX_WIDTH) return null;
  const moments = createMoments(d);
  const rows = readSample(X, scales, sample);
  addRows(
    moments,
    rows,
    Float64Array.from(rows.rows, (i) => s?.[i] ?? 1),
    0,
  );
  return moments.weight > 0 ? moments : null;
}

/** The curvature where all weights are 0 and the probabilities are the class shares. */
export function curvatureOfShares(
  X: Matrix,
  scales: Scales,
  moments: Moments | null,
  shares: Float64Array,
  outputs: number,
): Curvature {
  const spread = spreadOf(X, scales, moments);
  return Array.from(shares.subarray(0, outputs), (share) => ({
    level: atLeast(share * (1 - share)),
    ...spread,
  }));
}

/** The curvature at the weights W, from the sample and its moments. */
export function curvatureAt(
  X: Matrix,
  s: Float64Array | null,
  sample: readonly RowRange[],
  scales: Scales,
  moments: Moments | null,
  W: Float64Array,
  outputs: number,
  kernels: Kernels,
): Curvature {
  const { H, weight } = rowCurvatures(X, s, sample, W, outputs, kernels);
  const levels = H.map((h) => total(h) / weight);
  const shared = (): Curvature => {
    const h = H.reduce((sum, of) => sum.map((value, at) => value + of[at]));
    const spread = moments === null ? null : weightedMoments(X, sample, scales, moments, [h])[0];
    const parts = spreadOf(X, scales, spread);
    return levels.map((level) => ({ level: atLeast(level), ...parts }));
  };
  const d = matrixWidth(X);
  const work = (countRows(sample) * outputs * d * d) / 2;
  const passes = WORK_IN_PASSES * 2 * X.rows * d * outputs;
  if (moments === null || work > Math.min(MOST_WORK, Math.max(FREE_WORK, passes))) return shared();
  const each = weightedMoments(X, sample, scales, moments, H);
  return levels.map((level, c) => ({ level: atLeast(level), ...spreadOf(X, scales, each[c]) }));
}

const atLeast = (level: number): number => Math.max(1e-8, level);

const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

const spreadOf = (X: Matrix, scales: Scales, moments: Moments | null) =>
  moments === null
    ? { mean: scales.mean, covariance: null }
    : covarianceOf(moments, scales, X.dense?.width ?? 0);

/** Moments with the weights of each array of `H`, and a share of those of the sample as it is. */
function weightedMoments(
  X: Matrix,
  sample: readonly RowRange[],
  scales: Scales,
  even: Moments,
  H: readonly Float64Array[],
): Moments[] {
  const means = H.map((h) => total(h) / h.length);
  const weighted = means.map((mean, c) => {
    const factor = (FLOOR * mean * H[c].length) / even.weight;
    return scaledMoments(even, Math.max(factor, Number.MIN_VALUE));
  });
  const rows = readSample(X, scales, sample);
  H.forEach((h, c) => {
    addRows(weighted[c], rows, h, CUT * means[c]);
  });
  return weighted;
}

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
