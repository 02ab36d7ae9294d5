import { ratioWeights } from "../base/losses.ts";
import { addShifts, ratiosAt } from "../calibrate/prior.ts";
import { measureCalibration } from "../measure/measure-calibration.ts";
import { type Metrics, measure } from "../measure/metrics.ts";
import { operatingPoints } from "../measure/operating.ts";
import type { Model } from "./model.ts";
import { priorOfModel, priorShares } from "./prior.ts";
import type { Evaluation, PriorEvaluation } from "./report.ts";

/** Rows to be judged by their calibrated logits Z, n×k, at some prior. */
export interface RowsToJudge {
  readonly method: string;
  readonly Z: Float64Array;
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  readonly group: Int32Array | null;
  /** What the baseline predicts. */
  readonly shares: Float64Array;
  readonly seed: number;
  /** The class of interest; −1 for none. */
  readonly positive: number;
}

/** How good logits are, and how far they can be taken at their word. */
export function evaluationOf(judged: RowsToJudge): Evaluation {
  const { method, Z, y, s, group, shares, seed } = judged;
  const k = shares.length;
  const metrics = metricsOf(judged);
  const operating = operatingPoints(Z, y, s, k, metrics.positive);
  const calibration = measureCalibration(Z, y, s, k, { group, seed });
  return { method, rows: y.length, metrics, operating, calibration };
}

function metricsOf({ Z, y, s, group, shares, seed, positive }: RowsToJudge): Metrics {
  const of = positive < 0 ? {} : { positive };
  return measure(Z, y, s, shares.length, { group, shares, seed, ...of });
}

/** The same rows as if drawn at another prior: reweighted to it, and with logits for it. */
interface MovedRows extends RowsToJudge {
  /** By class, what the weights of the rows were multiplied by. */
  readonly ratios: Float64Array;
}

/** `shifts` lead from Z to the prior; null where Z is for it already. */
export function movedTo(
  prior: Float64Array,
  shifts: Float64Array | null,
  judged: RowsToJudge,
): MovedRows {
  const { Z: given, y, s } = judged;
  const Z = shifts === null ? given : new Float64Array(given.length);
  if (shifts !== null) addShifts(shifts, given, Z);
  const ratios = ratiosAt(prior, y, s);
  return { ...judged, Z, s: ratioWeights(ratios, y, s), shares: prior, ratios };
}

/** Rows with logits at the training's prior, as they are at the prior that a model is for. */
export const rowsAtPrior = (model: Model, judged: RowsToJudge): RowsToJudge =>
  model.priorShifts === undefined
    ? judged
    : movedTo(priorOfModel(model), model.priorShifts, judged);

/** How good probabilities for a prior are there: `shifts` as for `movedTo`. */
export function evaluationAt(
  prior: Float64Array,
  classes: readonly string[],
  shifts: Float64Array | null,
  judged: RowsToJudge,
): PriorEvaluation {
  const { ratios, ...moved } = movedTo(prior, shifts, judged);
  const { group, seed } = judged;
  const { Z, y } = moved;
  const calibration = measureCalibration(Z, y, judged.s, prior.length, { group, ratios, seed });
  return {
    prior: priorShares(classes, prior),
    // Labels drawn for rows of fixed weights would say nothing of rows whose weights hang on their labels.
    metrics: { ...metricsOf(moved), eceExpected: calibration.ece.expected },
    calibration,
  };
}

/** At the prior of the training, which Z is for, and where the model is for another at that one besides. */
export function atBothPriors(
  model: Pick<Model, "priorShifts" | "shares" | "schema">,
  judged: RowsToJudge,
): Evaluation {
  const evaluation = evaluationOf(judged);
  const { priorShifts, schema } = model;
  if (priorShifts === undefined) return evaluation;
  const atPrior = evaluationAt(priorOfModel(model), schema.classes, priorShifts, judged);
  return { ...evaluation, atPrior };
}
