/** Lanes of either precision: T is f32 (four a vector) or f64 (two). */

import { exp32 } from "./exp-f32";
import { exp64 } from "./exp-f64";

/** Bytes of a vector. */
export const V: usize = 16;

/** k rounded up to whole vectors; 1 stays 1. */
@inline export function padded<T>(k: usize): usize {
  const lanes: usize = V / sizeof<T>();
  return k == 1 ? 1 : (k + lanes - 1) & ~(lanes - 1);
}

@inline export function multiplyAdd<T>(sum: v128, a: v128, b: v128): v128 {
  return v128.add<T>(sum, v128.mul<T>(a, b));
}

@inline export function exponential<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? exp32(x) : exp64(x);
}

/** The largest lane, in every lane. */
@inline export function maxLane<T>(x: v128): v128 {
  if (sizeof<T>() == 4) {
    x = f32x4.max(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
    return f32x4.max(x, v128.shuffle<f32>(x, x, 1, 0, 3, 2));
  }
  return f64x2.max(x, v128.shuffle<f64>(x, x, 1, 0));
}

/** Lane 0 + lane 1 of two float64 lanes. */
@inline export function sumPair(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** The sum of the lanes: (0 + 2) + (1 + 3), or 0 + 1. */
@inline export function sumLanes<T>(x: v128): T {
  if (sizeof<T>() == 4) {
    x = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
    return <T>(f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1));
  }
  return <T>sumPair(x);
}

/** Lanes 2 and 3 of a float32 vector as float64. */
@inline export function promoteHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** sum + the lanes of x, in float64: pairs first where there are four. */
@inline export function addLanes<T>(sum: v128, x: v128): v128 {
  if (sizeof<T>() == 4) {
    return f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(x), promoteHigh(x)));
  }
  return f64x2.add(sum, x);
}

/** Adds the lanes of x to the float64 sums at `at`. */
@inline export function accumulate<T>(at: usize, x: v128): void {
  if (sizeof<T>() == 4) {
    v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(x)));
    v128.store(at, f64x2.add(v128.load(at, 16), promoteHigh(x)), 16);
  } else {
    v128.store(at, f64x2.add(v128.load(at), x));
  }
}

/**
 * Adds the lanes of the vectors at `from`, `bytes` of them, to the float64 sums at `to`. Sums come by way of memory, so
 * that they leave the registers in neighbouring stores and nothing else: where V8 fuses pairs of vectors, it starts from
 * such stores.
 */
@inline export function accumulateAll<T>(to: usize, from: usize, bytes: usize): void {
  const wide: usize = 8 / sizeof<T>();
  for (let o: usize = 0; o < bytes; o += V) accumulate<T>(to + o * wide, v128.load(from + o));
}

/** Two numbers as float64. */
@inline export function loadPair<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(at)) : v128.load(at);
}

@inline export function storePair<T>(at: usize, x: v128): void {
  if (sizeof<T>() == 4) v128.store64_lane(at, f32x4.demote_f64x2_zero(x), 0);
  else v128.store(at, x);
}
