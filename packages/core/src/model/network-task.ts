import type { RowRange } from "../base/matrix.ts";
import type { Activation } from "../kernels/network.ts";
import type { TracePoint } from "../optim/contracts.ts";

/** Hidden layers, and how they are trained (docs/math.md §4). */
export interface NetworkOptions {
  /** Units of each hidden layer, from the inputs on. */
  readonly units: readonly number[];
  readonly activation: Activation;
  /** Share of the hidden units that each row drops in a step, 0 to below 1. */
  readonly dropout: number;
  /** Epochs over which the learning rate falls to 0, as half a cosine. */
  readonly epochs: number;
  /** η of AdamW's first step. */
  readonly learningRate: number;
  /** Rows of a step. */
  readonly batchSize: number;
  /** Weights shrink by η times this in each step; intercepts do not. */
  readonly weightDecay: number;
  /** λ of a penalty λ/2 ‖W‖² that is part of the gradient. */
  readonly l2: number;
}

/** One fit, as plain data. */
export interface NetworkTask extends NetworkOptions {
  /** The rows to learn from. */
  readonly ranges: readonly RowRange[];
  /**
   * Behind the first `rows` rows stand `count` − 1 other versions of the first of them, of the second and so on; each epoch takes one
   * version of each row to learn from, drawn anew. Default: there are none.
   */
  readonly versions?: { readonly rows: number; readonly count: number };
  /** Of first weights, orders and dropout. */
  readonly seed: number;
  /** Ends after so many epochs of the schedule. */
  readonly until: number;
  /** Rows that are scored after each of the epochs `at`, ascending; null for none. */
  readonly judge: RowRange | null;
  readonly at: readonly number[];
}

export interface NetworkFit {
  /** Of each hidden layer the weights and intercepts, (inputs + 1) × units row-major; numbers of float32. */
  readonly layers: readonly Float64Array[];
  /** Of the softmax, (h+1) × outputs. */
  readonly weights: Float64Array;
  /** For each of `at` the logits of the judged rows, rows × outputs. */
  readonly judged: readonly Float64Array[];
  /** The mean weighted loss of each epoch, each row's before its step and with its dropout. */
  readonly trace: readonly TracePoint[];
}
