/** One logit: Z = X w + b and G += Xᵀ r, where w, z, r and G are vectors. */
import { Job } from "./job";
import { V, accumulate, multiplyAdd, sumLanes } from "./lanes";

/**
 * z_i = b + the lanes' partial sums over the whole vectors of features, then the remaining features, codes and CSR
 * entries one by one: the same for a row wherever it stands. Four rows at once hide the latency of the additions.
 */
export function forwardVector<T>(job: Job, w: usize, z: usize): void {
  const d = job.denseWidth, line = d * sizeof<T>();
  const whole = line & ~(V - 1);
  let x = job.x;
  let i = job.count;
  for (; i >= 4; i -= 4) {
    let a = v128.splat<T>(0), b = a, c = a, e = a;
    const x1 = x + line, x2 = x1 + line, x3 = x2 + line;
    for (let o: usize = 0; o < whole; o += V) {
      const u = v128.load(w + o);
      a = multiplyAdd<T>(a, u, v128.load(x + o));
      b = multiplyAdd<T>(b, u, v128.load(x1 + o));
      c = multiplyAdd<T>(c, u, v128.load(x2 + o));
      e = multiplyAdd<T>(e, u, v128.load(x3 + o));
    }
    store<T>(z, finish<T>(job, a, x, w));
    store<T>(z, finish<T>(job, b, x1, w), sizeof<T>());
    store<T>(z, finish<T>(job, c, x2, w), 2 * sizeof<T>());
    store<T>(z, finish<T>(job, e, x3, w), 3 * sizeof<T>());
    x += line << 2;
    z += 4 * sizeof<T>();
  }
  for (; i > 0; i--) {
    let a = v128.splat<T>(0);
    for (let o: usize = 0; o < whole; o += V) a = multiplyAdd<T>(a, v128.load(w + o), v128.load(x + o));
    store<T>(z, finish<T>(job, a, x, w));
    x += line;
    z += sizeof<T>();
  }
  addSparse<T>(job, w + line, z - job.count * sizeof<T>());
}

/** b + the lanes of `sum` + the features after the last whole vector. */
@inline function finish<T>(job: Job, sum: v128, x: usize, w: usize): T {
  const line = job.denseWidth * sizeof<T>();
  let z = <T>(load<T>(w + job.d * sizeof<T>()) + sumLanes<T>(sum));
  for (let o = line & ~(V - 1); o < line; o += sizeof<T>()) {
    z = <T>(z + <T>(load<T>(x + o) * load<T>(w + o)));
  }
  return z;
}

/** Adds the codes' and the CSR block's part; `w` is the weight of the first code. */
function addSparse<T>(job: Job, w: usize, z: usize): void {
  const perRow = job.codesPerRow, codesWidth = job.codesWidth, csrWidth = job.csrWidth;
  if (codesWidth + csrWidth == 0) return;
  const wCsr = w + codesWidth * sizeof<T>();
  for (let i: usize = 0; i < job.count; i++, z += sizeof<T>()) {
    const row = <usize>load<i32>(job.index + (i << 2));
    let sum = load<T>(z);
    if (codesWidth) {
      let at = job.codes + ((row * perRow) << 2);
      for (const end = at + (perRow << 2); at < end; at += 4) {
        const j = <usize>load<u32>(at);
        if (j < codesWidth) sum = <T>(sum + load<T>(w + j * sizeof<T>())); // −1: none
      }
    }
    if (csrWidth) {
      const start = job.starts + (row << 2);
      for (let e = <usize>load<u32>(start), end = <usize>load<u32>(start, 4); e < end; e++) {
        const j = <usize>load<u32>(job.columns + (e << 2));
        sum = <T>(sum + <T>(load<T>(job.values + e * sizeof<T>()) * load<T>(wCsr + j * sizeof<T>())));
      }
    }
    store<T>(z, sum);
  }
}

export function backwardVector<T>(job: Job, r: usize): void {
  denseVector<T>(job, r);
  scatter<T>(job, r);
}

/** Four vectors of features, then one, then single features; each sums the rows of the block in T. */
function denseVector<T>(job: Job, r0: usize): void {
  const line = job.denseWidth * sizeof<T>();
  const end = r0 + job.count * sizeof<T>();
  const x0 = job.x, g = job.g;
  let o: usize = 0;
  for (; o + 4 * V <= line; o += 4 * V) {
    let a = v128.splat<T>(0), b = a, c = a, e = a;
    let x = x0 + o;
    for (let r = r0; r < end; r += sizeof<T>()) {
      const t = v128.load_splat<T>(r);
      a = multiplyAdd<T>(a, t, v128.load(x));
      b = multiplyAdd<T>(b, t, v128.load(x, 16));
      c = multiplyAdd<T>(c, t, v128.load(x, 32));
      e = multiplyAdd<T>(e, t, v128.load(x, 48));
      x += line;
    }
    const at = g + o * (8 / sizeof<T>());
    const next: usize = V * (8 / sizeof<T>());
    accumulate<T>(at, a);
    accumulate<T>(at + next, b);
    accumulate<T>(at + 2 * next, c);
    accumulate<T>(at + 3 * next, e);
  }
  for (; o + V <= line; o += V) {
    let a = v128.splat<T>(0);
    let x = x0 + o;
    for (let r = r0; r < end; r += sizeof<T>()) {
      a = multiplyAdd<T>(a, v128.load_splat<T>(r), v128.load(x));
      x += line;
    }
    accumulate<T>(g + o * (8 / sizeof<T>()), a);
  }
  for (; o < line; o += sizeof<T>()) {
    let a: T = 0;
    let x = x0 + o;
    for (let r = r0; r < end; r += sizeof<T>()) {
      a = <T>(a + <T>(load<T>(r) * load<T>(x)));
      x += line;
    }
    add(g + o * (8 / sizeof<T>()), <f64>a);
  }
}

/** Codes, CSR block and intercept. */
function scatter<T>(job: Job, r: usize): void {
  const perRow = job.codesPerRow, codesWidth = job.codesWidth, csrWidth = job.csrWidth;
  const codesAt = job.g + (job.denseWidth << 3);
  const csrAt = codesAt + (codesWidth << 3);
  let intercept: f64 = 0;
  for (let i: usize = 0; i < job.count; i++, r += sizeof<T>()) {
    const row = <usize>load<i32>(job.index + (i << 2));
    const ri = <f64>load<T>(r);
    if (codesWidth) {
      let at = job.codes + ((row * perRow) << 2);
      for (const end = at + (perRow << 2); at < end; at += 4) {
        const j = <usize>load<u32>(at);
        if (j < codesWidth) add(codesAt + (j << 3), ri);
      }
    }
    if (csrWidth) {
      const start = job.starts + (row << 2);
      for (let e = <usize>load<u32>(start), end = <usize>load<u32>(start, 4); e < end; e++) {
        const j = <usize>load<u32>(job.columns + (e << 2));
        add(csrAt + (j << 3), <f64>load<T>(job.values + e * sizeof<T>()) * ri);
      }
    }
    intercept += ri;
  }
  add(csrAt + (csrWidth << 3), intercept);
}

@inline function add(at: usize, x: f64): void {
  store<f64>(at, load<f64>(at) + x);
}
