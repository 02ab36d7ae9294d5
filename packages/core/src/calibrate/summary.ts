import {
  type CalibrationChoice,
  type CalibrationMethod,
  type Calibrator,
  methodOf,
  type RisingCurve,
  type StepCurve,
} from "./kinds.ts";
import type { ChosenCalibrator, TriedMethod } from "./methods.ts";

/** How logits became probabilities: plain data, ready for JSON. */
export interface CalibrationReport {
  readonly asked: CalibrationChoice;
  readonly method: CalibrationMethod;
  /** What was fitted, by name, one number a class (of two: one); absent where that is more than a page of numbers. */
  readonly parameters?: readonly CalibrationParameter[];
  /** Of isotonic and histogram: the points of each class's curve, log-odds before and probability after. */
  readonly curves?: readonly CalibrationCurve[];
  /** Of "auto": all that was tried, in order of simplicity, with its cross-fitted log loss. */
  readonly tried?: readonly TriedMethod[];
}

export interface CalibrationParameter {
  readonly name: string;
  readonly values: readonly number[];
}

/** Of a histogram `scores` are the edges between bins, one fewer than the values. */
export interface CalibrationCurve {
  readonly scores: readonly number[];
  readonly values: readonly number[];
}

/** Numbers that a report lists at most. */
const MOST_PARAMETERS = 200;

export function calibrationReport(
  asked: CalibrationChoice,
  { method, calibrator, tried }: ChosenCalibrator,
): CalibrationReport {
  const parameters = parametersOf(calibrator);
  const curves = curvesOf(calibrator);
  const listed = parameters.reduce((sum, { values }) => sum + values.length, 0) <= MOST_PARAMETERS;
  return {
    asked,
    method,
    ...(parameters.length > 0 && listed ? { parameters } : {}),
    ...(curves.length > 0 ? { curves } : {}),
    ...(tried.length > 0 ? { tried } : {}),
  };
}

/** The numbers of a calibrator by name; none of curves. */
export function parametersOf(calibrator: Calibrator): CalibrationParameter[] {
  const named = (...pairs: [string, Float64Array | null][]): CalibrationParameter[] =>
    pairs.flatMap(([name, values]) =>
      values === null ? [] : [{ name, values: Array.from(values) }],
    );
  switch (calibrator.method) {
    case undefined: {
      const { temperature, shifts } = calibrator;
      if (methodOf(calibrator) === "none") return [];
      return named(["temperature", Float64Array.of(temperature)], ["shifts", shifts]);
    }
    case "vector":
      return named(["scales", calibrator.scales], ["shifts", calibrator.shifts]);
    case "beta":
      return named(["a", calibrator.a], ["b", calibrator.b], ["c", calibrator.c]);
    case "dirichlet":
      return named(["weights", calibrator.weights], ["shifts", calibrator.shifts]);
    default:
      return [];
  }
}

function curvesOf(calibrator: Calibrator): CalibrationCurve[] {
  if (calibrator.method !== "isotonic" && calibrator.method !== "histogram") return [];
  return (calibrator.curves as readonly (RisingCurve | StepCurve)[]).map((curve) => ({
    scores: Array.from("scores" in curve ? curve.scores : curve.edges),
    values: Array.from(curve.values),
  }));
}
