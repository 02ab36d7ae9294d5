import { abortedError } from "../base/checks.ts";
import type { RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { TracePoint } from "../optim/contracts.ts";
import { rangeLogits } from "./logits.ts";
import { remoteTrainer } from "./remote.ts";
import { createSolver, type FitTask, type FittedWeights, type Problem } from "./solve.ts";

export type { FitReason, FitTask, FittedWeights, Problem } from "./solve.ts";

/**
 * Labelled rows, ready to be fitted again and again: other rows, other penalties, warm starts. Rejects with SoftmaxError
 * "aborted" once the signal says so, and "internal" where its worker died; it is then closed.
 */
export interface Trainer {
  fit(request: FitRequest): Promise<FittedWeights>;
  /** Logits of the rows of `ranges`, one below the other, rows × outputs. */
  logits(weights: Float64Array, ranges: readonly RowRange[]): Promise<Float64Array>;
  /** Ends the worker and frees what it held. */
  close(): void;
}

export interface FitRequest extends FitTask {
  /** Called a few times a second. */
  readonly onProgress?: (point: TracePoint) => void;
}

export interface TrainerInput extends Problem {
  /** Arrays of the problem that these allocated are read in place; others are copied once. */
  readonly kernels: Kernels;
  /** Work in a worker where one can be made, else here. Default true; the results are the same bits. */
  readonly worker?: boolean;
  readonly signal?: AbortSignal;
}

/** Work in this thread lets others run this often. */
const SLICE_MS = 30;

export async function createTrainer(input: TrainerInput): Promise<Trainer> {
  if (input.signal?.aborted === true) throw abortedError();
  const remote = input.worker === false ? null : await remoteTrainer(input);
  return remote ?? inlineTrainer(input);
}

function inlineTrainer(input: TrainerInput): Trainer {
  const { kernels, signal } = input;
  const solver = createSolver(input, kernels);
  // One after the other, as in a worker: a fit may build on what the one before it left.
  let queue: Promise<unknown> = Promise.resolve();
  // Across fits: many short ones would else never let a timer or a signal's sender run.
  let until = performance.now() + SLICE_MS;
  const fit = async ({ onProgress, ...task }: FitRequest): Promise<FittedWeights> => {
    const steps = solver.solve(task);
    for (;;) {
      if (signal?.aborted === true) throw abortedError();
      const { done, value } = steps.next();
      if (done === true) return value;
      if (performance.now() < until) continue;
      onProgress?.(value);
      await letOthersRun();
      until = performance.now() + SLICE_MS;
    }
  };
  return {
    fit(request) {
      const result = queue.then(() => fit(request));
      queue = result.catch(() => {});
      return result;
    },
    logits: async (weights, ranges) => rangeLogits(input, kernels, weights, ranges),
    close() {},
  };
}

const letOthersRun = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
