import type { RowRange } from "../base/matrix.ts";
import type { Arena } from "./arena.ts";

/** The fields that kernels/job.ts reads, in its order; 4 bytes each. The layouts fill the rest of the block. */
const FIELDS = [
  "ranges",
  "rangeCount",
  "lane",
  "lanes",
  "dense",
  "denseWidth",
  "codes",
  "codesPerRow",
  "codesWidth",
  "starts",
  "columns",
  "values",
  "csrWidth",
  "y",
  "s",
  "k",
  "W",
  "V",
  "G",
  "Z",
  "R",
  "scratch",
] as const;

export type JobField = (typeof FIELDS)[number];

/** Bytes of the job with the part that the layouts fill. */
const BYTES = 256;

/** The description of one call, in the kernels' memory. */
export interface Job {
  readonly address: number;
  set(fields: Partial<Record<JobField, number>>): void;
  /** Takes over all fields of another job, those that were laid out too. */
  copy(other: Job): void;
  /** A float64 or an address of the part that was laid out. */
  float(offset: number): number;
  word(offset: number): number;
}

/** A job whose fields are 0: one lane, no range. */
export function createJob(arena: Arena): Job {
  const address = arena.take(BYTES);
  arena.view(Int32Array, address, BYTES / 4).fill(0);
  const set = (fields: Partial<Record<JobField, number>>): void => {
    const words = arena.view(Int32Array, address, FIELDS.length);
    for (const [i, field] of FIELDS.entries()) words[i] = fields[field] ?? words[i];
  };
  set({ lanes: 1 });
  return {
    address,
    set,
    copy: (other) =>
      arena
        .view(Int32Array, address, BYTES / 4)
        .set(arena.view(Int32Array, other.address, BYTES / 4)),
    float: (offset) => arena.view(Float64Array, address + offset, 1)[0],
    word: (offset) => arena.view(Int32Array, address + offset, 1)[0] >>> 0,
  };
}

/** Takes what `layout` places for the job from the first free address on. */
export function placeLayout(arena: Arena, job: Job, layout: (job: number) => number): void {
  job.set({ scratch: arena.take(0) });
  arena.reserve(layout(job.address) >>> 0);
}

/** Writes ranges as kernels/job.ts reads them, at `address` or where there is room; returns their address. */
export function placeRanges(
  arena: Arena,
  ranges: readonly RowRange[],
  address: number = arena.take(8 * ranges.length),
): number {
  const words = arena.view(Int32Array, address, 2 * ranges.length);
  ranges.forEach(({ start, end }, r) => {
    words[2 * r] = start;
    words[2 * r + 1] = end;
  });
  return address;
}
