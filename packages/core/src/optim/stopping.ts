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

/** The least value and gradient so far, and for how many iterations neither became less. */
export interface Stall {
  bestValue: number;
  bestSize: number;
  waited: number;
}

export const NO_STALL: Readonly<Stall> = {
  bestValue: Number.POSITIVE_INFINITY,
  bestSize: Number.POSITIVE_INFINITY,
  waited: 0,
};

/** Says when neither the value nor the gradient's size has become smaller for `patience` iterations; keeps count in `soFar`. */
export function createStall(
  patience = PATIENCE,
  soFar: Stall = { ...NO_STALL },
): (value: number, size: number) => boolean {
  return (value, size) => {
    const { bestValue, bestSize, waited } = soFar;
    const progress = value < bestValue - 1e-13 * Math.abs(bestValue) || size < 0.9 * bestSize;
    soFar.waited = progress || bestValue === Number.POSITIVE_INFINITY ? 0 : waited + 1;
    soFar.bestValue = Math.min(bestValue, value);
    soFar.bestSize = Math.min(bestSize, size);
    return soFar.waited >= patience;
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
