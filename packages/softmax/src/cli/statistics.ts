import type { StatisticsReport } from "@softmax/core";
import type { Command } from "commander";
import { fitLines, headLines, testLines } from "./inference.ts";
import { withFlags, wrap } from "./text.ts";

/** Flags that ask for statistics beside a model. */
export interface StatisticsFlags {
  readonly infer?: boolean;
}

export const addStatisticsFlags = (command: Command): Command =>
  command
    .optionsGroup("Statistics:")
    .option(
      "--infer",
      "coefficients, standard errors and tests in the report, of a fit without a penalty",
    );

/** The tests of whole columns; coefficients are in the report. */
export function statisticsLines(found: StatisticsReport | undefined): string[] {
  if (found === undefined) return [];
  if ("refused" in found) return [...wrap(`No statistics: ${withFlags(found.refused)}.`), ""];
  return [...headLines(found, "Statistics"), ...testLines(found), ...fitLines(found)];
}
