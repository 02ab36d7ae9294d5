import { cholesky, solveLower, solveUpper } from "../optim/cholesky.ts";
import type { Curvature, Sample } from "./passes.ts";
import { addOuter, addScore, probabilitiesAt, residual } from "./passes.ts";

/** How standard errors are found (docs/math.md §10.4). */
export type CovarianceKind = "information" | "robust" | "clustered";

/** What rows stand for, besides themselves. */
export type WeightKind = "none" | "frequency" | "probability";

export interface CovarianceOptions {
  readonly kind: CovarianceKind;
  readonly weights: WeightKind;
  /** Cluster of each row, 0…G−1. */
  readonly clusters: Int32Array | null;
  readonly clusterCount: number;
}

/** Covariance of θ, D × D, both triangles. */
export function covarianceOf(
  sample: Sample,
  theta: Float64Array,
  { information }: Curvature,
  options: CovarianceOptions,
): Float64Array {
  const D = theta.length;
  const C = inverse(information, D);
  if (options.kind === "information") return C;
  const B =
    options.kind === "robust" ? squares(sample, theta, options) : sums(sample, theta, options);
  return sandwich(C, B, D);
}

/** The inverse of a symmetric positive definite matrix, given by its lower triangle. */
export function inverse(A: Float64Array, D: number): Float64Array {
  const L = A.slice();
  cholesky(L, D);
  const out = new Float64Array(D * D);
  const column = new Float64Array(D);
  for (let j = 0; j < D; j++) {
    column.fill(0);
    column[j] = 1;
    solveLower(L, D, column);
    solveUpper(L, D, column);
    for (let i = 0; i <= j; i++) out[i * D + j] = out[j * D + i] = column[i];
  }
  return out;
}

/** Σ_i (score of row i)(score of row i)ᵀ, lower triangle: a row of frequency s counts s times, one of probability weight s as s². */
function squares(
  { design, y, s, q }: Sample,
  theta: Float64Array,
  { weights }: CovarianceOptions,
): Float64Array {
  const D = theta.length;
  const B = new Float64Array(D * D);
  const z = new Float64Array(q);
  const P = new Float64Array(q + 1);
  const Q = new Float64Array(q * q);
  for (let i = 0; i < design.rows; i++) {
    probabilitiesAt(design, i, theta, q, z, P);
    const weight = weights === "frequency" ? s[i] : s[i] * s[i];
    for (let a = 0; a < q; a++) {
      for (let b = 0; b <= a; b++) {
        Q[a * q + b] = weight * residual(P, y[i], a) * residual(P, y[i], b);
      }
    }
    addOuter(B, design, i, Q, q);
  }
  return B;
}

/** G/(G−1) Σ_g (sum of the scores of cluster g)(…)ᵀ, lower triangle. */
function sums(
  { design, y, s, q }: Sample,
  theta: Float64Array,
  { clusters, clusterCount: G }: CovarianceOptions,
): Float64Array {
  const D = theta.length;
  const scores = scoresByCluster({ design, y, s, q }, theta, clusters!, G);
  const B = new Float64Array(D * D);
  const scale = G / (G - 1);
  for (let g = 0; g < G; g++) {
    const score = scores.subarray(g * D, (g + 1) * D);
    for (let a = 0; a < D; a++) {
      const scaled = scale * score[a];
      if (scaled === 0) continue;
      for (let b = 0; b <= a; b++) B[a * D + b] += scaled * score[b];
    }
  }
  return B;
}

function scoresByCluster(
  { design, y, s, q }: Omit<Sample, "classes">,
  theta: Float64Array,
  clusters: Int32Array,
  G: number,
): Float64Array {
  const D = theta.length;
  const scores = new Float64Array(G * D);
  const z = new Float64Array(q);
  const P = new Float64Array(q + 1);
  const r = new Float64Array(q);
  for (let i = 0; i < design.rows; i++) {
    probabilitiesAt(design, i, theta, q, z, P);
    for (let a = 0; a < q; a++) r[a] = s[i] * residual(P, y[i], a);
    addScore(scores.subarray(clusters[i] * D, (clusters[i] + 1) * D), design, i, r, q);
  }
  return scores;
}

/** C B C, B by its lower triangle. */
function sandwich(C: Float64Array, B: Float64Array, D: number): Float64Array {
  const CB = new Float64Array(D * D);
  for (let i = 0; i < D; i++) {
    for (let l = 0; l < D; l++) {
      const c = C[i * D + l];
      for (let j = 0; j < D; j++) CB[i * D + j] += c * (j <= l ? B[l * D + j] : B[j * D + l]);
    }
  }
  const V = new Float64Array(D * D);
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let l = 0; l < D; l++) sum += CB[i * D + l] * C[l * D + j];
      V[i * D + j] = V[j * D + i] = sum;
    }
  }
  return V;
}

/** jᵀ V j */
export function quadratic(V: Float64Array, j: Float64Array): number {
  const D = j.length;
  let total = 0;
  for (let a = 0; a < D; a++) {
    if (j[a] === 0) continue;
    let sum = 0;
    for (let b = 0; b < D; b++) sum += V[a * D + b] * j[b];
    total += j[a] * sum;
  }
  return total;
}
