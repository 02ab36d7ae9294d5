import type { Stopped, StopReason, TracePoint } from "./contracts.ts";

/** When an optimiser that sees all rows stops. */
export interface StoppingRules {
  /** Stops where the Euclidean norm of the gradient is at most this. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /**
   * Stops where the value is expected to fall by at most this share of itself: ½ gᵀH g, H the approximate inverse
   * Hessian once a step has been taken. Default 0.
   */
  readonly decrease?: number;
  /** Stops where the value is at most this. Default −∞. */
  readonly floor?: number;
}

/** Iterations without a smaller gradient or value after which rounding is taken to hide all progress. */
const PATIENCE = 20;

/** Says when neither the value nor the gradient's size has become smaller for `patience` iterations. */
export function createStall(patience = PATIENCE): (value: number, size: number) => boolean {
  let bestValue = Number.POSITIVE_INFINITY;
  let bestSize = Number.POSITIVE_INFINITY;
  let waited = 0;
  return (value, size) => {
    const progress = value < bestValue - 1e-13 * Math.abs(bestValue) || size < 0.9 * bestSize;
    waited = progress || bestValue === Number.POSITIVE_INFINITY ? 0 : waited + 1;
    bestValue = Math.min(bestValue, value);
    bestSize = Math.min(bestSize, size);
    return waited >= patience;
  };
}

/** Reasons that say nothing of how near the optimum is. */
const UNFINISHED: readonly StopReason[] = ["maxIterations", "epochs"];

export const finish = (
  reason: StopReason,
  value: number,
  evaluations: number,
  trace: TracePoint[],
): Stopped => ({
  converged: !UNFINISHED.includes(reason),
  reason,
  iterations: trace.length - 1,
  evaluations,
  value,
  trace,
});
