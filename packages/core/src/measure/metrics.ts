import { checkInteger, checkKeys, checkLength, dataError } from "../base/checks.ts";
import { log } from "../base/math.ts";
import { createRandom, type Random } from "../base/random.ts";
import { areaUnderCurve } from "./auc.ts";
import {
  basicInterval,
  bootstrap,
  type Estimate,
  effectiveSize,
  percentileInterval,
  type Statistics,
  wilsonInterval,
} from "./bootstrap.ts";
import {
  BINS,
  calibrationError,
  classError,
  confidenceBins,
  expectedError,
  type ReliabilityBin,
  reliabilityBins,
} from "./calibration.ts";
import {
  balancedAccuracy,
  type ClassMetrics,
  classMetrics,
  confusionMatrix,
  macroF1,
  newTallies,
} from "./confusion.ts";
import { sortOrder } from "./order.ts";
import { type ScoredRows, scoreRows } from "./rows.ts";

/**
 * How good probabilities are (docs/math.md §6, §7). Plain data, ready for JSON, in which an infinite
 * log loss becomes null. Each Estimate holds its value and a 95 % interval.
 */
export interface Metrics {
  /** Rows with weight, and their weight. */
  readonly rows: number;
  readonly weight: number;
  /** Mean log loss in nats; infinite where a row's own class has the logit −∞. */
  readonly logLoss: Estimate;
  readonly accuracy: Estimate;
  /** Mean recall of the classes present. */
  readonly balancedAccuracy: Estimate;
  readonly macroF1: Estimate;
  /** Area under the ROC curve, the mean of each class against the rest; null where only one class is present. */
  readonly auc: Estimate | null;
  /** Mean squared error of the probabilities, summed over classes; halved for two, as is usual. */
  readonly brier: Estimate;
  /** Expected calibration error of the top-class confidence, 15 bins of equal weight. */
  readonly ece: Estimate;
  /** What `ece` would read for perfect calibration at this n: mean and 95 % range of simulated samples. */
  readonly eceExpected: Estimate;
  /** Mean over classes of the calibration error of each class's probability. */
  readonly eceClasswise: number;
  readonly reliability: readonly ReliabilityBin[];
  /** Weight of the rows of class r that are predicted as c, at [r][c]. */
  readonly confusion: readonly (readonly number[])[];
  readonly perClass: readonly ClassMetrics[];
  /** The class of interest; null where none was named and there are not two. */
  readonly positive: number | null;
  readonly baseline: BaselineMetrics;
  /** True unless the interval of `baseline.logLossGain` lies above 0. */
  readonly noBetterThanBaseline: boolean;
  readonly replicates: number;
}

/** The model that predicts the training shares for every row (docs/math.md §6.3). */
export interface BaselineMetrics {
  /** The most frequent class in training. */
  readonly label: number;
  readonly logLoss: Estimate;
  readonly accuracy: Estimate;
  /** Baseline's log loss − ours, and our accuracy − the baseline's, on the same rows: above 0 is better. */
  readonly logLossGain: Estimate;
  readonly accuracyGain: Estimate;
}

export interface MetricsOptions {
  /** Rows of one group were drawn together: the bootstrap draws whole groups. Default: each row is its own. */
  readonly group?: Int32Array | null;
  /** Share of each class among the training rows, for the baseline. Default: the shares of these rows. */
  readonly shares?: Float64Array | null;
  /** The class of interest. Default: the rarer of two, none of more. */
  readonly positive?: number | null;
  /** Default 0. */
  readonly seed?: number;
  /** Bootstrap samples. Default 1,000 up to 10,000 rows, 200 above. */
  readonly replicates?: number;
}

const KNOWN = ["group", "shares", "positive", "seed", "replicates"];
const SMALL_ROWS = 10_000;

/**
 * Metrics of n×k logits Z against the classes y, with row weights s (null for 1).
 *
 * Throws a RangeError for inputs that do not fit each other (see scoreRows), a SoftmaxError ("data") without rows.
 */
export function measure(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  options: MetricsOptions = {},
): Metrics {
  checkKeys("measure", options, KNOWN);
  const rows = scoreRows(Z, y, s, k, options.group ?? null);
  if (rows.n === 0) throw dataError("there is no row to measure on");
  const replicates = options.replicates ?? (rows.n <= SMALL_ROWS ? 1000 : 200);
  checkInteger("replicates", replicates, 2, 1_000_000);
  const random = createRandom(options.seed ?? 0);
  const bin = confidenceBins(rows);
  const ranking = rankClasses(rows);
  const baseline = baselineOf(rows, options.shares ?? null);
  const statistics = statisticsOf(rows, bin, ranking, baseline);
  return {
    rows: rows.n,
    weight: sumOf(rows.s),
    ...estimateAll(rows, statistics, ranking, baseline, replicates, random),
    eceExpected: expectedError(rows, bin, random),
    eceClasswise: ranking.classError,
    reliability: reliabilityBins(rows, bin),
    confusion: confusionMatrix(rows),
    perClass: classMetrics(rows, ranking.areas),
    positive: positiveOf(rows, options.positive ?? null),
    replicates,
  };
}

/** The class of interest: the one asked for, else the rarer of two, else class 1 of two. */
function positiveOf({ y, s, k }: ScoredRows, asked: number | null): number | null {
  if (asked !== null) return checkInteger("positive", asked, 0, k - 1);
  if (k !== 2) return null;
  return sumOf(s.map((weight, i) => (y[i] === 1 ? weight : -weight))) > 0 ? 0 : 1;
}

/** What comes from sorting the rows by each class's probability. */
interface Ranking {
  /** Area under the ROC curve of each class, and their mean; null where there is none. */
  readonly areas: readonly (number | null)[];
  readonly area: number | null;
  /** Influence of each row on the mean area. */
  readonly influence: Float64Array;
  /** Mean over classes of the calibration error. */
  readonly classError: number;
}

function rankClasses(rows: ScoredRows): Ranking {
  const { n, k, y, s, logP } = rows;
  const influence = new Float64Array(n);
  const areas: (number | null)[] = [];
  const present = new Set(y).size;
  // A class with rows has an area as soon as there is another class.
  const scale = 1 / present;
  let error = 0;
  const values = new Float64Array(n);
  for (let c = 0; c < k; c++) {
    for (let i = 0; i < n; i++) values[i] = logP[i * k + c];
    const order = sortOrder(values);
    areas.push(areaUnderCurve(values, order, y, s, c, influence, scale));
    error += classError(rows, values, order, c);
  }
  const area = present < 2 ? null : scale * areas.reduce<number>((sum, a) => sum + (a ?? 0), 0);
  return { areas, area, influence, classError: error / k };
}

interface Baseline {
  readonly label: number;
  /** −log share of each class: the baseline's log loss on its rows. */
  readonly loss: Float64Array;
}

/** A class that training never saw gets 1/(2n), as in the model. */
function baselineOf(rows: ScoredRows, shares: Float64Array | null): Baseline {
  const { n, k, y, s } = rows;
  if (shares !== null) checkLength("shares", shares.length, k);
  const share = new Float64Array(k);
  if (shares === null) for (let i = 0; i < n; i++) share[y[i]] += s[i];
  else share.set(shares);
  const total = sumOf(share);
  const label = share.reduce((best, value, c) => (value > share[best] ? c : best), 0);
  return { label, loss: share.map((value) => -log(value > 0 ? value / total : 1 / (2 * n))) };
}

/** Positions of the bootstrapped statistics. */
const LOG_LOSS = 0;
const ACCURACY = 1;
const BALANCED_ACCURACY = 2;
const MACRO_F1 = 3;
const AUC = 4;
const BRIER = 5;
const ECE = 6;
const BASE_LOG_LOSS = 7;
const BASE_ACCURACY = 8;
const LOG_LOSS_GAIN = 9;
const ACCURACY_GAIN = 10;
const STATISTICS = 11;

/** Every bootstrapped metric as a function of the row weights, in time linear in n; AUC to first order. */
function statisticsOf(
  rows: ScoredRows,
  bin: Uint8Array,
  { influence, area }: Ranking,
  baseline: Baseline,
): Statistics {
  const { n, k, y, brier, predicted, confidence } = rows;
  const infinite = rows.loss.includes(Number.POSITIVE_INFINITY);
  const loss = infinite ? new Float64Array(n) : rows.loss;
  const hit = Float64Array.from(predicted, (label, i) => (label === y[i] ? 1 : 0));
  const gap = hit.map((value, i) => value - confidence[i]);
  const gaps = new Float64Array(BINS);
  const tallies = newTallies(k);
  const { own, right } = tallies;
  // No branch on w or hit: they are random, and mispredicted branches would double the time.
  return (w, out) => {
    for (const sums of [gaps, own, right, tallies.predicted]) sums.fill(0);
    let lossSum = 0;
    let brierSum = 0;
    let shift = 0;
    for (let i = 0; i < n; i++) {
      const weight = w[i];
      lossSum += weight * loss[i];
      brierSum += weight * brier[i];
      shift += weight * influence[i];
      gaps[bin[i]] += weight * gap[i];
      own[y[i]] += weight;
      right[y[i]] += weight * hit[i];
      tallies.predicted[predicted[i]] += weight;
    }
    const total = sumOf(own);
    out[LOG_LOSS] = infinite ? Number.POSITIVE_INFINITY : lossSum / total;
    out[ACCURACY] = sumOf(right) / total;
    out[BALANCED_ACCURACY] = balancedAccuracy(tallies);
    out[MACRO_F1] = macroF1(tallies);
    out[AUC] = Math.min(1, Math.max(0, (area ?? 0) + shift));
    out[BRIER] = brierSum / total;
    out[ECE] = calibrationError(gaps, total);
    out[BASE_LOG_LOSS] = dot(own, baseline.loss) / total;
    out[BASE_ACCURACY] = own[baseline.label] / total;
    out[LOG_LOSS_GAIN] = out[BASE_LOG_LOSS] - out[LOG_LOSS];
    out[ACCURACY_GAIN] = out[ACCURACY] - out[BASE_ACCURACY];
  };
}

type Estimates = Pick<
  Metrics,
  | "logLoss"
  | "accuracy"
  | "balancedAccuracy"
  | "macroF1"
  | "auc"
  | "brier"
  | "ece"
  | "baseline"
  | "noBetterThanBaseline"
>;

function estimateAll(
  rows: ScoredRows,
  statistics: Statistics,
  ranking: Ranking,
  baseline: Baseline,
  replicates: number,
  random: Random,
): Estimates {
  const values = new Float64Array(STATISTICS);
  statistics(rows.s, values);
  const samples = bootstrap(rows, statistics, STATISTICS, replicates, random);
  const estimate = (at: number): Estimate => percentileInterval(values[at], samples[at]);
  const logLossGain = estimate(LOG_LOSS_GAIN);
  return {
    logLoss: estimate(LOG_LOSS),
    accuracy: shareEstimate(rows, estimate(ACCURACY)),
    balancedAccuracy: estimate(BALANCED_ACCURACY),
    macroF1: estimate(MACRO_F1),
    auc: ranking.area === null ? null : { ...estimate(AUC), value: ranking.area },
    brier: estimate(BRIER),
    ece: basicInterval(values[ECE], samples[ECE]),
    baseline: {
      label: baseline.label,
      logLoss: estimate(BASE_LOG_LOSS),
      accuracy: shareEstimate(rows, estimate(BASE_ACCURACY)),
      logLossGain,
      accuracyGain: estimate(ACCURACY_GAIN),
    },
    noBetterThanBaseline: !(logLossGain.low > 0),
  };
}

/** Where no row is wrong (or right) the bootstrap sees no spread: Wilson's interval does. */
function shareEstimate(rows: ScoredRows, estimate: Estimate): Estimate {
  if (estimate.value > 0 && estimate.value < 1) return estimate;
  return wilsonInterval(estimate.value, Math.min(rows.units, effectiveSize(rows.s)));
}

const sumOf = (values: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
};

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};
