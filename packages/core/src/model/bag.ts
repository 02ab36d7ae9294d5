import { checkInteger, checkKeys, checkNumber, dataError, divergedRate } from "../base/checks.ts";
import { log } from "../base/math.ts";
import type { CsrBlock, RowRange } from "../base/matrix.ts";
import { createRandom, type Random, shuffle } from "../base/random.ts";
import { checkBytes } from "../kernels/arena.ts";
import { type Bag, type BagSizes, bagStride } from "../kernels/bag.ts";
import { bagBytes, createBag } from "../kernels/bag-wasm.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { checkClasses } from "../kernels/shapes.ts";
import type { Steps, TracePoint } from "../optim/contracts.ts";
import type { BagOptions, Problem } from "./contracts.ts";
import { checkedMatrix, checkedWeights } from "./inputs.ts";
import { createNegatives, type Negatives, runsOf } from "./negatives.ts";
import { freeLater, placeInKernels } from "./place.ts";
import { classShares } from "./rows.ts";
import { weightedRows } from "./stochastic.ts";

export type { BagOptions } from "./contracts.ts";

export interface BagTask extends BagOptions {
  /** The rows to learn from. */
  readonly ranges: readonly RowRange[];
}

/** Factors of a linear model's weights: logits X E V + b (docs/math.md §3.1). */
export interface BagFit {
  /** d */
  readonly features: number;
  /** m */
  readonly dimension: number;
  /** k, 2 where the linear model has one logit. */
  readonly classes: number;
  /** Logits of the linear model, as in Problem. */
  readonly outputs: number;
  /** E, d×m row-major. */
  readonly embeddings: Float32Array;
  /** V, m×k row-major. */
  readonly weights: Float32Array;
  /** b; −1000 for a class without a row of positive weight. */
  readonly intercepts: Float32Array;
  /** Mean weighted loss of each epoch, each row's before its step; with negatives over the classes of the step alone. */
  readonly epochLoss: readonly number[];
}

const DEFAULTS = { dimension: 16, learningRate: 0.5, seed: 1 } as const;
const KEYS = ["dimension", "epochs", "learningRate", "seed", "negatives", "ranges"] as const;
const FEWEST_EPOCHS = 5;
const MOST_EPOCHS = 100;
const LEAST_STEPS = 20_000;
/** Classes from which on steps see some of them, and how many. */
const MANY_CLASSES = 256;
const DEFAULT_NEGATIVES = 64;
/** Of the sum of row weights: below, what scales them to mean 1 would overflow. */
const LEAST_WEIGHT = 1e-300;
/** Multiplications between pauses: some milliseconds. */
const SLICE_WORK = 2 ** 22;
const DRAWN_AT_ONCE = 2 ** 18;
/** As of classes that a linear fit leaves out (§2.4). */
const ABSENT = -1000;

/** Epochs of `rows` rows where none are said: 5, or as many as make 20,000 steps, but at most 100. */
export const usualEpochs = (rows: number): number =>
  Math.max(FEWEST_EPOCHS, Math.min(MOST_EPOCHS, Math.ceil(LEAST_STEPS / Math.max(1, rows))));

/** What BagTask's options come to. */
interface Plan extends BagSizes {
  readonly epochs: number;
  readonly learningRate: number;
  readonly seed: number;
}

type BagProblem = Pick<Problem, "X" | "outputs">;

/** Bytes of the kernels' memory that a fit takes beside the problem's arrays. */
export const bagFitBytes = (problem: BagProblem, task: BagOptions): number =>
  bagBytes(planOf(problem, task, problem.X.rows)) + 65536;

/**
 * Embeddings E and weights V, b of least mean weighted log loss, roughly: plain stochastic gradient descent, one row a
 * step, in an order drawn anew each epoch (docs/math.md §3.2; Joulin et al. 2016). V starts at 0, b at the log shares, E
 * uniform in ±1/m. The same bits for the same problem, options and kernels; row weights count by their ratios. Pauses every
 * few milliseconds; `gradient` of a trace point is that of the intercepts, as its epoch has seen it.
 *
 * X is a CSR block alone. Throws a RangeError for numbers that are not finite, for wrong options and where the learning
 * rate lets the factors grow without bound, and SoftmaxError "data" where no row counts.
 */
export function* fitBag(problem: Problem, kernels: Kernels, task: BagTask): Steps<BagFit> {
  checkProblem(problem, task);
  const rows = weightedRows(task.ranges, problem.rowWeights);
  if (rows.length === 0) throw dataError("no row to learn from has a weight above 0");
  const plan = planOf(problem, task, rows.length);
  checkBytes(bagBytes(plan));
  const room = freeLater(kernels);
  try {
    const bag = placeBag(problem, kernels, plan, rows, room.took);
    const random = createRandom(plan.seed);
    const shares = classShares(problem.y, problem.rowWeights, task.ranges, problem.outputs);
    shares.forEach((share, c) => (bag.b[c] = share > 0 ? log(share) : ABSENT));
    yield* drawEmbeddings(bag, problem.X.csr as CsrBlock, plan, random);
    const negatives = plan.negatives === 0 ? null : drawNegatives(bag, plan, shares, random);
    const epochLoss = yield* descend(bag, plan, work(problem, plan), negatives, random);
    return takeFactors(bag, plan, problem.outputs, epochLoss);
  } finally {
    room.free();
  }
}

function checkProblem({ X, y, outputs, rowWeights }: Problem, task: BagTask): void {
  checkKeys("fitBag", task, KEYS);
  checkInteger("outputs", outputs, 1, 2 ** 24);
  if (X.dense !== null || X.codes !== null || X.csr === null) {
    throw new TypeError('"X" expected a CSR block alone');
  }
  checkInteger("X.csr.width", X.csr.width, 1, 2 ** 28);
  checkedMatrix(X, String);
  if (rowWeights !== null) checkedWeights("rowWeights", rowWeights, X.rows);
  for (const range of task.ranges) {
    checkInteger("range.end", range.end, 0, X.rows);
    checkInteger("range.start", range.start, 0, range.end);
    checkClasses(y, rowWeights, range, outputs);
  }
}

function planOf({ X, outputs }: BagProblem, task: BagOptions, steps: number): Plan {
  const { dimension, learningRate, seed } = { ...DEFAULTS, ...task };
  const classes = Math.max(2, outputs);
  const epochs = task.epochs ?? usualEpochs(steps);
  const negatives = task.negatives ?? (classes > MANY_CLASSES ? DEFAULT_NEGATIVES : 0);
  checkInteger("dimension", dimension, 1, 4096);
  checkInteger("epochs", epochs, 1, 1e6);
  checkNumber("learningRate", learningRate, Number.MIN_VALUE, 1e6);
  checkInteger("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  checkInteger("negatives", negatives, 0, classes);
  const runs = negatives === 0 ? 0 : runsOf(classes, steps, negatives);
  const features = X.csr?.width ?? 0;
  return { dimension, features, classes, steps, negatives, runs, epochs, learningRate, seed };
}

function placeBag(
  problem: Problem,
  kernels: Kernels,
  plan: Plan,
  rows: Int32Array,
  took: () => void,
): Bag {
  try {
    const { X, y, rowWeights: s } = placeInKernels(kernels, problem);
    const weight = s === null ? rows.length : rows.reduce((sum, i) => sum + s[i], 0);
    checkNumber("sum of the row weights", weight, LEAST_WEIGHT, Number.MAX_VALUE);
    const unit = rows.length / weight;
    const bag = createBag(kernels, { csr: X.csr as CsrBlock, y, s, unit }, plan);
    bag.order.set(rows);
    return bag;
  } finally {
    took();
  }
}

const POINT: TracePoint = { iteration: 0, objective: 0, gradient: 0, evaluations: 0 };

/** Features that none of the rows has keep 0, as in a linear fit (§2.12). */
function* drawEmbeddings(
  { E, stride, order }: Bag,
  { starts, columns }: CsrBlock,
  { features, dimension }: Plan,
  random: Random,
): Steps<void> {
  const occurs = new Uint8Array(features);
  for (const i of order) {
    for (let e = starts[i]; e < starts[i + 1]; e++) occurs[columns[e]] = 1;
  }
  const rows = Math.ceil(DRAWN_AT_ONCE / dimension);
  for (let j = 0; j < features; j++) {
    const end = j * stride + dimension * occurs[j];
    for (let at = j * stride; at < end; at += 2) {
      const draw = random.uint32();
      E[at] = centred(draw >>> 16) / dimension;
      if (at + 1 < end) E[at + 1] = centred(draw & 0xffff) / dimension;
    }
    if (j % rows === rows - 1) yield POINT;
  }
}

/** 16 bits as a number between −1 and 1. */
const centred = (bits: number): number => (bits + 0.5) / 0x8000 - 1;

/** Puts what the kernel reads in place; what it returns mixes the draws anew. */
function drawNegatives(
  bag: Bag,
  { negatives, runs }: Plan,
  shares: Float64Array,
  random: Random,
): () => void {
  const drawn: Negatives & { reshuffle(): void } = createNegatives(shares, negatives, runs, random);
  bag.shifts.set(drawn.shifts);
  return () => {
    drawn.reshuffle();
    bag.proposals.set(drawn.draws);
  };
}

/** Steps between pauses. */
function work({ X }: Problem, { classes, negatives, dimension }: Plan): number {
  const entries = 2 * ((X.csr as CsrBlock).columns.length / X.rows);
  const seen = 2 * (negatives === 0 ? classes : negatives + 1);
  return Math.max(1, Math.floor(SLICE_WORK / (bagStride(dimension) * (entries + seen))));
}

/** All epochs; returns the mean loss of each. */
function* descend(
  bag: Bag,
  { epochs, steps, learningRate }: Plan,
  slice: number,
  mixNegatives: (() => void) | null,
  random: Random,
): Steps<number[]> {
  const epochLoss: number[] = [];
  const total = epochs * steps;
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(bag.order, random);
    mixNegatives?.();
    const pace = { rate: learningRate, before: epoch * steps, total };
    const start = bag.b.slice();
    let sum = 0;
    for (let first = 0; first < steps; first += slice) {
      const last = Math.min(steps, first + slice);
      sum += bag.descend(first, last, pace);
      if (!Number.isFinite(sum)) throw divergedRate(learningRate, epoch + 1);
      const moved = learningRate * last * (1 - (pace.before + last / 2) / total);
      yield {
        iteration: epoch + 1,
        objective: sum / last,
        gradient: distance(start, bag.b) / moved,
        evaluations: epoch + 1,
      };
    }
    epochLoss.push(sum / steps);
  }
  if (![bag.E, bag.V, bag.b].every(allFinite)) throw divergedRate(learningRate, epochs);
  return epochLoss;
}

/** Whether all numbers are; a callback for each would take longer than the epochs of few rows. */
function allFinite(array: Float32Array): boolean {
  for (let at = 0; at < array.length; at++) if (!Number.isFinite(array[at])) return false;
  return true;
}

function distance(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let c = 0; c < x.length; c++) sum += (x[c] - y[c]) * (x[c] - y[c]);
  return Math.sqrt(sum);
}

function takeFactors(
  { E, V, b, stride }: Bag,
  { features, dimension, classes }: Plan,
  outputs: number,
  epochLoss: number[],
): BagFit {
  const embeddings = new Float32Array(features * dimension);
  for (let j = 0; j < features; j++) {
    embeddings.set(E.subarray(j * stride, j * stride + dimension), j * dimension);
  }
  const weights = new Float32Array(dimension * classes);
  for (let c = 0; c < classes; c++) {
    for (let a = 0; a < dimension; a++) weights[a * classes + c] = V[c * stride + a];
  }
  const intercepts = Float32Array.from(b);
  return { features, dimension, classes, outputs, embeddings, weights, intercepts, epochLoss };
}
