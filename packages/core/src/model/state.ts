import { damagedFile } from "../base/checks.ts";
import type { Stopped, TracePoint } from "../optim/contracts.ts";
import type { LbfgsState } from "../optim/lbfgs.ts";
import type { NewtonState } from "../optim/newton-cg.ts";
import type { StochasticState } from "../optim/sgd.ts";

/** What a fit says of itself so that another trainer can go on to the same bits: plain data, for a journal. */

/** Where a fit stands (`inside`), or what it left behind for the next one on the same rows. */
export interface FitState {
  readonly last: LastDescent | null;
  readonly dual: LastAscent | null;
  readonly inside: Inside | null;
}

/** Where the last descent on some rows ended, and where its curvature was taken: null for the class shares. */
export interface LastDescent {
  readonly weights: Float64Array;
  readonly curvedAt: Float64Array | null;
  readonly iterations: number;
}

/** Where the last fit in the dual ended: weights, λ, and the dual variables of its rows. */
export interface LastAscent {
  readonly weights: Float64Array;
  readonly l2: number;
  readonly t: Float64Array;
}

/** The part of a fit that is under way: an ascent in the dual, or a descent and the ascent that it polishes. */
export interface Inside {
  readonly ascent: AscentState | null;
  readonly descent: DescentState | null;
  readonly found: { readonly stopped: Stopped; readonly trace: readonly TracePoint[] } | null;
  /** Of a stochastic method. */
  readonly epochs?: StochasticState | null;
}

/** At the beginning of an epoch. */
export interface AscentState {
  readonly epochs: readonly TracePoint[];
  readonly stretch: number;
  readonly before: Float64Array | null;
  readonly t: Float64Array;
  readonly W: Float64Array;
  readonly b: Float64Array;
  readonly R: Float64Array;
}

/** At the beginning of an iteration of a stage; of the stages before it the passes and the trace. */
export interface DescentState {
  readonly passes: number;
  readonly trace: readonly TracePoint[];
  readonly curvedAt: Float64Array | null;
  readonly stage: number;
  /** By the optimiser's own account: L-BFGS has pairs, Newton's method forcing terms. */
  readonly run: LbfgsState | NewtonState;
}

/** Takes down where a fit stands, when it is time. What it is given is its own only until the fit goes on. */
export interface Keeper<State> {
  isDue(): boolean;
  keep(state: State): void;
}

/** Throws a SoftmaxError "model" unless an array that was kept has the length that it must have. */
export function checkKept(array: unknown, length: number): void {
  if (array instanceof Float64Array && array.length === length) return;
  throw damagedFile("what it holds of a fit does not fit the rows");
}

/** Throws unless the weights of a last descent are of `length`. */
export function checkLast({ weights, curvedAt }: LastDescent, length: number): void {
  checkKept(weights, length);
  if (curvedAt !== null) checkKept(curvedAt, length);
}

/** Throws unless all arrays of a descent are of `length`. */
export function checkDescent({ curvedAt, run }: DescentState, length: number): void {
  if (curvedAt !== null) checkKept(curvedAt, length);
  const pairs = "pairs" in run ? run.pairs.flatMap(({ s, y }) => [s, y]) : [];
  for (const array of [run.x, run.g, ...pairs]) checkKept(array, length);
}

/** The same of epochs. */
export function checkEpochs({ x, arrays }: StochasticState, length: number): void {
  for (const array of [x, ...arrays]) checkKept(array, length);
}
