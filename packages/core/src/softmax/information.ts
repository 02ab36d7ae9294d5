import { checkLength, checkValues } from "../base/checks.ts";
import { log, log1p } from "../base/math.ts";
import {
  type Like,
  type Matrices,
  type RowOptions,
  reduceRows,
  resultFor,
  type Values,
} from "./rows.ts";

/**
 * Entropy of each row of probabilities, in nats: H(p) = −Σ_c p_c log p_c, with 0 log 0 = 0 (docs/math.md §1.5).
 *
 * 0 for certainty, log k for the uniform distribution. One row gives a number; with `columns` an array of n.
 */
export function entropy(p: Values, options?: RowOptions & { columns?: undefined }): number;
export function entropy<T extends Values>(p: T, options: Matrices<RowOptions>): Like<T>;
export function entropy<T extends Values>(p: T, options: RowOptions = {}): number | Like<T> {
  const create = (n: number): Like<T> => resultFor(p, n, undefined);
  return reduceRows("probabilities", p, options, [], create, (row) => {
    let sum = 0;
    for (const value of row) if (value !== 0) sum -= value * log(value);
    return sum;
  });
}

/**
 * Kullback–Leibler divergence of each row, in nats: D(p‖q) = Σ_c p_c log(p_c/q_c) ≥ 0 (docs/math.md §1.5).
 *
 * p, q: probabilities of the same shape. Entries with p_c = 0 count 0; Infinity where p_c > 0 = q_c. One row gives a
 * number; with `columns` an array of n of the kind of p.
 */
export function klDivergence(
  p: Values,
  q: Values,
  options?: RowOptions & { columns?: undefined },
): number;
export function klDivergence<T extends Values>(
  p: T,
  q: Values,
  options: Matrices<RowOptions>,
): Like<T>;
export function klDivergence<T extends Values>(
  p: T,
  q: Values,
  options: RowOptions = {},
): number | Like<T> {
  checkValues("q", q);
  checkLength("q", q.length, p.length);
  const create = (n: number): Like<T> => resultFor(p, n, undefined);
  return reduceRows("probabilities", p, options, [], create, (row, i) => {
    let sum = 0;
    for (let c = 0; c < row.length; c++) sum += divergenceTerm(row[c], q[i * row.length + c]);
    return Math.max(sum, 0);
  });
}

/** p log(p/q); where p is near q their difference is exact, and its logarithm loses nothing. */
function divergenceTerm(p: number, q: number): number {
  if (p === 0) return Number.isNaN(q) ? q : 0;
  return p > 0.5 * q && p < 2 * q ? p * log1p((p - q) / q) : p * (log(p) - log(q));
}
