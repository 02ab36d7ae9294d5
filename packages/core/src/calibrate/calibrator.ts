import { checkInteger, checkLength } from "../base/checks.ts";
import { mapDirichlet, mapVector } from "./affine.ts";
import { mapBeta } from "./beta.ts";
import { mapCurves } from "./curves.ts";
import type { Calibrator, MappedCalibrator, TemperatureCalibrator } from "./kinds.ts";

export { checkCalibrator } from "./check.ts";
export {
  type Calibrator,
  HIGHEST_TEMPERATURE,
  IDENTITY,
  LOWEST_TEMPERATURE,
  methodOf,
  shiftsOf,
  temperatureOf,
} from "./kinds.ts";

/** out = calibrated logits of the n×k logits Z, row by row; `out` may be Z. */
export function applyCalibrator(
  calibrator: Calibrator,
  Z: Float64Array,
  n: number,
  k: number,
  out: Float64Array,
): void {
  checkInteger("n", n, 0, Number.MAX_SAFE_INTEGER);
  checkLength("Z", Z.length, n * k);
  checkLength("out", out.length, n * k);
  if (calibrator.method === undefined) {
    scaleAndShift(calibrator, Z, n, k, out);
    return;
  }
  const { offsets } = calibrator;
  if (offsets === null) {
    if (out !== Z) out.set(Z);
  } else {
    checkLength("offsets", offsets.length, k);
    for (let i = 0, at = 0; i < n; i++)
      for (let c = 0; c < k; c++, at++) out[at] = Z[at] + offsets[c];
  }
  map(calibrator, out, n, k);
}

/** Z_ic / T + shifts_c */
function scaleAndShift(
  { temperature, shifts }: TemperatureCalibrator,
  Z: Float64Array,
  n: number,
  k: number,
  out: Float64Array,
): void {
  for (let at = 0; at < n * k; at++) out[at] = Z[at] / temperature;
  if (shifts === null) return;
  checkLength("shifts", shifts.length, k);
  for (let i = 0, at = 0; i < n; i++) for (let c = 0; c < k; c++, at++) out[at] += shifts[c];
}

/** In place. */
function map(calibrator: MappedCalibrator, Z: Float64Array, n: number, k: number): void {
  switch (calibrator.method) {
    case "vector":
      mapVector(calibrator, Z, n, k);
      break;
    case "dirichlet":
      mapDirichlet(calibrator, Z, n, k);
      break;
    case "beta":
      mapBeta(calibrator, Z, n, k);
      break;
    case "isotonic":
    case "histogram":
      mapCurves(calibrator, Z, n, k);
  }
}
