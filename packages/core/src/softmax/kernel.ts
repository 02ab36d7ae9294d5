import { expOfSum, log1p } from "../base/math.ts";

/** What all functions of logits share, on one row in float64 (docs/math.md §1.2). Masked entries are −∞ here. */

/** The largest entry; −∞ where there is none, NaN where one is NaN. */
export function maximum(row: Float64Array): number {
  let m = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < row.length; c++) {
    if (row[c] > m) m = row[c];
    else if (Number.isNaN(row[c])) return Number.NaN;
  }
  return m;
}

/** x = (z − m)/T = head + tail, to about twice the digits of float64. */
interface Scaled {
  head: number;
  tail: number;
}

/** Temperatures at which Dekker's product neither overflows nor underflows. */
const COLDEST = 1e-200;
const HOTTEST = 1e200;
/** 2^27 + 1 splits a float64 into halves of 26 bits (Veltkamp). */
const SPLIT = 134217729;

/**
 * x = (z − m)/T for z ≤ m, finite or +∞, with the limits that make every temperature defined: 0 where z = m,
 * else −∞ for T = 0 and for m = ∞, and 0 for T = ∞ unless z = −∞.
 *
 * Rounded to float64, x has a relative error near 2u, which exp turns into 2|x|u. The tail keeps that out of the
 * denominator, whose other terms may be far larger in |x| than the entry that is divided by it.
 */
function scaled(z: number, m: number, temperature: number, x: Scaled): void {
  x.tail = 0;
  if (z === m) x.head = 0;
  else if (temperature === 0 || m === Number.POSITIVE_INFINITY) x.head = Number.NEGATIVE_INFINITY;
  else if (temperature === Number.POSITIVE_INFINITY)
    x.head = z === Number.NEGATIVE_INFINITY ? z : 0;
  else divideDifference(z, m, temperature, x);
}

function divideDifference(z: number, m: number, temperature: number, x: Scaled): void {
  const difference = z - m;
  if (difference === Number.NEGATIVE_INFINITY) {
    x.head = z / temperature - m / temperature;
    return;
  }
  x.head = difference / temperature;
  if (x.head < -746 || temperature < COLDEST || temperature > HOTTEST) return;
  const virtual = z - difference;
  const lost = z - (difference + virtual) + (virtual - m);
  x.tail =
    temperature === 1 ? lost : (residual(difference, x.head, temperature) + lost) / temperature;
}

/** a − q·b without rounding, for q = a/b rounded (Dekker 1971). */
function residual(a: number, q: number, b: number): number {
  const wideQ = SPLIT * q;
  const highQ = wideQ - (wideQ - q);
  const lowQ = q - highQ;
  const wideB = SPLIT * b;
  const highB = wideB - (wideB - b);
  const lowB = b - highB;
  const product = q * b;
  const lost = lowQ * lowB - (product - highQ * highB - lowQ * highB - highQ * lowB);
  return a - product - lost;
}

const x: Scaled = { head: 0, tail: 0 };

/** Overwrites a row of logits with x = (z − m)/T, rounded. For rows that have a maximum. */
export function scaleRow(row: Float64Array, m: number, temperature: number): void {
  for (let c = 0; c < row.length; c++) {
    scaled(row[c], m, temperature, x);
    row[c] = x.head;
  }
}

/** A sum and the rounding error that it has gathered (Neumaier 1974). */
export class Sum {
  value = 0;
  lost = 0;

  get total(): number {
    return this.value + this.lost;
  }

  add(term: number): void {
    const next = this.value + term;
    this.lost += this.value >= term ? this.value - next + term : term - next + this.value;
    this.value = next;
  }
}

/** Overwrites logits with p = exp(x) / Σ exp(x); zeros where nothing is above −∞, NaN where an entry is NaN. */
export function softmaxRow(row: Float64Array, temperature: number): void {
  const m = maximum(row);
  if (!(m > Number.NEGATIVE_INFINITY)) {
    row.fill(Number.isNaN(m) ? m : 0);
    return;
  }
  const sum = new Sum();
  for (let c = 0; c < row.length; c++) {
    scaled(row[c], m, temperature, x);
    row[c] = expOfSum(x.head, x.tail);
    sum.add(row[c]);
  }
  const { total } = sum;
  for (let c = 0; c < row.length; c++) row[c] /= total;
}

/** log Σ_c exp(z_c/T) − m/T ≥ 0, for a row with the maximum m > −∞. The 1 of the maximum stays out of the rounding. */
export function logSumOfRow(row: Float64Array, m: number, temperature: number): number {
  const sum = new Sum();
  for (let c = 0; c < row.length; c++) {
    scaled(row[c], m, temperature, x);
    sum.add(expOfSum(x.head, x.tail));
  }
  return log1p(sum.value - 1 + sum.lost);
}

/** Overwrites logits with log p = x − log Σ exp(x); −∞ where nothing is above −∞, NaN where an entry is NaN. */
export function logSoftmaxRow(row: Float64Array, temperature: number): void {
  const m = maximum(row);
  if (!(m > Number.NEGATIVE_INFINITY)) {
    row.fill(m);
    return;
  }
  const shift = logSumOfRow(row, m, temperature);
  for (let c = 0; c < row.length; c++) {
    scaled(row[c], m, temperature, x);
    row[c] = x.head - shift + x.tail;
  }
}
