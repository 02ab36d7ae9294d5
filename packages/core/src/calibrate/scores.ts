import { exp, log, log1p } from "../base/math.ts";

/**
 * Log-probabilities are held at −52 log 2 = −36.04, half the spacing of numbers below 1: what a fit makes of smaller ones would
 * hang on rows that are as good as impossible.
 */
export const FLOOR = -52 * Math.LN2;

/** Curves of one class against the rest that k classes need: for two the second's says all. */
export const curvesOf = (k: number): number => (k === 2 ? 1 : k);
/** The class of curve m. */
export const classOfCurve = (m: number, k: number): number => (k === 2 ? 1 : m);

/**
 * log p_c of the row of k logits at `start`, into `own`, and where wanted log(1 − p_c) into `rest`, both not below FLOOR:
 *
 *   p = softmax(z),   1 − p of the largest class from the sum of the others, so that no digit is lost
 *
 * One logit at least is above −∞.
 */
export function logProbabilities(
  Z: Float64Array,
  start: number,
  k: number,
  own: Float64Array,
  rest: Float64Array | null,
): void {
  let top = 0;
  for (let c = 1; c < k; c++) if (Z[start + c] > Z[start + top]) top = c;
  const m = Z[start + top];
  let others = 0;
  for (let c = 0; c < k; c++) if (c !== top) others += exp(Z[start + c] - m);
  const sum = log1p(others);
  for (let c = 0; c < k; c++) {
    const logP = c === top ? -sum : Z[start + c] - m - sum;
    own[c] = Math.max(logP, FLOOR);
    if (rest === null) continue;
    const logRest = c === top ? log(others) - sum : log1p(-exp(logP));
    rest[c] = Math.max(logRest, FLOOR);
  }
}

/** Log-odds log p_c − log(1 − p_c) of class c in each of n rows, between FLOOR and −FLOOR. */
export function logOdds(Z: Float64Array, n: number, k: number, c: number): Float64Array {
  const [own, rest] = [new Float64Array(k), new Float64Array(k)];
  return Float64Array.from({ length: n }, (_, i) => {
    logProbabilities(Z, i * k, k, own, rest);
    return own[c] - rest[c];
  });
}

/** Row weights of mean 1 over the rows that count: those of weight whose own class is not impossible. */
export function countingWeights(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
): { weights: Float64Array; rows: number } {
  const weights = Float64Array.from(y, (c, i) =>
    Z[i * k + c] === Number.NEGATIVE_INFINITY ? 0 : (s?.[i] ?? 1),
  );
  let total = 0;
  let rows = 0;
  for (const weight of weights) {
    total += weight;
    if (weight > 0) rows++;
  }
  if (s !== null) for (let i = 0; i < weights.length; i++) weights[i] *= rows / total;
  return { weights, rows };
}
