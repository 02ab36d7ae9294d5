/**
 * G += Xᵀ R for the rows of a block, in float64. The dense part sums the rows of the block in T and adds that sum; the
 * others add entry by entry.
 */
import { outer1, outer2 } from "./columns";
import { Job } from "./job";
import { V, accumulate, accumulateAll, multiplyAdd } from "./lanes";
import { panelVectors } from "./panels";
import { scatter } from "./sparse";

export function backward<T>(job: Job, r: usize): void {
  const stride = job.kp * sizeof<T>();
  let g = job.g;
  let c: usize = 0;
  for (let left = stride / V; left > 0; ) {
    const vectors = panelVectors(left, job.single);
    left -= vectors;
    if (vectors == 2) densePanel2<T>(job, r + c, g, stride);
    else if (left > 0 || !job.single) densePanel1<T>(job, r + c, g, stride);
    else if (job.single == 1) outer1<T>(job, r + c, stride, job.gt);
    else outer2<T>(job, r + c, stride, job.gt);
    g += job.denseWidth * vectors * V * (8 / sizeof<T>());
    c += vectors * V;
  }
  scatter<T>(job, r, g);
}

/** 4 features × 2 vectors of classes. */
function densePanel2<T>(job: Job, r0: usize, g: usize, stride: usize): void {
  const d = job.denseWidth, line = d * sizeof<T>(), t0 = job.t;
  const gline: usize = (2 * V / sizeof<T>()) << 3;
  const end = r0 + job.count * stride;
  let x0 = job.x;
  let j: usize = 0;
  for (; j + 4 <= d; j += 4) {
    let a = v128.splat<T>(0), b = a, c = a, e = a, a1 = a, b1 = a, c1 = a, e1 = a;
    let x = x0;
    for (let r = r0; r < end; r += stride) {
      const u = v128.load(r), v = v128.load(r, 16);
      let t = v128.load_splat<T>(x);
      a = multiplyAdd<T>(a, t, u), a1 = multiplyAdd<T>(a1, t, v);
      t = v128.load_splat<T>(x, sizeof<T>());
      b = multiplyAdd<T>(b, t, u), b1 = multiplyAdd<T>(b1, t, v);
      t = v128.load_splat<T>(x, 2 * sizeof<T>());
      c = multiplyAdd<T>(c, t, u), c1 = multiplyAdd<T>(c1, t, v);
      t = v128.load_splat<T>(x, 3 * sizeof<T>());
      e = multiplyAdd<T>(e, t, u), e1 = multiplyAdd<T>(e1, t, v);
      x += line;
    }
    v128.store(t0, a), v128.store(t0, a1, 16);
    v128.store(t0, b, 32), v128.store(t0, b1, 48);
    v128.store(t0, c, 64), v128.store(t0, c1, 80);
    v128.store(t0, e, 96), v128.store(t0, e1, 112);
    accumulateAll<T>(g, t0, 8 * V), g += 4 * gline;
    x0 += 4 * sizeof<T>();
  }
  for (; j < d; j++) {
    let a = v128.splat<T>(0), a1 = a;
    let x = x0;
    for (let r = r0; r < end; r += stride) {
      const t = v128.load_splat<T>(x);
      a = multiplyAdd<T>(a, t, v128.load(r)), a1 = multiplyAdd<T>(a1, t, v128.load(r, 16));
      x += line;
    }
    v128.store(t0, a), v128.store(t0, a1, 16);
    accumulateAll<T>(g, t0, 2 * V), g += gline;
    x0 += sizeof<T>();
  }
}

/** 8 features × 1 vector of classes. */
function densePanel1<T>(job: Job, r0: usize, g: usize, stride: usize): void {
  const d = job.denseWidth, line = d * sizeof<T>();
  const gline: usize = (V / sizeof<T>()) << 3;
  const end = r0 + job.count * stride;
  let x0 = job.x;
  let j: usize = 0;
  for (; j + 8 <= d; j += 8) {
    let a = v128.splat<T>(0), b = a, c = a, e = a, f = a, h = a, l = a, m = a;
    let x = x0;
    for (let r = r0; r < end; r += stride) {
      const u = v128.load(r);
      a = multiplyAdd<T>(a, v128.load_splat<T>(x), u);
      b = multiplyAdd<T>(b, v128.load_splat<T>(x, sizeof<T>()), u);
      c = multiplyAdd<T>(c, v128.load_splat<T>(x, 2 * sizeof<T>()), u);
      e = multiplyAdd<T>(e, v128.load_splat<T>(x, 3 * sizeof<T>()), u);
      f = multiplyAdd<T>(f, v128.load_splat<T>(x, 4 * sizeof<T>()), u);
      h = multiplyAdd<T>(h, v128.load_splat<T>(x, 5 * sizeof<T>()), u);
      l = multiplyAdd<T>(l, v128.load_splat<T>(x, 6 * sizeof<T>()), u);
      m = multiplyAdd<T>(m, v128.load_splat<T>(x, 7 * sizeof<T>()), u);
      x += line;
    }
    accumulate<T>(g, a), g += gline;
    accumulate<T>(g, b), g += gline;
    accumulate<T>(g, c), g += gline;
    accumulate<T>(g, e), g += gline;
    accumulate<T>(g, f), g += gline;
    accumulate<T>(g, h), g += gline;
    accumulate<T>(g, l), g += gline;
    accumulate<T>(g, m), g += gline;
    x0 += 8 * sizeof<T>();
  }
  for (; j < d; j++) {
    let a = v128.splat<T>(0);
    let x = x0;
    for (let r = r0; r < end; r += stride) {
      a = multiplyAdd<T>(a, v128.load_splat<T>(x), v128.load(r));
      x += line;
    }
    accumulate<T>(g, a), g += gline;
    x0 += sizeof<T>();
  }
}
