import type { Arena } from "./arena.ts";

/** The fields that kernels/job.ts reads, in its order; 4 bytes each. `layout` fills the rest of the block. */
const FIELDS = [
  "rows",
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
  "scratch",
] as const;

export type JobField = (typeof FIELDS)[number];

/** Bytes of the job with the part that `layout` fills. */
const BYTES = 256;

/** The description of one call, in the kernels' memory. */
export interface Job {
  readonly address: number;
  set(fields: Partial<Record<JobField, number>>): void;
}

/** A job whose fields are 0. */
export function createJob(arena: Arena): Job {
  const address = arena.take(BYTES);
  arena.view(Int32Array, address, BYTES / 4).fill(0);
  const set = (fields: Partial<Record<JobField, number>>): void => {
    const words = arena.view(Int32Array, address, FIELDS.length);
    for (const [i, field] of FIELDS.entries()) words[i] = fields[field] ?? words[i];
  };
  return { address, set };
}
