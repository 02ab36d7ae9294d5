/**
 * The lanes' sums into those of the first, pairwise: lane l takes up lane l + 1 for even l, then l + 2 for every fourth,
 * and so on. The order follows from the number of lanes alone.
 */
import { V } from "./lanes";

/** What one call adds up, written by src/kernels/reduction.ts: float64 numbers `first`…`last`−1 of each lane's. */
@unmanaged export class Reduction {
  sums: usize; // addresses of the lanes' sums
  lanes: usize;
  first: usize;
  last: usize;
}

/** Numbers added at once for all lanes, so that they stay in the cache: 4 KiB a lane. */
const CHUNK: usize = 512;

export function reduceSums(job: Reduction): void {
  for (let at = job.first; at < job.last; at += CHUNK) {
    const end = min(at + CHUNK, job.last);
    for (let step: usize = 1; step < job.lanes; step <<= 1) {
      for (let l: usize = 0; l + step < job.lanes; l += step << 1) {
        addUp(sumsOf(job, l) + (at << 3), sumsOf(job, l + step) + (at << 3), (end - at) << 3);
      }
    }
  }
}

@inline function sumsOf(job: Reduction, lane: usize): usize {
  return load<u32>(job.sums + (lane << 2));
}

@inline function addUp(to: usize, from: usize, bytes: usize): void {
  let o: usize = 0;
  for (; o + V <= bytes; o += V) {
    v128.store(to + o, f64x2.add(v128.load(to + o), v128.load(from + o)));
  }
  if (o < bytes) store<f64>(to + o, load<f64>(to + o) + load<f64>(from + o));
}
