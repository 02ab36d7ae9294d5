import type { Matrix, RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { StopReason, TracePoint } from "../optim/contracts.ts";
import type { OptimizerOptions } from "./method.ts";
import type { NetworkFit, NetworkTask } from "./network-task.ts";
import type { FitState } from "./state.ts";

/** What is fitted, how it is asked for, and what comes back. */

/** Labelled rows, ready to be fitted. */
export interface Problem {
  readonly X: Matrix;
  /** Class of each row; 0 and 1 for one output. */
  readonly y: Int32Array;
  /** Logits a row, k: 1 for two classes. */
  readonly outputs: number;
  /** Weight of each row, or null for 1. */
  readonly rowWeights: Float64Array | null;
}

/** Of a bag of embeddings (docs/math.md §3). */
export interface BagOptions {
  /** m, the numbers of an embedding. Multiples of 16 waste no memory. Default 16. */
  readonly dimension?: number;
  /** How often every row is visited. Default 5, more where those are fewer than 20,000 steps, but at most 100. */
  readonly epochs?: number;
  /**
   * η of the first step, from which it falls linearly to 0. For rows whose values add up to about 1; where their squares
   * do, as of tf-idf, a tenth is enough. Default 0.5.
   */
  readonly learningRate?: number;
  /** Of embeddings, orders and negatives. Default 1. */
  readonly seed?: number;
  /** Classes drawn for a step beside the row's own; 0: all are seen. Default 0 up to 256 classes, else 64. */
  readonly negatives?: number;
}

/** One fit, as plain data. */
export interface FitTask {
  /** The rows to learn from. */
  readonly ranges: readonly RowRange[];
  /** λ ≥ 0 */
  readonly l2: number;
  /** p: the penalty is λ/2 Σ_jc p_jc W_jc²; d×k, all finite and ≥ 0. Default: all 1. Not with an L1 part. */
  readonly factors?: Float64Array | null;
  /** λ1 ≥ 0 of the elastic net (docs/math.md §2.13). Default 0. */
  readonly l1?: number;
  /** Instead of the problem's. */
  readonly rowWeights?: Float64Array | null;
  /** Weights to start from, (d+1)×k, or null for the class shares. */
  readonly start: Float64Array | null;
  /**
   * "coarse" and "fold": the log loss of other rows is within 1e-3 or 1e-4 (relative) of the converged fit's; "final": as
   * far as float64 goes; a number: the norm of the gradient in the optimiser's variables (docs/math.md §2.6).
   */
  readonly tolerance: "coarse" | "fold" | "final" | number;
  /** Default 1,000. */
  readonly maxIterations?: number;
  /** How the weights are sought. Default: by L-BFGS. */
  readonly method?: OptimizerOptions;
  /** γ > 0: focal loss in place of the log loss (docs/math.md §2.19), by L-BFGS and with an L2 penalty alone. */
  readonly focal?: number;
  /** Of the order in which stochastic methods visit the rows. Default 1. */
  readonly seed?: number;
  /** The weights of a bag of embeddings instead, multiplied out: of the rest, ranges and row weights count alone. */
  readonly bag?: BagOptions;
  /** Where an earlier trainer stood with this fit, or what the fit before it on these rows left there. */
  readonly resume?: FitState | null;
  /** The result says what the next fit on these rows builds on, and a fit that takes longer than so many ms where it stands. */
  readonly keepMs?: number;
}

export type FitReason = Exclude<StopReason, "floor"> | "separated";

export interface FittedWeights {
  /** (d+1)×k row-major, the last row the intercepts. */
  readonly weights: Float64Array;
  readonly objective: number;
  readonly converged: boolean;
  readonly reason: FitReason;
  readonly iterations: number;
  /** Passes over the rows. */
  readonly evaluations: number;
  readonly trace: readonly TracePoint[];
  /** Classes without a row of positive weight: their weights are 0, their probability is 0. */
  readonly absent: readonly number[];
  /** With an L1 penalty: the largest absolute entry of the mean loss's gradient in W. */
  readonly steepest?: number;
  /** What is odd about the columns; null for "fold". */
  readonly findings: Findings | null;
  /** Where that was asked for: what the next fit on the same rows builds on. */
  readonly after?: FitState;
}

/** Oddities of the columns over the rows of a fit. Columns are features: rows of W. */
export interface Findings {
  /** Dense columns that do not vary. */
  readonly constant: readonly number[];
  /** Dense columns that others, before them, add up to. */
  readonly collinear: readonly { readonly column: number; readonly others: readonly number[] }[];
  /** Without a penalty only: columns that alone part a class from the rest, so that their weight has no finite optimum. */
  readonly separating: readonly { readonly column: number; readonly class: number }[];
}

/**
 * Labelled rows, ready to be fitted again and again: other rows, other penalties, warm starts. Rejects with SoftmaxError
 * "aborted" once the signal says so, and "internal" where its worker died; it is then closed.
 */
export interface Trainer {
  fit(request: FitRequest): Promise<FittedWeights>;
  /** Logits of the rows of `ranges`, one below the other, rows × outputs. */
  logits(weights: Float64Array, ranges: readonly RowRange[]): Promise<Float64Array>;
  /** Hidden layers and the softmax behind them; `moreBytes` of the trainer must have room for them (networkFitBytes). */
  fitNetwork(request: NetworkRequest): Promise<NetworkFit>;
  /** Ends the worker and frees what it held. */
  close(): void;
}

export interface FitRequest extends FitTask {
  /** Called a few times a second. */
  readonly onProgress?: (point: TracePoint) => void;
  /** Called with `keepMs`. */
  readonly onKept?: (state: FitState) => void;
}

export interface NetworkRequest extends NetworkTask {
  /** Called a few times a second. */
  readonly onProgress?: (point: TracePoint) => void;
}

export interface TrainerInput extends Problem {
  /** Arrays of the problem that these allocated are read in place; others are copied once. */
  readonly kernels: Kernels;
  /** Work in a worker where one can be made, else here. Default true; the results are the same bits. */
  readonly worker?: boolean;
  /** Threads that work. Default: those available, or one for little work. The results are the same bits. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Of the kernels' memory, beside what a fit of the weights themselves takes. Default 0. */
  readonly moreBytes?: number;
}
