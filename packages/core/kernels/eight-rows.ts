/**
 * Eight rows of k float32 numbers to columns and back: entry c of rows 0…3 is one vector, that of rows 4…7 the next.
 * The last block of four columns ends with the row: it may hold columns again that an earlier one held.
 */
import { Lanes } from "./rows-exp-f32";

/** Copies the rows from z on to columns, and notes the largest entry of each; NaN may stay out of that. */
export function gather(z: usize, k: usize, columns: usize, lanes: Lanes): void {
  const half = k << 4;
  if (k < 4) {
    lanes.m0 = gatherNarrow(z, k, columns);
    lanes.m1 = gatherNarrow(z + half, k, columns + 16);
  } else {
    lanes.m0 = gatherBlocks(z, k, columns);
    lanes.m1 = gatherBlocks(z + half, k, columns + 16);
  }
}

@inline function gatherBlocks(z: usize, k: usize, columns: usize): v128 {
  const stride = k << 2;
  let m = f32x4.splat(-Infinity);
  for (let c: usize = 0; ; c = min(c + 4, k - 4)) {
    const row = z + (c << 2), at = columns + (c << 5);
    const r0 = v128.load(row), r1 = v128.load(row + stride);
    const r2 = v128.load(row + (stride << 1)), r3 = v128.load(row + stride * 3);
    const t0 = unpackLow(r0, r1), t1 = unpackHigh(r0, r1);
    const t2 = unpackLow(r2, r3), t3 = unpackHigh(r2, r3);
    const c0 = v128.shuffle<i64>(t0, t2, 0, 2), c1 = v128.shuffle<i64>(t0, t2, 1, 3);
    const c2 = v128.shuffle<i64>(t1, t3, 0, 2), c3 = v128.shuffle<i64>(t1, t3, 1, 3);
    v128.store(at, c0);
    v128.store(at, c1, 32);
    v128.store(at, c2, 64);
    v128.store(at, c3, 96);
    m = f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(m, c0), c1), c2), c3);
    if (c + 4 >= k) break;
  }
  return m;
}

@inline function gatherNarrow(z: usize, k: usize, columns: usize): v128 {
  const stride = k << 2;
  let m = f32x4.splat(-Infinity);
  for (let c: usize = 0; c < k; c++) {
    const row = z + (c << 2);
    let x = v128.load32_splat(row);
    x = v128.load_lane<f32>(row + stride, x, 1);
    x = v128.load_lane<f32>(row + (stride << 1), x, 2);
    x = v128.load_lane<f32>(row + stride * 3, x, 3);
    v128.store(columns + (c << 5), x);
    m = f32x4.pmax(m, x);
  }
  return m;
}

/** Multiplies the columns and writes them as rows from `out` on. */
export function scatter(columns: usize, k: usize, scale0: v128, scale1: v128, out: usize): void {
  const half = k << 4;
  if (k < 4) {
    scatterNarrow(columns, k, scale0, out);
    scatterNarrow(columns + 16, k, scale1, out + half);
  } else {
    scatterBlocks(columns, k, scale0, out);
    scatterBlocks(columns + 16, k, scale1, out + half);
  }
}

@inline function scatterBlocks(columns: usize, k: usize, scale: v128, out: usize): void {
  const stride = k << 2;
  for (let c: usize = 0; ; c = min(c + 4, k - 4)) {
    const row = out + (c << 2), at = columns + (c << 5);
    const c0 = f32x4.mul(v128.load(at), scale), c1 = f32x4.mul(v128.load(at, 32), scale);
    const c2 = f32x4.mul(v128.load(at, 64), scale), c3 = f32x4.mul(v128.load(at, 96), scale);
    const t0 = unpackLow(c0, c1), t1 = unpackHigh(c0, c1);
    const t2 = unpackLow(c2, c3), t3 = unpackHigh(c2, c3);
    v128.store(row, v128.shuffle<i64>(t0, t2, 0, 2));
    v128.store(row + stride, v128.shuffle<i64>(t0, t2, 1, 3));
    v128.store(row + (stride << 1), v128.shuffle<i64>(t1, t3, 0, 2));
    v128.store(row + stride * 3, v128.shuffle<i64>(t1, t3, 1, 3));
    if (c + 4 >= k) break;
  }
}

@inline function scatterNarrow(columns: usize, k: usize, scale: v128, out: usize): void {
  const stride = k << 2;
  for (let c: usize = 0; c < k; c++) {
    const row = out + (c << 2), x = f32x4.mul(v128.load(columns + (c << 5)), scale);
    v128.store_lane<f32>(row, x, 0);
    v128.store_lane<f32>(row + stride, x, 1);
    v128.store_lane<f32>(row + (stride << 1), x, 2);
    v128.store_lane<f32>(row + stride * 3, x, 3);
  }
}

@inline function unpackLow(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}

@inline function unpackHigh(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}
