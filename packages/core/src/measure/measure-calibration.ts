import { checkInteger, checkKeys, checkLength, dataError } from "../base/checks.ts";
import { ratioWeights } from "../base/losses.ts";
import { createRandom, type Random } from "../base/random.ts";
import {
  addBrierParts,
  BRIER_PARTS,
  debiasedError,
  largestError,
  meanError,
  RELIABILITY,
  RELIABILITY_DEBIASED,
  RESOLUTION,
  UNCERTAINTY,
  WITHIN_COVARIANCE,
  WITHIN_VARIANCE,
} from "./bin-errors.ts";
import { basicInterval, bootstrap, type Estimate, percentileInterval } from "./bootstrap.ts";
import { BINS, confidenceBins } from "./calibration.ts";
import { consistency, type Expected, type Views } from "./consistency.ts";
import { type ReliabilityPoint, reliabilityCurve } from "./curves.ts";
import { type ScoredRows, scoreRows } from "./rows.ts";
import { type BrierTest, brierTest } from "./spiegelhalter.ts";
import { classView, emptySums, sumBins, topView, topWidthView } from "./views.ts";

/** A calibration error with its 95 % interval, beside what it would read for perfect calibration. */
export interface CalibrationError extends Estimate, Expected {}

/**
 * The Brier score in parts (docs/math.md §6.7): reliability − resolution + uncertainty + withinVariance − withinCovariance.
 * Of two classes the score of the second, of more the sum over the classes.
 */
export interface BrierParts {
  /** Mean squared gap between probability and share within bins: 0 is perfect. */
  readonly reliability: Estimate;
  /** The same less what noise adds to it; it may be below 0. */
  readonly reliabilityDebiased: Estimate;
  /** How far the bins' shares are from the overall share: the more the better. */
  readonly resolution: Estimate;
  /** Of the classes' shares alone; no model changes it. */
  readonly uncertainty: Estimate;
  readonly withinVariance: Estimate;
  readonly withinCovariance: Estimate;
}

/** How far probabilities can be taken at their word (docs/math.md §6.5–§6.9). Plain data, ready for JSON. */
export interface CalibrationMetrics {
  readonly bins: number;
  /** Of the top-class confidence, in bins of equal weight: `ece` of the metrics. */
  readonly ece: CalibrationError;
  /** The same in bins of equal width. */
  readonly eceWidth: CalibrationError;
  /** The same as `ece`, less what noise adds to it. */
  readonly eceDebiased: Estimate;
  /** The largest gap of a bin of `ece`. */
  readonly mce: CalibrationError;
  /** Mean over classes of the error of each class's probability. */
  readonly eceClasswise: CalibrationError;
  readonly brier: BrierParts;
  /** Spiegelhalter's test; null where nothing can vary, as for probabilities of 0 and 1. */
  readonly test: BrierTest | null;
  /** Reliability of the top-class confidence in bins of equal weight and of equal width. */
  readonly top: readonly ReliabilityPoint[];
  readonly topWidth: readonly ReliabilityPoint[];
  /** Reliability of each class's probability, in bins of equal weight; of the second only where there are two, of the first 30. */
  readonly classes: readonly {
    readonly class: number;
    readonly curve: readonly ReliabilityPoint[];
  }[];
}

export interface CalibrationMetricsOptions {
  /** Rows with the same number are one unit: the bootstrap draws whole units. */
  readonly group?: Int32Array | null;
  /**
   * Rows count as if the classes had other shares: a row's weight is multiplied by the number of its class, and Z is for
   * those shares. Default: all 1.
   */
  readonly ratios?: Float64Array | null;
  /** Default 0. */
  readonly seed?: number;
  /** Bootstrap samples. Default 1,000, fewer where there are many rows and classes. */
  readonly replicates?: number;
}

/** Views whose rows all samples go over, at most; and the fewest samples. */
const ROW_VISITS = 2e7;
const FEWEST = 50;
const MOST = 1000;
const MOST_CURVES = 30;

/**
 * Calibration of n×k calibrated logits Z against the classes y, with row weights s (null for 1).
 *
 * Throws a RangeError for inputs that do not fit each other (see scoreRows), a SoftmaxError ("data") without rows.
 */
export function measureCalibration(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  options: CalibrationMetricsOptions = {},
): CalibrationMetrics {
  checkKeys("measureCalibration", options, ["group", "ratios", "seed", "replicates"]);
  const { group = null, ratios = null } = options;
  if (ratios !== null) checkLength("ratios", ratios.length, k);
  const weights = ratios === null ? s : ratioWeights(ratios, y, s);
  const rows = scoreRows(Z, y, weights, k, group);
  if (rows.n === 0) throw dataError("there is no row to measure on");
  const usual = Math.floor(ROW_VISITS / (rows.n * (k + 2)));
  const replicates = options.replicates ?? Math.min(MOST, Math.max(FEWEST, usual));
  checkInteger("replicates", replicates, 2, 1_000_000);
  const views = viewsOf(rows);
  return {
    bins: BINS,
    ...estimates(rows, views, replicates, ratios, createRandom(options.seed ?? 0)),
    test: brierTest(rows, ratios),
    top: reliabilityCurve(views.top[0], rows.s),
    topWidth: reliabilityCurve(views.top[1], rows.s),
    classes: (k === 2 ? [1] : Array.from({ length: Math.min(k, MOST_CURVES) }, (_, c) => c)).map(
      (c) => ({ class: c, curve: reliabilityCurve(views.classes[c], rows.s) }),
    ),
  };
}

const viewsOf = (rows: ScoredRows): Views => ({
  top: [topView(rows, confidenceBins(rows)), topWidthView(rows, BINS)],
  classes: Array.from({ length: rows.k }, (_, c) => classView(rows, c, BINS)),
});

/** Positions of the statistics; the first four have a value expected under perfect calibration. */
const ECE = 0;
const ECE_WIDTH = 1;
const MCE = 2;
const ECE_CLASSWISE = 3;
const ERRORS = 4;
const ECE_DEBIASED = 4;
const BRIER = 5;
const STATISTICS = BRIER + BRIER_PARTS;

/** From the sums of the bins of the views: mass, width, then the classes. */
function errorsOf(sums: readonly Float64Array[], out: Float64Array): void {
  out[ECE] = meanError(sums[0]);
  out[ECE_WIDTH] = meanError(sums[1]);
  out[MCE] = largestError(sums[0]);
  let byClass = 0;
  for (let v = 2; v < sums.length; v++) byClass += meanError(sums[v]);
  out[ECE_CLASSWISE] = byClass / (sums.length - 2);
}

function statisticsOf(sums: readonly Float64Array[], out: Float64Array): void {
  errorsOf(sums, out);
  out[ECE_DEBIASED] = debiasedError(sums[0]);
  const parts = out.subarray(BRIER);
  parts.fill(0);
  const ofClasses = sums.length === 4 ? sums.slice(3) : sums.slice(2);
  for (const of of ofClasses) addBrierParts(of, parts);
}

type Estimated = Pick<
  CalibrationMetrics,
  "ece" | "eceWidth" | "mce" | "eceClasswise" | "eceDebiased" | "brier"
>;

function estimates(
  rows: ScoredRows,
  all: Views,
  replicates: number,
  ratios: Float64Array | null,
  random: Random,
): Estimated {
  const views = [...all.top, ...all.classes];
  const sums = views.map(() => emptySums(BINS));
  const statistics = (w: Float64Array, out: Float64Array): void => {
    for (let v = 0; v < views.length; v++) sumBins(views[v], w, sums[v]);
    statisticsOf(sums, out);
  };
  const values = new Float64Array(STATISTICS);
  statistics(rows.s, values);
  const samples = bootstrap(rows, statistics, STATISTICS, replicates, random);
  const expected = consistency(rows, all, errorsOf, values.slice(0, ERRORS), ratios, random);
  const error = (at: number): CalibrationError => ({
    ...basicInterval(values[at], samples[at]),
    ...expected[at],
  });
  const plain = (at: number): Estimate => percentileInterval(values[at], samples[at]);
  return {
    ece: error(ECE),
    eceWidth: error(ECE_WIDTH),
    eceDebiased: plain(ECE_DEBIASED),
    mce: error(MCE),
    eceClasswise: error(ECE_CLASSWISE),
    brier: {
      reliability: basicInterval(values[BRIER + RELIABILITY], samples[BRIER + RELIABILITY]),
      reliabilityDebiased: plain(BRIER + RELIABILITY_DEBIASED),
      resolution: plain(BRIER + RESOLUTION),
      uncertainty: plain(BRIER + UNCERTAINTY),
      withinVariance: plain(BRIER + WITHIN_VARIANCE),
      withinCovariance: plain(BRIER + WITHIN_COVARIANCE),
    },
  };
}
