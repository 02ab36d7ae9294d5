/** A += Σ_r w_r z_r z_rᵀ over chosen rows of a sample Z, float32, for the lower triangle A (triangle.ts). */
import { multiplyAdd } from "./lanes";
import { groupAt, rowBytes } from "./triangle";

/** Rows `from`…`to` of those chosen for `pack32`, the group `from` of A for `gram32`; `count` rows are chosen. */
@unmanaged export class GramJob {
  z: usize; // rows of 8·groups
  index: usize; // i32: the chosen rows
  weights: usize; // f32: √w
  count: usize;
  groups: usize;
  packed: usize; // for each 8 columns, count rows of 8
  a: usize;
  from: usize;
  to: usize;
}

/** Lays out the chosen rows, times their √w, in panels of 8 columns. */
export function packRows(job: GramJob): void {
  const line = job.groups << 5, panel = job.count << 5;
  for (let r = job.from; r < job.to; r++) {
    const w = v128.load32_splat(job.weights + (r << 2));
    const z = job.z + <usize>load<u32>(job.index + (r << 2)) * line;
    let to = job.packed + (r << 5);
    for (let o: usize = 0; o < line; o += 32, to += panel) {
      v128.store(to, f32x4.mul(w, v128.load(z + o)));
      v128.store(to, f32x4.mul(w, v128.load(z + o, 16)), 16);
    }
  }
}

/** Adds the chosen rows' products to one group of rows of A. */
export function gramGroup(job: GramJob): void {
  const q = job.from, panel = job.count << 5, line = rowBytes(q);
  const own = job.packed + q * panel;
  let a = groupAt(job.a, q);
  for (let other = job.packed; other <= own; other += panel, a += 32) {
    tile(own, other, panel, a, line);
    tile(own + 16, other, panel, a + (line << 2), line);
  }
}

/** 4 rows of A × 8 columns: 8 sums stay in registers. */
@inline function tile(x: usize, y: usize, bytes: usize, a: usize, line: usize): void {
  let s0 = v128.splat<f32>(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  for (const end = y + bytes; y < end; x += 32, y += 32) {
    const u = v128.load(y), v = v128.load(y, 16);
    let f = v128.load32_splat(x);
    s0 = multiplyAdd<f32>(s0, f, u), t0 = multiplyAdd<f32>(t0, f, v);
    f = v128.load32_splat(x, 4);
    s1 = multiplyAdd<f32>(s1, f, u), t1 = multiplyAdd<f32>(t1, f, v);
    f = v128.load32_splat(x, 8);
    s2 = multiplyAdd<f32>(s2, f, u), t2 = multiplyAdd<f32>(t2, f, v);
    f = v128.load32_splat(x, 12);
    s3 = multiplyAdd<f32>(s3, f, u), t3 = multiplyAdd<f32>(t3, f, v);
  }
  add(a, s0, t0), a += line;
  add(a, s1, t1), a += line;
  add(a, s2, t2), a += line;
  add(a, s3, t3);
}

@inline function add(a: usize, s: v128, t: v128): void {
  v128.store(a, f32x4.add(v128.load(a), s));
  v128.store(a, f32x4.add(v128.load(a, 16), t), 16);
}
