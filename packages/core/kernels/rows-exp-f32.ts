/**
 * Σ_c exp((z_c − m)/T) and its terms for eight lanes at once, each with the maximum m of its row: one row in all of
 * them, or eight rows. Terms and sums are 2^64 times as large, so that none is subnormal; the terms' quotients by the
 * sum then round once, also where they are.
 *
 * A term errs by less than 1.7 u, a sum by less than the largest error of a term, u = 2^-24: for that, z − m
 * must not round. With T = 1 it need not: m = large + grid + rest, where large is m or 0, grid a multiple of 2^-9
 * below 2^13 and |rest| ≤ 2^-10; z − large and grid + n·LN2_HEAD are exact, z − large − grid − n·LN2_HEAD is
 * but for what is below u/4. With another T the quotient is taken in float64 and enters in two parts.
 */
import { LN2_HEAD, LN2_TAIL, LOG2_E, exp32Reduced } from "./exp-f32";
import { promoteHigh } from "./lanes";

/** What eight lanes have in common between passes: two vectors of each, side by side. */
@unmanaged export class Lanes {
  m0: v128; // the maximum
  m1: v128;
  large0: v128;
  large1: v128;
  grid0: v128;
  grid1: v128;
  rest0: v128;
  rest1: v128;
  lowest0: v128; // of z − large, below which the quotient is 0
  lowest1: v128;
  sum0: v128; // in steps of 2^48, from BIG on
  sum1: v128;
  lost0: v128; // what the steps cut off
  lost1: v128;
}

/** exp(−104.5) < 2^−150, half a subnormal step. */
const LOWEST: f64 = -104.5;
/** 2^-9 */
const GRID: f32 = 0.001953125;
/** Numbers from here on are multiples of GRID, and less than twice LOWEST away the difference to m is exact. */
const LARGE: f32 = 8192;
/** 1.5·2^23 + 64 + 127: the low bits of its sum with a number are the nearest integer, as the exponent of 2^64 times it. */
const ROUND: f32 = 12583103;
/** 1.5·2^71: sums with it are multiples of 2^48, and 64 terms are no more than 2^70. */
const BIG: f32 = 3541774862152233910272.0;

/** Vectors of a lane that can be added before the sums must be taken out. */
export const MOST: usize = 64;

/** Prepares for the maxima m0, m1. */
export function begin(lanes: Lanes): void {
  prepare(changetype<usize>(lanes));
  prepare(changetype<usize>(lanes) + 16);
  clear(lanes);
}

@inline function prepare(at: usize): void {
  const m = v128.load(at, offsetof<Lanes>("m0"));
  const large = v128.and(m, f32x4.ge(f32x4.abs(m), f32x4.splat(LARGE)));
  const small = f32x4.sub(m, large);
  const grid = f32x4.mul(f32x4.nearest(f32x4.mul(small, f32x4.splat(1 / GRID))), f32x4.splat(GRID));
  v128.store(at, large, offsetof<Lanes>("large0"));
  v128.store(at, grid, offsetof<Lanes>("grid0"));
  v128.store(at, f32x4.sub(small, grid), offsetof<Lanes>("rest0"));
  v128.store(at, f32x4.add(small, f32x4.splat(<f32>LOWEST)), offsetof<Lanes>("lowest0"));
}

export function clear(lanes: Lanes): void {
  lanes.sum0 = lanes.sum1 = f32x4.splat(BIG);
  lanes.lost0 = lanes.lost1 = f32x4.splat(0);
}

/** Terms of the vectors from `z` on, two at a time, written to `out` (which may be z) and added to the sums. */
export function exponentials(lanes: Lanes, z: usize, bytes: usize, out: usize): void {
  const large0 = lanes.large0, large1 = lanes.large1, lowest0 = lanes.lowest0, lowest1 = lanes.lowest1;
  const grid0 = lanes.grid0, grid1 = lanes.grid1, rest0 = lanes.rest0, rest1 = lanes.rest1;
  let sum0 = lanes.sum0, sum1 = lanes.sum1, lost0 = lanes.lost0, lost1 = lanes.lost1;
  for (let o: usize = 0; o < bytes; o += 32) {
    const e0 = term(v128.load(z + o), large0, lowest0, grid0, rest0);
    const e1 = term(v128.load(z + o, 16), large1, lowest1, grid1, rest1);
    v128.store(out + o, e0);
    v128.store(out + o, e1, 16);
    const next0 = f32x4.add(sum0, e0), next1 = f32x4.add(sum1, e1);
    lost0 = f32x4.add(lost0, f32x4.sub(e0, f32x4.sub(next0, sum0)));
    lost1 = f32x4.add(lost1, f32x4.sub(e1, f32x4.sub(next1, sum1)));
    sum0 = next0;
    sum1 = next1;
  }
  lanes.sum0 = sum0;
  lanes.sum1 = sum1;
  lanes.lost0 = lost0;
  lanes.lost1 = lost1;
}

@inline function term(z: v128, large: v128, lowest: v128, grid: v128, rest: v128): v128 {
  const x = f32x4.pmax(f32x4.sub(z, large), lowest); // NaN stays
  const shifted = f32x4.add(
    f32x4.mul(f32x4.sub(x, grid), f32x4.splat(LOG2_E)),
    f32x4.splat(ROUND),
  );
  const n = f32x4.sub(shifted, f32x4.splat(ROUND));
  const head = f32x4.sub(x, f32x4.add(f32x4.mul(n, f32x4.splat(LN2_HEAD)), grid));
  const tail = f32x4.add(f32x4.mul(n, f32x4.splat(LN2_TAIL)), rest);
  return f32x4.mul(exp32Reduced(f32x4.sub(head, tail)), i32x4.shl(shifted, 23));
}

/** As exponentials, with T. */
export function temperedExponentials(
  lanes: Lanes, z: usize, bytes: usize, temperature: f64, out: usize,
): void {
  const m0 = lanes.m0, m1 = lanes.m1, t = f64x2.splat(temperature);
  let sum0 = lanes.sum0, sum1 = lanes.sum1, lost0 = lanes.lost0, lost1 = lanes.lost1;
  for (let o: usize = 0; o < bytes; o += 32) {
    const e0 = temperedTerm(v128.load(z + o), m0, t);
    const e1 = temperedTerm(v128.load(z + o, 16), m1, t);
    v128.store(out + o, e0);
    v128.store(out + o, e1, 16);
    const next0 = f32x4.add(sum0, e0), next1 = f32x4.add(sum1, e1);
    lost0 = f32x4.add(lost0, f32x4.sub(e0, f32x4.sub(next0, sum0)));
    lost1 = f32x4.add(lost1, f32x4.sub(e1, f32x4.sub(next1, sum1)));
    sum0 = next0;
    sum1 = next1;
  }
  lanes.sum0 = sum0;
  lanes.sum1 = sum1;
  lanes.lost0 = lost0;
  lanes.lost1 = lost1;
}

@inline function temperedTerm(z: v128, m: v128, t: v128): v128 {
  const a = quotient(f64x2.promote_low_f32x4(z), f64x2.promote_low_f32x4(m), t);
  const b = quotient(promoteHigh(z), promoteHigh(m), t);
  const x = demote(a, b);
  const tail = demote(f64x2.sub(a, f64x2.promote_low_f32x4(x)), f64x2.sub(b, promoteHigh(x)));
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  const n = f32x4.sub(shifted, f32x4.splat(ROUND));
  const head = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HEAD)));
  const rest = f32x4.sub(f32x4.mul(n, f32x4.splat(LN2_TAIL)), tail);
  return f32x4.mul(exp32Reduced(f32x4.sub(head, rest)), i32x4.shl(shifted, 23));
}

/** (z − m)/T of two lanes, no less than what makes the result 0; NaN stays. */
@inline function quotient(z: v128, m: v128, t: v128): v128 {
  return f64x2.pmax(f64x2.div(f64x2.sub(z, m), t), f64x2.splat(LOWEST));
}

/** Four float32 lanes of twice two. */
@inline export function demote(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(
    f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5,
  );
}

/** The sums of lanes 0 and 1 of a vector, or of lanes 2 and 3, in units of 1. */
@inline export function sums(sum: v128, lost: v128, high: bool): v128 {
  const steps = f32x4.sub(sum, f32x4.splat(BIG));
  const pair = high
    ? f64x2.add(promoteHigh(steps), promoteHigh(lost))
    : f64x2.add(f64x2.promote_low_f32x4(steps), f64x2.promote_low_f32x4(lost));
  return f64x2.mul(pair, f64x2.splat(5.421010862427522e-20)); // 2^-64
}
