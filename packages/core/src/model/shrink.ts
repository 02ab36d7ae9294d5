import { checkInteger, checkLength } from "../base/checks.ts";

/** Linear weights made smaller: features left out, and numbers kept in 8 bits (docs/math.md §3.4). */

export interface Pruned {
  /** The features kept, ascending. */
  readonly features: Int32Array;
  /** Their weights and, below them, the intercepts as they were: (kept+1)×k. */
  readonly weights: Float64Array;
}

/**
 * The `keep` features of largest u_j ‖W_j‖₂, ties to the first. `weights`: (d+1)×k, the last row the intercepts; `usage`:
 * u_j ≥ 0, such as the deviation of each feature or the root of its mean square, 1 where it is null. Throws a RangeError
 * for sizes that do not agree and for numbers that are not finite.
 */
export function pruneFeatures(
  weights: Float64Array,
  outputs: number,
  keep: number,
  usage: ArrayLike<number> | null = null,
): Pruned {
  const d = featuresOf(weights, outputs);
  checkInteger("keep", keep, 0, d);
  if (usage !== null) checkLength("usage", usage.length, d);
  const norms = new Float64Array(d);
  for (let j = 0; j < d; j++) norms[j] = normOf(weights, j, outputs) * (usage?.[j] ?? 1);
  if (!norms.every(Number.isFinite)) throw new RangeError('"usage" expected finite numbers');
  const order = Int32Array.from(norms.keys()).sort((i, j) => norms[j] - norms[i] || i - j);
  const features = order.slice(0, keep).sort();
  const kept = new Float64Array((keep + 1) * outputs);
  [...features, d].forEach((j, row) => {
    kept.set(weights.subarray(j * outputs, (j + 1) * outputs), row * outputs);
  });
  return { features, weights: kept };
}

/** ‖W_j‖₂, scaled so that squares neither overflow nor vanish. */
function normOf(weights: Float64Array, j: number, k: number): number {
  let largest = 0;
  for (let at = j * k; at < (j + 1) * k; at++) largest = Math.max(largest, Math.abs(weights[at]));
  if (largest === 0) return 0;
  let sum = 0;
  for (let at = j * k; at < (j + 1) * k; at++) {
    const ratio = weights[at] / largest;
    sum += ratio * ratio;
  }
  return largest * Math.sqrt(sum);
}

/** Weights in 8 bits: entry e of W is scales[⌊e/block⌋]·codes[e]. */
export interface Quantized {
  readonly outputs: number;
  /** Entries, row-major, that share a scale. */
  readonly block: number;
  /** d×k, −127…127. */
  readonly codes: Int8Array;
  readonly scales: Float32Array;
  readonly intercepts: Float64Array;
}

const DEFAULT_BLOCK = 64;
const LEVELS = 127;
/** Scales below are taken as 0: they would be subnormal in float32. */
const LEAST_SCALE = 2 ** -126;
const LARGEST = LEVELS * 2 ** 127;

/**
 * Each weight as a whole number of 127ths of the largest in its block, half rounded up; the intercepts stay as they are. An
 * entry errs by at most half its block's scale, and by less than 2^-119 where that is 0. Throws a RangeError for numbers
 * that are not finite or above 127·2^127.
 */
export function quantizeWeights(
  weights: Float64Array,
  outputs: number,
  block: number = DEFAULT_BLOCK,
): Quantized {
  const size = featuresOf(weights, outputs) * outputs;
  checkInteger("block", block, 1, 0x7fffffff);
  const codes = new Int8Array(size);
  const scales = new Float32Array(Math.ceil(size / block));
  for (let b = 0; b < scales.length; b++) {
    const end = Math.min(size, (b + 1) * block);
    scales[b] = scaleOf(weights, b * block, end);
    if (scales[b] === 0) continue;
    for (let at = b * block; at < end; at++) {
      codes[at] = Math.min(LEVELS, Math.floor(weights[at] / scales[b] + 0.5));
    }
  }
  return { outputs, block, codes, scales, intercepts: weights.slice(size) };
}

function scaleOf(weights: Float64Array, start: number, end: number): number {
  let largest = 0;
  for (let at = start; at < end; at++) largest = Math.max(largest, Math.abs(weights[at]));
  if (largest > LARGEST) {
    throw new RangeError(`"weights" expected numbers up to 127·2^127, got ${largest}`);
  }
  const scale = largest / LEVELS;
  return scale < LEAST_SCALE ? 0 : scale;
}

/** The weights that the codes stand for, (d+1)×k. Throws a RangeError where the parts do not agree. */
export function dequantizeWeights(quantized: Quantized): Float64Array {
  const { outputs, block, codes, scales, intercepts } = quantized;
  checkInteger("outputs", outputs, 1, 0x7fffffff);
  checkInteger("block", block, 1, 0x7fffffff);
  checkLength("intercepts", intercepts.length, outputs);
  checkLength("scales", scales.length, Math.ceil(codes.length / block));
  const weights = new Float64Array(codes.length + outputs);
  for (let at = 0; at < codes.length; at++)
    weights[at] = codes[at] * scales[Math.floor(at / block)];
  weights.set(intercepts, codes.length);
  featuresOf(weights, outputs);
  return weights;
}

/** d of (d+1)×k finite weights. */
function featuresOf(weights: Float64Array, outputs: number): number {
  checkInteger("outputs", outputs, 1, 0x7fffffff);
  const rows = weights.length / outputs;
  if (rows < 1 || !Number.isInteger(rows)) {
    throw new RangeError(
      `"weights" expected (d+1)·k numbers, k = ${outputs}, got ${weights.length}`,
    );
  }
  for (let at = 0; at < weights.length; at++) {
    if (!Number.isFinite(weights[at])) {
      throw new RangeError(`"weights" expected finite numbers, got ${weights[at]} at ${at}`);
    }
  }
  return rows - 1;
}
