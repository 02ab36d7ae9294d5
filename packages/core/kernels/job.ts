/**
 * What one call works on: addresses and sizes, written by src/kernels/job.ts (same order, 4 bytes each), and below them
 * the regions of the scratch memory that `layoutWeights` and `layoutLane` place.
 *
 * The rows of a pass are those of `ranges` (pairs of i32: start, end) cut into stripes, of which stripe number t, counted
 * through all ranges, belongs to lane t mod `lanes`. The jobs of all lanes share the weights and have their own sums, so
 * that threads can take them in any order: the sums are joined in an order of their own (reduce.ts).
 *
 * The dense rows of W in scratch are cut into panels of 2 vectors of classes, or 1 at the end: a panel holds its columns
 * of all these rows. The other rows, the intercepts' last, follow as they are, kp classes each. G is laid out alike, in
 * float64. Where the last vector would be half padding or more, its one or two classes are `single`: a panel of its
 * own, whose dense weights and sums stand column by column in wt and gt. Z and U are block × kp, row-major. With k = 1,
 * kp is 1 and all of these are plain vectors.
 */
import { V, padded } from "./lanes";

@unmanaged export class Job {
  ranges: usize;
  rangeCount: usize;
  lane: usize;
  lanes: usize;
  dense: usize;
  denseWidth: usize;
  codes: usize;
  codesPerRow: usize;
  codesWidth: usize;
  starts: usize;
  columns: usize;
  values: usize;
  csrWidth: usize;
  y: usize;
  s: usize; // 0 where all weights are 1
  k: usize;
  W: usize;
  V: usize; // 0 where there is no direction
  G: usize;
  Z: usize;
  R: usize; // where set, the residuals n×kp of T go here and csr.ts sums the CSR block's columns; else 0
  scratch: usize;
  // placed by layout
  d: usize;
  kp: usize;
  single: usize;
  block: usize; // rows of a block
  w: usize;
  wt: usize;
  v: usize;
  vt: usize;
  g: usize;
  gt: usize;
  z: usize;
  u: usize;
  index: usize; // i32: the block's rows that count
  weights: usize; // f64
  classes: usize; // i32
  sums: usize; // f64: Σ_c exp(z_c − m)
  shifts: usize; // f64: m − z_y
  packed: usize; // dense rows that count, where some do not
  t: usize; // sums on their way from registers to memory, TILE bytes
  count: usize;
  next: usize; // the first row after the block
  last: usize; // the row after the stripe
  before: usize; // rows of the ranges above the stripe
  x: usize; // the first dense row of the block
  loss: f64; // of the rows so far
}

/** Bytes of the sums that a tile holds in registers. */
const TILE: usize = 256;

@inline function place(at: usize, bytes: usize): usize {
  return (at + bytes + 63) & ~63;
}

/** Rows of a block, a power of two from 8 to 128: its dense part fills at most 256 KiB where that is possible. */
@inline function blockRows<T>(width: usize): usize {
  let rows: usize = 128;
  while (rows > 8 && rows * width * sizeof<T>() > 1 << 18) rows >>= 1;
  return rows;
}

/** Fills in what follows from the widths and classes alone. */
function measure<T>(job: Job): void {
  const lanes = V / sizeof<T>();
  const last = job.k & (lanes - 1); // classes in a last vector that is not full
  job.d = job.denseWidth + job.codesWidth + job.csrWidth;
  job.kp = padded<T>(job.k);
  job.single = job.k > 1 && last <= lanes / 2 ? last : 0;
  job.block = blockRows<T>(job.denseWidth);
}

/** Places weights and direction from `job.scratch` on; returns the address after the last. */
export function layoutWeights<T>(job: Job): usize {
  measure<T>(job);
  const size = sizeof<T>();
  const weights = (job.d + 1) * job.kp * size;
  const columns = job.single * job.denseWidth * size;
  job.w = (job.scratch + 63) & ~63;
  job.wt = place(job.w, weights);
  job.v = place(job.wt, columns);
  job.vt = place(job.v, job.V ? weights : 0);
  return place(job.vt, job.V ? columns : 0);
}

/** Places the sums of a lane and its block of rows from `job.scratch` on; returns the address after the last. */
export function layoutLane<T>(job: Job): usize {
  measure<T>(job);
  const kp = job.kp, block = job.block, size = sizeof<T>();
  job.g = (job.scratch + 63) & ~63;
  job.gt = place(job.g, job.G ? (sumRows(job) + 1) * kp * 8 : 0);
  job.z = place(job.gt, job.G ? job.single * job.denseWidth * 8 : 0);
  job.u = place(job.z, block * kp * size);
  job.index = place(job.u, job.V ? block * kp * size : 0);
  job.weights = place(job.index, block * 4);
  job.classes = place(job.weights, block * 8);
  job.sums = place(job.classes, block * 4);
  job.shifts = place(job.sums, block * 8);
  job.packed = place(job.shifts, block * 8);
  job.t = place(job.packed, job.s ? block * job.denseWidth * size : 0);
  return place(job.t, TILE);
}

/** Rows of the sums before the intercepts': all features, or all but those of the CSR block where others sum them. */
@inline export function sumRows(job: Job): usize {
  return job.R ? job.d - job.csrWidth : job.d;
}
