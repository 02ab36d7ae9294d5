import type { Objective, Steps, StopReason, TracePoint } from "./contracts.ts";
import { type Point, searchLine } from "./line-search.ts";
import { type RunOptions, type RunState, startingPoint } from "./runs.ts";
import { createStall, finish, NO_STALL, type StoppingRules } from "./stopping.ts";
import { addScaled, dot, norm } from "./vectors.ts";

/** An objective whose curvature can be asked for. */
export type CurvedObjective = Objective & Required<Pick<Objective, "hessianVector">>;

export interface NewtonOptions extends StoppingRules, RunOptions<NewtonState> {}

export interface NewtonState extends RunState {
  readonly forcing: Readonly<Forcing>;
}

/** The norm of the last gradient, and the forcing term that came of it. */
interface Forcing {
  size: number;
  term: number;
}

/** Share of the gradient that the first inner solution may leave, and the most that any may. */
const LARGEST_FORCING = 0.5;
const FORCING_FACTOR = 0.9;
/** Below this the last forcing term no longer holds the next one up. */
const FORCING_SAFEGUARD = 0.1;
const MAX_INNER = 250;

/**
 * min f(x) by Newton's method with conjugate gradients (Nocedal & Wright 2006, algorithm 7.1), from the x given, which is
 * overwritten by the solution. f should be scaled so that its Hessian is near the identity: the fewer steps the inner
 * iteration then takes. Step p solves H p = −g up to ‖H p + g‖ ≤ η ‖g‖, with the forcing terms of Eisenstat & Walker
 * 1996 (choice 2, γ = 0.9, α = 2)
 *
 *   η = min(½, max(γ (‖g‖/‖g₋‖)², γ η₋² where that exceeds 0.1)),   g₋, η₋ of the iteration before,
 *
 * and is shortened by the line search. `evaluations` counts gradients and products with the Hessian alike: each is a
 * pass over the rows. Stops as L-BFGS does.
 */
export function* newtonCg(
  objective: CurvedObjective,
  x: Float64Array,
  options: NewtonOptions,
): Steps {
  const { tolerance, maxIterations, decrease = 0, from = null, keeper = null } = options;
  const floor = options.floor ?? Number.NEGATIVE_INFINITY;
  const n = objective.dimension;
  const solver = createInnerSolver(objective);
  const forced = { ...(from?.forcing ?? { size: 0, term: LARGEST_FORCING }) };
  const forcing = createForcing(forced);
  const soFar = { ...(from?.stall ?? NO_STALL) };
  const stall = createStall(undefined, soFar);
  const trace: TracePoint[] = [...(from?.trace ?? [])];
  let at = startingPoint(objective, x, from);
  let next: Point = { x: new Float64Array(n), g: new Float64Array(n), value: 0 };
  let evaluations = from?.evaluations ?? 1;

  let reason: StopReason | null = null;
  while (reason === null) {
    if (keeper?.isDue() === true) {
      keeper.keep({ ...at, evaluations, trace, stall: soFar, forcing: forced });
    }
    const size = norm(at.g);
    const point = { iteration: trace.length, objective: at.value, gradient: size, evaluations };
    trace.push(point);
    yield point;
    if (size <= tolerance) reason = "gradient";
    else if (at.value <= floor) reason = "floor";
    else if (stall(at.value, size)) reason = "precision";
    else if (point.iteration >= maxIterations) reason = "maxIterations";
    else {
      const step = advance(objective, solver, at, forcing(size), decrease, next);
      let pause = step.next();
      for (; pause.done !== true; pause = step.next()) {
        evaluations++;
        yield point;
      }
      if (pause.value === "moved") [at, next] = [next, at];
      else reason = pause.value;
    }
  }
  x.set(at.x);
  return finish(reason, at.value, evaluations, trace);
}

/** One step to `next`; pauses after every pass. */
function* advance(
  objective: CurvedObjective,
  solver: InnerSolver,
  at: Point,
  forcing: number,
  decrease: number,
  next: Point,
): Generator<void, "moved" | "decrease" | "precision", void> {
  const direction = yield* solver(at, forcing);
  const slope = dot(at.g, direction);
  if (slope >= 0) return "precision";
  if (-slope / 2 <= decrease * Math.abs(at.value)) return "decrease";
  const found = yield* searchLine(objective, at, direction, 1, next);
  return found ? "moved" : "precision";
}

/** The forcing term η of each iteration, from the norm of its gradient; keeps account in `last`. */
function createForcing(last: Forcing): (size: number) => number {
  return (size) => {
    if (last.size > 0) {
      const ratio = size / last.size;
      const held = FORCING_FACTOR * last.term * last.term;
      const wanted = FORCING_FACTOR * ratio * ratio;
      const term = held > FORCING_SAFEGUARD ? Math.max(wanted, held) : wanted;
      last.term = Math.min(LARGEST_FORCING, term);
    }
    last.size = size;
    return last.term;
  };
}

type InnerSolver = (at: Point, forcing: number) => Generator<void, Float64Array, void>;

/**
 * p with ‖H p + g‖ ≤ η ‖g‖ by conjugate gradients from 0. Where a direction has no curvature beyond rounding, the p so far
 * is taken, or −g at the start.
 */
function createInnerSolver(objective: CurvedObjective): InnerSolver {
  const n = objective.dimension;
  const p = new Float64Array(n);
  const r = new Float64Array(n);
  const d = new Float64Array(n);
  const product = new Float64Array(n);
  return function* solve({ x, g }, forcing) {
    p.fill(0);
    r.set(g);
    for (let i = 0; i < n; i++) d[i] = -g[i];
    let rr = dot(r, r);
    const enough = forcing * forcing * rr;
    for (let step = 0; step < MAX_INNER && rr > enough; step++) {
      objective.hessianVector(x, d, product);
      yield;
      const curvature = dot(d, product);
      if (!(curvature > Number.EPSILON * dot(d, d))) {
        if (step === 0) p.set(d);
        break;
      }
      const length = rr / curvature;
      addScaled(p, length, d);
      addScaled(r, length, product);
      const before = rr;
      rr = dot(r, r);
      const keep = rr / before;
      for (let i = 0; i < n; i++) d[i] = keep * d[i] - r[i];
    }
    return p;
  };
}
