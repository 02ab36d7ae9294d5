import type { Arena } from "./arena.ts";

/** What kernels/rows-job.ts reads, in its order. */
export interface RowsJob {
  readonly Z: number;
  readonly n: number;
  readonly k: number;
  readonly out: number;
  readonly temperature: number;
}

const BYTES = 64;
/** At least SCRATCH of kernels/rows-f32.ts. */
const SCRATCH = 8192;
const SPOILED = 5;

/** Writes a job, with a scratch of its own, to the kernels' memory; returns its address. */
export function writeRowsJob(arena: Arena, { Z, n, k, out, temperature }: RowsJob): number {
  const address = arena.take(BYTES + SCRATCH);
  arena.view(Int32Array, address, 6).set([Z, n, k, out, address + BYTES, 0]);
  arena.view(Float64Array, address + 24, 1)[0] = temperature;
  return address;
}

/** Whether softmax in float32 has met a row that it made NaN. */
export const isSpoiled = (arena: Arena, address: number): boolean =>
  arena.view(Int32Array, address, 6)[SPOILED] !== 0;
