/** What an optimiser sees, a smooth function of a vector, and what it says when it stops. */

export interface Objective {
  readonly dimension: number;
  /** Returns the value at x and overwrites g with the gradient. */
  valueGradient(x: Float64Array, g: Float64Array): number;
  /** Overwrites out with the product of the Hessian at x and v. */
  hessianVector?(x: Float64Array, v: Float64Array, out: Float64Array): void;
}

/** An objective that is a mean over terms, of which some can be taken alone. */
export interface StochasticObjective extends Objective {
  /** How many there are. */
  readonly terms: number;
  /** Returns the mean over the terms `batch` at x, by numbers from 0, and overwrites g with its gradient. */
  batchGradient(x: Float64Array, batch: Int32Array, g: Float64Array): number;
}

/** Where sums over rows are computed: the kernels of this thread, or a pool of workers. */
export interface Engine {
  /** Returns Σ_i s_i l_i over the engine's rows and overwrites G, (d+1)×k, with its gradient. */
  lossGradient(W: Float64Array, G: Float64Array): number;
  /** Overwrites H with the product of the Hessian of Σ_i s_i l_i at W and V. */
  hessianVector(W: Float64Array, V: Float64Array, H: Float64Array): void;
}

export type StopReason =
  | "gradient" // the gradient is as small as asked
  | "decrease" // the value can fall by no more than asked
  | "precision" // rounding hides all further progress: as far as the arithmetic goes
  | "floor" // the value fell to the floor that was set
  | "epochs" // a stochastic method went over the rows as often as asked
  | "maxIterations";

export interface TracePoint {
  readonly iteration: number;
  readonly objective: number;
  /** Euclidean norm of the gradient in the optimiser's variables. */
  readonly gradient: number;
  /** Evaluations of the objective so far: passes over the rows. */
  readonly evaluations: number;
}

export interface Stopped {
  readonly converged: boolean;
  readonly reason: StopReason;
  readonly iterations: number;
  readonly evaluations: number;
  readonly value: number;
  readonly trace: readonly TracePoint[];
}

/**
 * An optimisation under way. It pauses after every evaluation, so that whoever drives it can stop it, report, or let
 * other work run; `run` drives it to its end.
 */
export type Steps<Result = Stopped> = Generator<TracePoint, Result, void>;

/** Drives work to its end without a pause. */
export function run<Result>(steps: Generator<unknown, Result, void>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
