import { dataError } from "../base/checks.ts";
import { countRows, matrixWidth, type RowRange } from "../base/matrix.ts";
import type { Kernels, PreparedRows } from "../kernels/kernels.ts";
import type { Steps, Stopped, TracePoint } from "../optim/contracts.ts";
import { type LbfgsState, lbfgs } from "../optim/lbfgs.ts";
import { type NewtonState, newtonCg } from "../optim/newton-cg.ts";
import type { RunOptions } from "../optim/runs.ts";
import type { StochasticState } from "../optim/sgd.ts";
import { solveBag } from "./bag-weights.ts";
import { centreClasses, centreWeighted } from "./classes.ts";
import type { FitReason, FitTask, FittedWeights, Problem } from "./contracts.ts";
import { type Curvature, curvatureOfShares } from "./curvature.ts";
import { createDualSolver, type DualFit, equal, isDualProblem } from "./dual-solve.ts";
import { findOddities } from "./findings.ts";
import { focalEngine } from "./focal.ts";
import { isStochastic } from "./method.ts";
import { linearObjective } from "./objective.ts";
import type { CurvaturePlan } from "./room.ts";
import { createRowStore, type FitRows } from "./rows.ts";
import { createSparseSolver } from "./sparse-solve.ts";
import { startWeights } from "./start-weights.ts";
import {
  type AscentState,
  checkDescent,
  checkEpochs,
  checkLast,
  type DescentState,
  type FitState,
  type Inside,
  type Keeper,
  type LastDescent,
} from "./state.ts";
import { descendByBatches } from "./stochastic.ts";
import { createSurveyor, type Survey, type Surveyor } from "./survey.ts";
import { createVariables, ridgeOf } from "./variables.ts";

/**
 * When to stop. The "fold" share of the loss is measured: with 2e-8 the judged loss of letter, german, adult and bank
 * along the path is within 1e-4 of the converged one for a fifth to a third of the passes (docs/optimisers.md).
 */
const STOP = {
  coarse: { tolerance: 1e-9, decrease: 1e-6 },
  fold: { tolerance: 1e-9, decrease: 2e-8 },
  final: { tolerance: 1e-9 },
};
/**
 * Pairs that L-BFGS keeps where rows are sparse: a pass takes little there, and the pairs' own products most of the time.
 * Measured on trec, words and characters, 36,000 features × 6: 20 pairs 227 iterations in 14.4 s, 8 pairs 270 in 11.3 s, 5
 * pairs 284 in 12.3 s.
 */
const SPARSE_PAIRS = 8;
/** Iterations on the sample: more lead to its own optimum, away from that of all rows (docs/optimisers.md). */
const WARM_STEPS = 10;
/** Iterations of Newton's method after which the curvature is taken anew; doubled every time. */
const NEWTON_STAGES = { firstStage: 2, nextStage: 2 };
const MAX_ITERATIONS = 1000;
/** Mean log loss below which classes that no penalty holds back are called separated. */
const SEPARATED_LOSS = 1e-8;

/** Solves one task after another on the same rows; what depends on rows alone is computed once for each choice of them. */
export interface Solver {
  solve(task: FitTask, keeper?: Keeper<FitState> | null): Steps<FittedWeights>;
  /** Logits of the rows of `ranges`, one below the other, rows × outputs. */
  logits(weights: Float64Array, ranges: readonly RowRange[]): Float64Array;
}

/** Where a way of seeking the optimum has ended. */
interface Sought {
  readonly stopped: Stopped;
  readonly trace: readonly TracePoint[];
  /** With an L1 penalty: max_jc of the mean loss's gradient. */
  readonly steepest: number | null;
}

/** `changes` to what is planned from the sizes are for measuring. */
export function createSolver(
  problem: Problem,
  kernels: Kernels,
  changes: Partial<CurvaturePlan> = {},
): Solver {
  const { X, outputs } = problem;
  const rowsOf = createRowStore(problem, kernels);
  const prepared = kernels.prepare(X, outputs);
  const surveyor = createSurveyor(problem, kernels, changes);
  const dual = isDualProblem(problem) ? createDualSolver(problem, kernels, prepared) : null;
  const solveSparse = createSparseSolver(problem, kernels, prepared);
  function* seek(
    task: FitTask,
    rows: FitRows,
    weights: Float64Array,
    keeper: Keeper<FitState> | null,
  ): Steps<Sought> {
    const { ascent, descent, found: before, epochs = null } = task.resume?.inside ?? NOTHING;
    const keeping = <State>(inside: (state: State) => Inside): Keeper<State> | null =>
      keeper && {
        isDue: keeper.isDue,
        keep: (state) => keeper.keep({ last: lastOf(rows), dual: null, inside: inside(state) }),
      };
    const descending = (found: DualFit | null): Going => ({
      from: descent,
      keeper: keeping((state) => ({ ascent: null, descent: state, found })),
    });
    checkAtHand(problem, task);
    if ((task.l1 ?? 0) > 0) return yield* solveSparse(task, rows, weights, stopping(task, false));
    if (dual !== null && wantsDual(task, outputs)) {
      const going = {
        from: ascent,
        keeper: keeping((state: AscentState) => ({ ascent: state, descent: null, found: null })),
      };
      const found = descent === null ? yield* dual.solve(task, rows, weights, going) : before;
      if (found !== null && isEnough(task, found)) return { ...found, steepest: null };
      // The dual comes near soon and to the end slowly.
      if (found !== null) return yield* polish(task, rows, weights, found, descending(found));
    }
    const sought = isStochastic(task.method ?? {})
      ? yield* wander(problem, kernels, prepared, task, rows, weights, {
          from: epochs,
          keeper: keeping((state: StochasticState) => ({ ...NOTHING, epochs: state })),
        })
      : yield* descend(problem, prepared, task, rows, weights, surveyor, descending(null));
    settle(task, rows, weights);
    return { ...sought, steepest: null };
  }
  /** Of equal softmaxes the one of least penalty, remembered as where the last fit ended. */
  const settle = ({ factors }: FitTask, rows: FitRows, weights: Float64Array): void => {
    if (factors == null) centreClasses(weights, outputs, rows.absent);
    else centreWeighted(weights, outputs, rows.absent, factors);
    rows.last = { ...rows.last!, weights: weights.slice() };
  };

  const afterOf = (rows: FitRows): FitState => ({
    last: lastOf(rows),
    dual: dual?.endOf(rows) ?? null,
    inside: null,
  });

  /** Puts in place what another trainer's fit left on these rows. */
  const restore = ({ last, dual: end }: FitState, task: FitTask, rows: FitRows): void => {
    if (end !== null) dual?.restore(end, task, rows);
    if (last === null) return;
    checkLast(last, (matrixWidth(X) + 1) * outputs);
    const curved = curvedBy(surveyor(task.ranges, rows), last.curvedAt);
    rows.last = { ...curved, weights: last.weights, iterations: last.iterations };
  };

  /** From near the optimum to it. */
  function* polish(
    task: FitTask,
    rows: FitRows,
    weights: Float64Array,
    { trace: before, stopped }: DualFit,
    going: Going,
  ): Steps<Sought> {
    const { maxIterations = MAX_ITERATIONS } = task;
    const rest = Math.max(1, maxIterations - before.length);
    const start = weights.slice();
    const next = { ...task, start, maxIterations: rest };
    const last = yield* descend(problem, prepared, next, rows, weights, surveyor, going);
    settle(task, rows, weights);
    const trace = [
      ...before.slice(0, -1),
      ...last.trace.map((point) => ({
        ...point,
        iteration: point.iteration + before.length - 1,
        evaluations: point.evaluations + stopped.evaluations,
      })),
    ];
    return { ...last, trace, steepest: null };
  }

  return {
    logits(weights, ranges) {
      const Z = new Float64Array(countRows(ranges) * outputs);
      prepared.logits(weights, ranges, Z);
      return Z;
    },
    *solve(task, keeper = null) {
      if (task.bag !== undefined) return yield* solveBag(problem, kernels, task, task.bag);
      const rows = rowsOf(task.ranges, task.rowWeights ?? null, task.rowWeights !== undefined);
      const { absent } = rows;
      const weights = startWeights(task.start, problem, rows);
      if (task.resume != null) restore(task.resume, task, rows);
      const { stopped, trace, steepest } = yield* seek(task, rows, weights, keeper);
      const findings = isFold(task) ? null : findOddities(problem, task, rows);
      const separated = stopped.reason === "floor" || (findings?.separating.length ?? 0) > 0;
      const reason = separated ? "separated" : (stopped.reason as FitReason);
      return {
        weights,
        objective: stopped.value,
        converged: stopped.converged && reason !== "separated",
        reason,
        iterations: trace.length - 1,
        evaluations: stopped.evaluations,
        trace,
        absent,
        ...(steepest === null ? {} : { steepest }),
        findings,
        ...(keeper === null ? {} : { after: afterOf(rows) }),
      };
    },
  };
}

/** Rows that stand elsewhere are read in whole passes alone. */
function checkAtHand({ X }: Problem, { l1 = 0, method = {} }: FitTask): void {
  if (X.stored === undefined || (l1 === 0 && !isStochastic(method))) return;
  throw dataError('an L1 penalty, "sgd" and "adam" need all rows in memory');
}

const NOTHING: Inside = { ascent: null, descent: null, found: null };

/** Where a descent begins, and who takes down where it stands. */
interface Going {
  readonly from: DescentState | null;
  readonly keeper: Keeper<DescentState> | null;
}

const lastOf = ({ last }: FitRows): LastDescent | null =>
  last && { weights: last.weights, curvedAt: last.curvedAt, iterations: last.iterations };

/** A curvature with the weights at which it was taken; null for the class shares. */
interface Curved {
  readonly curvature: Curvature;
  readonly curvedAt: Float64Array | null;
}

const curvedBy = (survey: Survey, at: Float64Array | null): Curved => ({
  curvature: at === null ? survey.atShares() : survey.at(at),
  curvedAt: at?.slice() ?? null,
});

/**
 * Moves `weights` to the optimum, stage by stage: each stage whitens by the curvature where the one before it ended. A fit
 * that starts where the last one on these rows ended keeps that one's curvature, unless it was slow with it; one that
 * starts from nothing takes its first steps on the sample, where there are many more rows.
 */
function* descend(
  problem: Problem,
  prepared: PreparedRows,
  task: FitTask,
  rows: FitRows,
  weights: Float64Array,
  surveyor: Surveyor,
  { from, keeper }: Going,
): Steps<{ stopped: Stopped; trace: readonly TracePoint[] }> {
  const { X, y, outputs } = problem;
  const { rowWeights: s, scales, absent } = rows;
  const engine =
    task.focal === undefined
      ? prepared.over(y, s, task.ranges)
      : focalEngine(problem, prepared, s, task.ranges, task.focal);
  const frozen = absent.map((c) => Math.min(c, outputs - 1));
  const limit = task.maxIterations ?? MAX_ITERATIONS;
  const stop = stopping(task, frozen.length === 0);
  const shape = { length: weights.length, outputs };
  const trace: TracePoint[] = [...(from?.trace ?? [])];
  const U = new Float64Array(weights.length);
  const ridge = ridgeOf(task);
  const survey = surveyor(task.ranges, rows);

  let before = from?.passes ?? 0;
  let curved: Curved;
  const { last } = rows;
  if (from !== null) {
    checkDescent(from, weights.length);
    curved = curvedBy(survey, from.curvedAt);
  } else if (last !== null && task.start !== null && equal(last.weights, task.start)) {
    curved = last.iterations < survey.slow ? last : curvedBy(survey, weights);
  } else {
    curved = curvedBy(survey, null);
    // The sample's engine knows the log loss alone.
    if (task.start === null && survey.warm && task.focal === undefined) {
      const { engine: few, weight, share } = survey.engine();
      const variables = createVariables(scales, curved.curvature, ridge, survey.triangles);
      const objective = linearObjective(few, variables, weight, ridge, shape, frozen);
      variables.fromWeights(weights, U);
      const { evaluations } = yield* lbfgs(objective, U, { ...stop, maxIterations: WARM_STEPS });
      variables.toWeights(U, weights);
      before = Math.ceil(evaluations * share);
      curved = curvedBy(survey, weights);
    }
  }
  const newton = task.method?.optimizer === "newton";
  const memory = X.csr === null ? {} : { memory: SPARSE_PAIRS };
  const { firstStage, nextStage } = newton ? NEWTON_STAGES : survey;
  const { blocks, shared } = curved.curvature;
  let stage = from?.stage ?? (blocks === null || shared ? firstStage : nextStage);
  let state = from?.run ?? null;
  for (;;) {
    const variables = createVariables(scales, curved.curvature, ridge, survey.triangles);
    const objective = linearObjective(engine, variables, scales.weight, ridge, shape, frozen);
    variables.fromWeights(weights, U);
    const maxIterations = Math.min(stage, limit - trace.length);
    const keep = (run: DescentState["run"]): void =>
      keeper?.keep({ passes: before, trace, curvedAt: curved.curvedAt, stage, run });
    const going = keeper === null ? {} : { keeper: { isDue: keeper.isDue, keep } };
    const rules = { ...stop, ...memory, maxIterations, ...going };
    // A state is of the optimiser that the task names: another's is of another task.
    const stopped = newton
      ? yield* newtonCg(objective, U, { ...rules, from: state as NewtonState | null })
      : yield* lbfgs(objective, U, { ...rules, from: state as LbfgsState | null });
    state = null;
    variables.toWeights(U, weights);
    for (const point of stopped.trace) {
      const evaluations = before + point.evaluations;
      trace.push({ ...point, iteration: trace.length, evaluations });
    }
    before += stopped.evaluations;
    if (stopped.reason !== "maxIterations" || trace.length > limit) {
      rows.last = { ...curved, weights, iterations: trace.length - 1 };
      return { stopped: { ...stopped, evaluations: before }, trace };
    }
    // The next stage begins with the point that this one ended with.
    trace.pop();
    curved = curvedBy(survey, weights);
    stage = Math.max(2 * stage, nextStage);
  }
}

/** Moves `weights` towards the optimum by a stochastic method; a later fit that starts there takes the curvature anew. */
function* wander(
  problem: Problem,
  kernels: Kernels,
  prepared: PreparedRows,
  task: FitTask,
  rows: FitRows,
  weights: Float64Array,
  going: RunOptions<StochasticState>,
): Steps<{ stopped: Stopped; trace: readonly TracePoint[] }> {
  const { tolerance } = stopping(task, false);
  if (going.from != null) checkEpochs(going.from, weights.length);
  const stopped = yield* descendByBatches(
    problem,
    kernels,
    prepared,
    task,
    rows,
    weights,
    tolerance,
    going,
  );
  const curvature = curvatureOfShares(rows.shares, problem.outputs);
  rows.last = { weights, curvature, curvedAt: null, iterations: Number.POSITIVE_INFINITY };
  return { stopped, trace: stopped.trace };
}

/** A penalty holds every weight, nobody asked for another way or loss, and row weights are the problem's own. */
/** To the end of a fit of two classes L-BFGS is there before the dual has come near (docs/optimisers.md). */
const wantsDual = (task: FitTask, outputs: number): boolean =>
  task.l2 > 0 &&
  task.method?.optimizer === undefined &&
  task.rowWeights === undefined &&
  task.focal === undefined &&
  (outputs > 1 || isFold(task));

/** Whether a fit may end where the dual has: as near as was asked for, or after all iterations that may be. */
const isEnough = (
  { tolerance, maxIterations = MAX_ITERATIONS }: FitTask,
  { stopped: { converged, iterations } }: DualFit,
): boolean =>
  tolerance === "coarse" || (tolerance === "fold" && converged) || iterations >= maxIterations;

const isFold = ({ tolerance }: FitTask): boolean => tolerance === "fold" || tolerance === "coarse";

function stopping(
  { tolerance, l2 }: FitTask,
  separable: boolean,
): { tolerance: number; decrease?: number; floor?: number } {
  const stop = typeof tolerance === "number" ? { tolerance } : STOP[tolerance];
  return l2 === 0 && separable ? { ...stop, floor: SEPARATED_LOSS } : stop;
}
