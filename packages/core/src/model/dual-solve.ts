import type { CsrBlock } from "../base/matrix.ts";
import { createRandom, shuffle } from "../base/random.ts";
import { type Dual, dualStride } from "../kernels/dual.ts";
import { createDual, dualBytes } from "../kernels/dual-wasm.ts";
import type { Kernels, PreparedRows } from "../kernels/kernels.ts";
import type { Steps, Stopped, TracePoint } from "../optim/contracts.ts";
import { centreIntercepts } from "./classes.ts";
import type { FitTask, Problem } from "./contracts.ts";
import { learnPace, moveIntercepts, type Pace } from "./dual-intercepts.ts";
import { type Ended, openDual, pickRows, placeRows } from "./dual-start.ts";
import type { FitRows } from "./rows.ts";
import { startWeights } from "./start-weights.ts";
import { type AscentState, checkKept, type Keeper, type LastAscent } from "./state.ts";
import { weightedRows } from "./stochastic.ts";

/** The duality gap where a fit ends, as a share of the loss. */
const GAPS = { coarse: 2e-4, fold: 1e-5, final: 1e-8 };
/**
 * Epochs at most. Where penalties are small the gap shrinks ever more slowly, but the log loss of other rows has settled long
 * before, and L-BFGS goes on from here in few iterations (docs/optimisers.md).
 */
const MOST_EPOCHS = { coarse: 12, fold: 40, final: 40 };
/** The share of the loss below which the rows' gap is small enough to tell what the intercepts did. */
const SETTLED = 0.05;
/** Multiplications between pauses: some milliseconds. */
const SLICE_WORK = 2 ** 22;
/** Numbers of the dual variables and weights, at most. */
const MOST_NUMBERS = 2 ** 26;

export interface DualFit {
  readonly stopped: Stopped;
  readonly trace: readonly TracePoint[];
}

/** Whether the dual is the way to a problem's optimum: sparse rows alone, and dual variables that fit the memory. */
export function isDualProblem({ X, outputs }: Pick<Problem, "X" | "outputs">): boolean {
  if (X.csr === null || X.dense !== null || X.codes !== null) return false;
  return (X.rows + 2 * X.csr.width) * dualStride(outputs) <= MOST_NUMBERS;
}

/** What the rooms with and without factors take of the kernels' memory. */
export function dualRoomBytes(problem: Pick<Problem, "X" | "outputs">): number {
  const { X, outputs } = problem;
  if (!isDualProblem(problem)) return 0;
  const sizes = { features: X.csr!.width, outputs, rows: X.rows };
  return dualBytes({ ...sizes, factors: true }) + dualBytes({ ...sizes, factors: false });
}

/**
 * Fits sparse rows by dual coordinate ascent (docs/math.md §2.18; Yu, Huang & Lin 2011, "Dual coordinate descent methods for
 * logistic regression and maximum entropy models"), until the duality gap is a small share of the loss, or as many epochs as
 * may be. One fit after another on the same rows, with falling penalties, starts where the last one ended, any other from
 * the class shares. Null where numbers overflow.
 */
export function createDualSolver(problem: Problem, kernels: Kernels, prepared: PreparedRows) {
  const ends = new WeakMap<FitRows, Ended>();
  const rooms: (Dual | undefined)[] = [undefined, undefined];
  const roomFor = (factors: boolean): Dual => {
    const { X, y, rowWeights: s, outputs } = problem;
    const csr = X.csr as CsrBlock;
    const sizes = { features: csr.width, outputs, rows: X.rows, factors };
    const at = factors ? 1 : 0;
    rooms[at] ??= createDual(kernels, { csr, y, s }, sizes);
    return rooms[at];
  };

  function* solve(
    task: FitTask,
    rows: FitRows,
    weights: Float64Array,
    { from, keeper }: Going = AFRESH,
  ): Steps<DualFit | null> {
    const { l2, factors = null } = task;
    const dual = roomFor(factors !== null);
    const of = weightedRows(task.ranges, rows.rowWeights);
    const last = ends.get(rows);
    const start = last !== undefined && follows(last, task, weights) ? last : null;
    // Intercepts without the weights that they belong to would take many epochs to come back.
    if (start === null) weights.set(startWeights(null, problem, rows));
    openDual(dual, problem, rows, of, { l2, factors, weights, start });
    const { epochs, reached } = yield* ascend(dual, problem, rows, of, task, { from, keeper });
    if (epochs.length === 0) return null;
    takeWeights(dual, problem.outputs, weights);
    centreIntercepts(weights, problem.outputs, rows.absent);
    const end = epochs[epochs.length - 1];
    // Nobody asks what a coarse fit has come to, and a pass is as long as an epoch.
    const { value, gradient } =
      task.tolerance === "coarse"
        ? { value: end.objective, gradient: end.gradient }
        : valueAt(problem, prepared, task, rows, weights);
    const t = pickRows(dual.t, of, dual.stride);
    const Q = start?.Q ?? pickRows(dual.Q, of, factors === null ? 1 : dual.stride);
    ends.set(rows, { weights: weights.slice(), l2, factors, t, Q });
    const evaluations = epochs.length + 1;
    const point = { iteration: epochs.length, objective: value, gradient, evaluations };
    const trace = [...epochs, point];
    const reason = reached ? "decrease" : "maxIterations";
    const stopped: Stopped = {
      ...{ converged: reached, reason, iterations: epochs.length, evaluations, value, trace },
    };
    return { stopped, trace };
  }

  return {
    solve,
    /** What the last fit on some rows left behind, for `restore`. */
    endOf(rows: FitRows): LastAscent | null {
      const end = ends.get(rows);
      return end === undefined ? null : { weights: end.weights, l2: end.l2, t: end.t };
    },
    /** Throws SoftmaxError "model" where it is not of these rows. */
    restore({ weights, l2, t }: LastAscent, task: FitTask, rows: FitRows): void {
      const { width } = problem.X.csr as CsrBlock;
      checkKept(weights, (width + 1) * problem.outputs);
      const { length } = weightedRows(task.ranges, rows.rowWeights);
      checkKept(t, length * dualStride(problem.outputs));
      ends.set(rows, { weights, l2, t, Q: null, factors: task.factors ?? null });
    },
  };
}

/** Where an ascent begins, and who takes down where it stands. */
interface Going {
  readonly from: AscentState | null;
  readonly keeper: Keeper<AscentState> | null;
}

const AFRESH: Going = { from: null, keeper: null };

/** Puts back what was kept at the beginning of an epoch. */
function putBack(dual: Dual, of: Int32Array, { t, W, b, R }: AscentState): void {
  checkKept(t, of.length * dual.stride);
  for (const [kept, own] of [
    [W, dual.W],
    [b, dual.b],
    [R, dual.R],
  ] as const) {
    checkKept(kept, own.length);
    own.set(kept);
  }
  placeRows(t, dual.t, of, dual.stride);
}

/** Whether a fit can go on from where another ended: at a smaller penalty its weights keep their dual variables. */
const follows = (
  last: Ended,
  { l2, factors = null, start }: FitTask,
  weights: Float64Array,
): boolean =>
  start !== null && l2 <= last.l2 && equal(last.weights, weights) && same(last.factors, factors);

const same = (a: Float64Array | null, b: Float64Array | null): boolean =>
  a === b || (a !== null && b !== null && equal(a, b));

/** Whether two arrays hold the same numbers. */
export function equal(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/**
 * Epochs until the gap is small enough, or there were as many as may be. Objectives are those that the rows' steps have seen,
 * with the penalty at the end of the epoch, but of a coarse fit; the gap stands in the place of the gradient.
 */
function* ascend(
  dual: Dual,
  { X, outputs }: Problem,
  rows: FitRows,
  of: Int32Array,
  task: FitTask,
  { from, keeper }: Going,
): Steps<{ epochs: TracePoint[]; reached: boolean }> {
  const { order, stride } = dual;
  const tolerance = typeof task.tolerance === "number" ? "final" : task.tolerance;
  const wanted = GAPS[tolerance];
  const limit = Math.min(task.maxIterations ?? MOST_EPOCHS[tolerance], MOST_EPOCHS[tolerance]);
  const scale = 1 / (task.l2 * rows.scales.weight);
  const weight = rows.scales.weight;
  const penalty = (): number => (tolerance === "coarse" ? 0 : penaltyOf(dual, task.l2));
  const entries = (X.csr as CsrBlock).columns.length / X.rows + 8;
  const slice = Math.max(1, Math.floor(SLICE_WORK / (entries * stride)));
  const random = createRandom(task.seed ?? 1);
  order.set(of);
  const steps = order.subarray(0, of.length);
  const trace: TracePoint[] = [...(from?.epochs ?? [])];
  const pace: Pace = { stretch: from?.stretch ?? 1, before: from?.before ?? null };
  if (from !== null) putBack(dual, of, from);
  // Each order comes from the one before it.
  for (let done = 0; done < trace.length; done++) shuffle(steps, random);
  for (let epoch = trace.length; epoch < limit; epoch++) {
    if (keeper?.isDue() === true) {
      // Theirs is a shared memory, which no message copies.
      const [W, b, R] = [dual.W, dual.b, dual.R].map((array) => array.slice());
      keeper.keep({ epochs: trace, ...pace, t: pickRows(dual.t, of, stride), W, b, R });
    }
    shuffle(steps, random);
    dual.H.fill(0);
    let [gap, loss] = [0, 0];
    for (let first = 0; first < of.length; first += slice) {
      const sums = dual.ascend(first, Math.min(of.length, first + slice), scale);
      gap += sums.gap;
      loss += sums.loss;
      yield {
        iteration: epoch,
        objective: loss / weight,
        gradient: gap / weight,
        evaluations: epoch,
      };
    }
    if (gap <= SETTLED * loss) learnPace(pace, dual, outputs);
    const off = moveIntercepts(dual, outputs, rows, pace.stretch);
    if (!Number.isFinite(gap)) return { epochs: [], reached: false };
    trace.push({
      ...{ iteration: epoch, objective: loss / weight + penalty() },
      ...{ gradient: (gap + off) / weight, evaluations: epoch + 1 },
    });
    if (gap + off <= wanted * loss) return { epochs: trace, reached: true };
  }
  return { epochs: trace, reached: false };
}

/** λ/2 Σ_jc p_jc W_jc² */
function penaltyOf({ W, F, stride, pitch }: Dual, l2: number): number {
  let sum = 0;
  for (let first = 0; first < W.length; first += pitch) {
    for (let at = first; at < first + stride; at++) {
      if (W[at] !== 0) sum += (W[at] * W[at]) / (F === null ? 1 : F[at]);
    }
  }
  return (l2 / 2) * sum;
}

function takeWeights({ W, b, pitch }: Dual, k: number, weights: Float64Array): void {
  const last = weights.length - k;
  for (let j = 0, at = 0; at < last; j += pitch) {
    for (let c = 0; c < k; c++, at++) weights[at] = W[j + c];
  }
  for (let c = 0; c < k; c++) weights[last + c] = b[c];
}

/** The objective and the norm of its gradient. */
function valueAt(
  { y, outputs }: Problem,
  prepared: PreparedRows,
  { ranges, l2, factors = null }: FitTask,
  rows: FitRows,
  weights: Float64Array,
): { value: number; gradient: number } {
  const G = new Float64Array(weights.length);
  const engine = prepared.over(y, rows.rowWeights, ranges);
  let value = engine.lossGradient(weights, G) / rows.scales.weight;
  let squares = 0;
  for (let at = 0; at < G.length; at++) {
    let g = G[at] / rows.scales.weight;
    if (at < G.length - outputs) {
      const pull = l2 * (factors === null ? 1 : factors[at]) * weights[at];
      value += (pull * weights[at]) / 2;
      g += pull;
    }
    squares += g * g;
  }
  return { value, gradient: Math.sqrt(squares) };
}
