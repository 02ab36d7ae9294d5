/**
 * Elementary functions with the same bits in every engine.
 *
 * ECMAScript leaves the accuracy of Math.exp, log, sin and their like to the engine, and engines differ. Here only
 * + − × ÷ (which IEEE 754 rounds correctly), integer operations and bit casts are used, in a fixed order.
 *
 * Method: exact range reduction in the manner of Cody & Waite (1980, "Software Manual for the Elementary
 * Functions"), then the Taylor series on the reduced interval. There the first term left out is below 2^-57 of the
 * result, so that fitted coefficients would buy fewer terms, not accuracy. The leading terms are added with the
 * rounding error of their sum carried along (Dekker 1971, Fast2Sum), so that one rounding dominates the error.
 *
 * Bounds are in units in the last place (ulp) of the exact result, measured by test/base/math.test.ts against
 * arbitrary-precision values.
 */

/** ln 2 = LN2_HEAD + LN2_TAIL; the head has 32 significant bits, so that n·LN2_HEAD is exact for |n| < 2^21. */
const LN2_HEAD = 0.6931471803691238;
const LN2_TAIL = 1.9082149292705877e-10;
const TWO_PI = 2 * Math.PI;

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);
/** Which of the two words holds sign and exponent: 1 on little-endian machines. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0];

/** 2^n for −1022 ≤ n ≤ 1023. */
function powerOfTwo(n: number): number {
  words[1 - HIGH] = 0;
  words[HIGH] = (n + 1023) << 20;
  return float[0];
}

/** y·2^n with one rounding, for y near 1 and −1080 ≤ n ≤ 1024, of which neither 2^n nor the product need be normal. */
function scale(y: number, n: number): number {
  const half = n >> 1;
  return y * powerOfTwo(half) * powerOfTwo(n - half);
}

/** (e^r − 1 − r)/r² = Σ_{j≥2} r^(j−2)/j!, for |r| ≤ ln 2 / 2. */
function expTail(r: number): number {
  let sum = 1 / 6227020800;
  sum = sum * r + 1 / 479001600;
  sum = sum * r + 1 / 39916800;
  sum = sum * r + 1 / 3628800;
  sum = sum * r + 1 / 362880;
  sum = sum * r + 1 / 40320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  return sum * r + 0.5;
}

/** e^x, within 0.7 ulp (subnormal results: 1 ulp). exp(−Infinity) = 0, exp(NaN) = NaN; exp(0) = 1 exactly. */
export function exp(x: number): number {
  return expOfSum(x, 0);
}

/**
 * e^(x + tail) for |tail| ≤ ulp(x), which a float64 x alone would lose: within 0.7 ulp.
 *
 *   x = n ln 2 + r + t with |r| ≤ ln 2 / 2 and t the rounding error of r;  e^x = 2^n (1 + r + (t + r² q(r)))
 */
export function expOfSum(x: number, tail: number): number {
  if (!(x <= 709.782712893384)) return x > 0 ? Number.POSITIVE_INFINITY : x;
  if (x < -745.1332191019412) return 0;
  const n = Math.floor(x * Math.LOG2E + 0.5);
  const head = x - n * LN2_HEAD;
  const shift = n * LN2_TAIL - tail;
  const r = head - shift;
  const rest = head - r - shift + r * r * expTail(r);
  const sum = 1 + r;
  return scale(sum + (r - (sum - 1) + rest), n);
}

/**
 * e^x − 1 without cancellation, within 1 ulp. expm1(−0) = −0, expm1(−Infinity) = −1.
 *
 *   as exp, and then  2^n (1 + r + rest) − 1 = (2^n − 1) + 2^n r + (what 2^n − 1 lost, for large n) + 2^n rest
 */
export function expm1(x: number): number {
  if (!(x < 40)) return exp(x); // 1 is less than half of its last place
  if (x < -38) return -1;
  const n = Math.floor(x * Math.LOG2E + 0.5);
  if (n === 0) return x === 0 ? x : x + x * x * expTail(x);
  const head = x - n * LN2_HEAD;
  const tail = n * LN2_TAIL;
  const r = head - tail;
  const rest = head - r - tail + r * r * expTail(r);
  const power = powerOfTwo(n);
  const first = power - 1;
  const second = power * r;
  const lost = power - first - 1;
  const sum = first + second;
  return sum + (second - (sum - first) + (lost + power * rest));
}

/** 2 (atanh(s)/s − 1) = Σ_{j≥1} 2 s^(2j)/(2j + 1), for z = s² ≤ (√2 − 1)⁴. */
function atanhTail(z: number): number {
  let sum = 2 / 21;
  sum = sum * z + 2 / 19;
  sum = sum * z + 2 / 17;
  sum = sum * z + 2 / 15;
  sum = sum * z + 2 / 13;
  sum = sum * z + 2 / 11;
  sum = sum * z + 2 / 9;
  sum = sum * z + 2 / 7;
  sum = sum * z + 2 / 5;
  return z * (sum * z + 2 / 3);
}

/**
 * n ln 2 + log(1 + f) + t, for √½ ≤ 1 + f ≤ √2 and tiny t.
 *
 * With s = f/(2 + f), log(1 + f) = 2 atanh(s) = 2s + s a(s²). Putting 2s = f − s f and s f = (f² − s f²)/2 into it
 * leaves f, which is exact, as the leading term:  log(1 + f) = f − (h − s (h + a(s²))) with h = f²/2.
 */
function logOf(n: number, f: number, t: number): number {
  const s = f / (2 + f);
  const h = 0.5 * f * f;
  const rest = h - s * (h + atanhTail(s * s));
  if (n === 0) return f - (rest - t);
  const lead = n * LN2_HEAD;
  const sum = lead + f;
  return sum + (f - (sum - lead) + (n * LN2_TAIL + t - rest));
}

/** The high word of √2, and what carries [√½, √2) to one exponent. */
const SQRT2_HIGH = 0x3ff6a09e;

/** log of 2^shift·(x + t), for x positive, normal and finite: x = 2^n m with √½ ≤ m < √2. */
function logNormal(x: number, t: number, shift: number): number {
  float[0] = x;
  const high = words[HIGH];
  const n = ((high - SQRT2_HIGH) >> 20) + 1;
  words[HIGH] = high - (n << 20);
  const f = float[0] - 1;
  return logOf(n + shift, f, t / x);
}

/** Natural logarithm, within 0.8 ulp. log(±0) = −Infinity, log(x < 0) = NaN; log(1) = 0 exactly. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  if (x < 2.2250738585072014e-308) return logNormal(x * 18014398509481984, 0, -54);
  return logNormal(x, 0, 0);
}

/** log(1 + x) without cancellation, within 0.8 ulp. log1p(−0) = −0, log1p(−1) = −Infinity, NaN below. */
export function log1p(x: number): number {
  if (x > -0.2928 && x < 0.4142) return logOf(0, x, 0);
  if (!(x > -1)) return x === -1 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const sum = 1 + x;
  const lost = x < 1 ? x - (sum - 1) : 1 - (sum - x);
  return logNormal(sum, lost, 0);
}

/** The logistic function 1/(1 + e^−x), within 2 ulp, also in the tail where it is nearly e^x. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** log(1 + e^x), within 2 ulp: x for large x, e^x for very negative ones. */
export function log1pExp(x: number): number {
  if (x <= 0) return log1p(exp(x));
  return x + log1p(exp(-x));
}

/** sin(a) = a (1 + z Σ …), z = a², for |a| ≤ π/4. */
function sinSeries(a: number): number {
  const z = a * a;
  let sum = 1 / 355687428096000;
  sum = sum * z - 1 / 1307674368000;
  sum = sum * z + 1 / 6227020800;
  sum = sum * z - 1 / 39916800;
  sum = sum * z + 1 / 362880;
  sum = sum * z - 1 / 5040;
  sum = sum * z + 1 / 120;
  sum = sum * z - 1 / 6;
  return a + a * (z * sum);
}

/** cos(a) = 1 − z/2 + z² Σ …, z = a², for |a| ≤ π/4. */
function cosSeries(a: number): number {
  const z = a * a;
  let sum = 1 / 20922789888000;
  sum = sum * z - 1 / 87178291200;
  sum = sum * z + 1 / 479001600;
  sum = sum * z - 1 / 3628800;
  sum = sum * z + 1 / 40320;
  sum = sum * z - 1 / 720;
  sum = sum * z + 1 / 24;
  return 1 - (0.5 * z - z * z * sum);
}

/** sin(2π (t + quarters/4)): t is reduced without error to an eighth of a turn about a multiple of a quarter. */
function sinQuarters(t: number, quarters: number): number {
  const nearest = Math.floor(t * 4 + 0.5);
  const angle = TWO_PI * (t - nearest / 4);
  const quarter = (nearest + quarters) & 3;
  const value = quarter & 1 ? cosSeries(angle) : sinSeries(angle);
  return quarter & 2 ? 0 - value : value;
}

/** sin 2πt, t in turns, within 2 ulp; exact at multiples of a quarter turn. NaN where 4t is not finite. */
export function sinTurns(t: number): number {
  return sinQuarters(t, 0);
}

/** cos 2πt, t in turns, within 2 ulp; exact at multiples of a quarter turn. NaN where 4t is not finite. */
export function cosTurns(t: number): number {
  return sinQuarters(t, 1);
}
