import type { Work } from "../base/breathe.ts";
import { pairedDifference } from "../base/losses.ts";
import { exp } from "../base/math.ts";
import { run } from "../optim/contracts.ts";
import { atOnce, crossFittedLosses } from "./cross-fit.ts";
import {
  HIGHEST_TEMPERATURE,
  IDENTITY,
  LOWEST_TEMPERATURE,
  type TemperatureCalibrator,
} from "./kinds.ts";
import { fitShifts } from "./shifts.ts";

const TOLERANCE = 1e-10;
const MAX_STEPS = 100;

/**
 * The temperature that minimises the log loss of softmax(Z / T) over T in [0.2, 5] (docs/math.md §5.1):
 *
 *   min over β = 1/T of Σ_i s_i [log Σ_c exp(β Z_ic) − β Z_i,y(i)],   slope Σ_i s_i (E_i[z] − Z_i,y(i)),
 *   curvature Σ_i s_i Var_i[z] ≥ 0, mean and variance of the row's logits under softmax(β Z_i)
 *
 * Convex in β: Newton's method, kept in a bracket by bisection, to 1e-10. Z: n×k; s: row weights or null for 1.
 * Returns 1 where no temperature matters, as for equal logits. Rows whose own logit is −∞ are left out: no T helps.
 */
export function fitTemperature(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
): number {
  let at = derivatives(Z, y, s, k, 1);
  if (at.slope === 0) return 1;
  const falling = at.slope < 0;
  const edge = falling ? 1 / LOWEST_TEMPERATURE : 1 / HIGHEST_TEMPERATURE;
  const { slope } = derivatives(Z, y, s, k, edge);
  if (falling ? slope <= 0 : slope >= 0) return 1 / edge;

  let [low, high] = falling ? [1, edge] : [edge, 1];
  let beta = 1;
  let size = 2 * (high - low);
  for (let step = 0; step < MAX_STEPS && size > TOLERANCE * beta; step++) {
    const newton = beta - at.slope / at.curvature;
    const safe = newton >= low && newton <= high && Math.abs(newton - beta) < size / 2;
    const next = safe ? newton : (low + high) / 2;
    size = Math.abs(next - beta);
    beta = next;
    at = derivatives(Z, y, s, k, beta);
    if (at.slope > 0) high = beta;
    else low = beta;
  }
  return 1 / beta;
}

interface Derivatives {
  readonly slope: number;
  readonly curvature: number;
}

/** First and second derivative by β of the summed log loss of softmax(β Z). */
function derivatives(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  beta: number,
): Derivatives {
  let slope = 0;
  let curvature = 0;
  for (let i = 0, start = 0; i < y.length; i++, start += k) {
    const weight = s === null ? 1 : s[i];
    const label = Z[start + y[i]];
    if (weight === 0 || label === Number.NEGATIVE_INFINITY) continue;
    let top = label;
    for (let c = start; c < start + k; c++) if (Z[c] > top) top = Z[c];
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let c = start; c < start + k; c++) {
      const d = Z[c] - top;
      const e = d === 0 ? 1 : exp(beta * d);
      if (e === 0) continue;
      sum += e;
      first += e * d;
      second += e * d * d;
    }
    const mean = first / sum;
    slope += weight * (mean - (label - top));
    curvature += weight * (second / sum - mean * mean);
  }
  return { slope, curvature };
}

/**
 * The calibrator of these out-of-fold logits, chosen by the cautious rule (docs/math.md §5.2): the
 * temperature stays 1 unless fitting it improves the cross-fitted log loss by more than one paired standard error.
 *
 * part: fold of each row; a row's cross-fitted loss comes from the calibrator fitted on the other folds. shifted: the
 * model was trained with class weights (−log w_c is in Z already), so one intercept shift a class is fitted in either
 * case. group: rows of one group were drawn together. The calibrator returned is fitted on all rows.
 */
export function chooseCalibrator(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  part: Int32Array,
  shifted: boolean,
  group: Int32Array | null = null,
): TemperatureCalibrator {
  return run(choosingCalibrator(Z, y, s, k, part, shifted, group));
}

/** `chooseCalibrator`, with pauses. */
export function* choosingCalibrator(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  part: Int32Array,
  shifted: boolean,
  group: Int32Array | null,
): Work<TemperatureCalibrator> {
  const still = (weights: Float64Array | null): TemperatureCalibrator =>
    shifted ? fitShifts(Z, y, weights, k, false) : IDENTITY;
  const scaled = (weights: Float64Array | null): TemperatureCalibrator =>
    fitScaled(Z, y, weights, k, shifted);
  const candidate = scaled(s);
  if (candidate.temperature === 1) return candidate;
  const gain = pairedDifference(
    yield* crossFittedLosses(Z, y, s, k, part, atOnce(still)),
    yield* crossFittedLosses(Z, y, s, k, part, atOnce(scaled)),
    s,
    group,
  );
  return gain.mean > gain.standardError ? candidate : still(s);
}

/** The temperature, with `shifted` also one intercept shift a class. */
export function fitScaled(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  shifted: boolean,
): TemperatureCalibrator {
  if (shifted) return fitShifts(Z, y, s, k, true);
  return { temperature: fitTemperature(Z, y, s, k), shifts: null };
}
