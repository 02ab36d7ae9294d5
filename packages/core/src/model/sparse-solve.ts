import type { Kernels, PreparedRows } from "../kernels/kernels.ts";
import type { Steps, Stopped, TracePoint } from "../optim/contracts.ts";
import { type ProximalStopped, proximalNewton } from "../optim/proximal-newton.ts";
import type { SparseModel } from "../optim/sparse-model.ts";
import { centreIntercepts } from "./classes.ts";
import type { FitTask, Problem } from "./contracts.ts";
import { type ElasticNet, elasticObjective, elasticVariables, settleClasses } from "./elastic.ts";
import { localEngine } from "./engine.ts";
import type { HessianRows } from "./entries.ts";
import type { FitRows } from "./rows.ts";
import {
  columnMaxima,
  pickColumns,
  pickRows,
  pickScales,
  spreadRows,
  strongColumns,
} from "./screen.ts";

/** Iterations of a fit after which the next one, from where it ended, begins with a new model. */
const SLOW = 4;
const MAX_ITERATIONS = 1000;

export interface SparseFit {
  readonly stopped: Stopped;
  readonly trace: readonly TracePoint[];
  /** max_jc of the mean loss's gradient at the end. */
  readonly steepest: number;
}

/** Where the last fit on some rows ended, and what it learned. */
interface Ended {
  readonly l1: number;
  readonly weights: Float64Array;
  /** The mean loss and its gradient, (d+1)×k. */
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly columns: Columns;
  readonly model: SparseModel;
  readonly iterations: number;
}

/** The columns that a fit looks at: all, or those that were kept, with X of these alone. */
interface Columns {
  readonly keep: Int32Array | null;
  readonly rows: HessianRows;
}

type Stop = { readonly tolerance: number; readonly decrease?: number };

/**
 * Fits with an L1 penalty (docs/math.md §2.13): on the columns that the strong rule keeps, where that pays, until no other
 * column's gradient exceeds λ1. One fit after another on the same rows builds on where the last one ended.
 */
export function createSparseSolver(problem: Problem, kernels: Kernels, prepared: PreparedRows) {
  const ends = new WeakMap<FitRows, Ended>();
  const { y, outputs } = problem;

  /** One pass over all columns. */
  const lossAt = (of: FitRows, task: FitTask, W: Float64Array): [number, Float64Array] => {
    const gradient = new Float64Array(W.length);
    const engine = prepared.over(y, of.rowWeights, task.ranges);
    const loss = engine.lossGradient(W, gradient) / of.scales.weight;
    for (let at = 0; at < gradient.length; at++) gradient[at] /= of.scales.weight;
    return [loss, gradient];
  };

  return function* (
    task: FitTask,
    rows: FitRows,
    weights: Float64Array,
    stop: Stop,
  ): Steps<SparseFit> {
    const net = { l1: task.l1 ?? 0, l2: task.l2 };
    const limit = task.maxIterations ?? MAX_ITERATIONS;
    const trace: TracePoint[] = [];
    const whole = wholeColumns(problem, kernels, task, rows);
    for (let j = 0; j < rows.scales.constant.length; j++) {
      if (rows.scales.constant[j] === 1) weights.fill(0, j * outputs, (j + 1) * outputs);
    }
    const last = ends.get(rows);
    const warm = last !== undefined && equal(last.weights, weights) ? last : null;
    let evaluations = warm === null ? 1 : 0;
    let [loss, gradient] = warm === null ? lossAt(rows, task, weights) : [warm.loss, warm.gradient];
    const steepest = largest(columnMaxima(gradient, outputs));
    const before = Math.min(warm?.l1 ?? steepest, steepest);
    let columns = chooseColumns(whole, warm, gradient, weights, net.l1, before);
    let model =
      warm !== null && warm.iterations < SLOW && warm.columns === columns ? warm.model : null;

    for (;;) {
      const start = { value: loss, gradient };
      const remaining = limit - Math.max(0, trace.length - 1);
      const stopped = yield* fitColumns(columns, problem, task, net, weights, {
        ...{ stop: { ...stop, maxIterations: remaining }, start, model, kernels, prepared },
      });
      append(trace, stopped, evaluations);
      evaluations += stopped.evaluations;
      ({ model } = stopped);
      if (columns.keep === null) {
        ({ loss, gradient } = stopped);
      } else {
        [loss, gradient] = lossAt(rows, task, weights);
        evaluations++;
      }
      const wider = withViolators(columns, whole, gradient, net.l1);
      if (wider === null || stopped.reason === "maxIterations") {
        const iterations = trace.length - 1;
        centreIntercepts(weights, outputs, rows.absent);
        ends.set(rows, {
          ...{ l1: net.l1, weights: weights.slice(), loss, gradient, columns, model, iterations },
        });
        return {
          stopped: { ...stopped, evaluations, iterations },
          trace,
          steepest: largest(columnMaxima(gradient, outputs)),
        };
      }
      columns = wider;
      model = null;
      trace.pop();
    }
  };
}

function wholeColumns(
  { X, outputs }: Problem,
  kernels: Kernels,
  { ranges }: FitTask,
  { rowWeights, scales, absent }: FitRows,
): Columns {
  const frozen = absent.map((c) => Math.min(c, outputs - 1));
  const logits = Array.from({ length: outputs }, (_, c) => c).filter((c) => !frozen.includes(c));
  return { keep: null, rows: { X, rowWeights, ranges, scales, outputs, logits, kernels } };
}

const only = ({ rows }: Columns, keep: Int32Array): Columns => ({
  keep,
  rows: { ...rows, X: pickColumns(rows.X, keep), scales: pickScales(rows.scales, keep) },
});

/** The last fit's columns where they hold all that are needed: X need not be copied anew. */
function chooseColumns(
  whole: Columns,
  last: Ended | null,
  gradient: Float64Array,
  weights: Float64Array,
  l1: number,
  before: number,
): Columns {
  const chosen = strongColumns(gradient, weights, whole.rows.outputs, l1, before);
  if (chosen === null) return last?.columns.keep === null ? last.columns : whole;
  const had = last?.columns.keep;
  if (had != null && contains(had, chosen.needed)) return last!.columns;
  return only(whole, chosen.keep);
}

/** With the columns beside these whose gradient exceeds λ1; null where there are none: the optimum is one of all columns. */
function withViolators(
  { keep }: Columns,
  whole: Columns,
  gradient: Float64Array,
  l1: number,
): Columns | null {
  if (keep === null) return null;
  const slopes = columnMaxima(gradient, whole.rows.outputs);
  const kept = new Uint8Array(slopes.length);
  for (const j of keep) kept[j] = 1;
  const constant = whole.rows.scales.constant;
  const wider = Int32Array.from(slopes.keys()).filter(
    (j) => kept[j] === 1 || (slopes[j] > l1 && constant[j] === 0),
  );
  return wider.length === keep.length ? null : only(whole, wider);
}

interface Round {
  readonly stop: Stop & { readonly maxIterations: number };
  readonly start: { readonly value: number; readonly gradient: Float64Array };
  readonly model: SparseModel | null;
  readonly kernels: Kernels;
  readonly prepared: PreparedRows;
}

/** One run of the optimiser on some columns, from `weights`, which are overwritten by where it ends. */
function* fitColumns(
  { keep, rows }: Columns,
  { y }: Problem,
  { ranges }: FitTask,
  net: ElasticNet,
  weights: Float64Array,
  { stop, start, model, kernels, prepared }: Round,
): Steps<Omit<ProximalStopped, "end"> & { loss: number; gradient: Float64Array }> {
  const { X, rowWeights, outputs } = rows;
  const pick = (W: Float64Array) => (keep === null ? W.slice() : pickRows(W, keep, outputs));
  const W = pick(weights);
  settleClasses(W, outputs, rows.logits, net);
  const engine =
    keep === null
      ? prepared.over(y, rowWeights, ranges)
      : localEngine(kernels, X, y, rowWeights, ranges, outputs);
  const variables = elasticVariables(rows);
  const objective = elasticObjective(engine, rows, variables, net, W);
  const U = new Float64Array(variables.dimension);
  variables.fromWeights(W, U);
  const gradient = new Float64Array(U.length);
  variables.pullGradient(pick(start.gradient), gradient);
  const { end, ...stopped } = yield* proximalNewton(objective, U, {
    ...stop,
    start: { value: start.value, gradient },
    ...(model === null ? {} : { model }),
  });
  variables.toWeights(U, W);
  const G = new Float64Array(W.length);
  variables.pushGradient(end.gradient, G);
  if (keep === null) weights.set(W);
  else spreadRows(W, keep, outputs, weights);
  return { ...stopped, loss: end.value, gradient: G };
}

/** The points of one more run, which begins where the one before it ended. */
function append(trace: TracePoint[], { trace: more }: Stopped, before: number): void {
  for (const point of more) {
    trace.push({
      ...point,
      iteration: trace.length,
      evaluations: before + point.evaluations,
    });
  }
}

const equal = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);

const largest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);

function contains(have: Int32Array, wanted: Int32Array): boolean {
  let at = 0;
  for (const j of wanted) {
    while (at < have.length && have[at] < j) at++;
    if (have[at] !== j) return false;
  }
  return true;
}
