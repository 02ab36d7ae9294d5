/** From the logits of a block to loss and residual, or to the curvature's product with a direction. */
import { exp64, log64 } from "./exp-f64";
import { Job } from "./job";
import { V, addLanes, exponential, loadPair, maxLane, storePair, sumPair } from "./lanes";

/** Σ_i s_i l_i of the block's logits Z, which become R_ic = s_i (P_ic − [c = y_i]). */
export function softmaxResidual<T>(job: Job): f64 {
  const stride = job.kp * sizeof<T>();
  let z = job.z;
  for (let i: usize = 0; i < job.count; i++, z += stride) {
    const zy = z + <usize>load<i32>(job.classes + (i << 2)) * sizeof<T>();
    const s = load<f64>(job.weights + (i << 3));
    const m = rowMax<T>(z, stride);
    store<f64>(job.shifts + (i << 3), <f64>m - <f64>load<T>(zy));
    const sum = rowExponentials<T>(z, stride, m);
    store<f64>(job.sums + (i << 3), sum);
    const scale = v128.splat<T>(<T>(s / sum));
    for (let c: usize = 0; c < stride; c += V) v128.store(z + c, v128.mul<T>(v128.load(z + c), scale));
    store<T>(zy, <T>(load<T>(zy) - <T>s));
  }
  return sumLosses(job);
}

/** Z becomes s_i p_i ∘ (u_i − p_i·u_i). */
export function softmaxCurvature<T>(job: Job): void {
  const stride = job.kp * sizeof<T>();
  let z = job.z, u = job.u;
  for (let i: usize = 0; i < job.count; i++, z += stride, u += stride) {
    const s = load<f64>(job.weights + (i << 3));
    const sum = rowExponentials<T>(z, stride, rowMax<T>(z, stride));
    let products = f64x2.splat(0);
    for (let c: usize = 0; c < stride; c += V) {
      products = addLanes<T>(products, v128.mul<T>(v128.load(z + c), v128.load(u + c)));
    }
    const mean = v128.splat<T>(<T>(sumPair(products) / sum));
    const scale = v128.splat<T>(<T>(s / sum));
    for (let c: usize = 0; c < stride; c += V) {
      const p = v128.mul<T>(v128.load(z + c), scale);
      v128.store(z + c, v128.mul<T>(p, v128.sub<T>(v128.load(u + c), mean)));
    }
  }
}

@inline function rowMax<T>(z: usize, stride: usize): T {
  let m = v128.load(z);
  for (let c: usize = V; c < stride; c += V) m = v128.max<T>(m, v128.load(z + c));
  return v128.extract_lane<T>(maxLane<T>(m), 0);
}

/** Replaces z by exp(z − m) and returns the sum, taken in float64. */
@inline function rowExponentials<T>(z: usize, stride: usize, m: T): f64 {
  const shift = v128.splat<T>(m);
  let sum = f64x2.splat(0);
  for (let c: usize = 0; c < stride; c += V) {
    const e = exponential<T>(v128.sub<T>(v128.load(z + c), shift));
    v128.store(z + c, e);
    sum = addLanes<T>(sum, e);
  }
  return sumPair(sum);
}

/** Σ_i s_i (shift_i + log sum_i), in the order of the rows. */
@inline function sumLosses(job: Job): f64 {
  const bytes = job.count << 3;
  let loss: f64 = 0;
  if (job.count & 1) store<f64>(job.sums + bytes, 1);
  for (let o: usize = 0; o < bytes; o += V) {
    const l = f64x2.add(v128.load(job.shifts + o), log64(v128.load(job.sums + o)));
    loss += load<f64>(job.weights + o) * f64x2.extract_lane(l, 0);
    if (o + 8 < bytes) loss += load<f64>(job.weights + o, 8) * f64x2.extract_lane(l, 1);
  }
  return loss;
}

/**
 * One logit: with e = exp(−|z|), l = max(±z, 0) + log(1 + e) and R = s (σ(z) − y), where σ(z) is 1/(1 + e) or e/(1 + e).
 * In float64 for either precision, two rows at once.
 */
export function logisticResidual<T>(job: Job): f64 {
  const one = f64x2.splat(1);
  for (let i: usize = 0; i < job.count; i += 2) {
    const at = job.z + i * sizeof<T>();
    const z = loadPair<T>(at);
    const y = f64x2.convert_low_i32x4_s(v128.load64_zero(job.classes + (i << 2)));
    const e = exp64(f64x2.neg(f64x2.abs(z)));
    const total = f64x2.add(one, e);
    // y = 1 needs max(−z, 0), y = 0 max(z, 0): (1 − 2y) z
    const against = f64x2.mul(f64x2.sub(one, f64x2.add(y, y)), z);
    v128.store(job.shifts + (i << 3), f64x2.max(against, f64x2.splat(0)));
    v128.store(job.sums + (i << 3), total);
    const p = f64x2.div(v128.bitselect(e, one, f64x2.lt(z, f64x2.splat(0))), total);
    storePair<T>(at, f64x2.mul(v128.load(job.weights + (i << 3)), f64x2.sub(p, y)));
  }
  return sumLosses(job);
}

/** One logit: Z becomes s σ(z) σ(−z) u. */
export function logisticCurvature<T>(job: Job): void {
  const one = f64x2.splat(1);
  for (let i: usize = 0; i < job.count; i += 2) {
    const at = job.z + i * sizeof<T>();
    const e = exp64(f64x2.neg(f64x2.abs(loadPair<T>(at))));
    const total = f64x2.add(one, e);
    const p = f64x2.div(e, f64x2.mul(total, total));
    const su = f64x2.mul(v128.load(job.weights + (i << 3)), loadPair<T>(job.u + i * sizeof<T>()));
    storePair<T>(at, f64x2.mul(p, su));
  }
}
