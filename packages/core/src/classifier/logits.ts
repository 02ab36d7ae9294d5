import { applyCalibrator } from "../calibrate/calibrator.ts";
import { addShifts } from "../calibrate/prior.ts";
import type { Model } from "./model.ts";
import { outputsOf, widen } from "./splits.ts";

/** Calibrated logits, n×k, of the model's own, n × outputs. */
export function calibratedLogits(
  { schema, calibrator, priorShifts }: Model,
  raw: Float64Array,
): Float64Array {
  const k = schema.classes.length;
  const n = raw.length / outputsOf(k);
  const Z = new Float64Array(n * k);
  widen(raw, k, Z);
  applyCalibrator(calibrator, Z, n, k, Z);
  if (priorShifts !== undefined) addShifts(priorShifts, Z, Z);
  return Z;
}
