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
import { C3, C4, C5, C6, LN2_HEAD, LN2_TAIL, LOG2_E, exp32Reduced } from "./exp-f32";
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
  // The constants of exp: V8 would make them anew in each turn of a loop, from literals.
  log2e: f32;
  round: f32;
  ln2Head: f32;
  ln2Tail: f32;
  c6: f32;
  c5: f32;
  c4: f32;
  c3: f32;
  half: f32;
  one: f32;
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

/** Writes the constants. */
export function prepareLanes(lanes: Lanes): void {
  lanes.log2e = LOG2_E;
  lanes.round = ROUND;
  lanes.ln2Head = LN2_HEAD;
  lanes.ln2Tail = LN2_TAIL;
  lanes.c6 = C6;
  lanes.c5 = C5;
  lanes.c4 = C4;
  lanes.c3 = C3;
  lanes.half = 0.5;
  lanes.one = 1;
}

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
export function exponentials(
  lanes: Lanes, z: usize, bytes: usize, temperature: f64, out: usize,
): void {
  if (temperature != 1) temperedTerms(lanes, z, bytes, temperature, out);
  else if (v128.any_true(v128.or(lanes.large0, lanes.large1))) largeTerms(lanes, z, bytes, out);
  else smallTerms(lanes, z, bytes, out);
}

/** Where large = 0. */
function smallTerms(lanes: Lanes, z: usize, bytes: usize, out: usize): void {
  const lowest0 = lanes.lowest0, lowest1 = lanes.lowest1;
  const grid0 = lanes.grid0, grid1 = lanes.grid1, rest0 = lanes.rest0, rest1 = lanes.rest1;
  const log2e = f32x4.splat(lanes.log2e);
  const round = f32x4.splat(lanes.round);
  const ln2Head = f32x4.splat(lanes.ln2Head);
  const ln2Tail = f32x4.splat(lanes.ln2Tail);
  const c6 = f32x4.splat(lanes.c6);
  const c5 = f32x4.splat(lanes.c5);
  const c4 = f32x4.splat(lanes.c4);
  const c3 = f32x4.splat(lanes.c3);
  const half = f32x4.splat(lanes.half);
  const one = f32x4.splat(lanes.one);
  let sum0 = lanes.sum0, sum1 = lanes.sum1, lost0 = lanes.lost0, lost1 = lanes.lost1;
  for (let o: usize = 0; o < bytes; o += 32) {
    const e0 = term(
      v128.load(z + o), lowest0, grid0, rest0,
      log2e, round, ln2Head, ln2Tail, c6, c5, c4, c3, half, one,
    );
    const e1 = term(
      v128.load(z + o, 16), lowest1, grid1, rest1,
      log2e, round, ln2Head, ln2Tail, c6, c5, c4, c3, half, one,
    );
    v128.store(out + o, e0);
    v128.store(out + o, e1, 16);
    const next0 = f32x4.add(sum0, e0), next1 = f32x4.add(sum1, e1);
    lost0 = f32x4.add(lost0, f32x4.sub(e0, f32x4.sub(next0, sum0)));
    lost1 = f32x4.add(lost1, f32x4.sub(e1, f32x4.sub(next1, sum1)));
    // Stored in each turn: what V8 (Node 24, 26) takes out of an unrolled loop after fusing it may be of another turn.
    lanes.sum0 = sum0 = next0;
    lanes.sum1 = sum1 = next1;
    lanes.lost0 = lost0;
    lanes.lost1 = lost1;
  }
}


function largeTerms(lanes: Lanes, z: usize, bytes: usize, out: usize): void {
  const large0 = lanes.large0, large1 = lanes.large1;
  const lowest0 = lanes.lowest0, lowest1 = lanes.lowest1;
  const grid0 = lanes.grid0, grid1 = lanes.grid1, rest0 = lanes.rest0, rest1 = lanes.rest1;
  const log2e = f32x4.splat(lanes.log2e);
  const round = f32x4.splat(lanes.round);
  const ln2Head = f32x4.splat(lanes.ln2Head);
  const ln2Tail = f32x4.splat(lanes.ln2Tail);
  const c6 = f32x4.splat(lanes.c6);
  const c5 = f32x4.splat(lanes.c5);
  const c4 = f32x4.splat(lanes.c4);
  const c3 = f32x4.splat(lanes.c3);
  const half = f32x4.splat(lanes.half);
  const one = f32x4.splat(lanes.one);
  let sum0 = lanes.sum0, sum1 = lanes.sum1, lost0 = lanes.lost0, lost1 = lanes.lost1;
  for (let o: usize = 0; o < bytes; o += 32) {
    const e0 = term(
      f32x4.sub(v128.load(z + o), large0), lowest0, grid0, rest0,
      log2e, round, ln2Head, ln2Tail, c6, c5, c4, c3, half, one,
    );
    const e1 = term(
      f32x4.sub(v128.load(z + o, 16), large1), lowest1, grid1, rest1,
      log2e, round, ln2Head, ln2Tail, c6, c5, c4, c3, half, one,
    );
    v128.store(out + o, e0);
    v128.store(out + o, e1, 16);
    const next0 = f32x4.add(sum0, e0), next1 = f32x4.add(sum1, e1);
    lost0 = f32x4.add(lost0, f32x4.sub(e0, f32x4.sub(next0, sum0)));
    lost1 = f32x4.add(lost1, f32x4.sub(e1, f32x4.sub(next1, sum1)));
    lanes.sum0 = sum0 = next0;
    lanes.sum1 = sum1 = next1;
    lanes.lost0 = lost0;
    lanes.lost1 = lost1;
  }
}


function temperedTerms(lanes: Lanes, z: usize, bytes: usize, temperature: f64, out: usize): void {
  const m0 = lanes.m0, m1 = lanes.m1, t = f64x2.splat(temperature);
  const log2e = f32x4.splat(lanes.log2e);
  const round = f32x4.splat(lanes.round);
  const ln2Head = f32x4.splat(lanes.ln2Head);
  const ln2Tail = f32x4.splat(lanes.ln2Tail);
  const c6 = f32x4.splat(lanes.c6);
  const c5 = f32x4.splat(lanes.c5);
  const c4 = f32x4.splat(lanes.c4);
  const c3 = f32x4.splat(lanes.c3);
  const half = f32x4.splat(lanes.half);
  const one = f32x4.splat(lanes.one);
  let sum0 = lanes.sum0, sum1 = lanes.sum1, lost0 = lanes.lost0, lost1 = lanes.lost1;
  for (let o: usize = 0; o < bytes; o += 32) {
    const e0 = temperedTerm(
      v128.load(z + o), m0, t,
      log2e, round, ln2Head, ln2Tail, c6, c5, c4, c3, half, one,
    );
    const e1 = temperedTerm(
      v128.load(z + o, 16), m1, t,
      log2e, round, ln2Head, ln2Tail, c6, c5, c4, c3, half, one,
    );
    v128.store(out + o, e0);
    v128.store(out + o, e1, 16);
    const next0 = f32x4.add(sum0, e0), next1 = f32x4.add(sum1, e1);
    lost0 = f32x4.add(lost0, f32x4.sub(e0, f32x4.sub(next0, sum0)));
    lost1 = f32x4.add(lost1, f32x4.sub(e1, f32x4.sub(next1, sum1)));
    lanes.sum0 = sum0 = next0;
    lanes.sum1 = sum1 = next1;
    lanes.lost0 = lost0;
    lanes.lost1 = lost1;
  }
}

/** exp(z − grid − rest). */
@inline function term(
  z: v128, lowest: v128, grid: v128, rest: v128,
  log2e: v128, round: v128, ln2Head: v128, ln2Tail: v128, c6: v128, c5: v128, c4: v128, c3: v128, half: v128, one: v128,
): v128 {
  const x = f32x4.pmax(z, lowest); // NaN stays
  const shifted = f32x4.add(
    f32x4.mul(f32x4.sub(x, grid), log2e),
    round,
  );
  const n = f32x4.sub(shifted, round);
  const head = f32x4.sub(x, f32x4.add(f32x4.mul(n, ln2Head), grid));
  const tail = f32x4.add(f32x4.mul(n, ln2Tail), rest);
  return f32x4.mul(exp32Reduced(f32x4.sub(head, tail), c6, c5, c4, c3, half, one), i32x4.shl(shifted, 23));
}

/** As exponentials, with T. */
export function temperedExponentials(
  lanes: Lanes, z: usize, bytes: usize, temperature: f64, out: usize,
): void {
  const m0 = lanes.m0, m1 = lanes.m1, t = f64x2.splat(temperature);
  const log2e = f32x4.splat(lanes.log2e);
  const round = f32x4.splat(lanes.round);
  const ln2Head = f32x4.splat(lanes.ln2Head);
  const ln2Tail = f32x4.splat(lanes.ln2Tail);
  const c6 = f32x4.splat(lanes.c6);
  const c5 = f32x4.splat(lanes.c5);
  const c4 = f32x4.splat(lanes.c4);
  const c3 = f32x4.splat(lanes.c3);
  const half = f32x4.splat(lanes.half);
  const one = f32x4.splat(lanes.one);
  let sum0 = lanes.sum0, sum1 = lanes.sum1, lost0 = lanes.lost0, lost1 = lanes.lost1;
  for (let o: usize = 0; o < bytes; o += 32) {
    const e0 = temperedTerm(
      v128.load(z + o), m0, t,
      log2e, round, ln2Head, ln2Tail, c6, c5, c4, c3, half, one,
    );
    const e1 = temperedTerm(
      v128.load(z + o, 16), m1, t,
      log2e, round, ln2Head, ln2Tail, c6, c5, c4, c3, half, one,
    );
    v128.store(out + o, e0);
    v128.store(out + o, e1, 16);
    const next0 = f32x4.add(sum0, e0), next1 = f32x4.add(sum1, e1);
    lost0 = f32x4.add(lost0, f32x4.sub(e0, f32x4.sub(next0, sum0)));
    lost1 = f32x4.add(lost1, f32x4.sub(e1, f32x4.sub(next1, sum1)));
    lanes.sum0 = sum0 = next0;
    lanes.sum1 = sum1 = next1;
    lanes.lost0 = lost0;
    lanes.lost1 = lost1;
  }
}

@inline function temperedTerm(
  z: v128, m: v128, t: v128,
  log2e: v128, round: v128, ln2Head: v128, ln2Tail: v128, c6: v128, c5: v128, c4: v128, c3: v128, half: v128, one: v128,
): v128 {
  const a = quotient(f64x2.promote_low_f32x4(z), f64x2.promote_low_f32x4(m), t);
  const b = quotient(promoteHigh(z), promoteHigh(m), t);
  const x = demote(a, b);
  const tail = demote(f64x2.sub(a, f64x2.promote_low_f32x4(x)), f64x2.sub(b, promoteHigh(x)));
  const shifted = f32x4.add(f32x4.mul(x, log2e), round);
  const n = f32x4.sub(shifted, round);
  const head = f32x4.sub(x, f32x4.mul(n, ln2Head));
  const rest = f32x4.sub(f32x4.mul(n, ln2Tail), tail);
  return f32x4.mul(exp32Reduced(f32x4.sub(head, rest), c6, c5, c4, c3, half, one), i32x4.shl(shifted, 23));
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
