/**
 * Dense products for single columns of classes: the one of k = 1, or the one or two that are left when panels are
 * filled. Lanes run along the features here, so that none is padding.
 */
import { Job } from "./job";
import { V, accumulate, accumulateAll, multiplyAdd, sumLanes } from "./lanes";

/**
 * z_i = b + x_i·w for one column; `w` contiguous, `z` one number every `stride` bytes. The lanes' sums over whole
 * vectors, then the other features: the same for a row wherever it stands. Four rows at once hide the latency. Not two
 * vectors at a time, as below: that would change the last digits of every model of two classes that was ever stored.
 */
export function dots1<T>(job: Job, w: usize, b: T, z: usize, stride: usize): void {
  const line = job.denseWidth * sizeof<T>();
  const whole = line & ~(V - 1);
  let x = job.x;
  let i = job.count;
  for (; i >= 4; i -= 4) {
    let a = v128.splat<T>(0), c = a, e = a, f = a;
    const x1 = x + line, x2 = x1 + line, x3 = x2 + line;
    for (let o: usize = 0; o < whole; o += V) {
      const u = v128.load(w + o);
      a = multiplyAdd<T>(a, u, v128.load(x + o));
      c = multiplyAdd<T>(c, u, v128.load(x1 + o));
      e = multiplyAdd<T>(e, u, v128.load(x2 + o));
      f = multiplyAdd<T>(f, u, v128.load(x3 + o));
    }
    store<T>(z, finish<T>(b, a, x, w, whole, line)), z += stride;
    store<T>(z, finish<T>(b, c, x1, w, whole, line)), z += stride;
    store<T>(z, finish<T>(b, e, x2, w, whole, line)), z += stride;
    store<T>(z, finish<T>(b, f, x3, w, whole, line)), z += stride;
    x += line << 2;
  }
  for (; i > 0; i--) {
    let a = v128.splat<T>(0);
    for (let o: usize = 0; o < whole; o += V) a = multiplyAdd<T>(a, v128.load(w + o), v128.load(x + o));
    store<T>(z, finish<T>(b, a, x, w, whole, line)), z += stride;
    x += line;
  }
}

/**
 * The same for two columns whose weights follow each other; their logits stand side by side at `z`. Two vectors of features
 * at a time, then one, then single features.
 */
export function dots2<T>(job: Job, w: usize, b: T, b1: T, z: usize, stride: usize): void {
  const line = job.denseWidth * sizeof<T>(), t = job.t;
  const whole = line & ~(2 * V - 1);
  const w1 = w + line;
  let x = job.x;
  let i = job.count;
  for (; i >= 2; i -= 2) {
    let a = v128.splat<T>(0), c = a, e = a, f = a, a1 = a, c1 = a, e1 = a, f1 = a;
    const x1 = x + line;
    for (let o: usize = 0; o < whole; o += 2 * V) {
      const u = v128.load(w + o), u1 = v128.load(w + o, 16);
      const v = v128.load(w1 + o), v1 = v128.load(w1 + o, 16);
      let p = v128.load(x + o), q = v128.load(x + o, 16);
      a = multiplyAdd<T>(a, u, p), a1 = multiplyAdd<T>(a1, u1, q);
      c = multiplyAdd<T>(c, v, p), c1 = multiplyAdd<T>(c1, v1, q);
      p = v128.load(x1 + o), q = v128.load(x1 + o, 16);
      e = multiplyAdd<T>(e, u, p), e1 = multiplyAdd<T>(e1, u1, q);
      f = multiplyAdd<T>(f, v, p), f1 = multiplyAdd<T>(f1, v1, q);
    }
    v128.store(t, a), v128.store(t, a1, 16);
    v128.store(t, c, 32), v128.store(t, c1, 48);
    v128.store(t, e, 64), v128.store(t, e1, 80);
    v128.store(t, f, 96), v128.store(t, f1, 112);
    store<T>(z, finishPair<T>(b, t, x, w, whole, line));
    store<T>(z, finishPair<T>(b1, t + 32, x, w1, whole, line), sizeof<T>()), z += stride;
    store<T>(z, finishPair<T>(b, t + 64, x1, w, whole, line));
    store<T>(z, finishPair<T>(b1, t + 96, x1, w1, whole, line), sizeof<T>()), z += stride;
    x += line << 1;
  }
  if (i > 0) {
    let a = v128.splat<T>(0), c = a, a1 = a, c1 = a;
    for (let o: usize = 0; o < whole; o += 2 * V) {
      const p = v128.load(x + o), q = v128.load(x + o, 16);
      a = multiplyAdd<T>(a, v128.load(w + o), p), a1 = multiplyAdd<T>(a1, v128.load(w + o, 16), q);
      c = multiplyAdd<T>(c, v128.load(w1 + o), p), c1 = multiplyAdd<T>(c1, v128.load(w1 + o, 16), q);
    }
    v128.store(t, a), v128.store(t, a1, 16);
    v128.store(t, c, 32), v128.store(t, c1, 48);
    store<T>(z, finishPair<T>(b, t, x, w, whole, line));
    store<T>(z, finishPair<T>(b1, t + 32, x, w1, whole, line), sizeof<T>());
  }
}

/** b + the lanes of the two vectors of sums at `t` + the products from the byte `whole` on. */
@inline function finishPair<T>(b: T, t: usize, x: usize, w: usize, whole: usize, line: usize): T {
  const sum = v128.add<T>(v128.load(t), v128.load(t, 16));
  if (whole + V > line) return finish<T>(b, sum, x, w, whole, line);
  const more = multiplyAdd<T>(sum, v128.load(w + whole), v128.load(x + whole));
  return finish<T>(b, more, x, w, whole + V, line);
}

/** b + the lanes of `sum` + the products from the byte `whole` on. */
@inline function finish<T>(b: T, sum: v128, x: usize, w: usize, whole: usize, line: usize): T {
  let z = <T>(b + sumLanes<T>(sum));
  for (let o = whole; o < line; o += sizeof<T>()) {
    z = <T>(z + <T>(load<T>(x + o) * load<T>(w + o)));
  }
  return z;
}

/** g_j += Σ_i x_ij r_i for one column; `r` one number every `stride` bytes, `g` contiguous float64. */
export function outer1<T>(job: Job, r0: usize, stride: usize, g: usize): void {
  const line = job.denseWidth * sizeof<T>(), t0 = job.t;
  const end = r0 + job.count * stride;
  const wide: usize = V * (8 / sizeof<T>()); // bytes of float64 sums of a vector
  let x0 = job.x;
  let left = line;
  for (; left >= 4 * V; left -= 4 * V) {
    let a = v128.splat<T>(0), b = a, c = a, e = a;
    let x = x0;
    for (let r = r0; r < end; r += stride) {
      const t = v128.load_splat<T>(r);
      a = multiplyAdd<T>(a, t, v128.load(x));
      b = multiplyAdd<T>(b, t, v128.load(x, 16));
      c = multiplyAdd<T>(c, t, v128.load(x, 32));
      e = multiplyAdd<T>(e, t, v128.load(x, 48));
      x += line;
    }
    v128.store(t0, a), v128.store(t0, b, 16), v128.store(t0, c, 32), v128.store(t0, e, 48);
    accumulateAll<T>(g, t0, 4 * V), g += 4 * wide;
    x0 += 4 * V;
  }
  for (; left >= V; left -= V) {
    let a = v128.splat<T>(0);
    let x = x0;
    for (let r = r0; r < end; r += stride) {
      a = multiplyAdd<T>(a, v128.load_splat<T>(r), v128.load(x));
      x += line;
    }
    accumulate<T>(g, a), g += wide;
    x0 += V;
  }
  outerRest<T>(x0, left, line, r0, end, stride, g);
}

/** The same for two columns side by side at `r`; the sums of the second follow those of the first. */
export function outer2<T>(job: Job, r0: usize, stride: usize, g: usize): void {
  const line = job.denseWidth * sizeof<T>(), t0 = job.t;
  const end = r0 + job.count * stride;
  const wide: usize = V * (8 / sizeof<T>());
  let h = g + (job.denseWidth << 3);
  let x0 = job.x;
  let left = line;
  for (; left >= 4 * V; left -= 4 * V) {
    let a = v128.splat<T>(0), b = a, c = a, e = a, a1 = a, b1 = a, c1 = a, e1 = a;
    let x = x0;
    for (let r = r0; r < end; r += stride) {
      const t = v128.load_splat<T>(r), s = v128.load_splat<T>(r, sizeof<T>());
      let u = v128.load(x);
      a = multiplyAdd<T>(a, t, u), a1 = multiplyAdd<T>(a1, s, u);
      u = v128.load(x, 16);
      b = multiplyAdd<T>(b, t, u), b1 = multiplyAdd<T>(b1, s, u);
      u = v128.load(x, 32);
      c = multiplyAdd<T>(c, t, u), c1 = multiplyAdd<T>(c1, s, u);
      u = v128.load(x, 48);
      e = multiplyAdd<T>(e, t, u), e1 = multiplyAdd<T>(e1, s, u);
      x += line;
    }
    v128.store(t0, a), v128.store(t0, b, 16), v128.store(t0, c, 32), v128.store(t0, e, 48);
    v128.store(t0, a1, 64), v128.store(t0, b1, 80), v128.store(t0, c1, 96), v128.store(t0, e1, 112);
    accumulateAll<T>(g, t0, 4 * V), g += 4 * wide;
    accumulateAll<T>(h, t0 + 4 * V, 4 * V), h += 4 * wide;
    x0 += 4 * V;
  }
  for (; left >= V; left -= V) {
    let a = v128.splat<T>(0), a1 = a;
    let x = x0;
    for (let r = r0; r < end; r += stride) {
      const u = v128.load(x);
      a = multiplyAdd<T>(a, v128.load_splat<T>(r), u);
      a1 = multiplyAdd<T>(a1, v128.load_splat<T>(r, sizeof<T>()), u);
      x += line;
    }
    accumulate<T>(g, a), g += wide;
    accumulate<T>(h, a1), h += wide;
    x0 += V;
  }
  outerRest<T>(x0, left, line, r0, end, stride, g);
  outerRest<T>(x0, left, line, r0 + sizeof<T>(), end, stride, h);
}

/** The features that fill no vector. */
function outerRest<T>(
  x0: usize, left: usize, line: usize, r0: usize, end: usize, stride: usize, g: usize,
): void {
  for (; left > 0; left -= sizeof<T>()) {
    let a: T = 0;
    let x = x0;
    for (let r = r0; r < end; r += stride) {
      a = <T>(a + <T>(load<T>(r) * load<T>(x)));
      x += line;
    }
    store<f64>(g, load<f64>(g) + <f64>a);
    g += 8;
    x0 += sizeof<T>();
  }
}
