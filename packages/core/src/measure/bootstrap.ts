import type { Random } from "../base/random.ts";
import type { ScoredRows } from "./rows.ts";

/** A number with its 95 % interval, in plain data. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Weights to statistics: fills `out`. */
export type Statistics = (weights: Float64Array, out: Float64Array) => void;

/**
 * Bootstrap replicates of `size` statistics, one array a statistic (docs/math.md §7.2): units (rows, or
 * whole groups) are drawn with replacement, and a row's weight is s_i times the draws of its unit.
 */
export function bootstrap(
  rows: Pick<ScoredRows, "n" | "s" | "unit" | "units">,
  statistics: Statistics,
  size: number,
  replicates: number,
  random: Random,
): Float64Array[] {
  const results = Array.from({ length: size }, () => new Float64Array(replicates));
  const draws = new Uint32Array(rows.units);
  const weights = new Float64Array(rows.n);
  const out = new Float64Array(size);
  for (let r = 0; r < replicates; r++) {
    draws.fill(0);
    for (let j = 0; j < rows.units; j++) draws[drawBelow(rows.units, random)]++;
    for (let i = 0; i < rows.n; i++) weights[i] = rows.s[i] * draws[rows.unit[i]];
    statistics(weights, out);
    for (let j = 0; j < size; j++) results[j][r] = out[j];
  }
  return results;
}

/** Uniform in 0…bound−1 up to a bias of bound/2^32, which resampling does not feel; faster than an unbiased draw. */
const drawBelow = (bound: number, random: Random): number =>
  Math.floor((random.uint32() * bound) / 0x100000000);

/** Percentile interval: the 2.5 % and 97.5 % quantiles of the replicates, stretched to hold the value. */
export function percentileInterval(value: number, replicates: Float64Array): Estimate {
  const sorted = replicates.slice().sort();
  return holding(value, quantile(sorted, 0.025), quantile(sorted, 0.975));
}

/**
 * Basic interval 2v − q(97.5 %) … 2v − q(2.5 %), not below 0, stretched to hold the value: for a statistic such as
 * ECE that noise pushes up, in the replicates once more than in the value.
 */
export function basicInterval(value: number, replicates: Float64Array): Estimate {
  const sorted = replicates.slice().sort();
  const low = Math.max(0, 2 * value - quantile(sorted, 0.975));
  return holding(value, low, 2 * value - quantile(sorted, 0.025));
}

const holding = (value: number, low: number, high: number): Estimate => ({
  value,
  low: Math.min(value, low),
  high: Math.max(value, high),
});

/** The q-quantile of ascending numbers, linear between neighbours. */
export function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  return below === above ? below : below + (at - Math.floor(at)) * (above - below);
}

/** 0.975-quantile of the normal distribution. */
export const Z_95 = 1.959963984540054;

/** Wilson's score interval of a share p seen in n draws (Wilson 1927). n may be an effective number. */
export function wilsonInterval(p: number, n: number): Estimate {
  const z2 = (Z_95 * Z_95) / n;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = Math.sqrt((p * (1 - p) + z2 / 4) * z2) / (1 + z2);
  return holding(p, Math.max(0, centre - half), Math.min(1, centre + half));
}

/** Kish's effective number of draws (Σ s)² / Σ s². */
export function effectiveSize(s: Float64Array): number {
  let sum = 0;
  let squares = 0;
  for (const weight of s) {
    sum += weight;
    squares += weight * weight;
  }
  return (sum * sum) / squares;
}
