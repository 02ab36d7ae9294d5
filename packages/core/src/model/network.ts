import { checkInteger, checkNumber, dataError, divergedRate } from "../base/checks.ts";
import { log } from "../base/math.ts";
import { countRows, type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import { createRandom, type Random, shuffle } from "../base/random.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Network, NetworkSizes } from "../kernels/network.ts";
import { createNetwork, networkBytes } from "../kernels/network-wasm.ts";
import type { Steps, TracePoint } from "../optim/contracts.ts";
import { scheduled } from "../optim/schedule.ts";
import type { Problem } from "./contracts.ts";
import { logitWeights, networkLogits, writeRow } from "./network-inputs.ts";
import type { NetworkFit, NetworkOptions, NetworkTask } from "./network-task.ts";
import { freeLater } from "./place.ts";
import { classShares } from "./rows.ts";
import { weightedRows } from "./stochastic.ts";

/** Of the sum of row weights: below, what scales them to mean 1 would overflow. */
const LEAST_WEIGHT = 1e-300;
/** As of classes that a linear fit leaves out (§2.4). */
const ABSENT = -1000;
/** Numbers of a network, at most: 32 million weights and what goes with them would fill the kernels' memory. */
const MOST_NUMBERS = 2 ** 25;

/** The network for n rows of d features. */
export const networkSizes = (
  d: number,
  n: number,
  outputs: number,
  { units, batchSize, activation }: NetworkOptions,
): NetworkSizes => ({
  widths: [d, ...units, Math.max(2, outputs)],
  batch: Math.min(batchSize, Math.max(1, n)),
  activation,
});

/** Bytes of the kernels' memory that a fit takes beside the problem's arrays. */
export const networkFitBytes = (sizes: NetworkSizes): number => networkBytes(sizes) + 65536;

/** Products of a step: what says whether a second thread pays. */
export const stepProducts = ({ widths, batch }: NetworkSizes): number =>
  3 * batch * weightsOf(widths);

const weightsOf = (widths: readonly number[]): number =>
  widths.slice(1).reduce((sum, units, l) => sum + (widths[l] + 1) * units, 0);

/** Throws SoftmaxError "data" where the layers would not fit into memory. */
export function checkNetworkSize({ widths }: NetworkSizes): void {
  const count = weightsOf(widths);
  if (count <= MOST_NUMBERS) return;
  throw dataError(
    `hidden layers of ${widths.join(", ")} have ${count} weights, of which ${MOST_NUMBERS} are possible; give fewer units in "hidden", or columns in "ignore"`,
  );
}

/**
 * Weights of hidden layers and of the softmax behind them of small mean weighted log loss: AdamW on batches, in an order
 * drawn anew each epoch, its rate falling as half a cosine (docs/math.md §4). The same bits for the same problem, task
 * and kernels, whatever the threads; row weights count by their ratios.
 *
 * Throws RangeError for wrong options and where the rate lets the weights grow without bound, and SoftmaxError "data"
 * where no row counts.
 */
export function* fitNetwork(
  problem: Problem,
  kernels: Kernels,
  task: NetworkTask,
): Steps<NetworkFit> {
  checkTask(task, problem.X.rows);
  const { X, y, rowWeights, outputs } = problem;
  const rows = weightedRows(task.ranges, rowWeights);
  if (rows.length === 0) throw dataError("no row to learn from has a weight above 0");
  const sizes = networkSizes(matrixWidth(X), X.rows, outputs, task);
  checkNetworkSize(sizes);
  const room = freeLater(kernels);
  try {
    const network = createNetwork(kernels, sizes);
    room.took();
    const random = createRandom(task.seed);
    const shares = classShares(y, rowWeights, task.ranges, outputs);
    drawWeights(network, meanSquare(X, rows), shares, random);
    const judged: Float64Array[] = [];
    const trace: TracePoint[] = [];
    for (let epoch = 1; epoch <= task.until; epoch++) {
      trace.push(yield* takeEpoch(problem, network, task, rows, epoch, random));
      if (task.judge !== null && task.at.includes(epoch)) {
        judged.push(scoreRows(network, kernels, problem, task.judge));
      }
    }
    const layers = sizes.widths.slice(2).map((_, l) => network.read(l));
    const weights = lastWeights(network, outputs);
    if (![...layers, weights].every((W) => W.every(Number.isFinite))) {
      throw divergedRate(task.learningRate, task.until);
    }
    return { layers, weights, judged, trace };
  } finally {
    room.free();
  }
}

function checkTask({ ranges, until, epochs, judge, ...options }: NetworkTask, n: number): void {
  checkNetworkOptions({ epochs, ...options });
  checkInteger("until", until, 1, epochs);
  for (const { start, end } of judge === null ? ranges : [...ranges, judge]) {
    checkInteger("range.end", end, 0, n);
    checkInteger("range.start", start, 0, end);
  }
}

/** Throws a RangeError where an option has no meaning. */
export function checkNetworkOptions(options: Omit<NetworkOptions, "activation">): void {
  const { units, dropout, epochs, learningRate, batchSize, weightDecay, l2 } = options;
  checkInteger("hidden layers", units.length, 1, 16);
  for (const count of units) checkInteger("hidden", count, 1, 16384);
  checkNumber("dropout", dropout, 0, 0.95);
  checkInteger("epochs", epochs, 1, 1e5);
  checkNumber("learningRate", learningRate, Number.MIN_VALUE, 1e3);
  checkInteger("batchSize", batchSize, 1, 2 ** 16);
  checkNumber("weightDecay", weightDecay, 0, 1e3);
  checkNumber("l2", l2, 0, 1e12);
}

/** Σ_j x_ij² in the mean over the rows, at least 1: of standardised numbers about d, of indicators one a column. */
function meanSquare(X: Matrix, rows: Int32Array): number {
  const row = new Float32Array(matrixWidth(X));
  let sum = 0;
  for (const i of rows) {
    writeRow(X, i, row, 0);
    for (let j = 0; j < row.length; j++) sum += row[j] * row[j];
  }
  return Math.max(1, sum / rows.length);
}

/** Uniform weights of the deviation that keeps sums of squares alike from layer to layer: He's for relu and gelu, Glorot's else. */
function drawWeights(
  network: Network,
  squares: number,
  shares: Float64Array,
  random: Random,
): void {
  const { widths, activation } = network.sizes;
  const last = widths.length - 2;
  for (let l = 0; l <= last; l++) {
    const incoming = l === 0 ? squares : widths[l];
    const isGlorot = activation === "tanh" || l === last;
    const variance = isGlorot ? 2 / (incoming + widths[l + 1]) : 2 / incoming;
    const most = Math.sqrt(3 * variance);
    const units = widths[l + 1];
    const W = new Float64Array((widths[l] + 1) * units);
    for (let at = 0; at < W.length - units; at++) W[at] = most * (2 * random.uniform() - 1);
    if (l === last) {
      shares.forEach((share, c) => (W[W.length - units + c] = share > 0 ? log(share) : ABSENT));
    }
    network.write(l, W);
  }
}

/** One visit of all rows; batches are as equal as they can be. */
function* takeEpoch(
  { X, y, rowWeights: s }: Problem,
  network: Network,
  task: NetworkTask,
  rows: Int32Array,
  epoch: number,
  random: Random,
): Steps<TracePoint> {
  const steps = Math.ceil(rows.length / network.sizes.batch);
  const unit = unitOf(rows, s);
  shuffle(rows, random);
  let [sum, seen] = [0, 0];
  let point: TracePoint = { iteration: epoch, objective: 0, gradient: 0, evaluations: epoch };
  for (let step = 0; step < steps; step++) {
    const end = Math.floor(((step + 1) * rows.length) / steps);
    const batch = rows.subarray(seen, end);
    batch.forEach((row, at) => {
      writeRow(X, drawnVersion(row, task, random), network.inputs, at * network.stride);
      network.y[at] = y[row];
      network.s[at] = s === null ? 1 : s[row] * unit;
    });
    const t = (epoch - 1) * steps + step;
    const rate = task.learningRate * scheduled("cosine", t, task.epochs * steps, steps);
    const { weightDecay: decay, l2, dropout } = task;
    const pace = { t: t + 1, rate, decay, l2, dropout, key: random.uint32() };
    sum += network.step(batch.length, pace);
    seen = end;
    if (!Number.isFinite(sum)) throw divergedRate(task.learningRate, epoch);
    point = { ...point, objective: sum / seen };
    yield point;
  }
  return point;
}

/** One of the versions of a row. */
function drawnVersion(row: number, { versions }: NetworkTask, random: Random): number {
  if (versions === undefined) return row;
  const { rows, count } = versions;
  const drawn = random.below(count);
  return drawn === 0 ? row : rows + row * (count - 1) + drawn - 1;
}

/** What row weights are multiplied by so that their mean is 1. */
function unitOf(rows: Int32Array, s: Float64Array | null): number {
  if (s === null) return 1;
  let weight = 0;
  for (const i of rows) weight += s[i];
  checkNumber("sum of the row weights", weight, LEAST_WEIGHT, Number.MAX_VALUE);
  return rows.length / weight;
}

function lastWeights(network: Network, outputs: number): Float64Array {
  return logitWeights(network.read(network.sizes.widths.length - 2), outputs);
}

function scoreRows(
  network: Network,
  kernels: Kernels,
  { X, outputs }: Problem,
  range: RowRange,
): Float64Array {
  const Z = new Float64Array(countRows([range]) * outputs);
  networkLogits([network], kernels, X, range, lastWeights(network, outputs), Z);
  return Z;
}
