import { checkInteger, checkLength, damagedFile } from "../base/checks.ts";

/** Logits to honest logits: Z_ic / temperature + shifts_c (docs/math.md §5). Plain data. */
export interface Calibrator {
  /** T in [0.2, 5]; 1 leaves the logits as they are. */
  readonly temperature: number;
  /** One a class, added after the division; null for none. */
  readonly shifts: Float64Array | null;
}

export const LOWEST_TEMPERATURE = 0.2;
export const HIGHEST_TEMPERATURE = 5;

export const IDENTITY: Calibrator = { temperature: 1, shifts: null };

/** out_ic = Z_ic / T + shifts_c for n×k logits; `out` may be Z. */
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
  const { temperature, shifts } = calibrator;
  for (let at = 0; at < n * k; at++) out[at] = Z[at] / temperature;
  if (shifts === null) return;
  checkLength("shifts", shifts.length, k);
  for (let i = 0, at = 0; i < n; i++) for (let c = 0; c < k; c++, at++) out[at] += shifts[c];
}

/** The calibrator that a model file holds for k classes. Throws a SoftmaxError ("model") for anything else. */
export function checkCalibrator(value: unknown, k: number): Calibrator {
  const { temperature, shifts } = (value ?? {}) as Partial<Calibrator>;
  const finite = typeof temperature === "number" && Number.isFinite(temperature);
  if (!finite || !(temperature > 0)) throw damagedFile("its temperature is no number above 0");
  if (shifts === null) return { temperature, shifts };
  const fits = shifts instanceof Float64Array && shifts.length === k;
  if (!fits || !shifts.every(Number.isFinite)) {
    throw damagedFile("its shifts are not one number a class");
  }
  return { temperature, shifts };
}
