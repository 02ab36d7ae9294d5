/** The passes over blocks of rows. */
import { backward } from "./backward";
import { forward } from "./forward";
import { Job } from "./job";
import { logisticCurvature, logisticResidual, softmaxCurvature, softmaxResidual } from "./losses";
import { cut, join } from "./panels";
import { backwardVector, forwardVector } from "./vector";

/** Rows of a stripe: a whole number of blocks of any size. */
const STRIPE: usize = 128;

/** Weights into panels. */
export function cutWeights<T>(job: Job): void {
  cut<T>(job, job.W, job.w, job.wt, <T>-Infinity);
  if (job.V) cut<T>(job, job.V, job.v, job.vt, <T>0);
}

/** Sums to 0. */
export function clear(job: Job): void {
  if (job.G) memory.fill(job.g, 0, job.z - job.g);
  job.loss = 0;
}

/** Adds the sums to G. */
export function end<T>(job: Job): void {
  join<T>(job);
}

/** Adds Σ_i s_i l_i over the rows of the job to its loss, and their gradient to the sums. */
export function gradientPass<T>(job: Job): void {
  for (let t = job.lane; seek(job, t); t += job.lanes) {
    while (job.next < job.last) {
      gather<T>(job);
      if (job.count == 0) continue;
      if (job.k == 1) {
        forwardVector<T>(job, job.w, job.z);
        job.loss += logisticResidual<T>(job);
        backwardVector<T>(job, job.z);
      } else {
        forward<T>(job, job.w, job.wt, job.z);
        job.loss += softmaxResidual<T>(job);
        backward<T>(job, job.z);
      }
      if (job.R) keepResiduals<T>(job);
    }
  }
}

/** Adds the Hessian's product with V, over the rows of the job, to the sums. */
export function hessianPass<T>(job: Job): void {
  for (let t = job.lane; seek(job, t); t += job.lanes) {
    while (job.next < job.last) {
      gather<T>(job);
      if (job.count == 0) continue;
      if (job.k == 1) {
        forwardVector<T>(job, job.w, job.z);
        forwardVector<T>(job, job.v, job.u);
        logisticCurvature<T>(job);
        backwardVector<T>(job, job.z);
      } else {
        forward<T>(job, job.w, job.wt, job.z);
        forward<T>(job, job.v, job.vt, job.u);
        softmaxCurvature<T>(job);
        backward<T>(job, job.z);
      }
      if (job.R) keepResiduals<T>(job);
    }
  }
}

/** The logits of the rows of the job, one range below the other, as float64 n×k at `job.Z`. */
export function logitsPass<T>(job: Job): void {
  const k = job.k, stride = job.kp * sizeof<T>();
  for (let t = job.lane; seek(job, t); t += job.lanes) {
    let to = job.Z + ((job.before * k) << 3);
    while (job.next < job.last) {
      gather<T>(job);
      if (k == 1) forwardVector<T>(job, job.w, job.z);
      else forward<T>(job, job.w, job.wt, job.z);
      let z = job.z;
      for (let i: usize = 0; i < job.count; i++, z += stride) {
        for (let c: usize = 0; c < k; c++, to += 8) store<f64>(to, <f64>load<T>(z + c * sizeof<T>()));
      }
    }
  }
}

/** Sets next, last and before to stripe t of the ranges: its rows, and the rows of the ranges above it. False where there is none. */
function seek(job: Job, t: usize): bool {
  let before: usize = 0;
  for (let r: usize = 0; r < job.rangeCount; r++) {
    const start = <usize>load<i32>(job.ranges + (r << 3));
    const end = <usize>load<i32>(job.ranges + (r << 3), 4);
    const stripes = (end - start + STRIPE - 1) / STRIPE;
    if (t < stripes) {
      job.next = start + t * STRIPE;
      job.last = min(job.next + STRIPE, end);
      job.before = before + t * STRIPE;
      return true;
    }
    t -= stripes;
    before += end - start;
  }
  return false;
}

/** Residuals of the block to their rows of R. */
function keepResiduals<T>(job: Job): void {
  const line = job.kp * sizeof<T>();
  let z = job.z;
  for (let i: usize = 0; i < job.count; i++, z += line) {
    const to = job.R + <usize>load<i32>(job.index + (i << 2)) * line;
    if (job.k == 1) store<T>(to, load<T>(z));
    else for (let c: usize = 0; c < line; c += 16) v128.store(to + c, v128.load(z + c));
  }
}

/**
 * Takes the next block of the stripe's rows. Rows of weight 0 are left out; where there are any, the dense rows that
 * count are copied together, so that what follows always reads consecutive rows.
 */
function gather<T>(job: Job): void {
  const first = job.next;
  const last = min(first + job.block, job.last);
  let count: usize = 0;
  for (let row = first; row < last; row++) {
    const s = job.s ? load<f64>(job.s + (row << 3)) : 1;
    if (s == 0) continue;
    store<i32>(job.index + (count << 2), <i32>row);
    store<f64>(job.weights + (count << 3), s);
    if (job.y) store<i32>(job.classes + (count << 2), load<i32>(job.y + (row << 2)));
    count++;
  }
  job.next = last;
  job.count = count;
  const line = job.denseWidth * sizeof<T>();
  job.x = job.dense + first * line;
  if (count < last - first && line) {
    job.x = job.packed;
    for (let i: usize = 0; i < count; i++) {
      const from = <usize>load<i32>(job.index + (i << 2));
      memory.copy(job.packed + i * line, job.dense + from * line, line);
    }
  }
}
