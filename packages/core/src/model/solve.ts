import { log } from "../base/math.ts";
import { type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Steps, StopReason, TracePoint } from "../optim/contracts.ts";
import { lbfgs } from "../optim/lbfgs.ts";
import { sampledCovariance } from "./covariance.ts";
import { localEngine } from "./engine.ts";
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
}

const TOLERANCE = { fold: 1e-3, final: 1e-9 };
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
  readonly covariance: Float64Array | null;
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
    const covariance = sampledCovariance(X, s, ranges, scales);
    const shares = classShares(y, s, ranges, outputs);
    const made = { key, rowWeights: s, scales, covariance, shares };
    prepared = [...prepared.slice(-15), made];
    return made;
  };

  return {
    *solve(task) {
      const s = task.rowWeights === undefined ? problem.rowWeights : task.rowWeights;
      const { scales, covariance, shares } = prepare(task.ranges, s);
      const width = matrixWidth(X);
      const absent = absentClasses(shares);
      const frozen = outputs === 1 ? absent.slice(0, 1).map(() => 0) : absent;
      const variables = createVariables(scales, covariance, curvatures(shares, outputs), task.l2);
      const engine = localEngine(kernels, X, y, s, task.ranges, outputs);
      const { weight } = scales;
      const objective = linearObjective(engine, variables, outputs, width, weight, task.l2, frozen);

      const weights = startWeights(task.start, width, shares, outputs, absent);
      const U = new Float64Array(objective.dimension);
      variables.fromWeights(weights, U);
      const stopped = yield* lbfgs(objective, U, {
        tolerance: typeof task.tolerance === "number" ? task.tolerance : TOLERANCE[task.tolerance],
        maxIterations: task.maxIterations ?? MAX_ITERATIONS,
        ...(task.l2 === 0 && frozen.length === 0 ? { floor: SEPARATED_LOSS } : {}),
      });
      variables.toWeights(U, weights);
      centreIntercepts(weights, outputs, absent);
      const { value, converged, reason, iterations, evaluations, trace } = stopped;
      const why = reason === "floor" ? "separated" : reason;
      return {
        weights,
        objective: value,
        converged,
        reason: why,
        iterations,
        evaluations,
        trace,
        absent,
      };
    },
  };
}

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

/** π_c (1 − π_c) of each logit: the Hessian's diagonal where all weights are 0, per unit of variance. */
const curvatures = (shares: Float64Array, outputs: number): Float64Array =>
  shares.slice(0, outputs).map((share) => Math.max(1e-8, share * (1 - share)));

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
  if (start === null) centreIntercepts(weights, outputs, absent);
  return weights;
}

/** Softmax does not see a constant added to all logits: chosen so that the intercepts sum to 0. */
function centreIntercepts(weights: Float64Array, outputs: number, absent: readonly number[]): void {
  const present = outputs - absent.length;
  if (outputs === 1 || present === 0) return;
  const last = weights.length - outputs;
  let sum = 0;
  for (let c = 0; c < outputs; c++) if (!absent.includes(c)) sum += weights[last + c];
  for (let c = 0; c < outputs; c++) {
    if (!absent.includes(c)) weights[last + c] -= sum / present;
  }
}
