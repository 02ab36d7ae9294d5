import type { Objective, Steps, StopReason, TracePoint } from "./contracts.ts";
import { type Point, searchLine } from "./line-search.ts";
import { type RunOptions, type RunState, startingPoint } from "./runs.ts";
import { createStall, finish, NO_STALL, type StoppingRules } from "./stopping.ts";
import { addScaled, dot, norm, scale, subtract } from "./vectors.ts";

export interface LbfgsOptions extends StoppingRules, RunOptions<LbfgsState> {
  /** Pairs of steps and gradient differences kept. Default `pairsThatFit` the problem's size. */
  readonly memory?: number;
}

export interface LbfgsState extends RunState {
  /** The oldest first. */
  readonly pairs: readonly Pair[];
}

/** Pairs beyond which more bring little (docs/optimisers.md), and below which too few are left to work. */
const MOST_PAIRS = 20;
const FEWEST_PAIRS = 3;
/** What all pairs together may take: 16 n bytes each. */
const PAIR_BYTES = 2 ** 28;

/** Pairs that are kept for n variables: 20 where they fit 256 MB, else as many as do, and at least 3. By size alone. */
export const pairsThatFit = (n: number): number =>
  Math.max(FEWEST_PAIRS, Math.min(MOST_PAIRS, Math.floor(PAIR_BYTES / (16 * n))));

/**
 * min f(x) by limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.5), from the x given, which is overwritten by the
 * solution. f should be scaled so that its Hessian is near the identity: the first step has length at most 1.
 * Stops by the gradient's norm, the floor, the number of iterations, or with "precision" where no step or many
 * steps bring progress beyond rounding.
 */
export function* lbfgs(objective: Objective, x: Float64Array, options: LbfgsOptions): Steps {
  const { tolerance, maxIterations, decrease = 0, from = null, keeper = null } = options;
  const floor = options.floor ?? Number.NEGATIVE_INFINITY;
  const n = objective.dimension;
  const memory = options.memory ?? pairsThatFit(n);
  const direction = new Float64Array(n);
  const pairs = createPairs(n, memory, from?.pairs ?? []);
  const soFar = { ...(from?.stall ?? NO_STALL) };
  const stall = createStall(undefined, soFar);
  const trace: TracePoint[] = [...(from?.trace ?? [])];
  let at: Point = startingPoint(objective, x, from);
  let next: Point = { x: new Float64Array(n), g: new Float64Array(n), value: 0 };
  let evaluations = from?.evaluations ?? 1;

  let reason: StopReason | null = null;
  while (reason === null) {
    if (keeper?.isDue() === true) {
      keeper.keep({ ...at, evaluations, trace, pairs: pairs.all(), stall: soFar });
    }
    const size = norm(at.g);
    const point = { iteration: trace.length, objective: at.value, gradient: size, evaluations };
    trace.push(point);
    yield point;
    pairs.direction(at.g, direction);
    const expected = pairs.count() === 0 ? Number.POSITIVE_INFINITY : -dot(at.g, direction) / 2;
    if (size <= tolerance) reason = "gradient";
    else if (expected >= 0 && expected <= decrease * Math.abs(at.value)) reason = "decrease";
    else if (at.value <= floor) reason = "floor";
    else if (stall(at.value, size)) reason = "precision";
    else if (point.iteration >= maxIterations) reason = "maxIterations";
    else {
      const search = advance(objective, pairs, at, direction, next);
      let step = search.next();
      for (; step.done !== true; step = search.next()) {
        evaluations++;
        yield point;
      }
      if (!step.value) reason = "precision";
      else {
        pairs.add(at, next);
        [at, next] = [next, at];
      }
    }
  }
  x.set(at.x);
  return finish(reason, at.value, evaluations, trace);
}

/** One step to `next`, along `direction` or, should that fail, along the steepest. False where neither leads down. */
function* advance(
  objective: Objective,
  pairs: Pairs,
  at: Point,
  direction: Float64Array,
  next: Point,
): Generator<void, boolean, void> {
  for (;;) {
    const first = pairs.count() === 0;
    if (dot(at.g, direction) < 0) {
      const step = first ? Math.min(1, 1 / norm(at.g)) : 1;
      if (yield* searchLine(objective, at, direction, step, next)) return true;
    }
    if (first) return false;
    pairs.clear();
    pairs.direction(at.g, direction);
  }
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** 1 / sᵀy */
  rho: number;
}

interface Pairs {
  count(): number;
  all(): readonly Pair[];
  clear(): void;
  add(from: Point, to: Point): void;
  /** out = −H g by the two-loop recursion (algorithm 7.4), H₀ = sᵀy/yᵀy of the newest pair. */
  direction(g: Float64Array, out: Float64Array): void;
}

function createPairs(n: number, memory: number, from: readonly Pair[]): Pairs {
  const kept: Pair[] = from.map(({ s, y, rho }) => ({ s: s.slice(), y: y.slice(), rho }));
  const spare: Pair[] = [];
  const alpha = new Float64Array(memory);
  return {
    count: () => kept.length,
    all: () => kept,
    clear() {
      spare.push(...kept.splice(0));
    },
    add(from, to) {
      const pair = (kept.length === memory ? kept.shift() : spare.pop()) ?? {
        s: new Float64Array(n),
        y: new Float64Array(n),
        rho: 0,
      };
      subtract(to.x, from.x, pair.s);
      subtract(to.g, from.g, pair.y);
      const sy = dot(pair.s, pair.y);
      pair.rho = 1 / sy;
      // The Wolfe conditions promise sᵀy > 0; rounding may break the promise near the optimum.
      const usable = sy > 0 && Number.isFinite(pair.rho);
      (usable ? kept : spare).push(pair);
    },
    direction(g, out) {
      for (let i = 0; i < n; i++) out[i] = -g[i];
      for (let p = kept.length - 1; p >= 0; p--) {
        alpha[p] = kept[p].rho * dot(kept[p].s, out);
        addScaled(out, -alpha[p], kept[p].y);
      }
      const newest = kept.at(-1);
      if (newest !== undefined) scale(out, 1 / (newest.rho * dot(newest.y, newest.y)));
      for (let p = 0; p < kept.length; p++) {
        addScaled(out, alpha[p] - kept[p].rho * dot(kept[p].y, out), kept[p].s);
      }
    },
  };
}
