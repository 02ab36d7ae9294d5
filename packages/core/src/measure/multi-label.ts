import { checkLength, dataError } from "../base/checks.ts";
import { log } from "../base/math.ts";
import { createRandom } from "../base/random.ts";
import { softplus } from "../softmax/sigmoid.ts";
import {
  bootstrap,
  type Estimate,
  effectiveSize,
  percentileInterval,
  wilsonInterval,
} from "./bootstrap.ts";
import { usedUnits } from "./rows.ts";

/** How good sets of labels are, of rows that may have any number of them (docs/math.md §6.11). Plain data. */
export interface LabelSetMetrics {
  /** Rows with weight, and their weight. */
  readonly rows: number;
  readonly weight: number;
  /** Mean log loss of a label's probability, over rows and labels, in nats. */
  readonly logLoss: Estimate;
  /** Share of labels that are wrong: given to a row that lacks them, or the other way round. */
  readonly hammingLoss: Estimate;
  /** Share of rows all of whose labels are right. */
  readonly exactMatch: Estimate;
  /** F1 of all labels of all rows together, and the mean of the labels' F1; 0 where a label is neither had nor given. */
  readonly microF1: Estimate;
  readonly macroF1: Estimate;
  readonly baseline: LabelSetBaseline;
  /** True unless the interval of `baseline.logLossGain` lies above 0. */
  readonly noBetterThanBaseline: boolean;
  /** One a label. */
  readonly perLabel: readonly GivenMetrics[];
  readonly replicates: number;
}

/** The model that predicts each label's share among the training rows, and gives labels that more than half of them have. */
export interface LabelSetBaseline {
  readonly logLoss: Estimate;
  readonly hammingLoss: Estimate;
  readonly exactMatch: Estimate;
  readonly microF1: Estimate;
  readonly macroF1: Estimate;
  /** Baseline's log loss − ours on the same rows: above 0 is better. */
  readonly logLossGain: Estimate;
}

/** Of one label, as it is given. */
export interface GivenMetrics {
  readonly precision: number;
  readonly recall: number;
  readonly f1: Estimate;
}

/** Rows with their labels: n rows, L labels. */
export interface LabelSetRows {
  /** n×L: 1 where a row has a label, and where it is given one. */
  readonly truth: Uint8Array;
  readonly given: Uint8Array;
  /** n×L: log-odds of the label's probability. */
  readonly logits: Float64Array;
  readonly labels: number;
  /** Row weights, or null for 1. */
  readonly s: Float64Array | null;
  readonly group: Int32Array | null;
  /** Share of training rows that have each label. */
  readonly shares: Float64Array;
  readonly seed: number;
}

const SMALL_ROWS = 10_000;
const NAMES = ["logLoss", "hammingLoss", "exactMatch", "microF1", "macroF1"] as const;
const SCORES = NAMES.length;

/**
 * Metrics of sets of labels with bootstrap intervals. Throws a RangeError for inputs that do not fit each other, a SoftmaxError
 * ("data") without rows.
 */
export function measureLabelSets(input: LabelSetRows): LabelSetMetrics {
  const { truth, given, logits, labels: L, s, group, shares, seed } = input;
  const n = truth.length / L;
  for (const [what, list] of Object.entries({ given, logits }))
    checkLength(what, list.length, n * L);
  checkLength("shares", shares.length, L);
  const rows = usedUnits(n, s, group);
  if (rows.n === 0) throw dataError("there is no row to measure on");
  const ours = waysOf(rows.used, truth, given, L, (i, l) => {
    const at = i * L + l;
    return softplus(truth[at] === 1 ? -logits[at] : logits[at]);
  });
  const usual = Uint8Array.from(truth, (_, at) => Number(shares[at % L] > 0.5));
  const baseLoss = shareLosses(shares, n);
  const base = waysOf(rows.used, truth, usual, L, (i, l) => baseLoss[2 * l + truth[i * L + l]]);
  const size = 2 * SCORES + 1 + L;
  const statistics = (w: Float64Array, out: Float64Array): void => {
    scoresOf(ours, w, out.subarray(0, SCORES), out.subarray(2 * SCORES + 1));
    scoresOf(base, w, out.subarray(SCORES, 2 * SCORES), null);
    out[2 * SCORES] = out[SCORES] - out[0];
  };
  const replicates = rows.n <= SMALL_ROWS ? 1000 : 200;
  const values = new Float64Array(size);
  statistics(rows.s, values);
  const { own, predicted, right } = ours.tallies;
  const [precision, recall] = [predicted, own].map((all) => right.map((r, l) => ratio(r, all[l])));
  const samples = bootstrap(rows, statistics, size, replicates, createRandom(seed));
  const estimate = (j: number): Estimate => percentileInterval(values[j], samples[j]);
  const draws = Math.min(rows.units, effectiveSize(rows.s));
  const scores = (from: number) => ({
    logLoss: estimate(from),
    hammingLoss: estimate(from + 1),
    exactMatch: shareEstimate(estimate(from + 2), draws),
    microF1: estimate(from + 3),
    macroF1: estimate(from + 4),
  });
  const logLossGain = estimate(2 * SCORES);
  return {
    rows: rows.n,
    weight: sumOf(rows.s),
    ...scores(0),
    baseline: { ...scores(SCORES), logLossGain },
    noBetterThanBaseline: !(logLossGain.low > 0),
    perLabel: Array.from({ length: L }, (_, l) => ({
      precision: precision[l],
      recall: recall[l],
      f1: estimate(2 * SCORES + 1 + l),
    })),
    replicates,
  };
}

/** −log of the share of rows without and with each label; shares of 0 count as 1/(2n). */
function shareLosses(shares: Float64Array, n: number): Float64Array {
  const least = 1 / (2 * n);
  return Float64Array.from({ length: 2 * shares.length }, (_, at) => {
    const share = shares[at >> 1];
    return -log(Math.max(least, at % 2 === 1 ? share : 1 - share));
  });
}

/** Where an estimate is 0 or 1 the bootstrap sees no spread: Wilson's interval does. */
const shareEstimate = (estimate: Estimate, draws: number): Estimate =>
  estimate.value > 0 && estimate.value < 1 ? estimate : wilsonInterval(estimate.value, draws);

/** One way of giving labels, row by row, with room for its tallies. */
interface Way {
  /** Mean log loss of the row's labels, share of wrong ones, and 1 where none is. */
  readonly loss: Float64Array;
  readonly wrong: Float64Array;
  readonly exact: Float64Array;
  /** Labels that row i has or is given: entries starts[i] … starts[i+1] − 1. */
  readonly starts: Int32Array;
  readonly label: Int32Array;
  readonly has: Uint8Array;
  readonly gets: Uint8Array;
  readonly tallies: {
    readonly own: Float64Array;
    readonly predicted: Float64Array;
    readonly right: Float64Array;
  };
}

function waysOf(
  used: Int32Array,
  truth: Uint8Array,
  given: Uint8Array,
  L: number,
  lossOf: (row: number, label: number) => number,
): Way {
  const loss = new Float64Array(used.length);
  const wrong = new Float64Array(used.length);
  const starts = new Int32Array(used.length + 1);
  const label: number[] = [];
  used.forEach((row, i) => {
    for (let l = 0; l < L; l++) {
      const at = row * L + l;
      loss[i] += lossOf(row, l) / L;
      wrong[i] += truth[at] === given[at] ? 0 : 1 / L;
      if (truth[at] + given[at] > 0) label.push(l);
    }
    starts[i + 1] = label.length;
  });
  const entries = new Uint8Array(label.length);
  const [has, gets] = [truth, given].map((from) => {
    const own = entries.slice();
    used.forEach((row, i) => {
      for (let e = starts[i]; e < starts[i + 1]; e++) own[e] = from[row * L + label[e]];
    });
    return own;
  });
  const zeros = () => new Float64Array(L);
  return {
    loss,
    wrong,
    exact: wrong.map((share) => Number(share === 0)),
    starts,
    label: Int32Array.from(label),
    has,
    gets,
    tallies: { own: zeros(), predicted: zeros(), right: zeros() },
  };
}

/** The scores with the weights w, in the order of NAMES, and to `f1` each label's. */
function scoresOf(
  { loss, wrong, exact, starts, label, has, gets, tallies }: Way,
  w: Float64Array,
  out: Float64Array,
  f1: Float64Array | null,
): void {
  const { own, predicted, right } = tallies;
  for (const sums of [own, predicted, right]) sums.fill(0);
  let [all, losses, wrongs, exacts] = [0, 0, 0, 0];
  for (let i = 0; i < w.length; i++) {
    const weight = w[i];
    all += weight;
    losses += weight * loss[i];
    wrongs += weight * wrong[i];
    exacts += weight * exact[i];
    for (let e = starts[i]; e < starts[i + 1]; e++) {
      own[label[e]] += weight * has[e];
      predicted[label[e]] += weight * gets[e];
      right[label[e]] += weight * has[e] * gets[e];
    }
  }
  out[0] = losses / all;
  out[1] = wrongs / all;
  out[2] = exacts / all;
  out[3] = ratio(2 * sumOf(right), sumOf(own) + sumOf(predicted));
  let sum = 0;
  for (let l = 0; l < own.length; l++) {
    const value = ratio(2 * right[l], own[l] + predicted[l]);
    if (f1 !== null) f1[l] = value;
    sum += value;
  }
  out[4] = sum / own.length;
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);
