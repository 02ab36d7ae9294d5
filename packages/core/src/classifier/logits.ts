import { applyCalibrator } from "../calibrate/calibrator.ts";
import { addShifts } from "../calibrate/prior.ts";
import type { Model } from "./model.ts";
import { outputsOf, widen } from "./splits.ts";

/** Makes a model's own logits of n rows, n×k, honest in place: calibrated, and moved to the prior that was stated. */
export function makeHonest(
  { calibrator, priorShifts }: Pick<Model, "calibrator" | "priorShifts">,
  Z: Float64Array,
  n: number,
  k: number,
): void {
  applyCalibrator(calibrator, Z, n, k, Z);
  if (priorShifts !== undefined) addShifts(priorShifts, Z, Z);
}

/** Honest logits, n×k, of the model's own, n × outputs. */
export function calibratedLogits(model: Model, raw: Float64Array): Float64Array {
  const k = model.schema.classes.length;
  const n = raw.length / outputsOf(k);
  const Z = new Float64Array(n * k);
  widen(raw, k, Z);
  makeHonest(model, Z, n, k);
  return Z;
}
