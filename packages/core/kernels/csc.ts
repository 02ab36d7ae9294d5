/**
 * G = Xᵀ R for the columns of a CSR block, read from its copy by columns (CSC). Each column sums its rows in order, in
 * float64, by itself: threads share the columns, none needs sums of its own.
 */
import { V, padded, promoteHigh } from "./lanes";

/** What one call sums, written by src/kernels/csc.ts. R is n×kp of T; G is width×k float64, which is overwritten. */
@unmanaged export class Columns {
  starts: usize;
  rows: usize;
  values: usize;
  first: usize;
  last: usize;
  k: usize;
  R: usize;
  G: usize;
  scratch: usize; // kp float64
}

export function sumColumns<T>(job: Columns): void {
  for (let j = job.first; j < job.last; j++) {
    const at = <usize>load<u32>(job.starts + (j << 2));
    const end = <usize>load<u32>(job.starts + (j << 2), 4);
    if (job.k == 1) sumVector<T>(job, at, end, job.G + (j << 3));
    else sumPanel<T>(job, at, end, job.G + ((j * job.k) << 3));
  }
}

@inline function product<T>(job: Columns, e: usize): f64 {
  const row = <usize>load<u32>(job.rows + (e << 2));
  return <f64>load<T>(job.values + e * sizeof<T>()) * <f64>load<T>(job.R + row * sizeof<T>());
}

/** Four sums, of which each takes every fourth entry: one alone would wait for every addition. */
function sumVector<T>(job: Columns, at: usize, end: usize, g: usize): void {
  let a: f64 = 0, b: f64 = 0, c: f64 = 0, e: f64 = 0;
  for (; at + 4 <= end; at += 4) {
    a += product<T>(job, at);
    b += product<T>(job, at + 1);
    c += product<T>(job, at + 2);
    e += product<T>(job, at + 3);
  }
  for (; at < end; at++) a += product<T>(job, at);
  store<f64>(g, a + b + (c + e));
}

/** The sums of 4, 2 or 1 vectors of classes stay in registers while the column is walked. */
function sumPanel<T>(job: Columns, at: usize, end: usize, g: usize): void {
  const line = padded<T>(job.k) * sizeof<T>();
  const wide: usize = 8 / sizeof<T>();
  let c: usize = 0;
  for (; c + 4 * V <= line; c += 4 * V) walk<T>(job, at, end, c, line, job.scratch + c * wide, 4);
  if (c + 2 * V <= line) walk<T>(job, at, end, c, line, job.scratch + c * wide, 2), c += 2 * V;
  if (c < line) walk<T>(job, at, end, c, line, job.scratch + c * wide, 1);
  memory.copy(g, job.scratch, job.k << 3);
}

@inline function walk<T>(
  job: Columns, at: usize, end: usize, c: usize, line: usize, to: usize, vectors: i32,
): void {
  const zero = f64x2.splat(0);
  let a = zero, b = zero, e = zero, f = zero, a1 = zero, b1 = zero, e1 = zero, f1 = zero;
  const R = job.R + c;
  for (; at < end; at++) {
    const t = v128.load_splat<T>(job.values + at * sizeof<T>());
    const r = R + <usize>load<u32>(job.rows + (at << 2)) * line;
    const x = v128.mul<T>(t, v128.load(r));
    a = addLow<T>(a, x), a1 = addHigh<T>(a1, x);
    if (vectors > 1) {
      const x = v128.mul<T>(t, v128.load(r, 16));
      b = addLow<T>(b, x), b1 = addHigh<T>(b1, x);
    }
    if (vectors > 2) {
      const x = v128.mul<T>(t, v128.load(r, 32));
      e = addLow<T>(e, x), e1 = addHigh<T>(e1, x);
      const y = v128.mul<T>(t, v128.load(r, 48));
      f = addLow<T>(f, y), f1 = addHigh<T>(f1, y);
    }
  }
  to = put<T>(to, a, a1);
  if (vectors > 1) to = put<T>(to, b, b1);
  if (vectors > 2) put<T>(put<T>(to, e, e1), f, f1);
}

@inline function addLow<T>(sum: v128, x: v128): v128 {
  return f64x2.add(sum, sizeof<T>() == 4 ? f64x2.promote_low_f32x4(x) : x);
}

@inline function addHigh<T>(sum: v128, x: v128): v128 {
  return sizeof<T>() == 4 ? f64x2.add(sum, promoteHigh(x)) : sum;
}

@inline function put<T>(to: usize, low: v128, high: v128): usize {
  v128.store(to, low);
  if (sizeof<T>() == 4) v128.store(to, high, 16);
  return to + V * (8 / sizeof<T>());
}
