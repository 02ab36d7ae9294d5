/** exp of four float32 lanes, after Cody & Waite (1980); coefficients: polynomials.py. */

export const LOG2_E: f32 = 1.4426950408889634;
export const LN2_HEAD: f32 = 0.693359375; // 10 bits: n·LN2_HEAD is exact
export const LN2_TAIL: f32 = -2.12194440054690583e-4;
const ROUND: f32 = 12582912.0; // 1.5·2^23
const LOWEST: f32 = -69.0;

/**
 * exp(x) for −∞ ≤ x ≤ 88, 0 below −69 (1e-30); NaN stays NaN. Error < 1.25 ulp. The products of what is smaller would
 * soon be subnormal, which takes ten times as long.
 */
@inline export function exp32(x: v128): v128 {
  const none = f32x4.lt(x, f32x4.splat(LOWEST));
  x = v128.andnot(x, none);
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  const n = f32x4.sub(shifted, f32x4.splat(ROUND));
  const head = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HEAD)));
  const r = f32x4.sub(head, f32x4.mul(n, f32x4.splat(LN2_TAIL)));
  const y = exp32Reduced(
    r, f32x4.splat(C6), f32x4.splat(C5), f32x4.splat(C4), f32x4.splat(C3), f32x4.splat(0.5), f32x4.splat(1.0),
  );
  const scale = i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(y, scale), none);
}

/** Highest first: (e^r − 1 − r)/r² = ((((C6 r + C5) r + C4) r + C3) r + 1/2. */
export const C6: f32 = 0.0013926183587713494;
export const C5: f32 = 0.008363179052722578;
export const C4: f32 = 0.041666554617204574;
export const C3: f32 = 0.16666576989698775;

/** exp(r) for |r| ≤ ln 2 / 2, given its constants in all lanes. */
@inline export function exp32Reduced(
  r: v128, c6: v128, c5: v128, c4: v128, c3: v128, half: v128, one: v128,
): v128 {
  let q = f32x4.add(f32x4.mul(c6, r), c5);
  q = f32x4.add(f32x4.mul(q, r), c4);
  q = f32x4.add(f32x4.mul(q, r), c3);
  q = f32x4.add(f32x4.mul(q, r), half);
  return f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), q), r), one);
}
