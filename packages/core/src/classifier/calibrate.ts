import {
  checkInteger,
  checkKeys,
  checkKind,
  checkLength,
  checkValues,
  dataError,
  unknownName,
  unusableRow,
} from "../base/checks.ts";
import { type PairedDifference, pairedDifference, rowLosses } from "../base/losses.ts";
import { log } from "../base/math.ts";
import { applyCalibrator, type Calibrator, IDENTITY } from "../calibrate/calibrator.ts";
import { crossFittedLogits } from "../calibrate/cross-fit.ts";
import type { CalibrationChoice, CalibrationMethod } from "../calibrate/kinds.ts";
import {
  type CalibrationRows,
  type CalibrationRule,
  type ChosenCalibrator,
  calibratorFor,
  findingCalibrator,
  type TriedMethod,
} from "../calibrate/methods.ts";
import { FLOOR } from "../calibrate/scores.ts";
import { sharedKernels } from "../kernels/shared.ts";
import { type Metrics, measure } from "../measure/metrics.ts";
import { run } from "../optim/contracts.ts";
import { planFolds } from "./folds.ts";
import { checkCalibration } from "./options.ts";

export type ScoreKind = "logits" | "probabilities";

export interface CalibrateOptions {
  /** Default "auto": the simplest method within one paired standard error of the best. */
  readonly method?: CalibrationChoice;
  /** What the numbers are. Default "logits". Of probabilities the logarithm is taken, of 0 as of 2⁻⁵². */
  readonly input?: ScoreKind;
  /** Classes, where the numbers are one flat array: n rows of `columns`. */
  readonly columns?: number;
  /** The labels, in the order of the columns; y may then hold labels. */
  readonly classes?: readonly string[];
  /** Row weights, at least 0. Default: all 1. */
  readonly weights?: ArrayLike<number>;
  /** Rows of one group are judged together. */
  readonly groups?: ArrayLike<number>;
  /** Parts of the cross-fitting. Default 5. */
  readonly folds?: number;
  /** Default 1. */
  readonly seed?: number;
}

/** Rows of numbers, one a class: an array a row, or one flat array. */
export type Scores = readonly ArrayLike<number>[] | Float64Array | Float32Array;

/** A calibrator, and how good it is on rows that it was not fitted on. */
export interface Calibration {
  readonly method: CalibrationMethod;
  /** Plain data. */
  readonly calibrator: Calibrator;
  /** Of "auto": every method with its cross-fitted log loss, in order of simplicity. */
  readonly tried: readonly TriedMethod[];
  /** Of the numbers as they came. */
  readonly before: Metrics;
  /** Cross-fitted: each row by the calibrator that was chosen and fitted without its part. */
  readonly after: Metrics;
  /** Log loss before − after, with its paired standard error. */
  readonly gain: PairedDifference;
  readonly remarks: readonly string[];
  /** Calibrated probabilities of rows as those that were given: flat for a flat array, else an array a row. */
  apply(scores: Float64Array | Float32Array): Float64Array;
  apply(scores: readonly ArrayLike<number>[]): Float64Array[];
}

const KNOWN = [
  "method",
  "input",
  "columns",
  "classes",
  "weights",
  "groups",
  "folds",
  "seed",
] as const satisfies readonly (keyof CalibrateOptions)[];

/**
 * A calibrator for anyone's classifier, from its logits (or probabilities) on rows with labels that it was not trained on
 * (docs/math.md §5). y: class of each row, 0…k−1, or with `classes` its label.
 *
 *     const { apply, before, after } = calibrate(logits, y);
 *     apply(newLogits); // probabilities
 *
 * Throws TypeError and RangeError for what does not fit, SoftmaxError "data" for fewer than two rows.
 */
export function calibrate(
  scores: Scores,
  y: ArrayLike<number> | readonly string[],
  options: CalibrateOptions = {},
): Calibration {
  checkKeys("calibrate", options, KNOWN);
  const { method = "auto", input = "logits", folds, seed } = options;
  checkCalibration(method, "method");
  checkKind("input", '"logits" or "probabilities"', input, isScoreKind(input));
  const k = columnsOf(scores, options);
  const { Z, zeros } = logitsOf(scores, k, input);
  const labels = classesOf(y, k, options.classes);
  checkLength("y", labels.length, Z.length / k);
  const rows = {
    ...{ Z, y: labels, k },
    s: options.weights === undefined ? null : Float64Array.from(options.weights),
    group: options.groups === undefined ? null : Int32Array.from(options.groups),
  };
  const rule = { choice: method, shifted: false, cautious: false };
  const { chosen, ...judged } = fitAndJudge(rows, rule, { folds, seed });
  return {
    ...{ ...chosen, ...judged },
    remarks: zeros === 0 ? [] : [zeroRemark(zeros)],
    apply: ((more: Scores) => applied(chosen.calibrator, more, k, input)) as Calibration["apply"],
  };
}

export const isScoreKind = (value: unknown): value is ScoreKind =>
  value === "logits" || value === "probabilities";

export const zeroRemark = (zeros: number): string =>
  zeros === 1
    ? "a probability is 0: it counts as 2^-52"
    : `${zeros} probabilities are 0: they count as 2^-52`;

/** How calibrators are judged: which rows go together is dealt by class, or by whole groups. */
export interface JudgeOptions {
  readonly folds?: number | undefined;
  readonly seed?: number | undefined;
  /** The calibrator in place, for `before`. Default: none. */
  readonly present?: Calibrator;
  readonly positive?: number;
  readonly shares?: Float64Array;
}

export interface Judged {
  readonly chosen: ChosenCalibrator;
  readonly before: Metrics;
  readonly after: Metrics;
  readonly gain: PairedDifference;
}

/** The calibrator by a rule on all rows, and its metrics where each part's rows are calibrated by what the others choose. */
export function fitAndJudge(
  given: Omit<CalibrationRows, "part">,
  rule: CalibrationRule,
  { folds = 5, seed = 1, present = IDENTITY, ...more }: JudgeOptions,
): Judged {
  checkInteger("folds", folds, 2, 1000);
  checkInteger("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  const { Z, y, s, k, group } = given;
  if (y.length < 2)
    throw dataError(`calibrating needs at least 2 rows with a label, got ${y.length}`);
  if (s !== null) checkLength("weights", s.length, y.length);
  if (group !== null) checkLength("groups", group.length, y.length);
  const before = new Float64Array(Z.length);
  applyCalibrator(present, Z, y.length, k, before);
  const options = { group, seed, ...more };
  const measured = measure(before, y, s, k, options); // which checks the rows
  const { partOf: part } = planFolds({
    ...{ y, k, group, seed, folds },
    time: null,
    holdOutAbove: Number.POSITIVE_INFINITY,
  });
  const fits = new Map<string, Calibrator>();
  const rows = { ...given, part };
  const chosen = calibratorFor({ ...rows, known: { fits, without: [] } }, rule);
  const after = run(
    crossFittedLogits(Z, s, k, part, function* (weights, without) {
      const known = { fits, without: without === null ? [] : [without] };
      return (yield* findingCalibrator({ ...rows, s: weights, known }, rule)).calibrator;
    }),
  );
  const losses = [before, after].map((logits) => rowLosses(logits, y, y.length, k));
  return {
    chosen,
    before: measured,
    after: measure(after, y, s, k, options),
    gain: pairedDifference(losses[0], losses[1], s, group),
  };
}

function applied(
  calibrator: Calibrator,
  scores: Scores,
  k: number,
  input: ScoreKind,
): Float64Array | Float64Array[] {
  const P = calibratedProbabilities(calibrator, logitsOf(scores, k, input).Z, k);
  if (!isRows(scores)) return P;
  return scores.map((_, i) => P.subarray(i * k, (i + 1) * k));
}

/** softmax of calibrated logits, n×k; Z is overwritten. */
export function calibratedProbabilities(
  calibrator: Calibrator,
  Z: Float64Array,
  k: number,
): Float64Array {
  applyCalibrator(calibrator, Z, Z.length / k, k, Z);
  sharedKernels().softmax(Z, Z.length / k, k, 1, Z);
  return Z;
}

const isRows = (scores: Scores): scores is readonly ArrayLike<number>[] => Array.isArray(scores);

function columnsOf(scores: Scores, { columns, classes }: CalibrateOptions): number {
  const given = columns ?? classes?.length;
  if (isRows(scores)) {
    const k = given ?? (scores[0] as ArrayLike<number> | undefined)?.length ?? 0;
    return checkInteger("columns", k, 2, 2 ** 24);
  }
  checkValues("logits", scores);
  return checkInteger("columns", given, 2, 2 ** 24);
}

/** n×k logits; log p of probabilities, and how many of them are 0. Rows need one entry a class and one above −∞. */
export function logitsOf(
  scores: Scores,
  k: number,
  input: ScoreKind,
): { Z: Float64Array; zeros: number } {
  const Z = flat(scores, k);
  let zeros = 0;
  for (let i = 0; i * k < Z.length; i++) {
    const row = Z.subarray(i * k, (i + 1) * k);
    if (input === "probabilities") zeros += takeLogs(row, i);
    else checkLogits(row, i);
  }
  return { Z, zeros };
}

function flat(scores: Scores, k: number): Float64Array {
  if (!isRows(scores)) {
    const rest = scores.length % k;
    if (rest !== 0) checkLength("logits", scores.length, scores.length - rest + k);
    return Float64Array.from(scores);
  }
  const Z = new Float64Array(scores.length * k);
  scores.forEach((row, i) => {
    if (!ArrayBuffer.isView(row)) checkValues(`logits[${i}]`, row);
    checkLength(`logits[${i}]`, row.length, k);
    Z.set(row, i * k);
  });
  return Z;
}

function checkLogits(row: Float64Array, i: number): void {
  let top = Number.NEGATIVE_INFINITY;
  for (const z of row) {
    if (Number.isNaN(z) || z === Number.POSITIVE_INFINITY) throw unusableRow(i, "logit", z);
    top = Math.max(top, z);
  }
  if (top === Number.NEGATIVE_INFINITY) throw unusableRow(i, "logit", top);
}

/** How far a row of probabilities may miss 1: they come rounded. */
const SUM_TOLERANCE = 0.02;

/** Whether probabilities sum to 1 as nearly as rounded ones do. */
export const sumsToOne = (sum: number): boolean => Math.abs(sum - 1) <= SUM_TOLERANCE;

/** p to log p in place; returns how many are 0. */
function takeLogs(row: Float64Array, i: number): number {
  let sum = 0;
  let zeros = 0;
  for (const p of row) {
    if (!(p >= 0 && p <= 1)) throw unusableRow(i, "probability", p);
    sum += p;
    if (p === 0) zeros++;
  }
  if (!sumsToOne(sum)) throw unusableRow(i, "sum of probabilities", sum);
  for (let c = 0; c < row.length; c++) row[c] = row[c] === 0 ? FLOOR : log(row[c]);
  return zeros;
}

function classesOf(
  y: ArrayLike<number> | readonly string[],
  k: number,
  classes: readonly string[] | undefined,
): Int32Array {
  if (classes !== undefined) {
    checkLength("classes", classes.length, k);
    if (new Set(classes).size < k) throw dataError('"classes" names a class twice');
  }
  const at = new Map(classes?.map((label, c) => [label, c]));
  return Int32Array.from({ length: y.length }, (_, i) => {
    const label = y[i];
    if (typeof label === "string") {
      const c = at.get(label);
      if (c !== undefined) return c;
      throw dataError(unknownName(`y[${i}]`, "one of the classes", label, classes ?? []));
    }
    if (!Number.isInteger(label) || label < 0 || label >= k) throw unusableRow(i, "class", label);
    return label;
  });
}
