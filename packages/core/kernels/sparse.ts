/**
 * The codes' and the CSR block's part of both products. Their weights and sums are rows of kp classes, so that an entry
 * meets few cache lines; a row of X is walked once for each 4, 2 or 1 vectors of classes.
 */
import { Job } from "./job";
import { V, accumulate, multiplyAdd } from "./lanes";

/** Adds the part of the block's codes and CSR entries to the logits; `w`: the weight of the first code. */
export function addSparse<T>(job: Job, w: usize, z: usize): void {
  if (job.codesWidth + job.csrWidth == 0) return;
  const stride = job.kp * sizeof<T>();
  for (let i: usize = 0; i < job.count; i++, z += stride) {
    const row = <usize>load<i32>(job.index + (i << 2));
    let c: usize = 0;
    for (; c + 4 * V <= stride; c += 4 * V) addEntries<T>(job, row, w + c, z + c, stride, 4);
    if (c + 2 * V <= stride) addEntries<T>(job, row, w + c, z + c, stride, 2), c += 2 * V;
    if (c < stride) addEntries<T>(job, row, w + c, z + c, stride, 1);
  }
}

@inline function addEntries<T>(job: Job, row: usize, w: usize, z: usize, stride: usize, vectors: i32): void {
  const codesWidth = job.codesWidth;
  let a = v128.load(z), b = a, c = a, e = a;
  if (vectors > 1) b = v128.load(z, 16);
  if (vectors > 2) c = v128.load(z, 32), e = v128.load(z, 48);
  if (codesWidth) {
    let at = job.codes + ((row * job.codesPerRow) << 2);
    for (const end = at + (job.codesPerRow << 2); at < end; at += 4) {
      const j = <usize>load<u32>(at);
      if (j >= codesWidth) continue; // −1: none
      const wj = w + j * stride;
      a = v128.add<T>(a, v128.load(wj));
      if (vectors > 1) b = v128.add<T>(b, v128.load(wj, 16));
      if (vectors > 2) c = v128.add<T>(c, v128.load(wj, 32)), e = v128.add<T>(e, v128.load(wj, 48));
    }
  }
  if (job.csrWidth) {
    const first = w + codesWidth * stride, columns = job.columns, values = job.values;
    const start = job.starts + (row << 2);
    for (let n = <usize>load<u32>(start), end = <usize>load<u32>(start, 4); n < end; n++) {
      const wj = first + <usize>load<u32>(columns + (n << 2)) * stride;
      const t = v128.load_splat<T>(values + n * sizeof<T>());
      a = multiplyAdd<T>(a, t, v128.load(wj));
      if (vectors > 1) b = multiplyAdd<T>(b, t, v128.load(wj, 16));
      if (vectors > 2) {
        c = multiplyAdd<T>(c, t, v128.load(wj, 32));
        e = multiplyAdd<T>(e, t, v128.load(wj, 48));
      }
    }
  }
  v128.store(z, a);
  if (vectors > 1) v128.store(z, b, 16);
  if (vectors > 2) v128.store(z, c, 32), v128.store(z, e, 48);
}

/** Adds the block's residuals, times their codes, CSR entries and 1 for the intercept, to the sums from `g` on. */
export function scatter<T>(job: Job, r: usize, g: usize): void {
  const stride = job.kp * sizeof<T>();
  const wide: usize = 8 / sizeof<T>(); // bytes of a sum for each byte of T
  for (let i: usize = 0; i < job.count; i++, r += stride) {
    const row = <usize>load<i32>(job.index + (i << 2));
    let c: usize = 0;
    for (; c + 4 * V <= stride; c += 4 * V) addOuter<T>(job, row, r + c, g + c * wide, stride, 4);
    if (c + 2 * V <= stride) addOuter<T>(job, row, r + c, g + c * wide, stride, 2), c += 2 * V;
    if (c < stride) addOuter<T>(job, row, r + c, g + c * wide, stride, 1);
  }
}

@inline function addOuter<T>(job: Job, row: usize, r: usize, g: usize, stride: usize, vectors: i32): void {
  const codesWidth = job.codesWidth;
  const line: usize = stride * (8 / sizeof<T>());
  const a = v128.load(r), b = vectors > 1 ? v128.load(r, 16) : a;
  const c = vectors > 2 ? v128.load(r, 32) : a, e = vectors > 2 ? v128.load(r, 48) : a;
  if (codesWidth) {
    let at = job.codes + ((row * job.codesPerRow) << 2);
    for (const end = at + (job.codesPerRow << 2); at < end; at += 4) {
      const j = <usize>load<u32>(at);
      if (j < codesWidth) addVectors<T>(g + j * line, a, b, c, e, vectors);
    }
  }
  g += codesWidth * line;
  if (job.csrWidth && !job.R) {
    const columns = job.columns, values = job.values;
    const start = job.starts + (row << 2);
    for (let n = <usize>load<u32>(start), end = <usize>load<u32>(start, 4); n < end; n++) {
      const t = v128.load_splat<T>(values + n * sizeof<T>());
      const at = g + <usize>load<u32>(columns + (n << 2)) * line;
      addVectors<T>(
        at, v128.mul<T>(t, a), v128.mul<T>(t, b), v128.mul<T>(t, c), v128.mul<T>(t, e), vectors,
      );
    }
    g += job.csrWidth * line;
  }
  addVectors<T>(g, a, b, c, e, vectors);
}

@inline function addVectors<T>(g: usize, a: v128, b: v128, c: v128, e: v128, vectors: i32): void {
  const next: usize = V * (8 / sizeof<T>());
  accumulate<T>(g, a);
  if (vectors > 1) accumulate<T>(g + next, b);
  if (vectors > 2) accumulate<T>(g + 2 * next, c), accumulate<T>(g + 3 * next, e);
}
