import { exp, log1p } from "../base/math.ts";
import type { Design } from "./design.ts";

/**
 * Passes over the rows (docs/math.md §10.2). The k classes stand with the base outcome last, and q = k − 1 equations, one a
 * class against the base: z_a = x·θ_a, z_base = 0. θ: q × p row-major, equation by equation.
 */
export interface Sample {
  readonly design: Design;
  /** Class of each row, 0…q; q is the base. */
  readonly y: Int32Array;
  /** Weight of each row, above 0. */
  readonly s: Float64Array;
  /** k − 1 */
  readonly q: number;
  /** Labels, for errors. */
  readonly classes: readonly string[];
}

/** z_a = x·θ_a of row i. */
export function equationsOf(
  { perRow, width, features, values }: Design,
  i: number,
  theta: Float64Array,
  q: number,
  z: Float64Array,
): void {
  for (let a = 0; a < q; a++) {
    let sum = 0;
    for (let at = i * perRow; at < (i + 1) * perRow; at++) {
      sum += values[at] * theta[a * width + features[at]];
    }
    z[a] = sum;
  }
}

/** Turns z (q numbers, the base's 0 implied) into probabilities of the q + 1 classes, P; returns log Σ exp z. */
export function softmaxWithBase(z: Float64Array, q: number, P: Float64Array): number {
  let top = q;
  let m = 0;
  for (let a = 0; a < q; a++) {
    if (z[a] > m) {
      m = z[a];
      top = a;
    }
  }
  let rest = 0;
  for (let a = 0; a <= q; a++) {
    P[a] = a === top ? 1 : exp((a === q ? 0 : z[a]) - m);
    if (a !== top) rest += P[a];
  }
  for (let a = 0; a <= q; a++) P[a] /= 1 + rest;
  return m + log1p(rest);
}

/** Σ_i s_i log P_i,y(i). */
export function logLikelihood({ design, y, s, q }: Sample, theta: Float64Array): number {
  const z = new Float64Array(q);
  const P = new Float64Array(q + 1);
  let sum = 0;
  for (let i = 0; i < design.rows; i++) {
    equationsOf(design, i, theta, q, z);
    const total = softmaxWithBase(z, q, P);
    sum += s[i] * ((y[i] === q ? 0 : z[y[i]]) - total);
  }
  return sum;
}

/** The probabilities of all classes of row i. */
export function probabilitiesAt(
  design: Design,
  i: number,
  theta: Float64Array,
  q: number,
  z: Float64Array,
  P: Float64Array,
): void {
  equationsOf(design, i, theta, q, z);
  softmaxWithBase(z, q, P);
}

/** H += Q ⊗ x xᵀ for row i, in the lower triangle of the qp × qp matrix. Q: q × q, symmetric. */
export function addOuter(
  H: Float64Array,
  { perRow, width, features, values }: Design,
  i: number,
  Q: Float64Array,
  q: number,
): void {
  const D = q * width;
  const start = i * perRow;
  for (let a = 0; a < q; a++) {
    for (let b = 0; b <= a; b++) {
      const weight = Q[a * q + b];
      if (weight === 0) continue;
      for (let u = start; u < start + perRow; u++) {
        const scaled = weight * values[u];
        if (scaled === 0) continue;
        const row = (a * width + features[u]) * D + b * width;
        for (let v = start; v < start + perRow; v++) {
          if (a > b || features[v] <= features[u]) H[row + features[v]] += scaled * values[v];
        }
      }
    }
  }
}

/** g += r ⊗ x for row i. */
export function addScore(
  g: Float64Array,
  { perRow, width, features, values }: Design,
  i: number,
  r: Float64Array,
  q: number,
): void {
  for (let a = 0; a < q; a++) {
    for (let at = i * perRow; at < (i + 1) * perRow; at++) {
      g[a * width + features[at]] += r[a] * values[at];
    }
  }
}

/** Log-likelihood, its gradient g = Σ s (Y − P) ⊗ x, and the observed information H = Σ s (diag P − P Pᵀ) ⊗ x xᵀ. */
export interface Curvature {
  readonly value: number;
  readonly gradient: Float64Array;
  /** Lower triangle, D × D. */
  readonly information: Float64Array;
}

export function curvatureAt({ design, y, s, q }: Sample, theta: Float64Array): Curvature {
  const D = q * design.width;
  const gradient = new Float64Array(D);
  const information = new Float64Array(D * D);
  const z = new Float64Array(q);
  const P = new Float64Array(q + 1);
  const Q = new Float64Array(q * q);
  const r = new Float64Array(q);
  let value = 0;
  for (let i = 0; i < design.rows; i++) {
    equationsOf(design, i, theta, q, z);
    const total = softmaxWithBase(z, q, P);
    value += s[i] * ((y[i] === q ? 0 : z[y[i]]) - total);
    for (let a = 0; a < q; a++) {
      r[a] = s[i] * residual(P, y[i], a);
      for (let b = 0; b < a; b++) Q[a * q + b] = -s[i] * P[a] * P[b];
      Q[a * q + a] = s[i] * P[a] * others(P, a);
    }
    addScore(gradient, design, i, r, q);
    addOuter(information, design, i, Q, q);
  }
  return { value, gradient, information };
}

/** [y = a] − P_a without cancellation. */
export const residual = (P: Float64Array, y: number, a: number): number =>
  y === a ? others(P, a) : -P[a];

/** 1 − P_a as a sum. */
function others(P: Float64Array, a: number): number {
  let sum = 0;
  for (let b = 0; b < P.length; b++) if (b !== a) sum += P[b];
  return sum;
}
