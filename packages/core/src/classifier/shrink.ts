import { checkKeys, checkKind, checkNumber } from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import {
  applyCalibrator,
  type Calibrator,
  HIGHEST_TEMPERATURE,
  LOWEST_TEMPERATURE,
} from "../calibrate/calibrator.ts";
import { fitCalibrator } from "../calibrate/methods.ts";
import { fitTemperature } from "../calibrate/temperature.ts";
import { checkColumns } from "../encode/columns.ts";
import { roundTermWeights } from "../encode/narrow.ts";
import { asTable } from "../encode/rows.ts";
import { roundWeights } from "../model/stored.ts";
import { Classifier } from "./classifier.ts";
import { checkNoHidden } from "./hidden-model.ts";
import type { Model } from "./model.ts";
import { pruneTerms } from "./prune.ts";
import { labelledLogits } from "./recalibrate.ts";
import { outputsOf } from "./splits.ts";

export interface ShrinkOptions {
  /** Share of the listed terms of texts to keep, those that move logits most; above 0, at most 1. Default 1. */
  readonly keep?: number;
  /** Of each weight in the model file: 8, 32, or 64 to leave the weights as they are. Default 8. */
  readonly bits?: 8 | 32 | 64;
  /**
   * Rows like those to come, such as those of the training; their labels are not looked at. With fewer terms they say
   * which terms occur often, and by how much weights are to be smaller. Without them the model becomes too sure of itself.
   */
  readonly like?: Table | readonly Row[];
  /** Rows with labels on which the temperature, or what stands in its place, is fitted anew. Not those of the training, which look too easy. */
  readonly calibrate?: Table | readonly Row[];
}

/**
 * The classifier made smaller (docs/math.md §3.4): the share `keep` of the terms of its texts, those of largest u_j ‖W_j‖₂,
 * and weights in `bits` bits. u_j is the root mean square of term j in `like`, 1 without. Intercepts stay, and the
 * calibrator does but for what `calibrate` says; sets go, since their coverage was that of other probabilities. What is predicted is exactly what the smaller model file predicts.
 *
 * Throws TypeError and RangeError for wrong options, SoftmaxError "data" where no terms are listed or rows cannot be used.
 */
export function shrink(classifier: Classifier, options: ShrinkOptions = {}): Classifier {
  checkKeys("shrink", options, ["keep", "bits", "like", "calibrate"]);
  const { model } = classifier;
  checkNoHidden("shrink", model);
  const { keep = 1, bits = 8 } = options;
  checkNumber("keep", keep, Number.MIN_VALUE, 1);
  checkKind("bits", "8, 32 or 64", bits, bits === 8 || bits === 32 || bits === 64);
  const [like, calibrate] = [options.like, options.calibrate].map((data) => {
    if (data === undefined) return null;
    const table = asTable(data);
    checkColumns(table, model.schema);
    return table;
  });
  const pruned = keep === 1 ? model : pruneTerms(model, keep, like);
  const { provenance } = model;
  const note = ["shrunk", JSON.stringify({ keep, bits })] as const;
  const small = new Classifier({
    ...inBits(pruned, bits),
    provenance: { ...provenance, options: [...provenance.options, note] },
  });
  if (calibrate === null) return small;
  return new Classifier({ ...small.model, calibrator: recalibrated(small, calibrate) });
}

function inBits(given: Model, bits: 8 | 32 | 64): Model {
  const { bits: _before, sets: _sets, ...model } = given;
  if (bits === 64) return model;
  const outputs = outputsOf(model.schema.classes.length);
  const weights = roundWeights(model.weights, outputs, bits);
  return { ...model, bits, weights, encoder: roundTermWeights(model.encoder) };
}

/** The calibrator that suits the labelled rows of a table: another temperature, or the same method fitted anew. */
function recalibrated(classifier: Classifier, table: Table): Calibrator {
  const { schema, calibrator } = classifier.model;
  const k = schema.classes.length;
  const { Z, y } = labelledLogits(classifier, table);
  if (calibrator.method !== undefined) {
    return fitCalibrator(calibrator.method, Z, y, null, k);
  }
  applyCalibrator(calibrator, Z, y.length, k, Z);
  const wanted = calibrator.temperature * fitTemperature(Z, y, null, k);
  const temperature = Math.min(HIGHEST_TEMPERATURE, Math.max(LOWEST_TEMPERATURE, wanted));
  const ratio = temperature / calibrator.temperature;
  return { temperature, shifts: calibrator.shifts?.map((shift) => shift / ratio) ?? null };
}
