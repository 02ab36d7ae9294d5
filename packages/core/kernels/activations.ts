/** What a hidden unit makes of its sum z, four at a time, with its derivative (docs/math.md §4). */
import { exp32 } from "./exp-f32";

/** In the order of ACTIVATIONS in src/kernels/network.ts. */
const RELU: usize = 0;
const TANH: usize = 1;

/** √(2/π) and the coefficient of GELU's cubic. */
const GELU_SLOPE: f32 = 0.7978845608028654;
const GELU_CUBIC: f32 = 0.044715;
/** From here on GELU's step is 0 or 1 to the last bit that counts. */
const GELU_BEYOND: f32 = 10;
/** exp of more would be as good as infinite. */
const LARGEST: f32 = 60;

/** Stores the activation of the z at `at` there, and its derivative at `slope`, where that is an address. */
@inline export function activate(kind: usize, at: usize, slope: usize): void {
  if (kind == RELU) relu(at, slope);
  else if (kind == TANH) tangent(at, slope);
  else gelu(at, slope);
}

@inline function relu(at: usize, slope: usize): void {
  const z = v128.load(at);
  const on = f32x4.gt(z, f32x4.splat(0));
  v128.store(at, v128.and(z, on));
  if (slope) v128.store(slope, v128.and(f32x4.splat(1), on));
}

/** tanh z = 1 − 2/(e^2|z| + 1) with the sign of z; below 1/4, where that cancels, its series. Error < 3e-7. */
@inline function tangent(at: usize, slope: usize): void {
  const z = v128.load(at);
  const size = f32x4.abs(z);
  const e = exp32(f32x4.min(f32x4.add(size, size), f32x4.splat(LARGEST)));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
  const q = f32x4.mul(z, z);
  let series = f32x4.add(f32x4.mul(q, f32x4.splat(-0.05396825396825397)), f32x4.splat(0.13333333333333333));
  series = f32x4.add(f32x4.mul(series, q), f32x4.splat(-0.3333333333333333));
  const near = f32x4.add(f32x4.mul(f32x4.mul(series, q), size), size);
  const bent = v128.bitselect(near, far, f32x4.lt(size, f32x4.splat(0.25)));
  const t = v128.or(bent, v128.and(z, i32x4.splat(0x80000000)));
  v128.store(at, t);
  if (slope) v128.store(slope, f32x4.sub(f32x4.splat(1), f32x4.mul(t, t)));
}

/** z σ(2u), u = √(2/π) (z + 0.044715 z³); slope σ + z σ (1 − σ) 2u'. */
@inline function gelu(at: usize, slope: usize): void {
  const z = v128.load(at);
  const x = f32x4.min(f32x4.max(z, f32x4.splat(-GELU_BEYOND)), f32x4.splat(GELU_BEYOND));
  const cubic = f32x4.mul(f32x4.splat(GELU_CUBIC), f32x4.mul(x, x));
  const u = f32x4.mul(f32x4.mul(f32x4.splat(2 * GELU_SLOPE), x), f32x4.add(f32x4.splat(1), cubic));
  const e = exp32(f32x4.min(f32x4.neg(u), f32x4.splat(LARGEST)));
  const step = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
  v128.store(at, f32x4.mul(z, step));
  if (!slope) return;
  const rise = f32x4.mul(
    f32x4.splat(2 * GELU_SLOPE), f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(3), cubic)),
  );
  const rest = f32x4.mul(f32x4.mul(x, f32x4.mul(step, f32x4.sub(f32x4.splat(1), step))), rise);
  v128.store(slope, f32x4.add(step, rest));
}
