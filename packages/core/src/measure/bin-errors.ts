import { normalDensity, normalTail } from "../base/tails.ts";
import { HAPPENED, PRODUCTS, PROMISED, PROMISED_SQUARES, SQUARES, SUMS, WEIGHT } from "./views.ts";

/** Calibration errors from the sums of bins (docs/math.md §6.5–§6.7); W is the weight of all bins. */

/** Σ_b |Σ_{i in b} w_i (y_i − p_i)| / W */
export function meanError(sums: Float64Array): number {
  let error = 0;
  let total = 0;
  for (let at = 0; at < sums.length; at += SUMS) {
    error += Math.abs(sums[at + HAPPENED] - sums[at + PROMISED]);
    total += sums[at + WEIGHT];
  }
  return error / total;
}

/** The largest gap of a bin: max_b |Σ_{i in b} w_i (y_i − p_i)| / W_b */
export function largestError(sums: Float64Array): number {
  let largest = 0;
  for (let at = 0; at < sums.length; at += SUMS) {
    if (sums[at + WEIGHT] === 0) continue;
    const gap = Math.abs(sums[at + HAPPENED] - sums[at + PROMISED]) / sums[at + WEIGHT];
    largest = Math.max(largest, gap);
  }
  return largest;
}

/**
 * The mean error less what noise adds to it (Kumar, Liang & Ma 2019, §5 and appendix): with g_b the gap of a bin and
 * v_b = ȳ_b (1 − ȳ_b) / n_b the variance of its share, E|N(g_b, v_b)| − |g_b| is taken off |g_b|. n_b = (Σw)²/Σw² of the bin.
 * Not below 0.
 */
export function debiasedError(sums: Float64Array): number {
  let error = 0;
  let total = 0;
  for (let at = 0; at < sums.length; at += SUMS) {
    const weight = sums[at + WEIGHT];
    if (weight === 0) continue;
    const share = sums[at + HAPPENED] / weight;
    const gap = Math.abs(share - sums[at + PROMISED] / weight);
    const deviation = Math.sqrt((share * (1 - share) * sums[at + SQUARES]) / (weight * weight));
    error += weight * (2 * gap - foldedMean(gap, deviation));
    total += weight;
  }
  return Math.max(0, error / total);
}

/** E|x| of a normal x with this mean and deviation: 2 σ φ(μ/σ) + μ (1 − 2 Q(μ/σ)), Q the upper tail. */
export function foldedMean(mean: number, deviation: number): number {
  if (!(deviation > 0)) return Math.abs(mean);
  const z = mean / deviation;
  return 2 * deviation * normalDensity(z) + mean * (1 - 2 * normalTail(z));
}

/** Parts of a Brier score, in the order of BRIER_PARTS. */
export const RELIABILITY = 0;
export const RELIABILITY_DEBIASED = 1;
export const RESOLUTION = 2;
export const UNCERTAINTY = 3;
export const WITHIN_VARIANCE = 4;
export const WITHIN_COVARIANCE = 5;
export const BRIER_PARTS = 6;

/**
 * Adds to `out` the parts of the Brier score of one event (docs/math.md §6.7): Brier = reliability − resolution +
 * uncertainty + within-bin variance − within-bin covariance, exactly but for rounding.
 */
export function addBrierParts(sums: Float64Array, out: Float64Array): void {
  let total = 0;
  let happened = 0;
  for (let at = 0; at < sums.length; at += SUMS) {
    total += sums[at + WEIGHT];
    happened += sums[at + HAPPENED];
  }
  const share = happened / total;
  out[UNCERTAINTY] += share * (1 - share);
  for (let at = 0; at < sums.length; at += SUMS) {
    const weight = sums[at + WEIGHT];
    if (weight === 0) continue;
    const p = sums[at + PROMISED] / weight;
    const y = sums[at + HAPPENED] / weight;
    const part = weight / total;
    const own = (weight * weight) / sums[at + SQUARES];
    out[RELIABILITY] += part * (p - y) * (p - y);
    out[RELIABILITY_DEBIASED] +=
      part * ((p - y) * (p - y) - (own > 1 ? (y * (1 - y)) / (own - 1) : 0));
    out[RESOLUTION] += part * (y - share) * (y - share);
    out[WITHIN_VARIANCE] += part * (sums[at + PROMISED_SQUARES] / weight - p * p);
    out[WITHIN_COVARIANCE] += 2 * part * (sums[at + PRODUCTS] / weight - p * y);
  }
}
