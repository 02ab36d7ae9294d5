/** Cholesky factors of float32 triangles (triangle.ts), and products with them and their inverses in float64. */
import { multiplyAdd, promoteHigh, sumLanes, sumPair } from "./lanes";
import { groupAt, rowBytes } from "./triangle";

@unmanaged export class FactorJob {
  a: usize; // the triangle
  groups: usize;
  scratch: usize; // 288 bytes a group: inverses of the tiles on the diagonal, then least pivots
  x: usize; // f64, 8·groups
}

/** Share of a diagonal entry that its pivot is not let fall below: what is less is rounding. */
const LEAST_PIVOT: f32 = 1e-6;
const TINY: f32 = 1e-30;

/**
 * A ← L with L Lᵀ = A, 8×8 tiles from left to right, row after row (Golub & Van Loan 2013, §4.2.6).
 */
export function factorize(job: FactorJob): void {
  const pivots = job.scratch + (job.groups << 8);
  for (let q: usize = 0; q < job.groups; q++) {
    const corner = groupAt(job.a, q) + (q << 5), next = rowBytes(q) + 4;
    for (let r: usize = 0; r < 8; r++) {
      const least = LEAST_PIVOT * load<f32>(corner + r * next);
      store<f32>(pivots + (q << 5) + (r << 2), max<f32>(least, TINY));
    }
  }
  for (let q: usize = 0; q < job.groups; q++) {
    const line = rowBytes(q), row = groupAt(job.a, q);
    for (let p: usize = 0; p < q; p++) {
      const other = groupAt(job.a, p), step = rowBytes(p);
      subtractTile(row, line, other, step, p << 5);
      solveTile(row + (p << 5), line, job.scratch + (p << 8));
    }
    const corner = row + (q << 5);
    subtractTile(row, line, row, line, q << 5);
    factorTile(corner, line, job.scratch + (q << 8), pivots + (q << 5));
  }
}

/** The 8×8 tile at entry `bytes` of the rows at x loses their products with the rows at y over the entries before. */
function subtractTile(x: usize, line: usize, y: usize, step: usize, bytes: usize): void {
  for (let i: usize = 0; i < 8; i += 4, x += line << 2) {
    for (let j: usize = 0; j < 8; j += 2) {
      dots4x2(x, line, y + j * step, step, bytes, bytes + (j << 2));
    }
  }
}

@inline function dots4x2(x: usize, line: usize, y: usize, step: usize, bytes: usize, to: usize): void {
  let s0 = v128.splat<f32>(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  const x1 = x + line, x2 = x1 + line, x3 = x2 + line, y1 = y + step;
  for (let o: usize = 0; o < bytes; o += 16) {
    const u = v128.load(y + o), v = v128.load(y1 + o);
    let f = v128.load(x + o);
    s0 = multiplyAdd<f32>(s0, f, u), t0 = multiplyAdd<f32>(t0, f, v);
    f = v128.load(x1 + o);
    s1 = multiplyAdd<f32>(s1, f, u), t1 = multiplyAdd<f32>(t1, f, v);
    f = v128.load(x2 + o);
    s2 = multiplyAdd<f32>(s2, f, u), t2 = multiplyAdd<f32>(t2, f, v);
    f = v128.load(x3 + o);
    s3 = multiplyAdd<f32>(s3, f, u), t3 = multiplyAdd<f32>(t3, f, v);
  }
  take(x + to, s0, t0);
  take(x1 + to, s1, t1);
  take(x2 + to, s2, t2);
  take(x3 + to, s3, t3);
}

@inline function take(at: usize, s: v128, t: v128): void {
  store<f32>(at, load<f32>(at) - sumLanes<f32>(s));
  store<f32>(at, load<f32>(at, 4) - sumLanes<f32>(t), 4);
}

/** X ← X L⁻ᵀ for the 8×8 tile X; row l of `inverse` is column l of L⁻¹. */
function solveTile(x: usize, line: usize, inverse: usize): void {
  for (let i: usize = 0; i < 8; i++, x += line) {
    let u = v128.splat<f32>(0), v = u;
    for (let l: usize = 0; l < 32; l += 4) {
      const f = v128.load32_splat(x + l);
      u = multiplyAdd<f32>(u, f, v128.load(inverse + (l << 3)));
      v = multiplyAdd<f32>(v, f, v128.load(inverse + (l << 3), 16));
    }
    v128.store(x, u);
    v128.store(x, v, 16);
  }
}

/** The factor of an 8×8 tile in place, 0 above the diagonal; row l of `inverse` becomes column l of its inverse. */
function factorTile(x: usize, line: usize, inverse: usize, least: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    for (let j: usize = 0; j <= i; j++) {
      let sum = entry(x, line, i, j);
      for (let l: usize = 0; l < j; l++) sum -= entry(x, line, i, l) * entry(x, line, j, l);
      if (i == j) sum = <f32>Math.sqrt(max(sum, load<f32>(least + (i << 2))));
      else sum /= entry(x, line, j, j);
      store<f32>(x + i * line + (j << 2), sum);
    }
    for (let j = i + 1; j < 8; j++) store<f32>(x + i * line + (j << 2), 0);
  }
  for (let l: usize = 0; l < 8; l++) {
    for (let i: usize = 0; i < 8; i++) {
      let sum: f32 = i == l ? 1 : 0;
      for (let m = l; m < i; m++) sum -= entry(x, line, i, m) * load<f32>(inverse + (l << 5) + (m << 2));
      store<f32>(inverse + (l << 5) + (i << 2), i < l ? <f32>0 : sum / entry(x, line, i, i));
    }
  }
}

@inline function entry(x: usize, line: usize, i: usize, j: usize): f32 {
  return load<f32>(x + i * line + (j << 2));
}

/** x ← L⁻¹ x */
export function solveLower(job: FactorJob): void {
  for (let q: usize = 0; q < job.groups; q++) {
    const line = rowBytes(q), x = job.x + (q << 6);
    let row = groupAt(job.a, q);
    for (let r: usize = 0; r < 8; r += 2, row += line << 1) {
      dots2(row, line, job.x, q << 5, x + (r << 3));
    }
    row = groupAt(job.a, q) + (q << 5);
    for (let r: usize = 0; r < 8; r++, row += line) {
      let sum = load<f64>(x + (r << 3));
      for (let j: usize = 0; j < r; j++) {
        sum -= <f64>load<f32>(row + (j << 2)) * load<f64>(x + (j << 3));
      }
      store<f64>(x + (r << 3), sum / <f64>load<f32>(row + (r << 2)));
    }
  }
}

/** Two unknowns lose the products of their rows with those before. */
@inline function dots2(row: usize, line: usize, x: usize, bytes: usize, to: usize): void {
  const next = row + line;
  let s = v128.splat<f64>(0), t = s, s1 = s, t1 = s;
  for (let o: usize = 0; o < bytes; o += 16) {
    const x0 = v128.load(x + (o << 1)), x1 = v128.load(x + (o << 1), 16);
    let l = v128.load(row + o);
    s = multiplyAdd<f64>(s, f64x2.promote_low_f32x4(l), x0);
    s1 = multiplyAdd<f64>(s1, promoteHigh(l), x1);
    l = v128.load(next + o);
    t = multiplyAdd<f64>(t, f64x2.promote_low_f32x4(l), x0);
    t1 = multiplyAdd<f64>(t1, promoteHigh(l), x1);
  }
  store<f64>(to, load<f64>(to) - sumPair(f64x2.add(s, s1)));
  store<f64>(to, load<f64>(to, 8) - sumPair(f64x2.add(t, t1)), 8);
}

/** x ← L⁻ᵀ x */
export function solveUpper(job: FactorJob): void {
  for (let q = job.groups; q-- > 0; ) {
    const line = rowBytes(q), x = job.x + (q << 6), first = groupAt(job.a, q);
    for (let r: usize = 8; r-- > 0; ) {
      const row = first + r * line + (q << 5);
      const value = load<f64>(x + (r << 3)) / <f64>load<f32>(row + (r << 2));
      store<f64>(x + (r << 3), value);
      for (let j: usize = 0; j < r; j++) {
        const at = x + (j << 3);
        store<f64>(at, load<f64>(at) - <f64>load<f32>(row + (j << 2)) * value);
      }
    }
    addRows(first, line, x, job.x, q << 5, -1);
  }
}

/** x ← Lᵀ x */
export function multiplyUpper(job: FactorJob): void {
  for (let q: usize = 0; q < job.groups; q++) {
    const line = rowBytes(q), x = job.x + (q << 6), first = groupAt(job.a, q);
    addRows(first, line, x, job.x, q << 5, 1);
    for (let j: usize = 0; j < 8; j++) {
      let sum: f64 = 0;
      for (let r = j; r < 8; r++) {
        sum += <f64>load<f32>(first + r * line + (q << 5) + (j << 2)) * load<f64>(x + (r << 3));
      }
      store<f64>(x + (j << 3), sum);
    }
  }
}

/** The first entries of `to` gain `sign` times the products of 8 rows with the 8 numbers at x. */
function addRows(first: usize, line: usize, x: usize, to: usize, bytes: usize, sign: f64): void {
  for (let half: usize = 0; half < 2; half++, first += line << 2, x += 32) {
    const a = v128.splat<f64>(sign * load<f64>(x)), b = v128.splat<f64>(sign * load<f64>(x, 8));
    const c = v128.splat<f64>(sign * load<f64>(x, 16)), e = v128.splat<f64>(sign * load<f64>(x, 24));
    const r1 = first + line, r2 = r1 + line, r3 = r2 + line;
    for (let o: usize = 0; o < bytes; o += 16) {
      const at = to + (o << 1);
      let s = v128.load(at), t = v128.load(at, 16);
      let l = v128.load(first + o);
      s = multiplyAdd<f64>(s, a, f64x2.promote_low_f32x4(l)), t = multiplyAdd<f64>(t, a, promoteHigh(l));
      l = v128.load(r1 + o);
      s = multiplyAdd<f64>(s, b, f64x2.promote_low_f32x4(l)), t = multiplyAdd<f64>(t, b, promoteHigh(l));
      l = v128.load(r2 + o);
      s = multiplyAdd<f64>(s, c, f64x2.promote_low_f32x4(l)), t = multiplyAdd<f64>(t, c, promoteHigh(l));
      l = v128.load(r3 + o);
      s = multiplyAdd<f64>(s, e, f64x2.promote_low_f32x4(l)), t = multiplyAdd<f64>(t, e, promoteHigh(l));
      v128.store(at, s);
      v128.store(at, t, 16);
    }
  }
}
