/** Weights in and out of panels (job.ts). */
import { Job } from "./job";
import { V } from "./lanes";

/** Vectors of the next panel where `left` are left, of which the last is set aside for single columns if there are any. */
@inline export function panelVectors(left: usize, single: usize): usize {
  return left >= (single ? 3 : 2) ? 2 : 1;
}

/**
 * Cuts the weights at `from`, (d+1)×k float64, into panels of T at `to`, and copies the dense part of single columns to
 * `single`, column by column. Padding lanes have weight 0 and the intercept `pad`: −∞ makes their probability 0.
 */
export function cut<T>(job: Job, from: usize, to: usize, single: usize, pad: T): void {
  const k = job.k, d = job.d;
  for (let c: usize = 0; c < job.kp; ) {
    const width = panelWidth<T>(job, c);
    const real = min<usize>(width, k - c);
    for (let j: usize = 0; j <= d; j++) {
      const row = from + ((j * k + c) << 3);
      for (let l: usize = 0; l < real; l++) {
        store<T>(to + l * sizeof<T>(), <T>load<f64>(row + (l << 3)));
      }
      for (let l = real; l < width; l++) store<T>(to + l * sizeof<T>(), j < d ? <T>0 : pad);
      to += width * sizeof<T>();
    }
    c += width;
  }
  for (let c = k - job.single; c < k; c++) {
    for (let j: usize = 0; j < job.denseWidth; j++, single += sizeof<T>()) {
      store<T>(single, <T>load<f64>(from + ((j * k + c) << 3)));
    }
  }
}

/** Adds the float64 sums of the panels at `job.g` and of single columns at `job.gt` to the (d+1)×k at `job.G`. */
export function join<T>(job: Job): void {
  const k = job.k, d = job.d;
  let from = job.g;
  for (let c: usize = 0; c < job.kp; ) {
    const width = panelWidth<T>(job, c);
    const real = min<usize>(width, k - c);
    for (let j: usize = 0; j <= d; j++) {
      const row = job.G + ((j * k + c) << 3);
      for (let l: usize = 0; l < real; l++) add(row + (l << 3), from + (l << 3));
      from += width << 3;
    }
    c += width;
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
