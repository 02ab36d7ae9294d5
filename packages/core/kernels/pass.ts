/** The passes over blocks of rows. */
import { backward } from "./backward";
import { forward } from "./forward";
import { Job } from "./job";
import { logisticCurvature, logisticResidual, softmaxCurvature, softmaxResidual } from "./losses";
import { cut, join } from "./panels";
import { backwardVector, forwardVector } from "./vector";

/** Weights into panels, sums to 0. */
export function begin<T>(job: Job): void {
  cut<T>(job, job.W, job.w, job.wt, <T>-Infinity);
  if (job.V) cut<T>(job, job.V, job.v, job.vt, <T>0);
  if (job.G) memory.fill(job.g, 0, job.z - job.g);
  job.loss = 0;
}

/** Adds the sums to G. */
export function end<T>(job: Job): void {
  join<T>(job);
}

/** Adds Σ_i s_i l_i over the rows of the job to its loss, which is returned, and their gradient to the sums. */
export function gradientPass<T>(job: Job): f64 {
  let loss = job.loss;
  for (let row: usize = 0; row < job.rows; ) {
    row = gather<T>(job, row);
    if (job.count == 0) continue;
    if (job.k == 1) {
      forwardVector<T>(job, job.w, job.z);
      loss += logisticResidual<T>(job);
      backwardVector<T>(job, job.z);
    } else {
      forward<T>(job, job.w, job.wt, job.z);
      loss += softmaxResidual<T>(job);
      backward<T>(job, job.z);
    }
  }
  job.loss = loss;
  return loss;
}

/** Adds the Hessian's product with V, over the rows of the job, to the sums. */
export function hessianPass<T>(job: Job): void {
  for (let row: usize = 0; row < job.rows; ) {
    row = gather<T>(job, row);
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
  }
}

/** The logits of the rows of the job as float64 n×k at `job.Z`. */
export function logitsPass<T>(job: Job): void {
  const k = job.k, stride = job.kp * sizeof<T>();
  let to = job.Z;
  for (let row: usize = 0; row < job.rows; ) {
    row = gather<T>(job, row);
    if (k == 1) forwardVector<T>(job, job.w, job.z);
    else forward<T>(job, job.w, job.wt, job.z);
    let z = job.z;
    for (let i: usize = 0; i < job.count; i++, z += stride) {
      for (let c: usize = 0; c < k; c++, to += 8) store<f64>(to, <f64>load<T>(z + c * sizeof<T>()));
    }
  }
}

/**
 * Takes the next block of rows from `row` on and returns the row after it. Rows of weight 0 are left out; where there
 * are any, the dense rows that count are copied together, so that what follows always reads consecutive rows.
 */
function gather<T>(job: Job, row: usize): usize {
  const first = row;
  const last = min(first + job.block, job.rows);
  let count: usize = 0;
  for (; row < last; row++) {
    const s = job.s ? load<f64>(job.s + (row << 3)) : 1;
    if (s == 0) continue;
    store<i32>(job.index + (count << 2), <i32>row);
    store<f64>(job.weights + (count << 3), s);
    if (job.y) store<i32>(job.classes + (count << 2), load<i32>(job.y + (row << 2)));
    count++;
  }
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
  return last;
}
