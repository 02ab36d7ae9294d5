/** Weights in and out of panels (job.ts). */
import { Job, sumRows } from "./job";
import { V } from "./lanes";

/** Vectors of the next panel where `left` are left, of which the last is set aside for single columns if there are any. */
@inline export function panelVectors(left: usize, single: usize): usize {
  return left >= (single ? 3 : 2) ? 2 : 1;
}

/**
 * Lays out the weights at `from`, (d+1)×k float64, at `to` in T, and the dense part of single columns at `single`.
 * Padding lanes have weight 0 and the intercept `pad`: −∞ makes their probability 0.
 */
export function cut<T>(job: Job, from: usize, to: usize, single: usize, pad: T): void {
  const k = job.k, kp = job.kp, d = job.d;
  for (let c: usize = 0; c < kp; ) {
    const width = panelWidth<T>(job, c);
    for (let j: usize = 0; j < job.denseWidth; j++) {
      to = cutRow<T>(from + ((j * k + c) << 3), min<usize>(width, k - c), to, width, 0);
    }
    c += width;
  }
  for (let j = job.denseWidth; j <= d; j++) {
    to = cutRow<T>(from + ((j * k) << 3), k, to, kp, j < d ? <T>0 : pad);
  }
  for (let c = k - job.single; c < k; c++) {
    for (let j: usize = 0; j < job.denseWidth; j++, single += sizeof<T>()) {
      store<T>(single, <T>load<f64>(from + ((j * k + c) << 3)));
    }
  }
}

/** Writes `real` weights and padding up to `width`; returns the address after them. */
@inline function cutRow<T>(from: usize, real: usize, to: usize, width: usize, pad: T): usize {
  let l: usize = 0;
  for (; l < real; l++, to += sizeof<T>()) store<T>(to, <T>load<f64>(from + (l << 3)));
  for (; l < width; l++, to += sizeof<T>()) store<T>(to, pad);
  return to;
}

/** Adds the float64 sums at `job.g`, laid out alike, and of single columns at `job.gt` to the (d+1)×k at `job.G`. */
export function join<T>(job: Job): void {
  const k = job.k, kp = job.kp;
  let from = job.g;
  for (let c: usize = 0; c < kp; ) {
    const width = panelWidth<T>(job, c);
    const real = min<usize>(width, k - c);
    for (let j: usize = 0; j < job.denseWidth; j++, from += width << 3) {
      for (let l: usize = 0; l < real; l++) add(job.G + ((j * k + c + l) << 3), from + (l << 3));
    }
    c += width;
  }
  for (let j = job.denseWidth, rows = sumRows(job); j <= rows; j++, from += kp << 3) {
    const to = job.G + (((j == rows ? job.d : j) * k) << 3);
    for (let l: usize = 0; l < k; l++) add(to + (l << 3), from + (l << 3));
  }
  from = job.gt;
  for (let c = k - job.single; c < k; c++) {
    for (let j: usize = 0; j < job.denseWidth; j++, from += 8) add(job.G + ((j * k + c) << 3), from);
  }
}

/** Classes of the panel that starts at class c, with its padding. */
@inline function panelWidth<T>(job: Job, c: usize): usize {
  const lanes: usize = V / sizeof<T>();
  return job.kp == 1 ? 1 : panelVectors((job.kp - c) / lanes, job.single) * lanes;
}

@inline function add(to: usize, from: usize): void {
  store<f64>(to, load<f64>(to) + load<f64>(from));
}
