/** Pairs of sums, in the form that lets V8 fuse the operations that lead to them into 256-bit ones. */
import { Job } from "./job";
import { accumulate } from "./lanes";

/**
 * Adds the lanes of a, then b, to the float64 sums at `at`. V8 fuses what ends in two stores side by side, so float32
 * goes through memory: the block's sums, which nobody needs any more, are more than a pair; no load stands between.
 */
@inline export function accumulatePair<T>(job: Job, at: usize, a: v128, b: v128): void {
  if (sizeof<T>() == 4) {
    const pair = job.sums;
    v128.store(pair, a);
    v128.store(pair, b, 16);
    accumulate<T>(at, v128.load(pair));
    accumulate<T>(at + 32, v128.load(pair, 16));
  } else {
    const g = f64x2.add(v128.load(at), a), h = f64x2.add(v128.load(at, 16), b);
    v128.store(at, g);
    v128.store(at, h, 16);
  }
}
