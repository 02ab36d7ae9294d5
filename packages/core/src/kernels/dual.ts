import type { CsrBlock } from "../base/matrix.ts";

/**
 * Room for dual coordinate ascent on softmax with L2, and its steps (docs/math.md §2.18). A step sees the weights that the
 * one before it left, so that one thread takes them all, and their bits do not depend on how many a call takes.
 *
 * Rows of W, F, t and Q have `stride` numbers: one for one logit, else k rounded up to pairs. What stands behind the k-th is
 * 0, and −∞ (`NOTHING`) in t and b.
 */
export interface Dual extends DualRoom {
  /** Takes the steps for order[first…last−1]; scale: 1/(λ S). */
  ascend(first: number, last: number, scale: number): DualSums;
}

export interface DualSums {
  /** Σ_i s_i KL(a_i ‖ p_i), each before its row's step. */
  readonly gap: number;
  /** Σ_i s_i l_i, likewise, nats. */
  readonly loss: number;
}

export interface DualRoom {
  readonly stride: number;
  /** Numbers from one row of W, and of F, to the next: a row of F stands behind that of W. */
  readonly pitch: number;
  /** d × stride */
  readonly W: Float64Array;
  /** d × stride: 1/p_jc. Null where all p are 1. */
  readonly F: Float64Array | null;
  /** n × stride: logarithms of the dual variables; of one logit the logit of its variable. */
  readonly t: Float64Array;
  /** n × stride: s_i Σ_j x_ij²/p_jc, which times the scale is q; n × 1 without F. */
  readonly Q: Float64Array;
  readonly b: Float64Array;
  /** Σ_i s_i ([c = y_i] − a_ic) */
  readonly R: Float64Array;
  /** Grows by Σ_i s_i a (1 − a) / (1 + q a (1 − a)). */
  readonly H: Float64Array;
  /** Rows, in the order of the steps. */
  readonly order: Int32Array;
}

/** Labelled rows; their arrays stand where the kernels read (`allocate`), and are checked. */
export interface DualRows {
  readonly csr: CsrBlock;
  readonly y: Int32Array;
  /** Row weights, or null for 1. */
  readonly s: Float64Array | null;
}

export interface DualSizes {
  readonly features: number;
  /** k */
  readonly outputs: number;
  readonly rows: number;
  /** Whether there are factors p. */
  readonly factors: boolean;
}

/** In place of −∞: its exponential is 0. */
export const NOTHING = -1e5;

export const dualStride = (outputs: number): number =>
  outputs === 1 ? 1 : outputs + (outputs & 1);
