/** Σ s_i (x_ij − c_j) and Σ s_i (x_ij − c_j)² of dense rows, in float64 (Chan, Golub & LeVeque 1983). */
import { loadPair, multiplyAdd } from "./lanes";

@unmanaged export class MomentsJob {
  x: usize; // rows of `width` numbers
  rows: usize;
  width: usize;
  s: usize; // f64, or 0
  shift: usize; // f64: c
  sums: usize; // f64: the sums, then those of squares
}

/** Adds the job's rows, four at once: sums are then loaded and stored a quarter as often. Rows of weight 0 are skipped. */
export function addMoments<T>(job: MomentsJob): void {
  const line = job.width * sizeof<T>();
  let count = 0;
  let x0 = job.x, x1 = x0, x2 = x0;
  let w0: f64 = 0, w1: f64 = 0, w2: f64 = 0;
  for (let i: usize = 0, x = job.x; i < job.rows; i++, x += line) {
    const w = job.s ? load<f64>(job.s + (i << 3)) : 1;
    if (w == 0) continue;
    if (count == 0) x0 = x, w0 = w;
    else if (count == 1) x1 = x, w1 = w;
    else if (count == 2) x2 = x, w2 = w;
    else addFour<T>(job, x0, x1, x2, x, w0, w1, w2, w);
    count = (count + 1) & 3;
  }
  if (count == 1) addFour<T>(job, x0, x0, x0, x0, w0, 0, 0, 0);
  if (count == 2) addFour<T>(job, x0, x1, x0, x0, w0, w1, 0, 0);
  if (count == 3) addFour<T>(job, x0, x1, x2, x0, w0, w1, w2, 0);
}

function addFour<T>(
  job: MomentsJob, x0: usize, x1: usize, x2: usize, x3: usize, w0: f64, w1: f64, w2: f64, w3: f64,
): void {
  const a = v128.splat<f64>(w0), b = v128.splat<f64>(w1), c = v128.splat<f64>(w2), e = v128.splat<f64>(w3);
  const squares = job.sums + (job.width << 3);
  const pairs = job.width & ~1;
  for (let j: usize = 0; j < pairs; j += 2) {
    const o = j * sizeof<T>(), at = j << 3;
    const shift = v128.load(job.shift + at);
    let s = v128.load(job.sums + at), t = v128.load(squares + at);
    let z = f64x2.sub(loadPair<T>(x0 + o), shift), f = f64x2.mul(a, z);
    s = f64x2.add(s, f), t = multiplyAdd<f64>(t, f, z);
    z = f64x2.sub(loadPair<T>(x1 + o), shift), f = f64x2.mul(b, z);
    s = f64x2.add(s, f), t = multiplyAdd<f64>(t, f, z);
    z = f64x2.sub(loadPair<T>(x2 + o), shift), f = f64x2.mul(c, z);
    s = f64x2.add(s, f), t = multiplyAdd<f64>(t, f, z);
    z = f64x2.sub(loadPair<T>(x3 + o), shift), f = f64x2.mul(e, z);
    s = f64x2.add(s, f), t = multiplyAdd<f64>(t, f, z);
    v128.store(job.sums + at, s);
    v128.store(squares + at, t);
  }
  if (pairs == job.width) return;
  const o = pairs * sizeof<T>(), at = pairs << 3;
  addOne(job, at, squares, <f64>load<T>(x0 + o), w0);
  addOne(job, at, squares, <f64>load<T>(x1 + o), w1);
  addOne(job, at, squares, <f64>load<T>(x2 + o), w2);
  addOne(job, at, squares, <f64>load<T>(x3 + o), w3);
}

@inline function addOne(job: MomentsJob, at: usize, squares: usize, x: f64, w: f64): void {
  const z = x - load<f64>(job.shift + at), f = w * z;
  store<f64>(job.sums + at, load<f64>(job.sums + at) + f);
  store<f64>(squares + at, load<f64>(squares + at) + f * z);
}
