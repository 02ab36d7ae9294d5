import { cholesky, multiplyUpper, solveLower, solveUpper } from "../optim/cholesky.ts";
import type { Curvature } from "./curvature.ts";
import type { Scales } from "./scales.ts";

/**
 * The optimiser's variables U, (d+1)×k like W: a change of variables after which the Hessian is near the identity
 * (docs/math.md §2.6). With the centred and scaled weights V = diag(σ) W and intercepts a_c = b_c + Σ_j μ_cj W_jc,
 *
 *   V_·c = L_c⁻ᵀ U_·c,   L_c L_cᵀ = h_c C_c + diag(λ/σ²),   a_c = U_dc / √h_c,
 *
 * C_c, μ_c and h_c from the Curvature. Constant features have weight 0. Where the optimum lies does not depend on it.
 */
export interface Variables {
  toWeights(U: Float64Array, W: Float64Array): void;
  fromWeights(W: Float64Array, U: Float64Array): void;
  /** The product with the linear map of `toWeights`, transposed: overwrites the gradient in W by that in U. */
  pullGradient(G: Float64Array): void;
}

/** Share of each feature's own variance mixed into the covariance: bounds what its sampling error can do. */
const RIDGE = 1e-4;

export function createVariables(scales: Scales, curvature: Curvature, l2: number): Variables {
  const { deviation, constant } = scales;
  const d = deviation.length;
  const k = curvature.length;
  const metrics = createMetrics(scales, curvature, l2);
  const root = curvature.map(({ level }) => Math.sqrt(level));
  const column = new Float64Array(d);
  const last = d * k;
  return {
    toWeights(U, W) {
      for (let c = 0; c < k; c++) {
        const { mean } = curvature[c];
        for (let j = 0; j < d; j++) column[j] = U[j * k + c];
        metrics[c].toScaled(column);
        let intercept = U[last + c] / root[c];
        for (let j = 0; j < d; j++) {
          const w = constant[j] === 1 ? 0 : column[j] / deviation[j];
          W[j * k + c] = w;
          intercept -= mean[j] * w;
        }
        W[last + c] = intercept;
      }
    },
    fromWeights(W, U) {
      for (let c = 0; c < k; c++) {
        const { mean } = curvature[c];
        let intercept = W[last + c];
        for (let j = 0; j < d; j++) {
          const w = W[j * k + c];
          column[j] = w * deviation[j];
          intercept += mean[j] * w;
        }
        metrics[c].fromScaled(column);
        for (let j = 0; j < d; j++) U[j * k + c] = column[j];
        U[last + c] = intercept * root[c];
      }
    },
    pullGradient(G) {
      for (let c = 0; c < k; c++) {
        const { mean } = curvature[c];
        const intercept = G[last + c];
        for (let j = 0; j < d; j++) {
          const g = (G[j * k + c] - mean[j] * intercept) / deviation[j];
          column[j] = constant[j] === 1 ? 0 : g;
        }
        metrics[c].pull(column);
        for (let j = 0; j < d; j++) G[j * k + c] = column[j];
        G[last + c] = intercept / root[c];
      }
    },
  };
}

/** Maps one logit's d weights, in place. */
interface Metric {
  /** L⁻ᵀ v */
  toScaled(v: Float64Array): void;
  /** Lᵀ v */
  fromScaled(v: Float64Array): void;
  /** L⁻¹ v */
  pull(v: Float64Array): void;
}

/** One metric a logit. Of those with one covariance, levels that round to the same power of 4 share a metric. */
function createMetrics(scales: Scales, curvature: Curvature, l2: number): Metric[] {
  const shared = new Map<number, Metric>();
  return curvature.map(({ level, covariance }) => {
    const sharing = curvature.length > 1 && covariance === curvature[0].covariance;
    const h = sharing ? rounded(level) : level;
    const known = sharing ? shared.get(h) : undefined;
    const metric =
      known ??
      (covariance === null
        ? diagonalMetric(scales, h, l2)
        : choleskyMetric(scales, covariance, h, l2));
    if (sharing) shared.set(h, metric);
    return metric;
  });
}

/** The power of 4 that is within a factor of 2. */
function rounded(level: number): number {
  let power = 0.25;
  while (power > 2 * level) power /= 4;
  return power;
}

/** λ/σ_j² of feature j, the penalty's share of the Hessian, and 1 more where it is constant. */
const penaltyOf = ({ deviation, constant }: Scales, l2: number, j: number): number =>
  l2 / (deviation[j] * deviation[j]) + constant[j];

function choleskyMetric(scales: Scales, covariance: Float64Array, h: number, l2: number): Metric {
  const d = scales.mean.length;
  const L = covariance.map((value) => value * h * (1 - RIDGE));
  for (let j = 0; j < d; j++) L[j * d + j] += h * RIDGE + penaltyOf(scales, l2, j);
  cholesky(L, d);
  return {
    toScaled: (v) => solveUpper(L, d, v),
    fromScaled: (v) => multiplyUpper(L, d, v),
    pull: (v) => solveLower(L, d, v),
  };
}

function diagonalMetric(scales: Scales, h: number, l2: number): Metric {
  const root = scales.mean.map((_, j) => Math.sqrt(h + penaltyOf(scales, l2, j)));
  const divide = (v: Float64Array): void => {
    for (let j = 0; j < v.length; j++) v[j] /= root[j];
  };
  return {
    toScaled: divide,
    fromScaled(v) {
      for (let j = 0; j < v.length; j++) v[j] *= root[j];
    },
    pull: divide,
  };
}
