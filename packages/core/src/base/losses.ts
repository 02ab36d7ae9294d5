import { checkLength } from "./checks.ts";
import { exp, log1p } from "./math.ts";

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
  // Loops, not callbacks: paths and choices call this hundreds of times on all rows.
  const d = new Float64Array(a.length);
  for (let i = 0; i < d.length; i++) d[i] = a[i] === b[i] ? 0 : a[i] - b[i];
  const mean = weightedMean(d, s);
  let total = 0;
  for (let i = 0; i < d.length; i++) {
    const weight = s === null ? 1 : s[i];
    total += weight;
    d[i] = weight === 0 ? Number.NaN : weight * (d[i] - mean);
  }
  const sums = group === null ? d : groupSums(d, group);
  let G = 0;
  let squares = 0;
  for (let i = 0; i < sums.length; i++) {
    if (Number.isNaN(sums[i])) continue;
    G++;
    squares += sums[i] * sums[i];
  }
  const standardError =
    G < 2 ? Number.POSITIVE_INFINITY : Math.sqrt((G / (G - 1)) * squares) / total;
  return { mean, standardError };
}

/** The sum of each group's values; NaN stands for a row that does not count. */
function groupSums(values: Float64Array, group: Int32Array): Float64Array {
  const sums = new Map<number, number>();
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i])) sums.set(group[i], (sums.get(group[i]) ?? 0) + values[i]);
  }
  return Float64Array.from(sums.values());
}
