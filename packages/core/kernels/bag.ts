/**
 * Steps of the bag of embeddings (docs/math.md §3.2), one row after the other, in float32 but for the losses. T is the
 * type of X's values.
 *
 * Rows of E and V have `stride` bytes, whole panels of 64 with zeros behind the last number: a row begins a cache line,
 * and a panel of sums stays in four registers however many entries there are.
 */
import { multiplyAdd, sumLanes } from "./lanes";
import { residuals } from "./residuals";
import { StepsJob } from "./steps";

/** Written by src/kernels/bag-wasm.ts (same order). */
@unmanaged export class BagJob extends StepsJob {
  E: usize;
  V: usize; // one row a class
  b: usize;
  stride: usize;
  k: usize;
  negatives: usize; // 0: all classes
  proposals: usize; // i32: runs × negatives
  runs: usize;
  shifts: usize; // log of how often a class is expected among the negatives
  h: usize; // scratch: stride bytes each
  g: usize;
  z: usize; // scratch: room for all classes of a step, rounded up to whole vectors, each
  list: usize; // i32; without negatives 0…k−1
  spare: usize;
  unit: f64; // what weights are multiplied by
  rate: f64; // of step 0
  before: f64; // steps before position 0
  total: f64;
  loss: f64;
}

const PANEL: usize = 64;

export function descendBag<T>(job: BagJob): void {
  let loss: f64 = 0;
  for (let at = job.first; at < job.last; at++) loss += step<T>(job, at);
  job.loss = loss;
}

function step<T>(job: BagJob, at: usize): f64 {
  const row = <usize>load<u32>(job.order + (at << 2));
  const from = <usize>load<u32>(job.starts + (row << 2));
  const to = <usize>load<u32>(job.starts + (row << 2), 4);
  const s = job.s ? load<f64>(job.s + (row << 3)) * job.unit : 1;
  const t = job.before + <f64>at;
  const rate = <f32>(job.rate * (1 - t / job.total));
  const y = <usize>load<u32>(job.y + (row << 2));
  gather<T>(job, from, to);
  if (job.negatives) listClasses(job, <usize>(<u64>t % <u64>job.runs), y);
  const count = job.negatives ? job.negatives + 1 : job.k;
  logits(job, count, y);
  const loss = residuals(job.z, count, job.negatives ? 0 : y, s);
  moveClasses(job, count, rate);
  scatter<T>(job, from, to, rate);
  return loss;
}

/** h = Σ_j x_j E_j */
function gather<T>(job: BagJob, from: usize, to: usize): void {
  for (let o: usize = 0; o < job.stride; o += PANEL) {
    let a = v128.splat<f32>(0), b = a, c = a, d = a;
    for (let e = from; e < to; e++) {
      const x = v128.splat<f32>(<f32>load<T>(job.values + e * sizeof<T>()));
      const row = job.E + <usize>load<u32>(job.columns + (e << 2)) * job.stride + o;
      a = multiplyAdd<f32>(a, x, v128.load(row));
      b = multiplyAdd<f32>(b, x, v128.load(row, 16));
      c = multiplyAdd<f32>(c, x, v128.load(row, 32));
      d = multiplyAdd<f32>(d, x, v128.load(row, 48));
    }
    store4(job.h + o, a, b, c, d);
  }
}

/** The row's own class, then the negatives of run `run`. */
function listClasses(job: BagJob, run: usize, y: usize): void {
  store<u32>(job.list, <u32>y);
  memory.copy(job.list + 4, job.proposals + run * (job.negatives << 2), job.negatives << 2);
}

/** z of the listed classes; behind them −∞ up to a whole vector. */
function logits(job: BagJob, count: usize, y: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const c = <usize>load<u32>(job.list + (i << 2));
    let z = dot(job.V + c * job.stride, job.h, job.stride) + load<f32>(job.b + (c << 2));
    if (job.negatives && i > 0) {
      z = c == y ? -f32.MAX_VALUE : z - load<f32>(job.shifts + (c << 2));
    }
    store<f32>(job.z + (i << 2), z);
  }
  for (let i = count; i & 3; i++) store<f32>(job.z + (i << 2), -f32.MAX_VALUE);
}

function dot(x: usize, y: usize, bytes: usize): f32 {
  let a = v128.splat<f32>(0), b = a, c = a, d = a;
  for (let o: usize = 0; o < bytes; o += PANEL) {
    a = multiplyAdd<f32>(a, v128.load(x + o), v128.load(y + o));
    b = multiplyAdd<f32>(b, v128.load(x + o, 16), v128.load(y + o, 16));
    c = multiplyAdd<f32>(c, v128.load(x + o, 32), v128.load(y + o, 32));
    d = multiplyAdd<f32>(d, v128.load(x + o, 48), v128.load(y + o, 48));
  }
  return sumLanes<f32>(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** In the order of the list: g += r_c V_c, then V_c −= η r_c h and b_c −= η r_c. */
function moveClasses(job: BagJob, count: usize, rate: f32): void {
  for (let o: usize = 0; o < job.stride; o += PANEL) {
    const h = job.h + o;
    const h0 = v128.load(h), h1 = v128.load(h, 16), h2 = v128.load(h, 32), h3 = v128.load(h, 48);
    let a = v128.splat<f32>(0), b = a, c = a, d = a;
    for (let i: usize = 0; i < count; i++) {
      const r = load<f32>(job.z + (i << 2));
      if (r == 0) continue;
      const at = job.V + <usize>load<u32>(job.list + (i << 2)) * job.stride + o;
      const residual = v128.splat<f32>(r), step = v128.splat<f32>(-rate * r);
      const v0 = v128.load(at), v1 = v128.load(at, 16), v2 = v128.load(at, 32), v3 = v128.load(at, 48);
      a = multiplyAdd<f32>(a, residual, v0);
      b = multiplyAdd<f32>(b, residual, v1);
      c = multiplyAdd<f32>(c, residual, v2);
      d = multiplyAdd<f32>(d, residual, v3);
      store4(
        at,
        multiplyAdd<f32>(v0, step, h0), multiplyAdd<f32>(v1, step, h1),
        multiplyAdd<f32>(v2, step, h2), multiplyAdd<f32>(v3, step, h3),
      );
    }
    store4(job.g + o, a, b, c, d);
  }
  for (let i: usize = 0; i < count; i++) {
    const at = job.b + (<usize>load<u32>(job.list + (i << 2)) << 2);
    store<f32>(at, load<f32>(at) - rate * load<f32>(job.z + (i << 2)));
  }
}

/** E_j −= η x_j g */
function scatter<T>(job: BagJob, from: usize, to: usize, rate: f32): void {
  const step = v128.splat<f32>(-rate);
  for (let o: usize = 0; o < job.stride; o += PANEL) {
    const g = job.g + o;
    const a = f32x4.mul(step, v128.load(g)), b = f32x4.mul(step, v128.load(g, 16));
    const c = f32x4.mul(step, v128.load(g, 32)), d = f32x4.mul(step, v128.load(g, 48));
    for (let e = from; e < to; e++) {
      const x = v128.splat<f32>(<f32>load<T>(job.values + e * sizeof<T>()));
      const row = job.E + <usize>load<u32>(job.columns + (e << 2)) * job.stride + o;
      store4(
        row,
        multiplyAdd<f32>(v128.load(row), x, a), multiplyAdd<f32>(v128.load(row, 16), x, b),
        multiplyAdd<f32>(v128.load(row, 32), x, c), multiplyAdd<f32>(v128.load(row, 48), x, d),
      );
    }
  }
}

@inline function store4(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(at, a);
  v128.store(at, b, 16);
  v128.store(at, c, 32);
  v128.store(at, d, 48);
}
