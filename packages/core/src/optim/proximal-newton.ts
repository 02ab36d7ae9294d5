import { type Composite, penaltyAt, subgradientNorm } from "./composite.ts";
import type { Steps, Stopped, StopReason, TracePoint } from "./contracts.ts";
import { minimiseModel } from "./coordinate-descent.ts";
import { SparseModel } from "./sparse-model.ts";
import { createStall } from "./stopping.ts";
import { subtract } from "./vectors.ts";

export interface ProximalOptions {
  /** Stops where the Euclidean norm of the smallest subgradient is at most this. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Stops where the value is expected to fall by at most this share of itself. Default 0. */
  readonly decrease?: number;
  /** Pairs of steps and gradient differences kept. Default 20. */
  readonly memory?: number;
  /** The model that an earlier run on the same f and variables ended with. */
  readonly model?: SparseModel;
  /** f and its gradient at the x given, where they are known. */
  readonly start?: { readonly value: number; readonly gradient: Float64Array };
}

export interface ProximalStopped extends Stopped {
  readonly model: SparseModel;
  /** f and its gradient at the end. */
  readonly end: { readonly value: number; readonly gradient: Float64Array };
}

/** Iterations after which the Hessian is taken anew at the point reached; doubled every time. */
const REFRESH = 6;
/** Steps that fail teach the model this often before they are only halved. */
const LESSONS = 5;
const SUFFICIENT_DECREASE = 1e-4;
const MAX_TRIALS = 30;
/** Where the step can lower the value by less than its rounding. */
const MAX_TRIALS_IN_NOISE = 12;
/** Relative rounding of a value: see line-search.ts. */
const VALUE_NOISE = 1e-8;
/** Iterations without a smaller subgradient or value after which rounding is taken to hide all progress. */
const PATIENCE = 10;

interface At {
  readonly x: Float64Array;
  readonly g: Float64Array;
  /** f, and F = f + penalty. */
  smooth: number;
  value: number;
}

/**
 * min F(x) = f(x) + penalty by a proximal quasi-Newton method (Lee, Sun & Saunders 2014; Scheinberg & Tang 2016), from the
 * x given, which is overwritten by the solution: the model of sparse-model.ts with the penalty as it is, minimised by
 * coordinate descent. A step that does not lower F as it should becomes a pair of the model, which is minimised again;
 * after a few of those it is halved. Variables are exactly 0 where the penalty holds them there.
 *
 * Stops by the smallest subgradient's norm, the decrease to be expected, the number of iterations, or with "precision"
 * where no step brings progress beyond rounding.
 */
export function* proximalNewton(
  problem: Composite,
  x: Float64Array,
  options: ProximalOptions,
): Steps<ProximalStopped> {
  const { tolerance, maxIterations, decrease = 0, memory = 20 } = options;
  const { penalty } = problem;
  const model = options.model ?? new SparseModel(problem.curvature, x, memory);
  const stall = createStall(PATIENCE);
  const trace: TracePoint[] = [];
  const target = new Float64Array(x.length);
  let at = pointAt(x);
  let next = pointAt(x);
  let evaluations = options.start === undefined ? 1 : 0;
  begin(problem, at, options.start);

  let refresh = REFRESH;
  let failedAt = -1;
  let reason: StopReason | null = null;
  while (reason === null) {
    const size = subgradientNorm(penalty, at.x, at.g);
    const point = { iteration: trace.length, objective: at.value, gradient: size, evaluations };
    trace.push(point);
    yield point;
    if (size <= tolerance) reason = "gradient";
    else if (stall(at.value, size)) reason = "precision";
    else if (point.iteration >= maxIterations) reason = "maxIterations";
    else {
      if (point.iteration === refresh) {
        model.moveTo(at.x);
        refresh *= 2;
      }
      const all = minimiseModel(model, penalty, at.x, at.g, target);
      const expected = expectedDecrease(problem, at, target) / 2;
      if (decrease > 0 && all && expected <= decrease * Math.abs(at.value)) reason = "decrease";
      else {
        const search = advance(problem, model, at, target, size, next);
        let step = search.next();
        for (; step.done !== true; step = search.next()) {
          evaluations++;
          yield point;
        }
        if (!step.value && failedAt === point.iteration) reason = "precision";
        else if (!step.value) {
          // Once more, with a model that knows only the curvature here.
          failedAt = point.iteration;
          model.moveTo(at.x);
          trace.pop();
        } else {
          learn(model, at, next);
          [at, next] = [next, at];
        }
      }
    }
  }
  x.set(at.x);
  return {
    converged: reason !== "maxIterations",
    reason,
    iterations: trace.length - 1,
    evaluations,
    value: at.value,
    trace,
    model,
    end: { value: at.smooth, gradient: at.g },
  };
}

const pointAt = (x: Float64Array): At => ({
  x: x.slice(),
  g: new Float64Array(x.length),
  smooth: 0,
  value: 0,
});

function begin(problem: Composite, at: At, known: ProximalOptions["start"]): void {
  if (known === undefined) evaluate(problem, at);
  else {
    at.g.set(known.gradient);
    at.smooth = known.value;
    at.value = known.value + penaltyAt(problem.penalty, at.x);
  }
}

function evaluate(problem: Composite, at: At): void {
  at.smooth = problem.valueGradient(at.x, at.g);
  at.value = at.smooth + penaltyAt(problem.penalty, at.x);
}

function learn(model: SparseModel, from: At, to: At): void {
  const s = new Float64Array(from.x.length);
  const y = new Float64Array(from.x.length);
  subtract(to.x, from.x, s);
  subtract(to.g, from.g, y);
  model.add(s, y);
}

/** −(gᵀ(to − x) + penalty(to) − penalty(x)): twice what the model's minimum lowers F by, or more. */
function expectedDecrease({ penalty }: Composite, { x, g }: At, to: Float64Array): number {
  let slope = 0;
  for (let j = 0; j < x.length; j++) if (to[j] !== x[j]) slope += g[j] * (to[j] - x[j]);
  return penaltyAt(penalty, x) - penaltyAt(penalty, to) - slope;
}

/**
 * Tries `target`, then what the model says once it has learned from the trial, then halves; leaves the point in `next`.
 * Where rounding hides whether F falls, the subgradient must. Pauses after every evaluation; false where nothing helps.
 */
function* advance(
  problem: Composite,
  model: SparseModel,
  from: At,
  target: Float64Array,
  size: number,
  next: At,
): Generator<void, boolean, void> {
  const { penalty } = problem;
  const noise = VALUE_NOISE * Math.abs(from.value);
  let expected = expectedDecrease(problem, from, target);
  let most = expected < noise ? MAX_TRIALS_IN_NOISE : MAX_TRIALS;
  for (let trial = 0, step = 1; trial < most && expected > 0; trial++) {
    stepTowards(from.x, target, step, next.x);
    problem.settle(next.x);
    evaluate(problem, next);
    yield;
    if (next.value <= from.value - SUFFICIENT_DECREASE * step * expected) return true;
    const hidden = expected < 10 * noise && next.value <= from.value + noise;
    if (hidden && subgradientNorm(penalty, next.x, next.g) < size) return true;
    if (trial < LESSONS) {
      learn(model, from, next);
      minimiseModel(model, penalty, from.x, from.g, target);
      expected = expectedDecrease(problem, from, target);
      if (expected < noise) most = Math.min(most, trial + 1 + MAX_TRIALS_IN_NOISE);
    } else step /= 2;
  }
  return false;
}

/** out = x + step · (target − x), where both agree exactly x: a 0 stays one. */
function stepTowards(x: Float64Array, target: Float64Array, step: number, out: Float64Array): void {
  for (let j = 0; j < x.length; j++) {
    out[j] = step === 1 || target[j] === x[j] ? target[j] : x[j] + step * (target[j] - x[j]);
  }
}
