import type { Work } from "../base/breathe.ts";
import { pairedDifference, weightedMean } from "../base/losses.ts";
import { run } from "../optim/contracts.ts";
import { fitDirichlet, fitVector } from "./affine.ts";
import { fitBeta } from "./beta.ts";
import { atOnce, crossFittedLosses, type Fit } from "./cross-fit.ts";
import { fitHistogram, fitIsotonic } from "./curves.ts";
import {
  CALIBRATION_METHODS,
  type CalibrationChoice,
  type CalibrationMethod,
  type Calibrator,
  IDENTITY,
} from "./kinds.ts";
import { countingWeights } from "./scores.ts";
import { choosingCalibrator, fitScaled } from "./temperature.ts";

/** Rows with labels that no calibrator has seen, and how they are cut to judge one. */
export interface CalibrationRows {
  /** n×k logits. */
  readonly Z: Float64Array;
  readonly y: Int32Array;
  /** Row weights, or null for 1. */
  readonly s: Float64Array | null;
  readonly k: number;
  /** Fold of each row. */
  readonly part: Int32Array;
  /** Rows of one group were drawn together; null for none. */
  readonly group: Int32Array | null;
  /** What was fitted already on some of these rows. Default: nothing. */
  readonly known?: KnownFits;
}

/** Calibrators of the same logits, by method and the parts that had no say, so that none is fitted twice. */
export interface KnownFits {
  readonly fits: Map<string, Calibrator>;
  /** The parts that are not among the rows, or have no weight. */
  readonly without: readonly number[];
}

export interface CalibrationRule {
  readonly choice: CalibrationChoice;
  /** The model was trained with class weights (−log w_c is in Z already): a temperature has shifts beside it. */
  readonly shifted: boolean;
  /** What "none" leaves. Default: the logits as they are. */
  readonly none?: Calibrator;
  /** Whether a temperature that is asked for stays 1 unless it clearly helps (§5.2). */
  readonly cautious: boolean;
}

export interface ChosenCalibrator {
  readonly method: CalibrationMethod;
  readonly calibrator: Calibrator;
  /** Of "auto", in order of simplicity; else empty. */
  readonly tried: readonly TriedMethod[];
}

/** A method, judged by the calibrators that were fitted without the rows they are judged on. */
export interface TriedMethod {
  readonly method: CalibrationMethod;
  /** Mean cross-fitted log loss in nats. */
  readonly logLoss: number;
  /** Its excess over the least, with the paired standard error (§7.1). */
  readonly excess: number;
  readonly standardError: number;
}

/** Dirichlet calibration takes time as n k³ (measured: 5,000 rows of 5 classes 0.2 s, of 20 classes 5 s), and "auto" fits it many times. */
const MOST_DIRICHLET = 10;

/**
 * The calibrator of these out-of-fold logits by the method asked for, fitted on all rows; for "auto" by the simplest method whose
 * cross-fitted log loss is within one paired standard error of the least (docs/math.md §5.9).
 */
export function calibratorFor(rows: CalibrationRows, rule: CalibrationRule): ChosenCalibrator {
  return run(findingCalibrator(rows, rule));
}

/** `calibratorFor`, with pauses. */
export function* findingCalibrator(
  rows: CalibrationRows,
  rule: CalibrationRule,
): Work<ChosenCalibrator> {
  const { choice, shifted, cautious, none = IDENTITY } = rule;
  const { Z, y, s, k, part, group } = rows;
  if (choice === "temperature" && cautious) {
    const calibrator = yield* choosingCalibrator(Z, y, s, k, part, shifted, group);
    return { method: choice, calibrator, tried: [] };
  }
  const fitOf = (method: CalibrationMethod): Fit =>
    method === "none"
      ? atOnce(() => none)
      : (weights, without) =>
          fittedOnce(rows, method, without, () =>
            fittingCalibrator(method, Z, y, weights, k, shifted),
          );
  if (choice !== "auto") {
    return { method: choice, calibrator: yield* fitOf(choice)(s, null), tried: [] };
  }
  const tried = yield* tryMethods(rows, fitOf);
  const { method } = tried.find(({ excess, standardError }) => !(excess > standardError))!;
  return { method, calibrator: yield* fitOf(method)(s, null), tried };
}

/** What is known, else what is fitted now. Rows of weight 0 have no say: a fit hangs on the parts that are left out alone. */
function* fittedOnce(
  { known }: CalibrationRows,
  method: CalibrationMethod,
  part: number | null,
  fit: () => Work<Calibrator>,
): Work<Calibrator> {
  const parts = new Set(part === null ? known?.without : [...(known?.without ?? []), part]);
  const key = [method, ...[...parts].sort((a, b) => a - b)].join(" ");
  const found = known?.fits.get(key) ?? (yield* fit());
  known?.fits.set(key, found);
  return found;
}

function* tryMethods(
  { Z, y, s, k, part, group }: CalibrationRows,
  fitOf: (method: CalibrationMethod) => Fit,
): Work<TriedMethod[]> {
  const methods = CALIBRATION_METHODS.filter((m) => m !== "dirichlet" || k <= MOST_DIRICHLET);
  const losses: Float64Array[] = [];
  for (const m of methods) losses.push(yield* crossFittedLosses(Z, y, s, k, part, fitOf(m)));
  const means = losses.map((own) => weightedMean(own, s));
  const least = means.reduce((best, mean, m) => (mean < means[best] ? m : best), 0);
  return methods.map((method, m) => {
    const { mean, standardError } = pairedDifference(losses[m], losses[least], s, group);
    return { method, logLoss: means[m], excess: mean, standardError };
  });
}

/** The calibrator of a method at the optimum on rows of weight. Without any, the identity. */
export function fitCalibrator(
  method: Exclude<CalibrationMethod, "none">,
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  shifted = false,
): Calibrator {
  return run(fittingCalibrator(method, Z, y, s, k, shifted));
}

/** `fitCalibrator`, with pauses. */
function* fittingCalibrator(
  method: Exclude<CalibrationMethod, "none">,
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  shifted: boolean,
): Work<Calibrator> {
  if (countingWeights(Z, y, s, k).rows === 0) return IDENTITY;
  switch (method) {
    case "temperature":
      return fitScaled(Z, y, s, k, shifted);
    case "vector":
      return yield* fitVector(Z, y, s, k);
    case "beta":
      return yield* fitBeta(Z, y, s, k);
    case "dirichlet":
      return yield* fitDirichlet(Z, y, s, k);
    case "histogram":
      return yield* fitHistogram(Z, y, s, k);
    case "isotonic":
      return yield* fitIsotonic(Z, y, s, k);
  }
}
