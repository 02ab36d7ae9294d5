import {
  CALIBRATION_METHODS,
  type CalibrationChoice,
  type CalibrationMethod,
  type CalibrationParameter,
  type CalibrationReport,
  type Calibrator,
  methodOf,
  parametersOf,
  type Report,
  type TriedMethod,
} from "@softmax/core";
import { type Command, Option } from "commander";
import { methodName } from "../report/calibration.ts";
import { metric, plural, short } from "../report/numbers.ts";
import { tableText, wrap } from "./text.ts";

export interface CalibrationFlags {
  readonly calibration?: CalibrationChoice;
}

/** `--calibration`, with the method that stands where nothing is said. */
export const addCalibrationFlag = (command: Command, usual: CalibrationChoice): Command =>
  command.addOption(
    new Option("--calibration <method>", `how logits become probabilities (${usual})`).choices([
      "auto",
      ...CALIBRATION_METHODS,
    ]),
  );

/** Numbers that a line lists at most. */
const LISTED = 12;

/** How a training's probabilities came about, where that is not as usual. */
export const unusualCalibrationLines = ({ calibration }: Report): string[] =>
  calibration === undefined || calibration.asked === "temperature"
    ? []
    : calibrationLines(calibration);

export function calibrationLines(calibration: CalibrationReport): string[] {
  const { method, tried, parameters = [], curves } = calibration;
  const steps = curves?.reduce((sum, { values }) => sum + values.length, 0) ?? 0;
  const what = steps > 0 ? plural(steps, "point") : parameterWords(parameters);
  return [
    ...(tried === undefined ? [] : triedLines(tried, method)),
    ...wrap(`Calibrated by ${methodName(method)}${what === "" ? "" : `: ${what}`}.`),
  ];
}

/** What "auto" tried, and its choice. */
export function triedLines(tried: readonly TriedMethod[], chosen: CalibrationMethod): string[] {
  const rows = tried.map(({ method, logLoss, excess, standardError }) => [
    method,
    metric(logLoss),
    excess === 0 ? "least" : `+${short(excess)} ± ${short(standardError)}`,
    method === chosen ? "chosen" : "",
  ]);
  return [
    "",
    "Ways of calibrating, from simple to not, by cross-fitted log loss:",
    tableText(
      [
        { head: "method" },
        { head: "log loss", align: "right" },
        { head: "above the least", align: "right" },
        { head: "" },
      ],
      rows,
    ),
    "",
  ];
}

/** "temperature 1.25", "beta calibration (a 0.9, b 1.1, c 0.02)" */
export function calibratorWords(calibrator: Calibrator): string {
  if (calibrator.method === undefined) return `temperature ${short(calibrator.temperature)}`;
  const what = parameterWords(parametersOf(calibrator));
  return `${methodName(methodOf(calibrator))}${what === "" ? "" : ` (${what})`}`;
}

/** Parameters by name where they are few, else nothing. */
function parameterWords(parameters: readonly CalibrationParameter[]): string {
  const listed = parameters.reduce((sum, { values }) => sum + values.length, 0);
  if (listed > LISTED) return "";
  return parameters.map(({ name, values }) => `${name} ${values.map(short).join(" ")}`).join(", ");
}
