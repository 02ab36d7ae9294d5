import type { CalibrationReport, Metrics, PairedDifference, ScoreKind } from "@softmax/core";
import type { OutputFormat } from "../data/writer.ts";
import { bytes, metric, plural } from "../report/numbers.ts";
import { type CalibrationFlags, calibrationLines } from "./calibration.ts";
import type { ReadFlags } from "./reading.ts";
import type { CommonFlags, Session } from "./session.ts";
import { evaluationJson } from "./summary.ts";
import { tableText, wrap } from "./text.ts";

export interface CalibrateFlags extends ReadFlags, CalibrationFlags, CommonFlags {
  readonly output?: string;
  readonly apply?: string;
  readonly target?: string;
  readonly columns?: readonly string[];
  readonly positive?: string;
  readonly input?: ScoreKind;
  readonly weight?: string;
  readonly group?: string;
  readonly folds?: number;
  readonly seed?: number;
  readonly outputFormat?: OutputFormat;
}

/** What a fit is told of. */
export interface Told {
  readonly output: string;
  readonly size: number;
  readonly name: string;
  readonly classes: readonly string[];
  readonly calibration: CalibrationReport;
  readonly before: Metrics;
  readonly after: Metrics;
  readonly gain: PairedDifference;
  /** Lines on how to go on. */
  readonly next: readonly string[];
}

export function tell({ print }: Session, { json }: CommonFlags, told: Told): void {
  const { output, size, name, classes, calibration, before, after, gain, next } = told;
  if (json === true) {
    const [was, is] = (
      [
        ["as it was", before],
        ["cross-fitted", after],
      ] as const
    ).map(([method, metrics]) => evaluationJson({ method, metrics, rows: metrics.rows }, classes));
    print(JSON.stringify({ output, calibration, before: was, after: is, gain }));
    return;
  }
  print(
    [
      ...wrap(`${name}: ${plural(before.rows, "row")} with a label`),
      ...calibrationLines(calibration),
      "",
      metricsTable(before, after),
      "",
      ...verdict(calibration, gain),
      ...wrap(`Wrote ${output} (${bytes(size)})`),
      ...next,
    ].join("\n"),
  );
}

const SHOWN = [
  ["logLoss", "log loss"],
  ["brier", "Brier score"],
  ["ece", "ECE"],
  ["accuracy", "accuracy"],
] as const;

function metricsTable(before: Metrics, after: Metrics): string {
  const rows = SHOWN.map(([key, name]) => {
    const { value, low, high } = after[key];
    return [name, metric(before[key].value), metric(value), `${metric(low)} – ${metric(high)}`];
  });
  const perfect = [
    "ECE of perfect",
    metric(before.eceExpected.value),
    metric(after.eceExpected.value),
  ];
  return tableText(
    [
      { head: "" },
      { head: "before", align: "right" },
      { head: "after", align: "right" },
      { head: "95 % interval", align: "right" },
    ],
    [...rows, [...perfect, ""]],
  );
}

/** After is cross-fitted, so that a calibrator that only remembers its rows shows as worse. */
function verdict(
  { method }: CalibrationReport,
  { mean, standardError }: PairedDifference,
): string[] {
  const how = `on rows that it was not fitted on (paired standard error ${metric(standardError)})`;
  if (method === "none") {
    return wrap("No way of calibrating is clearly better: the probabilities stay as they are.");
  }
  const size = metric(Math.abs(mean));
  if (mean > standardError) return wrap(`The log loss falls by ${size} ${how}.`);
  if (mean < -standardError) return wrap(`The log loss RISES by ${size} ${how}.`);
  return wrap(`The log loss is the same within its error ${how}.`);
}
