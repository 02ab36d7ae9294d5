/** A smooth function with an elastic net on its variables, as the proximal Newton method sees it (docs/math.md §2.13). */

/** F(x) = f(x) + Σ_j (a_j |x_j| + b_j/2 x_j²), f smooth and convex. */
export interface Composite {
  readonly penalty: Penalty;
  /** Returns f(x), without the penalty, and overwrites g with its gradient. */
  valueGradient(x: Float64Array, g: Float64Array): number;
  readonly curvature: SparseCurvature;
  /** Moves x where f does not change, so that the penalty becomes smaller. */
  settle(x: Float64Array): void;
}

/** a_j and b_j, at least 0: 0 for variables that are free, a_j = ∞ for those that have to stay 0. */
export interface Penalty {
  readonly l1: Float64Array;
  readonly l2: Float64Array;
}

/** The Hessian of f, or what approximates it, among a few variables. */
export interface SparseCurvature {
  /** Takes the curvature at x from now on. */
  moveTo(x: Float64Array): void;
  /** The Hessian among the variables `at`, a×a with both triangles; rows and columns before `known` are in `before`. */
  among(at: Int32Array, known: number, before: Float64Array): Float64Array;
  /** A guess at the Hessian's diagonal. */
  levels(at: Int32Array): Float64Array;
}

/** Σ_j (a_j |x_j| + b_j/2 x_j²) */
export function penaltyAt({ l1, l2 }: Penalty, x: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < x.length; j++) {
    if (x[j] !== 0) sum += l1[j] * Math.abs(x[j]) + (l2[j] / 2) * x[j] * x[j];
  }
  return sum;
}

/** Entry j of the smallest subgradient of F: 0 where no move of x_j alone lowers F. g is the gradient of f. */
export function leastSlope(
  { l1, l2 }: Penalty,
  x: Float64Array,
  g: Float64Array,
  j: number,
): number {
  if (x[j] === 0) return softThreshold(g[j], l1[j]);
  return g[j] + l2[j] * x[j] + (x[j] > 0 ? l1[j] : -l1[j]);
}

/** Euclidean norm of the smallest subgradient of F: 0 at the optimum alone. */
export function subgradientNorm(penalty: Penalty, x: Float64Array, g: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < x.length; j++) {
    const least = leastSlope(penalty, x, g, j);
    sum += least * least;
  }
  return Math.sqrt(sum);
}

/** sign(z) max(|z| − t, 0): what minimises (x − z)²/2 + t |x|. */
export const softThreshold = (z: number, t: number): number => (z > t ? z - t : z < -t ? z + t : 0);
