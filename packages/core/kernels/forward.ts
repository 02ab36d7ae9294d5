/**
 * Z = X W + b for the rows of a block. A row's logits are sums in the order of the features, after the intercept, with
 * one rounding a product and one an addition, whatever rows are beside it: the tiles below only differ in how many of
 * these independent sums they carry at once (x64 has 16 vector registers: 8 sums, 2 weights, 1 entry, 1 product).
 */
import { dots1, dots2 } from "./columns";
import { Job } from "./job";
import { V, multiplyAdd } from "./lanes";
import { panelVectors } from "./panels";
import { addSparse } from "./sparse";

/** Z from the weights at `w`, laid out as in job.ts, whose single columns stand at `wt`. */
export function forward<T>(job: Job, w: usize, wt: usize, z: usize): void {
  const stride = job.kp * sizeof<T>();
  const rows = w + job.denseWidth * stride; // the weights that are not dense
  const b = rows + (job.d - job.denseWidth) * stride;
  let c: usize = 0;
  for (let left = stride / V; left > 0; ) {
    const vectors = panelVectors(left, job.single);
    left -= vectors;
    if (vectors == 2) densePanel2<T>(job, w, b + c, z + c, stride);
    else if (left > 0 || !job.single) densePanel1<T>(job, w, b + c, z + c, stride);
    else denseSingle<T>(job, wt, b + c, z + c, stride);
    w += job.denseWidth * vectors * V;
    c += vectors * V;
  }
  addSparse<T>(job, rows, z);
}

/** One or two single columns; their padding is that of the intercepts at `b`. */
function denseSingle<T>(job: Job, wt: usize, b: usize, z: usize, stride: usize): void {
  const padding = v128.load(b);
  for (let i: usize = 0; i < job.count; i++) v128.store(z + i * stride, padding);
  if (job.single == 1) dots1<T>(job, wt, load<T>(b), z, stride);
  else dots2<T>(job, wt, load<T>(b), load<T>(b, sizeof<T>()), z, stride);
}

/** 4 rows × 2 vectors of classes. */
function densePanel2<T>(job: Job, w0: usize, intercept: usize, z: usize, stride: usize): void {
  const d = job.denseWidth, line = d * sizeof<T>();
  const p = v128.load(intercept), q = v128.load(intercept, 16);
  const end = w0 + d * 2 * V;
  let x = job.x;
  let i = job.count;
  for (; i >= 4; i -= 4) {
    let a = p, b = p, c = p, e = p, a1 = q, b1 = q, c1 = q, e1 = q;
    let x0 = x, x1 = x0 + line, x2 = x1 + line, x3 = x2 + line;
    for (let w = w0; w < end; w += 2 * V) {
      const u = v128.load(w), v = v128.load(w, 16);
      let t = v128.load_splat<T>(x0);
      a = multiplyAdd<T>(a, t, u), a1 = multiplyAdd<T>(a1, t, v);
      t = v128.load_splat<T>(x1);
      b = multiplyAdd<T>(b, t, u), b1 = multiplyAdd<T>(b1, t, v);
      t = v128.load_splat<T>(x2);
      c = multiplyAdd<T>(c, t, u), c1 = multiplyAdd<T>(c1, t, v);
      t = v128.load_splat<T>(x3);
      e = multiplyAdd<T>(e, t, u), e1 = multiplyAdd<T>(e1, t, v);
      x0 += sizeof<T>(), x1 += sizeof<T>(), x2 += sizeof<T>(), x3 += sizeof<T>();
    }
    v128.store(z, a), v128.store(z, a1, 16), z += stride;
    v128.store(z, b), v128.store(z, b1, 16), z += stride;
    v128.store(z, c), v128.store(z, c1, 16), z += stride;
    v128.store(z, e), v128.store(z, e1, 16), z += stride;
    x += line << 2;
  }
  for (; i > 0; i--) {
    let a = p, a1 = q;
    let x0 = x;
    for (let w = w0; w < end; w += 2 * V) {
      const t = v128.load_splat<T>(x0);
      a = multiplyAdd<T>(a, t, v128.load(w)), a1 = multiplyAdd<T>(a1, t, v128.load(w, 16));
      x0 += sizeof<T>();
    }
    v128.store(z, a), v128.store(z, a1, 16), z += stride;
    x += line;
  }
}

/** 8 rows × 1 vector of classes. */
function densePanel1<T>(job: Job, w0: usize, intercept: usize, z: usize, stride: usize): void {
  const d = job.denseWidth, line = d * sizeof<T>();
  const p = v128.load(intercept);
  const end = w0 + d * V;
  let x = job.x;
  let i = job.count;
  for (; i >= 8; i -= 8) {
    let a = p, b = p, c = p, e = p, f = p, g = p, h = p, l = p;
    let x0 = x, x4 = x + (line << 2);
    for (let w = w0; w < end; w += V) {
      const u = v128.load(w);
      a = multiplyAdd<T>(a, v128.load_splat<T>(x0), u);
      b = multiplyAdd<T>(b, v128.load_splat<T>(x0 + line), u);
      c = multiplyAdd<T>(c, v128.load_splat<T>(x0 + 2 * line), u);
      e = multiplyAdd<T>(e, v128.load_splat<T>(x0 + 3 * line), u);
      f = multiplyAdd<T>(f, v128.load_splat<T>(x4), u);
      g = multiplyAdd<T>(g, v128.load_splat<T>(x4 + line), u);
      h = multiplyAdd<T>(h, v128.load_splat<T>(x4 + 2 * line), u);
      l = multiplyAdd<T>(l, v128.load_splat<T>(x4 + 3 * line), u);
      x0 += sizeof<T>(), x4 += sizeof<T>();
    }
    v128.store(z, a), z += stride;
    v128.store(z, b), z += stride;
    v128.store(z, c), z += stride;
    v128.store(z, e), z += stride;
    v128.store(z, f), z += stride;
    v128.store(z, g), z += stride;
    v128.store(z, h), z += stride;
    v128.store(z, l), z += stride;
    x += line << 3;
  }
  for (; i > 0; i--) {
    let a = p;
    let x0 = x;
    for (let w = w0; w < end; w += V) {
      a = multiplyAdd<T>(a, v128.load_splat<T>(x0), v128.load(w));
      x0 += sizeof<T>();
    }
    v128.store(z, a), z += stride;
    x += line;
  }
}
