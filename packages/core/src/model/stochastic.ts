import { countRows, matrixWidth } from "../base/matrix.ts";
import { createRandom } from "../base/random.ts";
import type { Kernels, PreparedRows } from "../kernels/kernels.ts";
import type { Engine, Objective, Steps, StochasticObjective, Stopped } from "../optim/contracts.ts";
import type { CurvedObjective } from "../optim/newton-cg.ts";
import type { RunOptions } from "../optim/runs.ts";
import {
  adamRule,
  descendStochastically,
  momentumRule,
  type StochasticState,
  type UpdateRule,
} from "../optim/sgd.ts";
import { dot, norm, scale } from "../optim/vectors.ts";
import { type Batch, createGatherer } from "./batches.ts";
import type { FitTask, Problem } from "./contracts.ts";
import { curvatureOfShares } from "./curvature.ts";
import type { OptimizerOptions } from "./method.ts";
import { linearObjective } from "./objective.ts";
import type { FitRows } from "./rows.ts";
import { createVariables, ridgeOf, type Variables } from "./variables.ts";

const DEFAULTS = { batchSize: 32, momentum: 0.9, schedule: "cosine" } as const;
/** Epochs by default, more where they have fewer steps than LEAST_STEPS: few rows need many epochs. */
const LEAST_EPOCHS = 30;
const LEAST_STEPS = 2000;
const ADAM_RATE = 0.02;
const CONSTANT_SHARE = 0.1;
/** Products with the Hessian after which its largest eigenvalue is known well enough for a step's length. */
const POWER_ITERATIONS = 12;
/** Rows that they see: as many as hold so many numbers, within these bounds. */
const SAMPLED_NUMBERS = 2 ** 23;
const FEWEST_SAMPLED = 256;
const MOST_SAMPLED = 4096;

/**
 * Moves `weights` towards the optimum by steps that see some rows each (docs/math.md §2.9), in variables whose Hessian has
 * unit diagonal: features centred, in units of their deviations. Each step costs (d+1)·k operations beside its rows.
 */
export function* descendByBatches(
  problem: Problem,
  kernels: Kernels,
  prepared: PreparedRows,
  task: FitTask,
  rows: FitRows,
  weights: Float64Array,
  tolerance: number,
  going: RunOptions<StochasticState>,
): Steps<Stopped> {
  const method = task.method ?? {};
  const { batchSize = DEFAULTS.batchSize } = method;
  const diagonal = curvatureOfShares(rows.shares, problem.outputs);
  const variables = createVariables(rows.scales, diagonal, ridgeOf(task));
  const U = new Float64Array(weights.length);
  variables.fromWeights(weights, U);
  const learningRate = method.learningRate ?? rateOf(problem, kernels, task, rows, variables, U);
  const objective = batchObjective(problem, kernels, prepared, task, rows, variables, batchSize);
  const stopped = yield* descendStochastically(objective, U, {
    rule: ruleOf(method, U.length),
    learningRate,
    schedule: method.schedule ?? DEFAULTS.schedule,
    batchSize,
    epochs:
      method.epochs ??
      Math.max(LEAST_EPOCHS, Math.ceil(LEAST_STEPS / Math.ceil(objective.terms / batchSize))),
    seed: task.seed ?? 1,
    tolerance,
    ...going,
  });
  variables.toWeights(U, weights);
  return stopped;
}

const ruleOf = ({ optimizer, momentum, nesterov }: OptimizerOptions, n: number): UpdateRule =>
  optimizer === "adam"
    ? adamRule(n)
    : momentumRule(n, momentum ?? DEFAULTS.momentum, nesterov ?? false);

/** Logits whose class has no rows, as linearObjective freezes them. */
const frozenOf = ({ absent }: FitRows, outputs: number): number[] =>
  absent.map((c) => Math.min(c, outputs - 1));

/** The objective over all rows, and over some: terms are the rows of the task whose weight is above 0. */
function batchObjective(
  problem: Problem,
  kernels: Kernels,
  prepared: PreparedRows,
  task: FitTask,
  rows: FitRows,
  variables: Variables,
  batchSize: number,
): StochasticObjective {
  const { X, y, outputs } = problem;
  const { rowWeights: s, scales } = rows;
  const { ranges } = task;
  const ridge = ridgeOf(task);
  const shape = { length: (matrixWidth(X) + 1) * outputs, outputs };
  const frozen = frozenOf(rows, outputs);
  const rowOf = weightedRows(ranges, s);
  const gather = createGatherer(problem, s, Math.min(batchSize, rowOf.length));
  let batch: Batch;
  const some = batchEngine(kernels, () => batch, outputs);
  /** By the number of rows: that of a whole batch, and of the last. A row counts s_i n/S. */
  const known = new Map<number, Objective>();
  const objectiveOf = (size: number): Objective => {
    const weight = (size * scales.weight) / rowOf.length;
    const objective =
      known.get(size) ?? linearObjective(some, variables, weight, ridge, shape, frozen);
    known.set(size, objective);
    return objective;
  };
  const engine = prepared.over(y, s, ranges);
  return {
    ...linearObjective(engine, variables, scales.weight, ridge, shape, frozen),
    terms: rowOf.length,
    batchGradient(U, terms, g) {
      batch = gather(terms.map((term) => rowOf[term]));
      return objectiveOf(terms.length).valueGradient(U, g);
    },
  };
}

/** Sums over the rows of the batch of the moment. */
function batchEngine(kernels: Kernels, batchOf: () => Batch, outputs: number): Engine {
  return {
    lossGradient(W, G) {
      const { X, y, s } = batchOf();
      G.fill(0);
      return kernels.lossGradient(X, y, s, { start: 0, end: X.rows }, W, outputs, G);
    },
    hessianVector(W, V, H) {
      const { X, s } = batchOf();
      H.fill(0);
      kernels.hessianVector(X, s, { start: 0, end: X.rows }, W, outputs, V, H);
    },
  };
}

/** Numbers of the rows that count. */
export function weightedRows(ranges: FitTask["ranges"], s: Float64Array | null): Int32Array {
  const rows = new Int32Array(countRows(ranges));
  let n = 0;
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i++) if (s === null || s[i] > 0) rows[n++] = i;
  }
  return rows.subarray(0, n);
}

/**
 * The default learning rate. For sgd half the inverse of the expected smoothness of a batch of B rows (Gower et al. 2019,
 * "SGD: General Analysis and Improved Rates", theorem 3.1 and proposition 3.8, for many rows), whose second part momentum μ
 * multiplies, as it adds up the noise of 1/(1 − μ) steps:
 *
 *   1/η = 2 (L + (d + 1) √k / ((1 − μ) B)),   L the largest eigenvalue of the Hessian.
 *
 * The trace of the Hessian is d + 1 for each of k logits, the largest eigenvalue of a row's own somewhere between: with √k
 * letter and digits end nearest to the optimum (docs/optimisers.md). A rate that does not fall must be small enough for the
 * end: a tenth of it.
 */
function rateOf(
  problem: Problem,
  kernels: Kernels,
  task: FitTask,
  rows: FitRows,
  variables: Variables,
  U: Float64Array,
): number {
  const { optimizer, schedule, ...method } = task.method ?? {};
  const share = schedule === "constant" ? CONSTANT_SHARE : 1;
  if (optimizer === "adam") return share * ADAM_RATE;
  const { batchSize = DEFAULTS.batchSize, momentum = DEFAULTS.momentum } = method;
  const L = largestEigenvalue(sampleObjective(problem, kernels, task, rows, variables), U);
  const spread = (matrixWidth(problem.X) + 1) * Math.sqrt(problem.outputs);
  return (share * 0.5) / (L + spread / ((1 - momentum) * batchSize));
}

/** The objective over evenly spaced rows, copied together: one call of the kernels each, not one a block. */
function sampleObjective(
  problem: Problem,
  kernels: Kernels,
  task: FitTask,
  rows: FitRows,
  variables: Variables,
): CurvedObjective {
  const { X, outputs } = problem;
  const { rowWeights: s, scales } = rows;
  const rowOf = weightedRows(task.ranges, s);
  const wide = (X.dense?.width ?? 0) + (X.codes?.perRow ?? 0);
  const most = Math.max(FEWEST_SAMPLED, Math.min(MOST_SAMPLED, SAMPLED_NUMBERS / (wide + 1)));
  const stride = Math.ceil(rowOf.length / most);
  const sample = rowOf.filter((_, at) => at % stride === 0);
  const batch = createGatherer(problem, s, sample.length)(sample);
  const weight = (sample.length * scales.weight) / rowOf.length;
  const shape = { length: (matrixWidth(X) + 1) * outputs, outputs };
  const engine = batchEngine(kernels, () => batch, outputs);
  return linearObjective(engine, variables, weight, ridgeOf(task), shape, frozenOf(rows, outputs));
}

/** The largest eigenvalue of the Hessian at x, from below, by power iteration. */
function largestEigenvalue(objective: CurvedObjective, x: Float64Array): number {
  const random = createRandom(1);
  const v = x.map(() => random.uniform() - 0.5);
  const product = new Float64Array(v.length);
  let largest = 0;
  for (let i = 0; i < POWER_ITERATIONS; i++) {
    scale(v, 1 / (norm(v) || 1));
    objective.hessianVector(x, v, product);
    largest = Math.max(largest, dot(v, product));
    v.set(product);
  }
  return largest || 1;
}
