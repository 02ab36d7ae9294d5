import { createJob, type Job, placeRanges } from "./job.ts";
import { writeRowsJob } from "./rows-job.ts";
import { placeScratch, type WasmKernels } from "./wasm.ts";

/**
 * One row after another under the same weights, without what a batch costs: the weights stay in the kernels' memory, and
 * a row is written where the job reads it. The same kernels as for a batch, so the same bits.
 */
export interface SingleRow {
  /** Logits of a row of dense features and codes: one a class, valid until the next call. */
  logits(model: SingleModel, x: ArrayLike<number>, codes?: Int32Array): Float64Array;
  /** Softmax of k logits; k numbers, valid until the next call. */
  softmax(z: ArrayLike<number>, k: number): Float64Array;
}

/** With more weights one row takes the way of a batch: its weights would be compared for longer than it is computed. */
export const MOST_SINGLE_WEIGHTS = 2 ** 20;

export interface SingleModel {
  /** d × outputs, of dense features, then of codes. */
  readonly weights: Float64Array;
  /** One an output. */
  readonly intercepts: Float64Array;
  readonly codesWidth: number;
}

interface Slot {
  readonly buffer: ArrayBufferLike;
  readonly width: number;
  readonly codesWidth: number;
  readonly outputs: number;
  readonly job: Job;
  readonly W: Float64Array;
  readonly x: Float64Array;
  readonly codes: Int32Array;
  readonly Z: Float64Array;
  readonly p: Float64Array;
  /** The job that makes p its softmax. */
  readonly rows: number;
}

/** Of kernels that serve nothing else: what one model needs takes the place of what the last one did. */
export function createSingleRow({ arena, wasm }: WasmKernels): SingleRow {
  const start = arena.mark();
  let slot: Slot | null = null;
  return {
    logits({ weights, intercepts, codesWidth }, x, given = NO_CODES) {
      const outputs = intercepts.length;
      const fits =
        slot !== null &&
        slot.width === x.length &&
        slot.outputs === outputs &&
        slot.codesWidth === codesWidth &&
        slot.codes.length === given.length &&
        slot.buffer === arena.memory.buffer;
      if (!fits) slot = openSlot(x.length, outputs, codesWidth, given.length);
      const { job, W, x: to, codes, Z } = slot as Slot;
      if (!fits || !holds(W, weights, intercepts)) {
        W.set(weights);
        W.set(intercepts, weights.length);
        wasm.cutWeights64(job.address);
      }
      for (let j = 0; j < to.length; j++) to[j] = x[j];
      for (let j = 0; j < codes.length; j++) codes[j] = given[j];
      wasm.logits64(job.address);
      return Z;
    },
    softmax(z, k) {
      const fits = slot !== null && slot.p.length === k && slot.buffer === arena.memory.buffer;
      if (!fits) slot = openSlot(0, k, 0, 0);
      const { p } = slot as Slot;
      for (let c = 0; c < k; c++) p[c] = z[c];
      wasm.softmax64((slot as Slot).rows);
      return p;
    },
  };

  function openSlot(width: number, outputs: number, codesWidth: number, perRow: number): Slot {
    arena.rewind(start);
    const classes = Math.max(2, outputs);
    const address = {
      x: arena.take(8 * width),
      Z: arena.take(8 * outputs),
      p: arena.take(8 * classes),
      codes: arena.take(4 * perRow),
    };
    const size = (width + codesWidth + 1) * outputs;
    const W = arena.take(8 * size);
    const job = createJob(arena);
    const ranges = placeRanges(arena, [{ start: 0, end: 1 }]);
    job.set({ k: outputs, Z: address.Z, W, ranges, rangeCount: 1 });
    job.set({ denseWidth: width, dense: address.x });
    job.set({ codesWidth, codesPerRow: perRow, codes: address.codes });
    placeScratch(wasm, arena, job, true);
    const softmax = { Z: address.p, n: 1, k: classes, temperature: 1, out: address.p };
    const rows = writeRowsJob(arena, softmax);
    return {
      buffer: arena.memory.buffer,
      ...{ width, codesWidth, outputs, job },
      W: arena.view(Float64Array, W, size),
      x: arena.view(Float64Array, address.x, width),
      codes: arena.view(Int32Array, address.codes, perRow),
      Z: arena.view(Float64Array, address.Z, outputs),
      p: arena.view(Float64Array, address.p, classes),
      rows,
    };
  }
}

const NO_CODES = new Int32Array(0);

function holds(W: Float64Array, weights: Float64Array, intercepts: Float64Array): boolean {
  for (let at = 0; at < weights.length; at++) if (W[at] !== weights[at]) return false;
  for (let c = 0; c < intercepts.length; c++) {
    if (W[weights.length + c] !== intercepts[c]) return false;
  }
  return true;
}
