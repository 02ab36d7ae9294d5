import { checkLength } from "./checks.ts";
import { exp, log, log1p } from "./math.ts";

/** What calibrators, metrics and the trainer share: the log loss of rows, and two lists of losses compared. */

/**
 * Log loss of each row, from logits: l_i = m_i + log Σ_c exp(Z_ic − m_i) − Z_i,y(i), m_i = max_c Z_ic (nats).
 *
 * The plain case of crossEntropy (softmax/), without the cost of its options. Z: n×k, row-major. Nothing is clipped: a row's loss is +∞ where the logit of its class is −∞, and only there.
 */
export function rowLosses(Z: Float64Array, y: Int32Array, n: number, k: number): Float64Array {
  checkLength("Z", Z.length, n * k);
  checkLength("y", y.length, n);
  const losses = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const label = Z[i * k + y[i]];
    losses[i] =
      label === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : lossOfRow(Z, i * k, k, label);
  }
  return losses;
}

/** m + log(1 + Σ_{c ≠ top} exp(Z_c − m)) − label, each difference taken before the sum. */
function lossOfRow(Z: Float64Array, start: number, k: number, label: number): number {
  let top = start;
  for (let c = start + 1; c < start + k; c++) if (Z[c] > Z[top]) top = c;
  const m = Z[top];
  let rest = 0;
  for (let c = start; c < start + k; c++) if (c !== top) rest += exp(Z[c] - m);
  return m - label + log1p(rest);
}

/** Weighted mean Σ s_i v_i / Σ s_i over the rows whose weight is not 0; s null for equal weights. */
export function weightedMean(values: Float64Array, s: Float64Array | null): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = s === null ? 1 : s[i];
    if (weight === 0) continue;
    sum += weight * values[i];
    total += weight;
  }
  return sum / total;
}

/** s_i ratio_y(i): rows weighted by their class. */
export const ratioWeights = (
  ratios: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
): Float64Array => Float64Array.from(y, (c, i) => (s === null ? 1 : s[i]) * ratios[c]);

export interface PairedDifference {
  /** Weighted mean of a − b. */
  readonly mean: number;
  /** Its standard error; +∞ where fewer than two rows or groups have weight. */
  readonly standardError: number;
}

/**
 * Mean of the differences d_i = a_i − b_i of two losses on the same rows, and its standard error
 * (docs/math.md §7.1):
 *
 *   mean = Σ s_i d_i / S,   standardError² = G/(G−1) · Σ_g (Σ_{i in g} s_i (d_i − mean))² / S²,   S = Σ s_i
 *
 * over G groups that were drawn independently; without `group` each row is one. Equal values differ by 0, also ∞.
 */
export function pairedDifference(
  a: Float64Array,
  b: Float64Array,
  s: Float64Array | null = null,
  group: Int32Array | null = null,
): PairedDifference {
  checkLength("b", b.length, a.length);
  let sum = 0;
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    const weight = s === null ? 1 : s[i];
    if (weight === 0) continue;
    sum += weight * difference(a[i], b[i]);
    total += weight;
  }
  const mean = sum / total;
  const { squares, count } =
    group === null ? squaresOfRows(a, b, s, mean) : squaresOfGroups(a, b, s, mean, group);
  const standardError =
    count < 2 ? Number.POSITIVE_INFINITY : Math.sqrt((count / (count - 1)) * squares) / total;
  return { mean, standardError };
}

const difference = (a: number, b: number): number => (a === b ? 0 : a - b);

interface Squares {
  readonly squares: number;
  /** How many were squared. */
  readonly count: number;
}

function squaresOfRows(
  a: Float64Array,
  b: Float64Array,
  s: Float64Array | null,
  mean: number,
): Squares {
  let squares = 0;
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    const weight = s === null ? 1 : s[i];
    if (weight === 0) continue;
    const value = weight * (difference(a[i], b[i]) - mean);
    squares += value * value;
    count++;
  }
  return { squares, count };
}

function squaresOfGroups(
  a: Float64Array,
  b: Float64Array,
  s: Float64Array | null,
  mean: number,
  group: Int32Array,
): Squares {
  const sums = new Map<number, number>();
  for (let i = 0; i < a.length; i++) {
    const weight = s === null ? 1 : s[i];
    if (weight === 0) continue;
    const value = weight * (difference(a[i], b[i]) - mean);
    sums.set(group[i], (sums.get(group[i]) ?? 0) + value);
  }
  let squares = 0;
  for (const value of sums.values()) squares += value * value;
  return { squares, count: sums.size };
}

/** log Σ_c exp(z_c). */
export function logSumExpOf(z: Float64Array): number {
  const m = z.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return m + log(z.reduce((sum, value) => sum + exp(value - m), 0));
}
