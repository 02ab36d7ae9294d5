import { rowLosses } from "../base/losses.ts";
import { applyCalibrator } from "./calibrator.ts";
import { type Calibrator, IDENTITY } from "./kinds.ts";

/** A calibrator from row weights (null for 1); those of weight 0 have no say. */
export type Fit<C extends Calibrator = Calibrator> = (weights: Float64Array | null) => C;

/** Log loss of each row under the calibrator that was fitted on the other parts. */
export function crossFittedLosses(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  part: Int32Array,
  fit: Fit,
): Float64Array {
  return rowLosses(crossFittedLogits(Z, s, k, part, fit), y, y.length, k);
}

/** Logits of each row under the calibrator that was fitted on the other parts. */
export function crossFittedLogits(
  Z: Float64Array,
  s: Float64Array | null,
  k: number,
  part: Int32Array,
  fit: Fit,
): Float64Array {
  const n = part.length;
  const calibrated = new Float64Array(n * k);
  const all = new Float64Array(n * k);
  for (const p of new Set(part)) {
    const others = Float64Array.from(part, (own, i) => (own === p ? 0 : s === null ? 1 : s[i]));
    const calibrator = others.some((weight) => weight > 0) ? fit(others) : IDENTITY;
    applyCalibrator(calibrator, Z, n, k, all);
    for (let i = 0; i < n; i++) {
      if (part[i] !== p) continue;
      for (let at = i * k; at < (i + 1) * k; at++) calibrated[at] = all[at];
    }
  }
  return calibrated;
}
