import type { RowMail, RowRange } from "../base/matrix.ts";
import type { ArrayDescription, MatrixDescription } from "../kernels/describe.ts";
import type { JobKernel } from "../kernels/executor.ts";
import type { PoolSeat } from "../kernels/pool.ts";
import type { KernelShare } from "../kernels/wasm.ts";
import type { TracePoint } from "../optim/contracts.ts";
import type { FitTask, FittedWeights, Problem } from "./contracts.ts";
import type { NetworkFit, NetworkTask } from "./network-task.ts";
import type { FitState } from "./state.ts";

/** What a trainer and its worker say to each other. */
export type ToWorker =
  | { readonly kind: "open"; readonly opening: Opening }
  /** Work for the coordinator of a pool from now on. */
  | { readonly kind: "serve"; readonly seat: PoolSeat }
  /** Coordinate a pool that runs jobs, without a problem. */
  | { readonly kind: "attend"; readonly share: KernelShare }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly kernel: JobKernel;
      readonly jobs: readonly number[];
    }
  | {
      readonly kind: "fit";
      readonly id: number;
      readonly task: FitTask;
      readonly progress: boolean;
    }
  | {
      readonly kind: "network";
      readonly id: number;
      readonly task: NetworkTask;
      readonly progress: boolean;
    }
  | {
      readonly kind: "logits";
      readonly id: number;
      readonly weights: Float64Array;
      readonly ranges: readonly RowRange[];
    };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly id: number; readonly point: TracePoint }
  | { readonly kind: "kept"; readonly id: number; readonly state: FitState }
  | { readonly kind: "done"; readonly id: number; readonly result: Answer | null }
  | { readonly kind: "failed"; readonly id: number; readonly error: SentError };

/** What a worker has at the end of a task; of jobs, nothing. */
export type Answer = FittedWeights | NetworkFit | Float64Array;

export type Opening =
  /** The rows lie in a memory that both threads have. */
  | { readonly kernels: "shared"; readonly share: KernelShare; readonly problem: PlacedProblem }
  /** The rows were copied; the worker brings them into a memory of its own, of `bytes`. */
  | {
      readonly kernels: "own";
      readonly module: WebAssembly.Module;
      readonly bytes: number;
      readonly problem: Problem;
    }
  /** The rows were copied, for the reference kernels. */
  | { readonly kernels: "reference"; readonly problem: Problem };

/** A Problem by where its arrays lie. */
export interface PlacedProblem {
  /** Where its rows are, or how to ask for them. */
  readonly X: MatrixDescription | RowMail;
  readonly y: ArrayDescription;
  readonly rowWeights: ArrayDescription | null;
  readonly outputs: number;
}

/** A structured clone loses an error's class and code. */
export interface SentError {
  readonly name: string;
  readonly code: string | null;
  readonly message: string;
}
