import type { LearningCurve } from "@softmax/core";
import type { Command } from "commander";
import { count, metric } from "../report/numbers.ts";
import { tableText, wrap } from "./text.ts";

/** Flags that ask what training does not by itself. */
export interface CurveFlags {
  readonly learningCurve?: boolean;
}

export const addCurveFlags = (command: Command): Command =>
  command
    .optionsGroup("Questions:")
    .option("--learning-curve", "whether more rows would help; takes about four times as long");

/** The learning curve as a person at a terminal reads it. */
export function curveLines(curve: LearningCurve | undefined): string[] {
  if (curve === undefined) return [];
  const rows = curve.points.map(({ rows: n, draws, logLoss }) => [
    count(n),
    metric(logLoss.value),
    `${metric(logLoss.low)} – ${metric(logLoss.high)}`,
    draws === 1 ? "" : `mean of ${draws}`,
  ]);
  return [
    ...wrap(`Learning curve, judged on the same ${count(curve.judged)} rows:`),
    tableText(
      [
        { head: "trained on", align: "right" },
        { head: "log loss", align: "right" },
        { head: "95 % interval", align: "right" },
        { head: "" },
      ],
      rows,
    ),
    ...wrap(curve.sentence),
    "",
  ];
}
