import { abortedError } from "../base/checks.ts";
import { countRows, type RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { TracePoint } from "../optim/contracts.ts";
import { createSolver, type FitTask, type FittedWeights, type Problem } from "./solve.ts";

export type { FittedWeights, Problem } from "./solve.ts";

/** A Matrix with its labels, ready to be fitted again and again: other rows, other penalties, warm starts. */
export interface Trainer {
  fit(request: FitRequest): Promise<FittedWeights>;
  /** Logits of the rows of `ranges`, one below the other, rows × outputs. */
  logits(weights: Float64Array, ranges: readonly RowRange[]): Promise<Float64Array>;
  close(): void;
}

export interface FitRequest extends FitTask {
  readonly onProgress?: (point: TracePoint) => void;
}

export interface TrainerInput extends Problem {
  readonly kernels: Kernels;
  /** Work in a worker where one can be made. Default true. */
  readonly worker?: boolean;
  readonly signal?: AbortSignal;
}

/** Inline work lets the host breathe this often. */
const SLICE_MS = 30;

export async function createTrainer(input: TrainerInput): Promise<Trainer> {
  return inlineTrainer(input);
}

function inlineTrainer(input: TrainerInput): Trainer {
  const { X, outputs, kernels, signal } = input;
  const solver = createSolver(input, kernels);
  return {
    async fit({ onProgress, ...task }) {
      const steps = solver.solve(task);
      let until = performance.now() + SLICE_MS;
      for (;;) {
        if (signal?.aborted === true) throw abortedError();
        const { done, value } = steps.next();
        if (done === true) return value;
        if (performance.now() < until) continue;
        onProgress?.(value);
        await breathe();
        until = performance.now() + SLICE_MS;
      }
    },
    async logits(weights, ranges) {
      const Z = new Float64Array(countRows(ranges) * outputs);
      let at = 0;
      for (const range of ranges) {
        const size = (range.end - range.start) * outputs;
        kernels.logits(X, range, weights, outputs, Z.subarray(at, at + size));
        at += size;
      }
      return Z;
    },
    close() {},
  };
}

const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
