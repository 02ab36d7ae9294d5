import { pairedDifference, weightedMean } from "../base/losses.ts";
import { fitDirichlet, fitVector } from "./affine.ts";
import { fitBeta } from "./beta.ts";
import { crossFittedLosses, type Fit } from "./cross-fit.ts";
import { fitHistogram, fitIsotonic } from "./curves.ts";
import {
  CALIBRATION_METHODS,
  type CalibrationChoice,
  type CalibrationMethod,
  type Calibrator,
  IDENTITY,
} from "./kinds.ts";
import { countingWeights } from "./scores.ts";
import { chooseCalibrator, fitScaled } from "./temperature.ts";

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
  const { choice, shifted, cautious, none = IDENTITY } = rule;
  const { Z, y, s, k, part, group } = rows;
  if (choice === "temperature" && cautious) {
    const calibrator = chooseCalibrator(Z, y, s, k, part, shifted, group);
    return { method: choice, calibrator, tried: [] };
  }
  const fitOf = (method: CalibrationMethod): Fit => {
    if (method === "none") return () => none;
    return (weights) => fitCalibrator(method, Z, y, weights, k, shifted);
  };
  if (choice !== "auto") return { method: choice, calibrator: fitOf(choice)(s), tried: [] };
  const tried = tryMethods(rows, fitOf);
  const { method } = tried.find(({ excess, standardError }) => !(excess > standardError))!;
  return { method, calibrator: fitOf(method)(s), tried };
}

function tryMethods(
  { Z, y, s, k, part, group }: CalibrationRows,
  fitOf: (method: CalibrationMethod) => Fit,
): TriedMethod[] {
  const methods = CALIBRATION_METHODS.filter((m) => m !== "dirichlet" || k <= MOST_DIRICHLET);
  const losses = methods.map((m) => crossFittedLosses(Z, y, s, k, part, fitOf(m)));
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
  if (countingWeights(Z, y, s, k).rows === 0) return IDENTITY;
  switch (method) {
    case "temperature":
      return fitScaled(Z, y, s, k, shifted);
    case "vector":
      return fitVector(Z, y, s, k);
    case "beta":
      return fitBeta(Z, y, s, k);
    case "dirichlet":
      return fitDirichlet(Z, y, s, k);
    case "histogram":
      return fitHistogram(Z, y, s, k);
    case "isotonic":
      return fitIsotonic(Z, y, s, k);
  }
}
