/** Row-wise softmax, log softmax and log-sum-exp of n×k logits; in float64 for either precision, rounded once. */
import { gradualExp64, log64 } from "./exp-f64";
import { loadPair, storePair } from "./lanes";

const NONE: f64 = -Infinity;

export function softmaxRows<T>(Z: usize, n: usize, k: usize, temperature: f64, out: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const at = i * k * sizeof<T>();
    const m = rowMax<T>(Z + at, k);
    const sum = f64x2.splat(rowSum<T>(Z + at, k, m, temperature));
    for (let c: usize = 0; c < k; c += 2) {
      const o = at + c * sizeof<T>();
      put<T>(out + o, k - c, f64x2.div(shifted<T>(Z + o, k - c, m, temperature), sum));
    }
  }
}

export function logSoftmaxRows<T>(Z: usize, n: usize, k: usize, temperature: f64, out: usize): void {
  const t = f64x2.splat(temperature);
  for (let i: usize = 0; i < n; i++) {
    const at = i * k * sizeof<T>();
    const m = rowMax<T>(Z + at, k);
    const sum = log64(f64x2.splat(rowSum<T>(Z + at, k, m, temperature)));
    for (let c: usize = 0; c < k; c += 2) {
      const o = at + c * sizeof<T>();
      const x = f64x2.div(f64x2.sub(get<T>(Z + o, k - c), f64x2.splat(m)), t);
      put<T>(out + o, k - c, f64x2.sub(x, sum));
    }
  }
}

export function logSumExpRows<T>(Z: usize, n: usize, k: usize, out: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const z = Z + i * k * sizeof<T>();
    const m = rowMax<T>(z, k);
    const sum = isFinite(m) ? f64x2.extract_lane(log64(f64x2.splat(rowSum<T>(z, k, m, 1))), 0) : 0;
    store<T>(out + i * sizeof<T>(), <T>(m + sum));
  }
}

/** The next two of `left` logits; −∞ stands in for one that is missing. */
@inline function get<T>(at: usize, left: usize): v128 {
  if (left > 1) return loadPair<T>(at);
  return f64x2.replace_lane(f64x2.splat(NONE), 0, <f64>load<T>(at));
}

@inline function put<T>(at: usize, left: usize, x: v128): void {
  if (left > 1) storePair<T>(at, x);
  else store<T>(at, <T>f64x2.extract_lane(x, 0));
}

@inline function rowMax<T>(z: usize, k: usize): f64 {
  let m = f64x2.splat(NONE);
  for (let c: usize = 0; c < k; c += 2) m = f64x2.max(m, get<T>(z + c * sizeof<T>(), k - c));
  return max(f64x2.extract_lane(m, 0), f64x2.extract_lane(m, 1));
}

/** exp((z − m) / temperature) of the next two. */
@inline function shifted<T>(at: usize, left: usize, m: f64, temperature: f64): v128 {
  return gradualExp64(f64x2.div(f64x2.sub(get<T>(at, left), f64x2.splat(m)), f64x2.splat(temperature)));
}

/** Σ_c exp((z_c − m) / temperature), each lane with the error of its sum carried along (Knuth's TwoSum). */
@inline function rowSum<T>(z: usize, k: usize, m: f64, temperature: f64): f64 {
  let sum = f64x2.splat(0), lost = sum;
  for (let c: usize = 0; c < k; c += 2) {
    const term = shifted<T>(z + c * sizeof<T>(), k - c, m, temperature);
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
