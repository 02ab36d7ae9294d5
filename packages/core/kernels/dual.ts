/**
 * Steps of dual coordinate ascent on softmax with L2 (docs/math.md §2.18), one row after the other, in float64. T is the
 * type of X's values.
 *
 * Rows of W, F, t and Q have kp numbers, k rounded up to pairs with what adds nothing behind the last one; one logit has 1.
 * A row of F stands behind that of W: what fetches the one from memory fetches the other.
 */
import { exp64, log64 } from "./exp-f64";
import { V, maxLane, multiplyAdd, sumPair } from "./lanes";
import { StepsJob } from "./steps";

/** Written by src/kernels/dual-wasm.ts (same order). */
@unmanaged export class DualJob extends StepsJob {
  k: usize;
  kp: usize;
  pitch: usize; // bytes from one row of W, or of F, to the next
  W: usize; // d × kp
  F: usize; // d × kp: 1/p_jc; 0 where all are 1
  t: usize; // rows × kp: logarithms of the dual variables; of one logit the logit of its variable
  Q: usize; // rows × kp, or rows × 1 without F: q without the scale
  b: usize; // kp numbers each
  R: usize; // Σ_i s_i ([c = y_i] − a_ic)
  H: usize; // Σ_i s_i a (1 − a) / (1 + q a (1 − a))
  z: usize;
  u: usize;
  scale: f64; // 1/(λ S)
  gap: f64; // Σ_i s_i KL(a_i ‖ p_i) before the rows' steps
  loss: f64; // Σ_i s_i l_i, likewise
}

/** The largest part of a step of Newton's method in t, and how many there are at most. */
const MOST_MOVE: f64 = 4;
const MOST_STEPS = 10;
/** A step that began nearer than this ends nearer than its square. */
const NEAR: f64 = 0.01;
/** Beyond, a dual variable is 0 or 1 as far as float64 goes, and says nothing of where it will be. */
const FAR: f64 = 30;

export function ascendDual<T>(job: DualJob): void {
  job.gap = 0;
  job.loss = 0;
  for (let at = job.first; at < job.last; at++) {
    const row = <usize>load<u32>(job.order + (at << 2));
    const from = <usize>load<u32>(job.starts + (row << 2));
    const to = <usize>load<u32>(job.starts + (row << 2), 4);
    const s = job.s ? load<f64>(job.s + (row << 3)) : 1;
    if (job.k == 1) stepOne<T>(job, row, from, to, s);
    else stepAll<T>(job, row, from, to, s);
  }
}

/** One logit: a ↦ the root of logit(a') = z + q (a − a'). */
function stepOne<T>(job: DualJob, row: usize, from: usize, to: usize, s: f64): void {
  let z = load<f64>(job.b);
  for (let e = from; e < to; e++) {
    const x = <f64>load<T>(job.values + e * sizeof<T>());
    z += x * load<f64>(job.W + <usize>load<u32>(job.columns + (e << 2)) * job.pitch);
  }
  const q = job.scale * load<f64>(job.Q + (row << 3));
  const y = <f64>load<i32>(job.y + (row << 2));
  let t = load<f64>(job.t + (row << 3));
  const a = sigmoid(t), high = softplus(z);
  job.gap += s * (a * (t - z) - softplus(t) + high);
  job.loss += s * (high - y * z);
  const v = z + q * a;
  if (Math.abs(t) > FAR) t = Math.max(-FAR, Math.min(FAR, z));
  let h: f64 = 0;
  for (let i = 0; i < MOST_STEPS; i++) {
    const next = sigmoid(t);
    h = next * (1 - next);
    const f = t + q * next - v;
    t -= Math.max(-MOST_MOVE, Math.min(MOST_MOVE, f / (1 + q * h)));
    if (Math.abs(f) < NEAR) break;
  }
  store<f64>(job.t + (row << 3), t);
  const delta = sigmoid(t) - a;
  const move = -s * delta * job.scale;
  for (let e = from; e < to; e++) {
    const x = <f64>load<T>(job.values + e * sizeof<T>());
    const o = <usize>load<u32>(job.columns + (e << 2)) * job.pitch;
    const change = move * x * (job.F ? load<f64>(job.F + o) : 1);
    store<f64>(job.W + o, load<f64>(job.W + o) + change);
  }
  store<f64>(job.R, load<f64>(job.R) - s * delta);
  store<f64>(job.H, load<f64>(job.H) + (s * h) / (1 + q * h));
}

function sigmoid(t: f64): f64 {
  const e = f64x2.extract_lane(exp64(f64x2.splat(-Math.abs(t))), 0);
  return t < 0 ? e / (1 + e) : 1 / (1 + e);
}

/** log(1 + e^t) */
function softplus(t: f64): f64 {
  const e = exp64(f64x2.splat(-Math.abs(t)));
  return Math.max(t, 0) + f64x2.extract_lane(log64(f64x2.add(f64x2.splat(1), e)), 0);
}

/** k logits: a ↦ the point of the simplex with log a'_c = z_c + q_c (a_c − a'_c) + μ. */
function stepAll<T>(job: DualJob, row: usize, from: usize, to: usize, s: f64): void {
  const bytes = job.kp << 3;
  const t = job.t + row * bytes;
  logits<T>(job, from, to, bytes);
  const zy = load<f64>(job.z + (<usize>load<i32>(job.y + (row << 2)) << 3));
  const shift = logSum(job.z, bytes);
  job.loss += s * (shift - zy);
  const own = job.F ? job.scale : job.scale * load<f64>(job.Q + (row << 3));
  const Q = job.F ? job.Q + row * bytes : 0;
  job.gap += s * begin(job, t, Q, own, bytes, shift);
  solve(job, t, Q, own, bytes);
  finish(job, t, Q, own, bytes, s);
  scatter<T>(job, from, to, bytes);
}

/** z = b + Wᵀx; behind the last −∞ or nearly so. */
function logits<T>(job: DualJob, from: usize, to: usize, bytes: usize): void {
  memory.copy(job.z, job.b, bytes);
  for (let e = from; e < to; e++) {
    const x = f64x2.splat(<f64>load<T>(job.values + e * sizeof<T>()));
    const w = job.W + <usize>load<u32>(job.columns + (e << 2)) * job.pitch;
    for (let o: usize = 0; o < bytes; o += V) {
      v128.store(job.z + o, multiplyAdd<f64>(v128.load(job.z + o), x, v128.load(w + o)));
    }
  }
}

/** log Σ exp of the numbers at `at`. */
function logSum(at: usize, bytes: usize): f64 {
  let largest = v128.load(at);
  for (let o = V; o < bytes; o += V) largest = f64x2.max(largest, v128.load(at + o));
  const m = maxLane<f64>(largest);
  let sum = f64x2.splat(0);
  for (let o: usize = 0; o < bytes; o += V) {
    sum = f64x2.add(sum, exp64(f64x2.sub(v128.load(at + o), m)));
  }
  return f64x2.extract_lane(m, 0) + f64x2.extract_lane(log64(f64x2.splat(sumPair(sum))), 0);
}

/** q: `own` times what stands at Q, or `own` itself. */
@inline function curvature(Q: usize, own: f64, o: usize): v128 {
  return Q ? f64x2.mul(f64x2.splat(own), v128.load(Q + o)) : f64x2.splat(own);
}

/** u = a; z becomes z + q a; t moves to where Newton's method starts. Returns KL(a ‖ p). */
function begin(job: DualJob, t: usize, Q: usize, own: f64, bytes: usize, shift: f64): f64 {
  const far = f64x2.splat(-FAR);
  let gap = f64x2.splat(0);
  for (let o: usize = 0; o < bytes; o += V) {
    const old = v128.load(t + o);
    const a = exp64(old);
    const z = v128.load(job.z + o);
    const likely = f64x2.sub(z, f64x2.splat(shift));
    gap = f64x2.add(gap, f64x2.mul(a, f64x2.sub(old, likely)));
    v128.store(job.u + o, a);
    v128.store(job.z + o, multiplyAdd<f64>(z, curvature(Q, own, o), a));
    v128.store(t + o, v128.bitselect(likely, old, f64x2.lt(old, far)));
  }
  return sumPair(gap);
}

/** Newton's method in t and μ on t_c + q_c exp(t_c) = z_c + μ, Σ exp(t_c) = 1. */
function solve(job: DualJob, t: usize, Q: usize, own: f64, bytes: usize): void {
  const one = f64x2.splat(1);
  // μ that is right for t as it stands, on average by a
  let mu = multiplier(job, t, Q, own, bytes);
  for (let i = 0; i < MOST_STEPS; i++) {
    let sum = f64x2.splat(0), drift = f64x2.splat(0), slope = f64x2.splat(0), worst = f64x2.splat(0);
    for (let o: usize = 0; o < bytes; o += V) {
      const a = exp64(v128.load(t + o));
      const q = curvature(Q, own, o);
      const f = f64x2.sub(
        f64x2.add(v128.load(t + o), f64x2.mul(q, a)),
        f64x2.add(v128.load(job.z + o), f64x2.splat(mu)),
      );
      const h = f64x2.div(a, f64x2.add(one, f64x2.mul(q, a)));
      sum = f64x2.add(sum, a);
      drift = f64x2.add(drift, f64x2.mul(h, f));
      slope = f64x2.add(slope, h);
      worst = f64x2.max(worst, f64x2.mul(a, f64x2.abs(f)));
    }
    const dmu = (1 - sumPair(sum) + sumPair(drift)) / sumPair(slope);
    for (let o: usize = 0; o < bytes; o += V) {
      const old = v128.load(t + o);
      const a = exp64(old);
      const q = curvature(Q, own, o);
      const f = f64x2.sub(
        f64x2.add(old, f64x2.mul(q, a)),
        f64x2.add(v128.load(job.z + o), f64x2.splat(mu)),
      );
      let move = f64x2.div(
        f64x2.sub(f64x2.splat(dmu), f),
        f64x2.add(one, f64x2.mul(q, a)),
      );
      move = f64x2.max(f64x2.splat(-MOST_MOVE), f64x2.min(f64x2.splat(MOST_MOVE), move));
      v128.store(t + o, f64x2.add(old, move));
    }
    mu += dmu;
    const last = maxLane<f64>(worst);
    if (f64x2.extract_lane(last, 0) < NEAR && Math.abs(1 - sumPair(sum)) < NEAR) break;
  }
}

/** Σ a (t + q a − z) / Σ a */
function multiplier(job: DualJob, t: usize, Q: usize, own: f64, bytes: usize): f64 {
  let sum = f64x2.splat(0), total = f64x2.splat(0);
  for (let o: usize = 0; o < bytes; o += V) {
    const now = v128.load(t + o);
    const a = exp64(f64x2.min(now, f64x2.splat(0)));
    const f = f64x2.sub(
      f64x2.add(now, f64x2.mul(curvature(Q, own, o), a)),
      v128.load(job.z + o),
    );
    sum = f64x2.add(sum, f64x2.mul(a, f));
    total = f64x2.add(total, a);
  }
  return sumPair(sum) / sumPair(total);
}

/** t on the simplex; u = −s (a' − a) and what R and H get. */
function finish(job: DualJob, t: usize, Q: usize, own: f64, bytes: usize, s: f64): void {
  const one = f64x2.splat(1);
  const shift = f64x2.splat(logSum(t, bytes));
  const weight = f64x2.splat(s);
  for (let o: usize = 0; o < bytes; o += V) {
    const now = f64x2.sub(v128.load(t + o), shift);
    v128.store(t + o, now);
    const a = exp64(now);
    const delta = f64x2.mul(weight, f64x2.sub(v128.load(job.u + o), a));
    v128.store(job.u + o, delta);
    v128.store(job.R + o, f64x2.add(v128.load(job.R + o), delta));
    const h = f64x2.mul(a, f64x2.sub(one, a));
    const bent = f64x2.div(
      f64x2.mul(weight, h),
      f64x2.add(one, f64x2.mul(curvature(Q, own, o), h)),
    );
    v128.store(job.H + o, f64x2.add(v128.load(job.H + o), bent));
  }
}

/** W_j += F_j ∘ x_j u/(λ S) */
function scatter<T>(job: DualJob, from: usize, to: usize, bytes: usize): void {
  const scale = f64x2.splat(job.scale);
  for (let o: usize = 0; o < bytes; o += V) {
    v128.store(job.u + o, f64x2.mul(scale, v128.load(job.u + o)));
  }
  for (let e = from; e < to; e++) {
    const x = f64x2.splat(<f64>load<T>(job.values + e * sizeof<T>()));
    const at = <usize>load<u32>(job.columns + (e << 2)) * job.pitch;
    for (let o: usize = 0; o < bytes; o += V) {
      let change = f64x2.mul(x, v128.load(job.u + o));
      if (job.F) change = f64x2.mul(change, v128.load(job.F + at + o));
      v128.store(job.W + at + o, f64x2.add(v128.load(job.W + at + o), change));
    }
  }
}
