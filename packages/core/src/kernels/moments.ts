import type { DenseBlock, Floats, RowRange } from "../base/matrix.ts";
import type { Kernels } from "./kernels.ts";
import { stage } from "./stage.ts";
import type { WasmKernels } from "./wasm.ts";

/** Sums over rows: Σ s_i (x_ij − c_j), then Σ s_i (x_ij − c_j)², 2 × width. */
export type DenseSums = Float64Array;

/** Rows whose sums are taken together; those of blocks are then added in order, whoever took them. */
const BLOCK = 4096;
const WORDS = 6;
/** Of rows that are copied at a time, at most. */
const STAGED_BYTES = 8 * 2 ** 20;

/**
 * Adds to `sums` those over the rows of `ranges`, in float64; rows with s_i = 0 are skipped. c_j should be near the mean. The
 * bits are the same where a range is taken in pieces of whole blocks.
 */
export function addDenseSums(
  kernels: Kernels,
  dense: DenseBlock,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  shift: Float64Array,
  sums: DenseSums,
): void {
  if (kernels.name === "wasm") wasmSums(kernels as WasmKernels, dense, s, ranges, shift, sums);
  else for (const range of ranges) addRows(dense, s, range, shift, sums);
}

function addRows(
  { width, data }: DenseBlock,
  s: Float64Array | null,
  { start, end }: RowRange,
  shift: Float64Array,
  sums: Float64Array,
): void {
  for (let i = start; i < end; i++) {
    const w = s === null ? 1 : s[i];
    if (w === 0) continue;
    for (let j = 0, at = i * width; j < width; j++, at++) {
      const from = data[at] - shift[j];
      sums[j] += w * from;
      sums[width + j] += w * from * from;
    }
  }
}

function wasmSums(
  { arena, executor }: WasmKernels,
  { width, data }: DenseBlock,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  shift: Float64Array,
  sums: Float64Array,
): void {
  const kernel = data instanceof Float32Array ? "moments32" : "moments64";
  const placed = arena.owns(data) && (s === null || arena.owns(s));
  const blocks = blocksOf(ranges);
  // Rows that lie elsewhere are copied, some blocks at a time.
  const some = Math.max(1, Math.floor(STAGED_BYTES / (BLOCK * width * data.BYTES_PER_ELEMENT)));
  const atOnce = placed ? blocks.length : some;
  for (let first = 0; first < blocks.length; first += atOnce) {
    arena.scratch(() => {
      const group = blocks.slice(first, first + atOnce);
      const c = stage(arena, shift);
      const own = 16 * width;
      const out = arena.take(group.length * own);
      arena.view(Float64Array, out, (group.length * own) / 8).fill(0);
      const jobs = group.map(({ start, end }, b) => {
        const x = stage(arena, data.subarray(start * width, end * width) as Floats);
        const weights = s === null ? 0 : stage(arena, s.subarray(start, end));
        const job = arena.take(4 * WORDS);
        const fields = [x, end - start, width, weights, c, out + b * own];
        arena.view(Int32Array, job, WORDS).set(fields);
        return job;
      });
      executor.run(kernel, jobs);
      const parts = arena.view(Float64Array, out, (group.length * own) / 8);
      for (let at = 0; at < parts.length; at++) sums[at % sums.length] += parts[at];
    });
  }
}

function blocksOf(ranges: readonly RowRange[]): RowRange[] {
  const blocks: RowRange[] = [];
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at += BLOCK) {
      blocks.push({ start: at, end: Math.min(at + BLOCK, end) });
    }
  }
  return blocks;
}
