import { log } from "../base/math.ts";
import type { Random } from "../base/random.ts";
import { argmaxRow } from "./choose.ts";
import { maximum, scaleRow, softmaxRow } from "./kernel.ts";
import {
  type Into,
  type Like,
  type Matrices,
  mapRows,
  type RowOptions,
  reduceRows,
  TEMPERED,
  type TemperatureOptions,
  temperatureOf,
  type Values,
} from "./rows.ts";

/** 2^-54 and 1 − 2^-53: half the spacing of random.uniform(), and the largest float64 below 1. */
const HALF_STEP = 5.551115123125783e-17;
const BELOW_ONE = 0.9999999999999999;

const indices = (n: number): Int32Array => new Int32Array(n);

/**
 * Draws a class for each row in proportion to its entries p ≥ 0, which need not sum to 1; one uniform number a row.
 *
 * An entry of 0 is never drawn. −1 where the row is no distribution: empty, all 0, negative, infinite or NaN.
 * One row gives a number; with `columns` an Int32Array of n. The same seed gives the same draws everywhere.
 */
export function sample(
  p: Values,
  random: Random,
  options?: RowOptions & { columns?: undefined },
): number;
export function sample(p: Values, random: Random, options: Matrices<RowOptions>): Int32Array;
export function sample(p: Values, random: Random, options: RowOptions = {}): number | Int32Array {
  return reduceRows("probabilities", p, options, [], indices, (row) =>
    drawOfRow(row, random.uniform()),
  );
}

/** The first class whose running sum exceeds u·Σ p; `last` is for sums that rounding leaves short. */
function drawOfRow(row: Float64Array, u: number): number {
  let total = 0;
  for (const value of row) {
    if (value < 0) return -1;
    total += value;
  }
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return -1;
  let last = -1;
  let sum = 0;
  for (let c = 0; c < row.length; c++) {
    if (row[c] === 0) continue;
    last = c;
    sum += row[c];
    if (sum > u * total) return c;
  }
  return last;
}

/**
 * Draws a class for each row of logits from softmax(z/T), by the Gumbel-max trick: argmax(z/T + g) with
 * g = −log(−log u), u uniform in (0, 1) (docs/math.md §1.8). One uniform number an entry, masked or not.
 *
 * T = 0 draws among the largest entries, T = Infinity among all above −∞. −1 where argmax has none. One row gives a
 * number; with `columns` an Int32Array of n.
 */
export function sampleLogits(
  z: Values,
  random: Random,
  options?: TemperatureOptions & { columns?: undefined },
): number;
export function sampleLogits(
  z: Values,
  random: Random,
  options: Matrices<TemperatureOptions>,
): Int32Array;
export function sampleLogits(
  z: Values,
  random: Random,
  options: TemperatureOptions = {},
): number | Int32Array {
  const temperature = temperatureOf(options);
  return reduceRows("logits", z, options, TEMPERED, indices, (row) => {
    perturb(row, temperature, random);
    return argmaxRow(row);
  });
}

/**
 * A differentiable draw for each row: softmax((z + g)/T) with Gumbel noise g (docs/math.md §1.8). As T → 0 it becomes
 * the indicator of a draw from softmax(z). Shapes and edge cases as softmax; one uniform number an entry.
 * Its gradient for given noise is softmaxVjp. Jang, Gu & Poole 2017; Maddison, Mnih & Teh 2017.
 */
export function gumbelSoftmax<T extends Values>(
  z: T,
  random: Random,
  options: Into<TemperatureOptions, T> = {},
): Like<T> {
  const temperature = temperatureOf(options);
  return mapRows("logits", z, options, TEMPERED, (row) => {
    perturb(row, 1, random);
    softmaxRow(row, temperature);
  });
}

/** z becomes (z − m)/T + g; a row without a maximum keeps its −∞ and NaN, but uses as many draws. */
function perturb(row: Float64Array, temperature: number, random: Random): void {
  const m = maximum(row);
  if (m > Number.NEGATIVE_INFINITY) scaleRow(row, m, temperature);
  for (let c = 0; c < row.length; c++) row[c] += gumbel(random);
}

/** −log(−log u) with u = (r + ½)/2^53 in (0, 1), r an integer. */
function gumbel(random: Random): number {
  const u = Math.min(random.uniform() + HALF_STEP, BELOW_ONE);
  return -log(-log(u));
}
