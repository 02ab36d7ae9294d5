import { checkKeys, dataError } from "../base/checks.ts";
import type { PairedDifference } from "../base/losses.ts";
import type { Row, Table } from "../base/table.ts";
import { IDENTITY } from "../calibrate/calibrator.ts";
import { type CalibrationChoice, type Calibrator, shiftsOf } from "../calibrate/kinds.ts";
import { type CalibrationReport, calibrationReport } from "../calibrate/summary.ts";
import { checkColumns } from "../encode/columns.ts";
import { checkedLabelsOf } from "../encode/labels.ts";
import { groupsOf, weightsOf } from "../encode/roles.ts";
import { asTable } from "../encode/rows.ts";
import type { Metrics } from "../measure/metrics.ts";
import { fitAndJudge } from "./calibrate.ts";
import { Classifier } from "./classifier.ts";
import { checkCalibration } from "./options.ts";

export interface RecalibrateOptions {
  /** Default "auto", in which "none" is the calibrator that the model has. */
  readonly method?: CalibrationChoice;
  /** A column of row weights, at least 0. */
  readonly weight?: string;
  /** A column of groups, which are judged together. */
  readonly group?: string;
  /** Parts of the cross-fitting. Default 5. */
  readonly folds?: number;
  /** Default 1. */
  readonly seed?: number;
}

export interface Recalibrated {
  /** The same model with the new calibrator. */
  readonly classifier: Classifier;
  readonly calibration: CalibrationReport;
  /** The model as it was, on the rows given. */
  readonly before: Metrics;
  /** Cross-fitted: each row by the calibrator that was chosen and fitted without its part. */
  readonly after: Metrics;
  /** Log loss before − after, with its paired standard error. */
  readonly gain: PairedDifference;
}

/**
 * The classifier with a calibrator fitted anew on rows with labels that its training did not see: on those of the training it is
 * surer than it may be. Rows without a label are left out. The weights stay, and the decision too; sets go, since their
 * coverage was that of other probabilities, and so does a stated prior: most calibrators bring the class shares of the rows
 * given with them. `before` is without it.
 *
 * Throws TypeError and RangeError for wrong options, SoftmaxError "data" for rows that cannot be used.
 */
export function recalibrate(
  classifier: Classifier,
  data: Table | readonly Row[],
  options: RecalibrateOptions = {},
): Recalibrated {
  checkKeys("recalibrate", options, ["method", "weight", "group", "folds", "seed"]);
  const { method = "auto", weight, group, folds, seed } = options;
  checkCalibration(method, "method");
  const { sets: _sets, priorShifts: _prior, ...model } = classifier.model;
  const { schema, calibrator: present, positive, shares, provenance } = model;
  const table = asTable(data);
  const { Z, y, rows } = labelledLogits(classifier, table);
  const given = {
    ...{ Z, y, k: schema.classes.length },
    s: weightsOf(table, schema, weight, rows),
    group: groupsOf(table, schema, group, rows),
  };
  const rule = { choice: method, none: present, shifted: isShifted(present), cautious: false };
  const more = { folds, seed, present, shares, ...(positive < 0 ? {} : { positive }) };
  const { chosen, before, after, gain } = fitAndJudge(given, rule, more);
  const note = JSON.stringify({ method: chosen.method, rows: rows.length });
  return {
    classifier: new Classifier({
      ...model,
      calibrator: chosen.calibrator,
      provenance: { ...provenance, options: [...provenance.options, ["calibrated", note]] },
    }),
    calibration: calibrationReport(method, chosen),
    ...{ before, after, gain },
  };
}

/** Whether the calibrator moves classes against each other: then a temperature is fitted with shifts. */
export const isShifted = (calibrator: Calibrator): boolean => shiftsOf(calibrator) !== null;

/** Logits before any calibrator, and classes, of the rows that have a label. */
export function labelledLogits(
  { model }: Classifier,
  table: Table,
): { Z: Float64Array; y: Int32Array; rows: Int32Array } {
  const { schema } = model;
  checkColumns(table, schema);
  const labels = checkedLabelsOf(table, schema);
  const rows = Int32Array.from(labels.y.keys()).filter((i) => labels.y[i] >= 0);
  if (rows.length === 0) throw dataError(`no row has a label in column "${schema.target}"`);
  const k = schema.classes.length;
  const { priorShifts: _prior, ...plain } = model;
  const all = new Classifier({ ...plain, calibrator: IDENTITY }).logitMatrix(table);
  const Z = new Float64Array(rows.length * k);
  rows.forEach((row, at) => {
    Z.set(all.subarray(row * k, (row + 1) * k), at * k);
  });
  return { Z, y: rows.map((i) => labels.y[i]), rows };
}
