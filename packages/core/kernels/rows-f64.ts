/** Row-wise softmax, log softmax and log-sum-exp of n×k float64 logits. */
import { gradualExp64, log64 } from "./exp-f64";
import { RowsJob } from "./rows-job";

const NONE: f64 = -Infinity;

export function softmaxRows64(job: RowsJob): void {
  const k = job.k, temperature = job.temperature;
  for (let i: usize = 0; i < job.n; i++) {
    const at = i * k << 3, z = job.Z + at, out = job.out + at;
    const m = rowMax(z, k);
    const sum = f64x2.splat(rowSum(z, k, m, temperature));
    for (let c: usize = 0; c < k; c += 2) {
      put(out + (c << 3), k - c, f64x2.div(shifted(z + (c << 3), k - c, m, temperature), sum));
    }
  }
}

export function logSoftmaxRows64(job: RowsJob): void {
  const k = job.k, temperature = job.temperature, t = f64x2.splat(temperature);
  for (let i: usize = 0; i < job.n; i++) {
    const at = i * k << 3, z = job.Z + at, out = job.out + at;
    const m = rowMax(z, k);
    const sum = log64(f64x2.splat(rowSum(z, k, m, temperature)));
    for (let c: usize = 0; c < k; c += 2) {
      const x = f64x2.div(f64x2.sub(get(z + (c << 3), k - c), f64x2.splat(m)), t);
      put(out + (c << 3), k - c, f64x2.sub(x, sum));
    }
  }
}

export function logSumExpRows64(job: RowsJob): void {
  const k = job.k;
  for (let i: usize = 0; i < job.n; i++) {
    const z = job.Z + (i * k << 3);
    const m = rowMax(z, k);
    const sum = isFinite(m) ? f64x2.extract_lane(log64(f64x2.splat(rowSum(z, k, m, 1))), 0) : 0;
    store<f64>(job.out + (i << 3), m + sum);
  }
}

/** The next two of `left` logits; −∞ stands in for one that is missing. */
@inline function get(at: usize, left: usize): v128 {
  if (left > 1) return v128.load(at);
  return f64x2.replace_lane(f64x2.splat(NONE), 0, load<f64>(at));
}

@inline function put(at: usize, left: usize, x: v128): void {
  if (left > 1) v128.store(at, x);
  else store<f64>(at, f64x2.extract_lane(x, 0));
}

@inline function rowMax(z: usize, k: usize): f64 {
  let m = f64x2.splat(NONE);
  for (let c: usize = 0; c < k; c += 2) m = f64x2.max(m, get(z + (c << 3), k - c));
  return max(f64x2.extract_lane(m, 0), f64x2.extract_lane(m, 1));
}

/** exp((z − m) / temperature) of the next two. */
@inline function shifted(at: usize, left: usize, m: f64, temperature: f64): v128 {
  return gradualExp64(f64x2.div(f64x2.sub(get(at, left), f64x2.splat(m)), f64x2.splat(temperature)));
}

/** Σ_c exp((z_c − m) / temperature), each lane with the error of its sum carried along (Knuth's TwoSum). */
@inline function rowSum(z: usize, k: usize, m: f64, temperature: f64): f64 {
  let sum = f64x2.splat(0), lost = sum;
  for (let c: usize = 0; c < k; c += 2) {
    const term = shifted(z + (c << 3), k - c, m, temperature);
    const next = f64x2.add(sum, term);
    const back = f64x2.sub(next, sum);
    lost = f64x2.add(
      lost,
      f64x2.add(f64x2.sub(sum, f64x2.sub(next, back)), f64x2.sub(term, back)),
    );
    sum = next;
  }
  const a = f64x2.extract_lane(sum, 0), b = f64x2.extract_lane(sum, 1);
  return a + (b + (f64x2.extract_lane(lost, 0) + f64x2.extract_lane(lost, 1)));
}
