import { dataError } from "./checks.ts";
import { exp, expOfSum, log } from "./math.ts";

/**
 * Tails of distributions (docs/math.md §10.1), from sums without cancellation. Bounds are relative errors, measured by
 * test/base/tails.test.ts against values of 50 digits, wherever the result is a normal number.
 */

/** 1/√(2π) */
const DENSITY_AT_0 = 0.3989422804014327;
/** From here on the continued fraction is the quicker and the sharper. */
const SERIES_UP_TO = 2.5;
const SPLITTER = 134217729;

/** φ(z) = exp(−z²/2)/√(2π), z² with its rounding error (Dekker 1971). */
export function normalDensity(z: number): number {
  const square = z * z;
  const head = SPLITTER * z - (SPLITTER * z - z);
  const tail = z - head;
  const lost = tail * tail - (square - head * head - 2 * head * tail);
  return DENSITY_AT_0 * expOfSum(-square / 2, -lost / 2);
}

/** P(N > z) of the standard normal distribution, within 1e-13. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  return z < SERIES_UP_TO ? 0.5 - normalDensity(z) * series(z) : normalDensity(z) / fraction(z);
}

/** (Φ(z) − ½)/φ(z) = Σ_j z^(2j+1)/(1·3·…·(2j+1)) */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * 1e-18; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

/** φ(z)/P(N > z) = z + 1/(z + 2/(z + 3/(z + …))) (Laplace), from the inside. */
function fraction(z: number): number {
  let rest = z;
  for (let j = Math.ceil(20 + 900 / (z * z)); j > 0; j--) rest = z + j / rest;
  return rest;
}

/**
 * The z with P(N > z) = tail, for a tail in (0, ½], within 1e-13: Newton's method on the logarithm of the tail, which is
 * concave, from above (P(N > z) ≤ exp(−z²/2)/2).
 */
export function normalQuantile(tail: number): number {
  if (!(tail > 0 && tail <= 0.5)) {
    throw new RangeError(`"tail" expected a number above 0 and up to 0.5, got ${tail}`);
  }
  const target = log(tail);
  let z = Math.sqrt(Math.max(0, -2 * (target + Math.LN2)));
  for (let step = 1, count = 0; Math.abs(step) > 1e-15 * z && count < 60; count++) {
    const here = normalTail(z);
    step = ((log(here) - target) * here) / normalDensity(z);
    z += step;
  }
  return Math.max(0, z);
}

/**
 * P(χ² > x) with `df` = 1, 2, … degrees of freedom, within 1e-12: finite sums of positive terms (Abramowitz & Stegun 1964,
 * 26.4.4 and 26.4.5),
 *
 *   even df:  e^(−x/2) Σ_{j < df/2} (x/2)^j/j!            odd df:  2 P(N > √x) + 2 φ(√x) Σ_{j ≤ (df−1)/2} x^(j−½)/(1·3·…·(2j−1))
 */
export function chiSquareTail(x: number, df: number): number {
  if (!Number.isInteger(df) || df < 1) throw new RangeError(`"df" expected 1, 2, …, got ${df}`);
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  if (df % 2 === 0) return Math.min(1, scaledSum(1, x, 2, df / 2, x / 2));
  const root = Math.sqrt(x);
  const rest = df === 1 ? 0 : 2 * scaledSum(root * DENSITY_AT_0, x, 3, (df - 1) / 2, x / 2);
  return Math.min(1, 2 * normalTail(root) + rest);
}

/** Taken out of a sum whenever it grows large: e^−STEP is far from the ends of float64. */
const STEP = 500;
const LARGE = 1e200;

/** e^−damping Σ_{j < count} of terms, the first given and each the one before times x/(divisor + 2j); nothing overflows. */
function scaledSum(
  first: number,
  x: number,
  divisor: number,
  count: number,
  damping: number,
): number {
  let term = first;
  let sum = first;
  let left = damping;
  for (let j = 0; j < count - 1; j++) {
    term *= x / (divisor + 2 * j);
    sum += term;
    while (sum > LARGE && left > STEP) {
      const down = exp(-STEP);
      term *= down;
      sum *= down;
      left -= STEP;
    }
  }
  return left > STEP ? sum * exp(-STEP) * exp(STEP - left) : sum * exp(-left);
}

/** Draws of a fair coin at most, whose terms are multiplied one by one. */
const MOST_DRAWS = 2 ** 31;

/** P(B ≤ m) and P(B = m) for B heads of n throws of a fair coin, 0 ≤ m ≤ n, within 1e-15·n. */
export function fairCoin(m: number, n: number): { atMost: number; exactly: number } {
  if (!(n <= MOST_DRAWS)) throw dataError(`a count of ${n} is too large for an exact test`);
  if (2 * m >= n) {
    if (m === n) return { atMost: 1, exactly: binomialAt(0, n) };
    const other = fairCoin(n - m - 1, n);
    return { atMost: 1 - other.atMost, exactly: binomialAt(n - m, n) };
  }
  const exactly = binomialAt(m, n);
  let ratio = 1;
  let sum = 1;
  for (let j = m; ratio > sum * 1e-18; j--) {
    ratio *= j / (n - j + 1);
    sum += ratio;
  }
  return { atMost: Math.min(1, exactly * sum), exactly };
}

/** C(n, m)/2^n for m ≤ n/2: factors above 1 and halvings taken in turn, so that nothing leaves float64 on the way. */
function binomialAt(m: number, n: number): number {
  let value = 1;
  let halvings = n;
  for (let j = 1; j <= m; j++) {
    value *= (n - m + j) / j;
    while (value > 1 && halvings > 0) {
      value /= 2;
      halvings--;
    }
  }
  return value * exp(-halvings * Math.LN2);
}
