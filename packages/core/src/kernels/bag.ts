import type { CsrBlock } from "../base/matrix.ts";

/**
 * Room for the factors of a bag of embeddings (docs/math.md §3.1), and the steps that train them (§3.2, §3.3). A step
 * sees the factors that the one before it left, so that one thread takes them all, and their bits do not depend on how
 * many a call takes.
 */
export interface Bag extends BagRoom {
  /**
   * Takes the steps for order[first…last−1], each with its rate η (1 − t/total), t = before + its position. Returns
   * Σ_i s_i l_i, l_i before the row's step and, with negatives, over the classes of the step alone (nats).
   */
  descend(first: number, last: number, pace: Pace): number;
}

export interface Pace {
  /** η, of step 0. */
  readonly rate: number;
  /** Steps before position 0. */
  readonly before: number;
  readonly total: number;
}

/** Labelled rows; their arrays stand where the kernels read (`allocate`), and are checked. */
export interface BagRows {
  readonly csr: CsrBlock;
  readonly y: Int32Array;
  /** Row weights, or null for 1, and what they are multiplied by. */
  readonly s: Float64Array | null;
  readonly unit: number;
}

export interface BagRoom {
  /** Entries of a row of E and V: m rounded up to whole panels. What is behind the m-th stays 0. */
  readonly stride: number;
  /** d × stride */
  readonly E: Float32Array;
  /** k × stride: a row of V for each class. */
  readonly V: Float32Array;
  readonly b: Float32Array;
  /** Rows, in the order of the steps. */
  readonly order: Int32Array;
  /** Runs of negative classes; step t takes run t mod runs. */
  readonly proposals: Int32Array;
  /** log (N q_c), taken from the logit of class c where it is a negative. */
  readonly shifts: Float32Array;
}

export interface BagSizes {
  /** m */
  readonly dimension: number;
  readonly features: number;
  readonly classes: number;
  /** Steps of an epoch. */
  readonly steps: number;
  /** N, the negatives of a step; 0: every step sees all classes. */
  readonly negatives: number;
  readonly runs: number;
}

/** Numbers of a panel: a cache line, four vectors. */
const PANEL = 16;

export const bagStride = (dimension: number): number => Math.ceil(dimension / PANEL) * PANEL;
