import type { Work } from "../base/breathe.ts";
import { rowLosses } from "../base/losses.ts";
import { applyCalibrator } from "./calibrator.ts";
import { type Calibrator, IDENTITY } from "./kinds.ts";

/** A calibrator from row weights (null for 1); those of weight 0 have no say. `without`: the part that has none; null for no part. */
export type Fit<C extends Calibrator = Calibrator> = (
  weights: Float64Array | null,
  without: number | null,
) => Work<C>;

/** A fit in one go. */
export const atOnce = <C extends Calibrator>(fit: (weights: Float64Array | null) => C): Fit<C> =>
  function* (weights) {
    yield;
    return fit(weights);
  };

/** Log loss of each row under the calibrator that was fitted on the other parts. */
export function* crossFittedLosses(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  part: Int32Array,
  fit: Fit,
): Work<Float64Array> {
  return rowLosses(yield* crossFittedLogits(Z, s, k, part, fit), y, y.length, k);
}

/** Logits of each row under the calibrator that was fitted on the other parts. */
export function* crossFittedLogits(
  Z: Float64Array,
  s: Float64Array | null,
  k: number,
  part: Int32Array,
  fit: Fit,
): Work<Float64Array> {
  const calibrated = new Float64Array(part.length * k);
  for (const p of new Set(part)) {
    const others = Float64Array.from(part, (own, i) => (own === p ? 0 : s === null ? 1 : s[i]));
    const calibrator = others.some((weight) => weight > 0) ? yield* fit(others, p) : IDENTITY;
    const rows = Int32Array.from(part.keys()).filter((i) => part[i] === p);
    const own = new Float64Array(rows.length * k);
    rows.forEach((row, at) => {
      own.set(Z.subarray(row * k, (row + 1) * k), at * k);
    });
    applyCalibrator(calibrator, own, rows.length, k, own);
    rows.forEach((row, at) => {
      calibrated.set(own.subarray(at * k, (at + 1) * k), row * k);
    });
    yield;
  }
  return calibrated;
}
