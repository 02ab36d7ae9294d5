/** The codes' and the CSR block's part of both products, for panels of 2 vectors of classes or 1. */
import { Job } from "./job";
import { V, accumulate, multiplyAdd } from "./lanes";

/** Adds the codes' and the CSR block's part to 2 vectors of classes. */
export function addSparse2<T>(job: Job, w: usize, z: usize, stride: usize): void {
  const perRow = job.codesPerRow, codesWidth = job.codesWidth, csrWidth = job.csrWidth;
  if (codesWidth + csrWidth == 0) return;
  const codesAt = w + job.denseWidth * 2 * V;
  const csrAt = codesAt + codesWidth * 2 * V;
  for (let i: usize = 0; i < job.count; i++, z += stride) {
    const row = <usize>load<i32>(job.index + (i << 2));
    let a = v128.load(z), b = v128.load(z, 16);
    if (codesWidth) {
      let at = job.codes + ((row * perRow) << 2);
      for (const end = at + (perRow << 2); at < end; at += 4) {
        const j = <usize>load<u32>(at);
        if (j >= codesWidth) continue; // −1: none
        const wj = codesAt + j * 2 * V;
        a = v128.add<T>(a, v128.load(wj)), b = v128.add<T>(b, v128.load(wj, 16));
      }
    }
    if (csrWidth) {
      const start = job.starts + (row << 2);
      for (let e = <usize>load<u32>(start), end = <usize>load<u32>(start, 4); e < end; e++) {
        const wj = csrAt + <usize>load<u32>(job.columns + (e << 2)) * 2 * V;
        const t = v128.load_splat<T>(job.values + e * sizeof<T>());
        a = multiplyAdd<T>(a, t, v128.load(wj)), b = multiplyAdd<T>(b, t, v128.load(wj, 16));
      }
    }
    v128.store(z, a), v128.store(z, b, 16);
  }
}

/** Adds the codes' and the CSR block's part to 1 vector of classes. */
export function addSparse1<T>(job: Job, w: usize, z: usize, stride: usize): void {
  const perRow = job.codesPerRow, codesWidth = job.codesWidth, csrWidth = job.csrWidth;
  if (codesWidth + csrWidth == 0) return;
  const codesAt = w + job.denseWidth * V;
  const csrAt = codesAt + codesWidth * V;
  for (let i: usize = 0; i < job.count; i++, z += stride) {
    const row = <usize>load<i32>(job.index + (i << 2));
    let a = v128.load(z);
    if (codesWidth) {
      let at = job.codes + ((row * perRow) << 2);
      for (const end = at + (perRow << 2); at < end; at += 4) {
        const j = <usize>load<u32>(at);
        if (j < codesWidth) a = v128.add<T>(a, v128.load(codesAt + j * V));
      }
    }
    if (csrWidth) {
      const start = job.starts + (row << 2);
      for (let e = <usize>load<u32>(start), end = <usize>load<u32>(start, 4); e < end; e++) {
        const wj = csrAt + <usize>load<u32>(job.columns + (e << 2)) * V;
        a = multiplyAdd<T>(a, v128.load_splat<T>(job.values + e * sizeof<T>()), v128.load(wj));
      }
    }
    v128.store(z, a);
  }
}

/** Codes, CSR block and intercepts: G += Xᵀ R. */
export function scatter2<T>(job: Job, r: usize, g: usize, stride: usize): void {
  scatter<T>(job, r, g, stride, 2);
}

export function scatter1<T>(job: Job, r: usize, g: usize, stride: usize): void {
  scatter<T>(job, r, g, stride, 1);
}

@inline function scatter<T>(job: Job, r: usize, g: usize, stride: usize, vectors: usize): void {
  const perRow = job.codesPerRow, codesWidth = job.codesWidth, csrWidth = job.csrWidth;
  const gline: usize = (vectors * V / sizeof<T>()) << 3;
  const codesAt = g + job.denseWidth * gline;
  const csrAt = codesAt + codesWidth * gline;
  const intercept = csrAt + csrWidth * gline;
  for (let i: usize = 0; i < job.count; i++, r += stride) {
    const row = <usize>load<i32>(job.index + (i << 2));
    const a = v128.load(r), b = vectors == 2 ? v128.load(r, 16) : a;
    if (codesWidth) {
      let at = job.codes + ((row * perRow) << 2);
      for (const end = at + (perRow << 2); at < end; at += 4) {
        const j = <usize>load<u32>(at);
        if (j < codesWidth) addRow<T>(codesAt + j * gline, a, b, vectors);
      }
    }
    if (csrWidth) {
      const start = job.starts + (row << 2);
      for (let e = <usize>load<u32>(start), end = <usize>load<u32>(start, 4); e < end; e++) {
        const at = csrAt + <usize>load<u32>(job.columns + (e << 2)) * gline;
        const t = v128.load_splat<T>(job.values + e * sizeof<T>());
        addRow<T>(at, v128.mul<T>(t, a), v128.mul<T>(t, b), vectors);
      }
    }
    addRow<T>(intercept, a, b, vectors);
  }
}

@inline function addRow<T>(at: usize, a: v128, b: v128, vectors: usize): void {
  accumulate<T>(at, a);
  if (vectors == 2) accumulate<T>(at + (sizeof<T>() == 4 ? 32 : 16), b);
}
