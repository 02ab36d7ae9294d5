import { checkKeys } from "../base/checks.ts";
import type { PairedDifference } from "../base/losses.ts";
import type { Table } from "../base/table.ts";
import { VERSION } from "../base/version.ts";
import type { CalibrationChoice } from "../calibrate/kinds.ts";
import { type CalibrationReport, calibrationReport } from "../calibrate/summary.ts";
import { MISSING_TEXTS } from "../encode/cells.ts";
import { groupsOf, weightsOf } from "../encode/roles.ts";
import type { Metrics } from "../measure/metrics.ts";
import { calibratedProbabilities, fitAndJudge } from "./calibrate.ts";
import type { SavedCalibrator } from "./calibrator-file.ts";
import { checkCalibration } from "./options.ts";
import { readScores, type ScoreTableOptions } from "./score-table.ts";

export interface CalibrateTableOptions extends Omit<ScoreTableOptions, "classes"> {
  readonly target: string | number;
  /** Default "auto". */
  readonly method?: CalibrationChoice;
  /** A column of row weights, at least 0. */
  readonly weight?: string;
  /** A column of groups, which are judged together. */
  readonly group?: string;
  /** Parts of the cross-fitting. Default 5. */
  readonly folds?: number;
  /** Default 1. */
  readonly seed?: number;
  /** A hash of the data, for the file's provenance. */
  readonly dataHash?: string;
}

export interface CalibratedTable {
  readonly saved: SavedCalibrator;
  readonly calibration: CalibrationReport;
  /** The numbers as they came. */
  readonly before: Metrics;
  /** Cross-fitted: each row by the calibrator that was chosen and fitted without its part. */
  readonly after: Metrics;
  /** Log loss before − after, with its paired standard error. */
  readonly gain: PairedDifference;
  readonly remarks: readonly string[];
}

const KNOWN = [
  ...(["target", "columns", "positive", "input", "missing"] as const),
  ...(["method", "weight", "group", "folds", "seed", "dataHash"] as const),
] satisfies readonly (keyof CalibrateTableOptions)[];

/**
 * A calibrator for anyone's classifier from a table of its logits or probabilities, one column a class, and labels, of rows that it
 * was not trained on. Rows without a label are left out.
 *
 * Throws TypeError and RangeError for wrong options, SoftmaxError "data" for a table that cannot be used (see readScores).
 */
export function calibrateTable(table: Table, options: CalibrateTableOptions): CalibratedTable {
  checkKeys("calibrateTable", options, KNOWN);
  const { method = "auto", weight, group, folds, seed = 1, dataHash = "", ...places } = options;
  checkCalibration(method, "method");
  const { classes, columns, input, Z, y, rows, remarks } = readScores(table, places);
  const schema = { missing: options.missing ?? MISSING_TEXTS };
  const given = {
    ...{ Z, y, k: classes.length },
    s: weightsOf(table, schema, weight, rows),
    group: groupsOf(table, schema, group, rows),
  };
  const rule = { choice: method, shifted: false, cautious: false };
  const { chosen, before, after, gain } = fitAndJudge(given, rule, { folds, seed });
  return {
    saved: {
      ...{ classes, columns, input, calibrator: chosen.calibrator },
      provenance: {
        ...{ version: VERSION, kernels: "none", seed, rows: rows.length, dataHash },
        options: [
          ["method", JSON.stringify(method)],
          ["chosen calibration", chosen.method],
        ],
      },
    },
    calibration: calibrationReport(method, chosen),
    ...{ before, after, gain, remarks },
  };
}

/**
 * Calibrated probabilities of a table's rows, k numbers each in the order of the saved classes. `columns`: where the numbers stand,
 * if not where they stood or under the classes' names.
 */
export function applyToTable(
  { classes, columns, input, calibrator }: SavedCalibrator,
  table: Table,
  others?: readonly string[],
): { readonly probabilities: Float64Array[]; readonly remarks: readonly string[] } {
  const { Z, remarks } = readScores(table, { classes, columns: others ?? columns, input });
  const k = classes.length;
  const P = calibratedProbabilities(calibrator, Z, k);
  const probabilities = Array.from({ length: P.length / k }, (_, i) =>
    P.subarray(i * k, (i + 1) * k),
  );
  return { probabilities, remarks };
}
