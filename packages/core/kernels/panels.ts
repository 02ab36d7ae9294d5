/** Weights in and out of panels (job.ts). */
import { Job } from "./job";
import { V } from "./lanes";

/**
 * Cuts the weights at `from`, (d+1)×k float64, into panels of T at `to`. Padding lanes have weight 0 and the intercept
 * `pad`: −∞ makes their probability 0.
 */
export function cut<T>(job: Job, from: usize, to: usize, pad: T): void {
  const k = job.k, kp = job.kp, d = job.d;
  const lanes: usize = V / sizeof<T>();
  for (let c: usize = 0; c < kp; c += 2 * lanes) {
    const width: usize = kp == 1 ? 1 : min<usize>(2 * lanes, kp - c);
    const real: usize = min<usize>(width, k - c);
    for (let j: usize = 0; j <= d; j++) {
      const row = from + ((j * k + c) << 3);
      for (let l: usize = 0; l < real; l++) {
        store<T>(to + l * sizeof<T>(), <T>load<f64>(row + (l << 3)));
      }
      for (let l = real; l < width; l++) store<T>(to + l * sizeof<T>(), j < d ? <T>0 : pad);
      to += width * sizeof<T>();
    }
  }
}

/** Adds the panels of float64 sums at `job.g` to the (d+1)×k at `job.G`. */
export function join<T>(job: Job): void {
  const k = job.k, kp = job.kp, d = job.d;
  const lanes: usize = V / sizeof<T>();
  let from = job.g;
  for (let c: usize = 0; c < kp; c += 2 * lanes) {
    const width: usize = kp == 1 ? 1 : min<usize>(2 * lanes, kp - c);
    const real: usize = min<usize>(width, k - c);
    for (let j: usize = 0; j <= d; j++) {
      const row = job.G + ((j * k + c) << 3);
      for (let l: usize = 0; l < real; l++) {
        const at = row + (l << 3);
        store<f64>(at, load<f64>(at) + load<f64>(from + (l << 3)));
      }
      from += width << 3;
    }
  }
}
