import { log } from "../base/math.ts";
import { type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Steps, Stopped, StopReason, TracePoint } from "../optim/contracts.ts";
import { lbfgs } from "../optim/lbfgs.ts";
import { centreClasses } from "./classes.ts";
import { type Curvature, curvatureAt, curvatureOfShares, sampleRows } from "./curvature.ts";
import { localEngine } from "./engine.ts";
import { type Findings, findOddities } from "./findings.ts";
import { linearObjective } from "./objective.ts";
import { featureScales, type Scales } from "./scales.ts";
import { createVariables } from "./variables.ts";

/** Labelled rows, ready to be fitted. */
export interface Problem {
  readonly X: Matrix;
  /** Class of each row; 0 and 1 for one output. */
  readonly y: Int32Array;
  /** Logits a row, k: 1 for two classes. */
  readonly outputs: number;
  /** Weight of each row, or null for 1. */
  readonly rowWeights: Float64Array | null;
}

/** One fit, as plain data. */
export interface FitTask {
  /** The rows to learn from. */
  readonly ranges: readonly RowRange[];
  /** λ ≥ 0 */
  readonly l2: number;
  /** Instead of the problem's. */
  readonly rowWeights?: Float64Array | null;
  /** Weights to start from, (d+1)×k, or null for the class shares. */
  readonly start: Float64Array | null;
  /**
   * "fold": the log loss of other rows is within 1e-4 (relative) of the converged fit's; "final": as far as float64
   * goes; a number: the norm of the gradient in the optimiser's variables (docs/math.md §2.6).
   */
  readonly tolerance: "fold" | "final" | number;
  /** Default 1,000. */
  readonly maxIterations?: number;
}

export type FitReason = Exclude<StopReason, "floor"> | "separated";

export interface FittedWeights {
  /** (d+1)×k row-major, the last row the intercepts. */
  readonly weights: Float64Array;
  readonly objective: number;
  readonly converged: boolean;
  readonly reason: FitReason;
  readonly iterations: number;
  /** Passes over the rows. */
  readonly evaluations: number;
  readonly trace: readonly TracePoint[];
  /** Classes without a row of positive weight: their weights are 0, their probability is 0. */
  readonly absent: readonly number[];
  /** What is odd about the columns; null for "fold". */
  readonly findings: Findings | null;
}

/**
 * When to stop. The "fold" share of the loss is measured: with 3e-8 the judged loss of letter, german, adult and bank
 * along the path is within 1e-4 of the converged one for a fifth to a third of the passes (docs/optimisers.md).
 */
const STOP = { fold: { tolerance: 1e-9, decrease: 3e-8 }, final: { tolerance: 1e-9 } };
/** Iterations after which the variables are chosen anew at the weights reached; doubled every time. */
const FIRST_STAGE = 10;
const MAX_ITERATIONS = 1000;
/** Logit of a class without rows: its probability underflows to 0, so that it takes no part in the fit. */
const ABSENT_LOGIT = -1000;
/** Mean log loss below which classes that no penalty holds back are called separated. */
const SEPARATED_LOSS = 1e-8;

/** Solves one task after another on the same rows; what depends on rows alone is computed once for each choice of them. */
export interface Solver {
  solve(task: FitTask): Steps<FittedWeights>;
}

interface Prepared {
  readonly key: string;
  readonly rowWeights: Float64Array | null;
  readonly scales: Scales;
  readonly sample: readonly RowRange[];
  readonly curvature: Curvature;
  /** Weighted share of each class. */
  readonly shares: Float64Array;
}

export function createSolver(problem: Problem, kernels: Kernels): Solver {
  const { X, y, outputs } = problem;
  let prepared: Prepared[] = [];
  const prepare = (ranges: readonly RowRange[], s: Float64Array | null): Prepared => {
    const key = ranges.map(({ start, end }) => `${start}-${end}`).join();
    const found = prepared.find((p) => p.key === key && p.rowWeights === s);
    if (found !== undefined) return found;
    const scales = featureScales(X, s, ranges);
    const shares = classShares(y, s, ranges, outputs);
    const sample = sampleRows(X, ranges);
    const curvature = curvatureOfShares(X, s, sample, scales, shares, outputs);
    const made = { key, rowWeights: s, scales, shares, sample, curvature };
    prepared = [...prepared.slice(-15), made];
    return made;
  };

  return {
    *solve(task) {
      const s = task.rowWeights === undefined ? problem.rowWeights : task.rowWeights;
      const rows = prepare(task.ranges, s);
      const absent = absentClasses(rows.shares);
      const weights = startWeights(task.start, matrixWidth(X), rows.shares, outputs, absent);
      const { stopped, trace } = yield* descend(problem, kernels, task, s, rows, weights);
      centreClasses(weights, outputs, absent);
      const findings = task.tolerance === "fold" ? null : findOddities(problem, s, task, rows);
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
        findings,
      };
    },
  };
}

/** Moves `weights` to the optimum, stage by stage: each stage whitens by the curvature where the last one ended. */
function* descend(
  { X, y, outputs }: Problem,
  kernels: Kernels,
  task: FitTask,
  s: Float64Array | null,
  { scales, shares, sample, curvature: first }: Prepared,
  weights: Float64Array,
): Steps<{ stopped: Stopped; trace: TracePoint[] }> {
  const engine = localEngine(kernels, X, y, s, task.ranges, outputs);
  const frozen = absentClasses(shares).map((c) => Math.min(c, outputs - 1));
  const limit = task.maxIterations ?? MAX_ITERATIONS;
  const separable = task.l2 === 0 && frozen.length === 0;
  const stop = { ...stopping(task.tolerance), ...(separable ? { floor: SEPARATED_LOSS } : {}) };
  const trace: TracePoint[] = [];
  const shape = { length: weights.length, outputs };
  const U = new Float64Array(weights.length);
  let curvature = first;
  for (let stage = FIRST_STAGE; ; stage *= 2) {
    const variables = createVariables(scales, curvature, task.l2);
    const objective = linearObjective(engine, variables, scales.weight, task.l2, shape, frozen);
    variables.fromWeights(weights, U);
    const maxIterations = Math.min(stage, limit - trace.length);
    const before = trace.at(-1)?.evaluations ?? 0;
    const stopped = yield* lbfgs(objective, U, { ...stop, maxIterations });
    variables.toWeights(U, weights);
    for (const point of stopped.trace) {
      const evaluations = before + point.evaluations;
      trace.push({ ...point, iteration: trace.length, evaluations });
    }
    const evaluations = before + stopped.evaluations;
    if (stopped.reason !== "maxIterations" || trace.length > limit) {
      return { stopped: { ...stopped, evaluations }, trace };
    }
    trace.pop();
    curvature = curvatureAt(X, s, sample, scales, weights, outputs, kernels);
  }
}

const stopping = (tolerance: FitTask["tolerance"]): { tolerance: number; decrease?: number } =>
  typeof tolerance === "number" ? { tolerance } : STOP[tolerance];

/** π_c = Σ_{y_i = c} s_i / Σ s_i; one entry a class. */
function classShares(
  y: Int32Array,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  outputs: number,
): Float64Array {
  const shares = new Float64Array(Math.max(2, outputs));
  let sum = 0;
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i++) {
      const w = s === null ? 1 : s[i];
      shares[y[i]] += w;
      sum += w;
    }
  }
  return shares.map((share) => share / sum);
}

const absentClasses = (shares: Float64Array): number[] =>
  Array.from(shares.keys()).filter((c) => shares[c] === 0);

/** The start given or, at zero weights, the intercepts whose probabilities are the shares. */
function startWeights(
  start: Float64Array | null,
  width: number,
  shares: Float64Array,
  outputs: number,
  absent: readonly number[],
): Float64Array {
  const weights = start === null ? new Float64Array((width + 1) * outputs) : start.slice();
  const last = width * outputs;
  if (outputs === 1) {
    if (absent.length > 0) weights.fill(0)[last] = absent[0] === 1 ? ABSENT_LOGIT : -ABSENT_LOGIT;
    else if (start === null) weights[last] = log(shares[1] / shares[0]);
    return weights;
  }
  for (let c = 0; c < outputs; c++) {
    if (shares[c] === 0) {
      for (let at = c; at < last; at += outputs) weights[at] = 0;
      weights[last + c] = ABSENT_LOGIT;
    } else if (start === null) weights[last + c] = log(shares[c]);
  }
  if (start === null) centreClasses(weights, outputs, absent);
  return weights;
}
