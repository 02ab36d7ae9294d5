import type { Floats, Matrix, RowRange } from "../base/matrix.ts";

/**
 * Kernels: the arithmetic on rows, behind one small interface. `reference.ts` is the specification (scalar float64),
 * `wasm.ts` the fast one. All calls are synchronous; arrays may live anywhere, but those from `allocate` are read in
 * place.
 *
 * Shapes (docs/math.md, dimension key): X n×d; weights W (d+1)×k row-major, its last row the intercepts b; logits Z and
 * probabilities P n×k row-major; y the class of each row; s row weights or null for 1. With k = 1 the model is the
 * two-class one: one logit z for class 1, y in {0, 1}, loss softplus(z) − y z.
 */
export interface Kernels {
  readonly name: "reference" | "wasm";

  /** Arrays that these kernels read without a copy. Zero-filled. */
  readonly allocate: Allocator;

  /**
   * Z = X W + b for the rows of `range`; row `range.start` of X is row 0 of Z. A row's logits have the same bits alone
   * and in any batch.
   */
  logits(X: Matrix, range: RowRange, W: Float64Array, k: number, Z: Float64Array): void;

  /**
   * One fused pass over the rows of `range`: returns Σ_i s_i l_i (nats) and adds Σ_i s_i x_i (p_i − y_i)ᵀ to G,
   * which has the shape of W. Rows with s_i = 0 are skipped: their X may hold NaN, their class may be none.
   */
  lossGradient(
    X: Matrix,
    y: Int32Array,
    s: Float64Array | null,
    range: RowRange,
    W: Float64Array,
    k: number,
    G: Float64Array,
  ): number;

  /** Adds to H the product of the Hessian of Σ_i s_i l_i at W with the direction V; both have the shape of W. */
  hessianVector(
    X: Matrix,
    s: Float64Array | null,
    range: RowRange,
    W: Float64Array,
    k: number,
    V: Float64Array,
    H: Float64Array,
  ): void;

  /**
   * Prepares sums over rows of X, again and again, on all threads that these kernels have. The arrays of X must be theirs
   * (`allocate`), and their CSR values finite even in rows of weight 0. Rows that stand elsewhere (`Matrix.stored`) are read
   * chunk by chunk in every pass, to the same bits; the reference cannot.
   */
  prepare(X: Matrix, k: number): PreparedRows;

  /**
   * Row-wise softmax(Z / temperature) of n×k logits, finite temperature > 0; `out` may be Z. Relative error below
   * (4 + 2|x|)·u with x = (z − max)/temperature, plus one subnormal step. A logit of −∞ has probability 0; a row with
   * NaN or +∞, or of −∞ alone, gives NaN in that row.
   */
  softmax(Z: Floats, n: number, k: number, temperature: number, out: Floats): void;
  /** Row-wise log softmax(Z / temperature); `out` may be Z. */
  logSoftmax(Z: Floats, n: number, k: number, temperature: number, out: Floats): void;
  /** Row-wise log Σ_c exp(Z_ic); out has n entries. +∞ and −∞ where those are the largest of the row. */
  logSumExp(Z: Floats, n: number, k: number, out: Floats): void;
}

/** Rows ready to be summed; the bits of a result depend on X, k and the rows chosen alone, not on threads. */
export interface PreparedRows {
  /** Sums over the rows of `ranges`, weighted by s (null for 1). Those of an earlier call are then no longer valid. */
  over(y: Int32Array, s: Float64Array | null, ranges: readonly RowRange[]): RowSums;
  /** The logits of the rows of `ranges`, one below the other, rows × k, as `Kernels.logits` gives them. */
  logits(W: Float64Array, ranges: readonly RowRange[], Z: Float64Array): void;
}

export interface RowSums {
  /** Returns Σ_i s_i l_i and overwrites G, (d+1)×k, with its gradient. */
  lossGradient(W: Float64Array, G: Float64Array): number;
  /** Overwrites H with the product of the Hessian of Σ_i s_i l_i at W and V. */
  hessianVector(W: Float64Array, V: Float64Array, H: Float64Array): void;
}

export interface Allocator {
  f64(length: number): Float64Array;
  f32(length: number): Float32Array;
  i32(length: number): Int32Array;
}

/** Arrays on the ordinary heap. */
export const heap: Allocator = {
  f64: (length) => new Float64Array(length),
  f32: (length) => new Float32Array(length),
  i32: (length) => new Int32Array(length),
};
