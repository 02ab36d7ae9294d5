import { internalError } from "../base/checks.ts";
import type { Matrix, RowRange } from "../base/matrix.ts";
import { countRows, mapArrays, matrixWidth } from "../base/matrix.ts";
import type { Arena } from "./arena.ts";
import { columnJobs, copyColumns } from "./csc.ts";
import type { Executor, JobKernel } from "./executor.ts";
import { createJob, type Job, placeLayout, placeRanges } from "./job.ts";
import type { PreparedRows, RowSums } from "./kernels.ts";
import type { KernelExports } from "./module.ts";
import { type LaneShape, laneCount, laneShape, STRIPE } from "./plan.ts";
import { checkClasses, checkPass, checkWeights } from "./shapes.ts";
import { precision, widths } from "./stage.ts";

/** Float64 sums that one reduction job adds up. */
const REDUCED_AT_ONCE = 16_384;
/** Bytes of logits that are staged at once. */
const LOGITS_BYTES = 8 * 2 ** 20;

/**
 * Sums over rows of X, whose arrays are in the arena's memory, by all threads of the executor. Rows are cut into stripes,
 * stripe t belongs to lane t mod L, and the lanes' sums are joined pairwise in their order; L follows from sizes alone
 * (plan.ts). The columns of a CSR block are summed from a copy by columns instead. So no bit depends on the threads.
 */
export function prepareRows(
  wasm: KernelExports,
  arena: Arena,
  executor: Executor,
  X: Matrix,
  k: number,
): PreparedRows {
  mapArrays(X, (array) => {
    if (!arena.owns(array)) throw internalError("the rows are not in the kernels' memory");
    return array;
  });
  const shape = laneShape(X, k);
  const lanes = createLanes(wasm, arena, X, shape);
  return {
    over(y, s, ranges) {
      for (const range of ranges) {
        checkPass(X, range, lanes.W, k, s);
        checkClasses(y, s, range, k);
      }
      return sumsOver(wasm, executor, lanes, { y, s, ranges });
    },
    logits(W, ranges, Z) {
      checkWeights("W", W.length, X, k);
      lanes.W.set(W);
      executor.run(lanes.kernel("cutWeights"), [lanes.head.address]);
      rangeLogits(arena, executor, lanes, ranges, Z);
    },
  };
}

type Widthless<Name> = Name extends `${infer Stem}64` ? Stem : never;

export interface Lanes {
  readonly shape: LaneShape;
  readonly head: Job;
  readonly jobs: readonly Job[];
  /** The same without classes, row weights and sums. */
  readonly logitJobs: readonly Job[];
  readonly W: Float64Array;
  readonly V: Float64Array;
  readonly G: Float64Array;
  /** n×kp of T, where the CSR block's columns are summed from R. */
  readonly R: Int32Array | null;
  readonly columns: readonly number[];
  readonly reduction: (lanes: number) => readonly number[];
  /** The kernel of this name in X's precision. */
  kernel(name: Widthless<JobKernel>): JobKernel;
  /** Address of classes or row weights, copied where they live elsewhere. */
  placeClasses(y: Int32Array): number;
  placeWeights(s: Float64Array): number;
  placeRanges(ranges: readonly RowRange[]): number;
}

export function createLanes(wasm: KernelExports, arena: Arena, X: Matrix, shape: LaneShape): Lanes {
  const { k, padded } = shape;
  const wide = precision(X) === 64;
  const width = matrixWidth(X);
  const [W, V, G] = Array.from({ length: 3 }, () => arena.allocate.f64((width + 1) * k));
  const words = shape.transposed ? X.rows * padded * (wide ? 2 : 1) : 0;
  const R = shape.transposed ? arena.allocate.i32(words) : null;
  const at = { W: W.byteOffset, V: V.byteOffset, G: G.byteOffset, R: R?.byteOffset ?? 0 };
  const head = createJob(arena);
  head.set({ ...widths(X), ...addresses(X), k, ...at, s: 1, lanes: 1 });
  placeLayout(arena, head, wide ? wasm.layoutWeights64 : wasm.layoutWeights32);
  const jobs = Array.from({ length: laneCount(shape, X.rows) }, (_, lane) => {
    const job = createJob(arena);
    job.copy(head);
    job.set({ lane });
    placeLayout(arena, job, wide ? wasm.layoutLane64 : wasm.layoutLane32);
    return job;
  });
  const logitJobs = jobs.map((job) => {
    const twin = createJob(arena);
    twin.copy(job);
    twin.set({ y: 0, s: 0, G: 0, R: 0 });
    return twin;
  });
  const csrAt = at.G + 8 * k * (width - (X.csr?.width ?? 0));
  let weights: Float64Array | null = null;
  let classes: Int32Array | null = null;
  let room = { address: 0, ranges: 0 };
  return {
    ...{ shape, head, jobs, logitJobs, W, V, G, R },
    columns:
      R === null ? [] : columnJobs(arena, copyColumns(X.csr!, arena), at.R, csrAt, { k, padded }),
    reduction: reductionJobs(wasm, arena, jobs),
    kernel: (name) => (wide ? `${name}64` : `${name}32`) as JobKernel,
    placeWeights(s) {
      if (arena.owns(s)) return s.byteOffset;
      weights ??= arena.allocate.f64(X.rows);
      weights.set(s);
      return weights.byteOffset;
    },
    placeClasses(y) {
      if (arena.owns(y)) return y.byteOffset;
      classes ??= arena.allocate.i32(X.rows);
      classes.set(y);
      return classes.byteOffset;
    },
    placeRanges(ranges) {
      if (ranges.length > room.ranges) {
        const twice = 2 * ranges.length;
        room = { address: arena.take(8 * twice), ranges: twice };
      }
      return placeRanges(arena, ranges, room.address);
    },
  };
}

const addresses = ({ dense, codes, csr }: Matrix) => ({
  dense: dense?.data.byteOffset ?? 0,
  codes: codes?.data.byteOffset ?? 0,
  starts: csr?.starts.byteOffset ?? 0,
  columns: csr?.columns.byteOffset ?? 0,
  values: csr?.values.byteOffset ?? 0,
});

/** Jobs for kernels/reduce.ts that join the sums of the first so many lanes. */
function reductionJobs(
  wasm: KernelExports,
  arena: Arena,
  jobs: readonly Job[],
): (lanes: number) => readonly number[] {
  const sums = jobs.map((job) => job.word(wasm.sumsOffset()));
  const count = (jobs[0].word(wasm.sumsEndOffset()) - sums[0]) / 8;
  const list = arena.take(4 * sums.length);
  arena.view(Int32Array, list, sums.length).set(sums);
  const parts: number[] = [];
  for (let first = 0; first < count; first += REDUCED_AT_ONCE) {
    const address = arena.take(16);
    const last = Math.min(count, first + REDUCED_AT_ONCE);
    arena.view(Int32Array, address, 4).set([list, 1, first, last]);
    parts.push(address);
  }
  return (lanes) => {
    for (const address of parts) arena.view(Int32Array, address, 4)[1] = lanes;
    return parts;
  };
}

/** The rows of one set of sums. */
interface Chosen {
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  readonly ranges: readonly RowRange[];
}

function sumsOver(
  wasm: KernelExports,
  executor: Executor,
  lanes: Lanes,
  { y, s, ranges }: Chosen,
): RowSums {
  const { shape, W, V, G, R } = lanes;
  const used = lanes.jobs.slice(0, laneCount(shape, ...ranges.map((r) => r.end - r.start)));
  const addressesOf = used.map((job) => job.address);
  const rows = {
    ranges: lanes.placeRanges(ranges),
    rangeCount: ranges.length,
    lanes: used.length,
    y: lanes.placeClasses(y),
    s: s === null ? 0 : lanes.placeWeights(s),
    G: G.byteOffset,
    R: R?.byteOffset ?? 0,
  };
  for (const job of used) job.set(rows);
  // Rows that are not summed count nothing.
  R?.fill(0);
  const reduction = used.length > 1 ? lanes.reduction(used.length) : [];
  const sum = (pass: "laneGradient" | "laneHessian", weights: Float64Array): void => {
    W.set(weights);
    executor.run(lanes.kernel("cutWeights"), [lanes.head.address]);
    executor.run(lanes.kernel(pass), addressesOf);
    G.fill(0);
    if (lanes.columns.length > 0) executor.run(lanes.kernel("columns"), lanes.columns);
    if (reduction.length > 0) executor.run("reduce", reduction);
    executor.run(lanes.kernel("end"), [addressesOf[0]]);
  };
  return {
    lossGradient(weights, gradient) {
      sum("laneGradient", weights);
      gradient.set(G);
      return sumPairwise(used.map((job) => job.float(wasm.lossOffset())));
    },
    hessianVector(weights, direction, product) {
      V.set(direction);
      sum("laneHessian", weights);
      product.set(G);
    },
  };
}

/** The sum in the order of kernels/reduce.ts. */
export function sumPairwise(values: number[]): number {
  for (let step = 1; step < values.length; step *= 2) {
    for (let l = 0; l + step < values.length; l += 2 * step) values[l] += values[l + step];
  }
  return values[0];
}

/** Logits of the rows of `ranges`, one below the other, staged in the arena so many rows at a time. */
export function rangeLogits(
  arena: Arena,
  executor: Executor,
  lanes: Lanes,
  ranges: readonly RowRange[],
  Z: Float64Array,
): void {
  const { k } = lanes.shape;
  const rows = Math.max(STRIPE, STRIPE * Math.floor(LOGITS_BYTES / (8 * k * STRIPE)));
  let at = 0;
  for (const range of ranges) {
    for (let start = range.start; start < range.end; start += rows) {
      const piece = { start, end: Math.min(start + rows, range.end) };
      const size = countRows([piece]) * k;
      arena.scratch(() => {
        const staged = arena.view(Float64Array, arena.take(8 * size), size);
        const list = placeRanges(arena, [piece]);
        const used = lanes.logitJobs.slice(0, laneCount(lanes.shape, countRows([piece])));
        const call = { Z: staged.byteOffset, ranges: list, rangeCount: 1, lanes: used.length };
        for (const job of used) job.set(call);
        executor.run(
          lanes.kernel("logits"),
          used.map((job) => job.address),
        );
        Z.set(staged, at);
      });
      at += size;
    }
  }
}
