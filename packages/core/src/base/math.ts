/**
 * exp, log and their kin from + − × ÷ and bit casts alone, so that every engine gives the same bits.
 * Each reduces its argument (Cody & Waite 1980) and sums a Taylor series long enough for float64.
 */

const LOG2E = Math.LOG2E;
/** ln 2 in two parts; the high one has 32 bits, so that its product with a small integer is exact. */
const LN2_HIGH = 0.693147180369123816490;
const LN2_LOW = 1.90821492927058770002e-10;

const bits = new DataView(new ArrayBuffer(8));

/** 2^k for integers −1022…1023. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** e^r − 1 for |r| ≤ 0.35. */
function expm1Small(r: number): number {
  let p = 1 / 6227020800;
  p = p * r + 1 / 479001600;
  p = p * r + 1 / 39916800;
  p = p * r + 1 / 3628800;
  p = p * r + 1 / 362880;
  p = p * r + 1 / 40320;
  p = p * r + 1 / 5040;
  p = p * r + 1 / 720;
  p = p * r + 1 / 120;
  p = p * r + 1 / 24;
  p = p * r + 1 / 6;
  p = p * r + 0.5;
  return r + r * r * p;
}

/** e^x. */
export function exp(x: number): number {
  if (!(x > -746)) return x !== x ? x : 0;
  if (x > 709.79) return Number.POSITIVE_INFINITY;
  const k = Math.round(x * LOG2E);
  const m = 1 + expm1Small(x - k * LN2_HIGH - k * LN2_LOW);
  if (k > -1022 && k < 1024) return m * powerOfTwo(k);
  const half = k >> 1;
  return m * powerOfTwo(half) * powerOfTwo(k - half);
}

/** e^x − 1. */
export function expm1(x: number): number {
  return Math.abs(x) < 0.35 ? expm1Small(x) : exp(x) - 1;
}

/** Natural logarithm. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let scale = 0;
  let y = x;
  if (y < 2.2250738585072014e-308) {
    y *= 18014398509481984;
    scale = -54;
  }
  bits.setFloat64(0, y);
  const high = bits.getUint32(0);
  let e = (high >>> 20) - 1023 + scale;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    e++;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const t = s * s;
  let p = 2 / 21;
  for (let i = 19; i >= 3; i -= 2) p = p * t + 2 / i;
  return e * LN2_HIGH + (f - (s * (f - p * t) - e * LN2_LOW));
}

/** log(1 + x). */
export function log1p(x: number): number {
  const u = 1 + x;
  if (u === 1 || !(u > 0) || u === Number.POSITIVE_INFINITY) return u === 1 ? x : log(u);
  return log(u) + (x - (u - 1)) / u;
}
