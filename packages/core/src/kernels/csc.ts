import type { CsrBlock, Floats } from "../base/matrix.ts";
import type { Arena } from "./arena.ts";

/** Compressed sparse columns: column j has the entries starts[j] … starts[j+1]−1 of `rows` and `values`, rows in order. */
export interface CscBlock {
  readonly width: number;
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  readonly values: Floats;
}

/** Jobs that share the columns; more than there are threads, so that none waits long for the last. */
const PARTS = 32;
const JOB_WORDS = 9;

/** A copy of a CSR block of n rows by columns (a counting sort), in the arena's memory. */
export function copyColumns({ width, starts, columns, values }: CsrBlock, arena: Arena): CscBlock {
  const { i32, f32, f64 } = arena.allocate;
  const rowsOf = starts.length - 1;
  const entries = starts[rowsOf];
  const first = i32(width + 1);
  const rows = i32(entries);
  const sorted = values instanceof Float32Array ? f32(entries) : f64(entries);
  for (let e = starts[0]; e < entries; e++) first[columns[e] + 1]++;
  for (let j = 0; j < width; j++) first[j + 1] += first[j];
  const next = first.slice(0, width);
  for (let i = 0; i < rowsOf; i++) {
    for (let e = starts[i]; e < starts[i + 1]; e++) {
      const to = next[columns[e]]++;
      rows[to] = i;
      sorted[to] = values[e];
    }
  }
  return { width, starts: first, rows, values: sorted };
}

/**
 * Addresses of jobs for kernels/csc.ts, which together sum all columns of R, n×kp, into the width×k float64 at `G`. Parts
 * have about as many entries each; how they are cut changes no sum.
 */
export function columnJobs(
  arena: Arena,
  { width, starts, rows, values }: CscBlock,
  R: number,
  G: number,
  { k, padded }: { readonly k: number; readonly padded: number },
): number[] {
  const cuts = cutEvenly(starts, width);
  return cuts.slice(1).map((last, part) => {
    const address = arena.take(4 * JOB_WORDS);
    const scratch = arena.take(8 * padded);
    arena
      .view(Int32Array, address, JOB_WORDS)
      .set([
        starts.byteOffset,
        rows.byteOffset,
        values.byteOffset,
        cuts[part],
        last,
        k,
        R,
        G,
        scratch,
      ]);
    return address;
  });
}

/** Columns where a part begins, and the number of columns. A column counts as one entry more than it has. */
function cutEvenly(starts: Int32Array, width: number): number[] {
  const size = (starts[width] + width) / PARTS;
  const cuts = [0];
  for (let j = 1; j < width; j++) {
    if (starts[j] + j >= size * cuts.length) cuts.push(j);
  }
  cuts.push(width);
  return cuts;
}
