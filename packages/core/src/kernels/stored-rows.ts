import { checkInteger } from "../base/checks.ts";
import type { StoredRows } from "../base/matrix.ts";
import { countRows, type Matrix, type RowRange } from "../base/matrix.ts";
import { rowBytes } from "../base/stored.ts";
import type { Arena } from "./arena.ts";
import type { Executor } from "./executor.ts";
import type { Job } from "./job.ts";
import type { PreparedRows, RowSums } from "./kernels.ts";
import { createLanes, type Lanes, rangeLogits, sumPairwise } from "./lanes.ts";
import type { KernelExports } from "./module.ts";
import { type LaneShape, laneCount, laneShape, STRIPE } from "./plan.ts";
import { checkClasses, checkPass, checkRows, checkWeights } from "./shapes.ts";

/** Of the kernels' memory for a chunk, where more is not needed for one stripe a lane. */
const CHUNK_BYTES = 64 * 2 ** 20;

/**
 * `prepareRows` of rows that are read again in every pass. A chunk is as many stripes as the lanes share evenly, so that each
 * lane takes the same rows in the same order as if all stood in memory, and no bit depends on `store.chunkBytes`. Rows that fit
 * one chunk are read once for each choice of them.
 */
export function prepareStoredRows(
  wasm: KernelExports,
  arena: Arena,
  executor: Executor,
  store: StoredRows,
  k: number,
): PreparedRows {
  checkInteger("store.rows", store.rows, 0, 0x7fffffff);
  const shape = laneShape(placeMatrix(arena, store, 0), k);
  const stripes = chunkStripes(store, shape);
  const chunk = createChunk(arena, store, stripes * STRIPE);
  const X = { ...chunk.X, rows: store.rows };
  const lanes = createLanes(wasm, arena, chunk.X, shape);
  return {
    over(y, s, ranges) {
      for (const range of ranges) {
        checkPass(X, range, lanes.W, k, s);
        checkClasses(y, s, range, k);
      }
      const jobs = lanes.jobs.slice(0, laneCount(shape, ...ranges.map((r) => r.end - r.start)));
      const chunks = cutChunks(ranges, stripes);
      return sumsOfChunks(wasm, executor, lanes, chunk, { y, s, jobs, chunks });
    },
    logits(W, ranges, Z) {
      for (const range of ranges) checkPass(X, range, W, k);
      checkRows("Z", Z.length, countRows(ranges), k);
      checkWeights("W", W.length, X, k);
      lanes.W.set(W);
      executor.run(lanes.kernel("cutWeights"), [lanes.head.address]);
      let at = 0;
      for (const pieces of cutChunks(ranges, stripes)) {
        const here = chunk.enter(pieces, null, null);
        rangeLogits(arena, executor, lanes, here, Z.subarray(at * k));
        at += countRows(here);
      }
    },
  };
}

/** Stripes that fit a chunk, a whole number of times the lanes, no more than there are rows for, and one a lane at least. */
function chunkStripes(store: StoredRows, { lanes }: LaneShape): number {
  const { rows, chunkBytes = CHUNK_BYTES } = store;
  const row = rowBytes(store) + 12;
  const fitting = Math.floor(chunkBytes / (row * STRIPE * lanes));
  // Ranges may end within stripes: so may more of them be needed than rows fill.
  const useful = Math.ceil(rows / (STRIPE * lanes)) + 1;
  return lanes * Math.max(1, Math.min(fitting, useful));
}

/** The stripes of `ranges` in their order, so many at a time, as the pieces of ranges that hold them. */
function cutChunks(ranges: readonly RowRange[], stripes: number): RowRange[][] {
  const chunks: RowRange[][] = [];
  let left = 0;
  for (const { start, end } of ranges) {
    for (let at = start; at < end; ) {
      if (left === 0) {
        chunks.push([]);
        left = stripes;
      }
      const last = Math.min(end, at + left * STRIPE);
      chunks[chunks.length - 1].push({ start: at, end: last });
      left -= Math.ceil((last - at) / STRIPE);
      at = last;
    }
  }
  return chunks;
}

interface Chunk {
  readonly X: Matrix;
  readonly y: Int32Array;
  readonly s: Float64Array;
  /** Reads the rows of `pieces`, one below the other, with their classes and weights; returns where each piece is now. */
  enter(
    pieces: readonly RowRange[],
    classes: Int32Array | null,
    weights: Float64Array | null,
  ): RowRange[];
}

function createChunk(arena: Arena, store: StoredRows, capacity: number): Chunk {
  const X = placeMatrix(arena, store, capacity);
  const y = arena.allocate.i32(capacity);
  const s = arena.allocate.f64(capacity);
  let held: readonly RowRange[] | null = null;
  const read = ({ start, end }: RowRange, at: number): void => {
    const { dense, codes } = X;
    const to = at + end - start;
    const floats = dense?.data.subarray(at * dense.width, to * dense.width) ?? null;
    const integers = codes?.data.subarray(at * codes.perRow, to * codes.perRow) ?? null;
    store.read(start, end - start, floats, integers);
  };
  return {
    ...{ X, y, s },
    enter(pieces, classes, weights) {
      const known = held === pieces;
      held = null;
      let at = 0;
      const here = pieces.map((piece) => {
        const { start, end } = piece;
        if (!known) read(piece, at);
        if (classes !== null) y.set(classes.subarray(start, end), at);
        if (weights !== null) s.set(weights.subarray(start, end), at);
        at += end - start;
        return { start: at - (end - start), end: at };
      });
      held = pieces;
      return here;
    },
  };
}

function placeMatrix(arena: Arena, { dense, codes }: StoredRows, rows: number): Matrix {
  const { f32, f64, i32 } = arena.allocate;
  return {
    rows,
    dense: dense && {
      width: dense.width,
      data: (dense.bits === 32 ? f32 : f64)(rows * dense.width),
    },
    codes: codes && { ...codes, data: i32(rows * codes.perRow) },
    csr: null,
  };
}

interface Chosen {
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  /** One a lane that has rows. */
  readonly jobs: readonly Job[];
  readonly chunks: readonly (readonly RowRange[])[];
}

function sumsOfChunks(
  wasm: KernelExports,
  executor: Executor,
  lanes: Lanes,
  chunk: Chunk,
  { y, s, jobs, chunks }: Chosen,
): RowSums {
  const { W, V, G } = lanes;
  const addresses = jobs.map((job) => job.address);
  const rows = {
    lanes: jobs.length,
    y: chunk.y.byteOffset,
    s: s === null ? 0 : chunk.s.byteOffset,
  };
  const sum = (pass: "gradient" | "hessian", weights: Float64Array): void => {
    W.set(weights);
    executor.run(lanes.kernel("cutWeights"), [lanes.head.address]);
    executor.run("clearSums", addresses);
    for (const pieces of chunks) {
      const here = chunk.enter(pieces, y, s);
      const ranges = lanes.placeRanges(here);
      for (const job of jobs) job.set({ ...rows, ranges, rangeCount: here.length });
      executor.run(lanes.kernel(pass), addresses);
    }
    G.fill(0);
    if (jobs.length > 1) executor.run("reduce", lanes.reduction(jobs.length));
    executor.run(lanes.kernel("end"), [addresses[0]]);
  };
  return {
    lossGradient(weights, gradient) {
      sum("gradient", weights);
      gradient.set(G);
      return sumPairwise(jobs.map((job) => job.float(wasm.lossOffset())));
    },
    hessianVector(weights, direction, product) {
      V.set(direction);
      sum("hessian", weights);
      product.set(G);
    },
  };
}
