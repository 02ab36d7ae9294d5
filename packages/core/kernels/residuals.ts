/** Softmax cross-entropy of one row of float32 logits. */
import { exp32 } from "./exp-f32";
import { log64 } from "./exp-f64";
import { V, addLanes, maxLane, sumPair } from "./lanes";

/**
 * The logits z, `count` of them and −max up to a whole vector, become r = s (p − y); returns s l, l the loss in nats.
 * Sums in float64.
 */
export function residuals(z: usize, count: usize, target: usize, s: f64): f64 {
  const end = z + (((count + 3) & ~3) << 2);
  const zy = z + (target << 2);
  let largest = v128.load(z);
  for (let at = z + V; at < end; at += V) largest = f32x4.max(largest, v128.load(at));
  const m = maxLane<f32>(largest);
  const shift = <f64>f32x4.extract_lane(m, 0) - <f64>load<f32>(zy);
  let sums = f64x2.splat(0);
  for (let at = z; at < end; at += V) {
    const e = exp32(f32x4.sub(v128.load(at), m));
    v128.store(at, e);
    sums = addLanes<f32>(sums, e);
  }
  const sum = sumPair(sums);
  const scale = v128.splat<f32>(<f32>(s / sum));
  for (let at = z; at < end; at += V) v128.store(at, f32x4.mul(v128.load(at), scale));
  store<f32>(zy, load<f32>(zy) - <f32>s);
  return s * (shift + f64x2.extract_lane(log64(f64x2.splat(sum)), 0));
}
