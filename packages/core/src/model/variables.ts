import {
  rowStart,
  type TriangleMap,
  type Triangles,
  triangleLength,
} from "../kernels/triangles.ts";
import type { FitTask } from "./contracts.ts";
import type { Curvature } from "./curvature.ts";
import type { Scales } from "./scales.ts";

/**
 * The optimiser's variables U, (d+1)×k like W: a change of variables after which the Hessian is near the identity
 * (docs/math.md §2.6). With the centred and scaled weights V_jc = σ_j W_jc, V_dc = b_c + Σ_j μ_j W_jc,
 *
 *   V_·c = L_c⁻ᵀ U_·c,   L_c L_cᵀ = H_c + diag(λ/σ², 0),
 *
 * H_c from the Curvature, or h_c I where it has no matrix. Constant features have weight 0. Where the optimum lies does not
 * depend on it. Of variables with matrices only those made last can be used: all share the room of `triangles`.
 */
export interface Variables {
  toWeights(U: Float64Array, W: Float64Array): void;
  fromWeights(W: Float64Array, U: Float64Array): void;
  /** The product with the linear map of `toWeights`, transposed: overwrites the gradient in W by that in U. */
  pullGradient(G: Float64Array): void;
}

/** The penalty λ/2 Σ_jc p_jc W_jc². */
export interface Ridge {
  readonly l2: number;
  /** p, d×k; null for 1. */
  readonly factors: Float64Array | null;
}

export const ridgeOf = ({ l2, factors = null }: FitTask): Ridge => ({ l2, factors });

/** Share of h_c added to the diagonal: bounds what the sampling error can do. */
const RIDGE = 1e-3;

export function createVariables(
  scales: Scales,
  curvature: Curvature,
  ridge: Ridge,
  triangles: Triangles | null = null,
): Variables {
  const { blocks, level, shared } = curvature;
  // A shared matrix is factored once for many logits, which their own penalties do not allow.
  const apart = shared && ridge.factors !== null && level.length > 1;
  return blocks === null || triangles === null || apart
    ? diagonalVariables(scales, curvature, ridge)
    : triangularVariables(
        withoutNegligible(scales, ridge, level.length),
        level.length,
        triangularMetric(scales, curvature, blocks, ridge, triangles),
      );
}

/** Of λ/σ²: beyond it float32 holds no square of the triangles, and a feature moves no logit by as much as its inverse. */
const LARGEST_PENALTY = 1e30;

/** Features that the penalty holds at 0 for every logit count as constant ones. */
function withoutNegligible(scales: Scales, ridge: Ridge, k: number): Scales {
  const constant = scales.constant.map((isConstant, j) => {
    if (isConstant === 1) return 1;
    for (let at = j * k; at < (j + 1) * k; at++) {
      if (penaltyOf(scales, ridge, j, at) <= LARGEST_PENALTY) return 0;
    }
    return 1;
  });
  return { ...scales, constant };
}

function triangularVariables(
  { mean, deviation, constant }: Scales,
  k: number,
  { vectors, stride, apply }: Metric,
): Variables {
  const d = deviation.length;
  const last = d * k;
  return {
    toWeights(U, W) {
      spread(U, k, d + 1, vectors, stride);
      apply("upper");
      for (let c = 0; c < k; c++) {
        const x = c * stride;
        let intercept = vectors[x + d];
        for (let j = 0; j < d; j++) {
          const w = constant[j] === 1 ? 0 : vectors[x + j] / deviation[j];
          W[j * k + c] = w;
          intercept -= mean[j] * w;
        }
        W[last + c] = intercept;
      }
    },
    fromWeights(W, U) {
      for (let c = 0; c < k; c++) {
        const x = c * stride;
        let intercept = W[last + c];
        for (let j = 0; j < d; j++) {
          const w = W[j * k + c];
          vectors[x + j] = w * deviation[j];
          intercept += mean[j] * w;
        }
        vectors[x + d] = intercept;
      }
      apply("transposed");
      gather(vectors, stride, U, k, d + 1);
    },
    pullGradient(G) {
      for (let c = 0; c < k; c++) {
        const x = c * stride;
        const intercept = G[last + c];
        for (let j = 0; j < d; j++) {
          const g = (G[j * k + c] - mean[j] * intercept) / deviation[j];
          vectors[x + j] = constant[j] === 1 ? 0 : g;
        }
        vectors[x + d] = intercept;
      }
      apply("lower");
      gather(vectors, stride, G, k, d + 1);
    },
  };
}

/** Column c of the d×k `from` to `vectors`, from c · stride on. */
function spread(
  from: Float64Array,
  k: number,
  d: number,
  vectors: Float64Array,
  stride: number,
): void {
  for (let c = 0; c < k; c++) {
    for (let j = 0, x = c * stride, at = c; j < d; j++, x++, at += k) vectors[x] = from[at];
    vectors.fill(0, c * stride + d, (c + 1) * stride);
  }
}

/** The inverse of `spread`. */
function gather(
  vectors: Float64Array,
  stride: number,
  to: Float64Array,
  k: number,
  d: number,
): void {
  for (let c = 0; c < k; c++) {
    for (let j = 0, x = c * stride, at = c; j < d; j++, x++, at += k) to[at] = vectors[x];
  }
}

/** L⁻ᵀ ("upper"), Lᵀ ("transposed") and L⁻¹ ("lower") of k vectors of d+1 numbers, in place. */
interface Metric {
  readonly vectors: Float64Array;
  readonly stride: number;
  apply(map: TriangleMap): void;
}

/** λ p_jc/σ_j² of entry `at` (j, c), the penalty's share of the Hessian, and 1 more where feature j is constant. */
const penaltyOf = (
  { deviation, constant }: Scales,
  { l2, factors }: Ridge,
  j: number,
  at: number,
): number =>
  (factors === null ? l2 : l2 * factors[at]) / (deviation[j] * deviation[j]) + constant[j];

function triangularMetric(
  scales: Scales,
  { level, shared }: Curvature,
  blocks: Float32Array,
  ridge: Ridge,
  triangles: Triangles,
): Metric {
  const { stride, vectors } = triangles;
  const d = scales.mean.length;
  const length = triangleLength(stride);
  const levels = shared ? level.map(rounded) : level;
  const slots: number[] = [];
  const slotOf = Int32Array.from(levels, (h, c) => {
    const known = shared ? slots.findIndex((other) => levels[other] === h) : -1;
    return known >= 0 ? known : slots.push(c) - 1;
  });
  for (const [slot, c] of slots.entries()) {
    const A = triangles.triangles.subarray(slot * length, (slot + 1) * length);
    if (shared) for (let at = 0; at < length; at++) A[at] = levels[c] * blocks[at];
    else A.set(blocks.subarray(c * length, (c + 1) * length));
    for (let j = 0; j < stride; j++) {
      const held = j < d ? penaltyOf(scales, ridge, j, j * level.length + c) : j > d ? 1 : 0;
      const penalty = Math.min(held, LARGEST_PENALTY) || 0;
      A[rowStart(j) + j] += RIDGE * levels[c] + penalty;
    }
  }
  triangles.cholesky(slots.length);
  return { vectors, stride, apply: (map) => triangles.apply(map, slotOf) };
}

/** The power of 4 that is within a factor of 2. */
function rounded(level: number): number {
  let power = 0.25;
  while (power > 2 * level) power /= 4;
  return power;
}

/** V_jc = U_jc / √(h_c + λ/σ_j²), V_dc = U_dc / √h_c: entry by entry, for d·k may be large here. */
function diagonalVariables(scales: Scales, { level }: Curvature, ridge: Ridge): Variables {
  const { mean, deviation, constant } = scales;
  const k = level.length;
  const last = mean.length * k;
  /** ∂W/∂U: 0 for constant features. */
  const factor = new Float64Array(last + k);
  for (let j = 0, at = 0; j < mean.length; j++) {
    for (let c = 0; c < k; c++, at++) {
      const penalty = penaltyOf(scales, ridge, j, at);
      factor[at] = constant[j] === 1 ? 0 : 1 / (deviation[j] * Math.sqrt(level[c] + penalty));
    }
  }
  for (let c = 0; c < k; c++) factor[last + c] = 1 / Math.sqrt(level[c]);
  const intercepts = new Float64Array(k);
  return {
    toWeights(U, W) {
      for (let c = 0; c < k; c++) intercepts[c] = U[last + c] * factor[last + c];
      for (let j = 0, at = 0; j < mean.length; j++) {
        for (let c = 0; c < k; c++, at++) {
          W[at] = U[at] * factor[at];
          intercepts[c] -= mean[j] * W[at];
        }
      }
      W.set(intercepts, last);
    },
    fromWeights(W, U) {
      intercepts.set(W.subarray(last));
      for (let j = 0, at = 0; j < mean.length; j++) {
        for (let c = 0; c < k; c++, at++) {
          intercepts[c] += mean[j] * W[at];
          U[at] = factor[at] === 0 ? 0 : W[at] / factor[at];
        }
      }
      for (let c = 0; c < k; c++) U[last + c] = intercepts[c] / factor[last + c];
    },
    pullGradient(G) {
      for (let j = 0, at = 0; j < mean.length; j++) {
        for (let c = 0; c < k; c++, at++) G[at] = (G[at] - mean[j] * G[last + c]) * factor[at];
      }
      for (let c = 0; c < k; c++) G[last + c] *= factor[last + c];
    },
  };
}
