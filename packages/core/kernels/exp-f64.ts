/**
 * exp and log of two float64 lanes, after Cody & Waite (1980): reduction by multiples of ln 2, then a polynomial that is
 * near-minimax on the reduced interval (coefficients: polynomials.py).
 */

const LOG2_E = 1.4426950408889634;
const LN2_HEAD = 0.6931471803691238; // 32 bits: n·LN2_HEAD is exact
const LN2_TAIL = 1.9082149292705877e-10;
const ROUND = 6755399441055744.0; // 1.5·2^52: adding it leaves the nearest integer in the low bits

@inline function step(p: v128, r: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(p, r), f64x2.splat(c));
}

/** exp(x) for −∞ ≤ x ≤ 709, 0 below −690; NaN stays NaN. Error < 1.25 ulp. */
@inline export function exp64(x: v128): v128 {
  const none = f64x2.lt(x, f64x2.splat(-690.0));
  x = v128.andnot(x, none); // results below 2^−1022 would take ten times as long
  const n = nearest(x);
  return v128.andnot(f64x2.mul(reduced(x, f64x2.sub(n, f64x2.splat(ROUND))), power(n)), none);
}

/** exp(x) for −∞ ≤ x ≤ 709, subnormal results included. Error < 1.25 ulp, plus one subnormal step. */
@inline export function gradualExp64(x: v128): v128 {
  const none = f64x2.lt(x, f64x2.splat(-745.2));
  x = v128.andnot(x, none);
  const n = f64x2.sub(nearest(x), f64x2.splat(ROUND));
  const y = reduced(x, n);
  // 2^n in two factors, so that the result rounds once
  const half = f64x2.add(f64x2.mul(n, f64x2.splat(0.5)), f64x2.splat(ROUND));
  const rest = f64x2.add(f64x2.sub(n, f64x2.sub(half, f64x2.splat(ROUND))), f64x2.splat(ROUND));
  return v128.andnot(f64x2.mul(f64x2.mul(y, power(half)), power(rest)), none);
}

/** The integer next to x log₂ e, plus ROUND. */
@inline function nearest(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, f64x2.splat(LOG2_E)), f64x2.splat(ROUND));
}

/** exp(x − n ln 2). */
@inline function reduced(x: v128, n: v128): v128 {
  const head = f64x2.sub(x, f64x2.mul(n, f64x2.splat(LN2_HEAD)));
  const r = f64x2.sub(head, f64x2.mul(n, f64x2.splat(LN2_TAIL)));
  // (e^r − 1 − r)/r², in two interleaved halves
  const r2 = f64x2.mul(r, r);
  let odd = step(f64x2.splat(2.510038549551032e-8), r2, 2.7557268459997064e-6);
  let even = step(f64x2.splat(2.7620088445409746e-7), r2, 2.4801521295954376e-5);
  odd = step(odd, r2, 0.00019841269863053618);
  even = step(even, r2, 0.0013888888917213717);
  odd = step(odd, r2, 0.008333333333330062);
  even = step(even, r2, 0.04166666666662413);
  odd = step(odd, r2, 0.16666666666666669);
  even = step(even, r2, 0.5000000000000001);
  const q = f64x2.add(f64x2.mul(odd, r), even);
  return f64x2.add(f64x2.add(f64x2.mul(r2, q), r), f64x2.splat(1.0));
}

/** 2^n, of n + ROUND. */
@inline function power(n: v128): v128 {
  return i64x2.shl(i64x2.add(n, i64x2.splat(1023)), 52);
}

/** log(x) for 1 ≤ x < ∞; ∞ and NaN give NaN. Error < 1 ulp. */
@inline export function log64(x: v128): v128 {
  // x = 2^e·m with √½ ≤ m < √2, f = m − 1, s = f/(2 + f): log m = f − f²/2 + s (f²/2 + R(s²))
  const above = i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd));
  const e = f64x2.sub(
    v128.or(i64x2.shr_u(above, 52), i64x2.splat(0x4330000000000000)),
    f64x2.splat(4503599627370496.0),
  );
  const m = i64x2.sub(x, v128.and(above, i64x2.splat(0xfff0000000000000)));
  const f = f64x2.sub(m, f64x2.splat(1.0));
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2.0)));
  const z = f64x2.mul(s, s);
  let R = step(f64x2.splat(0.14616585424888667), z, 0.15331710618210767);
  R = step(R, z, 0.18182889455674947);
  R = step(R, z, 0.22222211130259878);
  R = step(R, z, 0.2857142862600327);
  R = step(R, z, 0.39999999999899444);
  R = f64x2.mul(step(R, z, 0.666666666666667), z);
  const h = f64x2.mul(f64x2.mul(f, f), f64x2.splat(0.5));
  const t = f64x2.add(f64x2.mul(s, f64x2.add(h, R)), f64x2.mul(e, f64x2.splat(LN2_TAIL)));
  const y = f64x2.add(f64x2.mul(e, f64x2.splat(LN2_HEAD)), f64x2.sub(f, f64x2.sub(h, t)));
  return f64x2.add(y, f64x2.sub(x, x));
}
