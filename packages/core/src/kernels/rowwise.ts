import type { Floats } from "../base/matrix.ts";
import type { Arena, NumbersOf } from "./arena.ts";
import type { Executor, JobKernel } from "./executor.ts";
import type { Kernels } from "./kernels.ts";
import { writeRowsJob } from "./rows-job.ts";
import { checkRows } from "./shapes.ts";

/** Bytes of logits that are copied at once into the kernels' memory: they and the result stay in the cache. */
const CHUNK_BYTES = 2 ** 18;
/** Entries that are worth another thread. */
const PART_ENTRIES = 2 ** 16;
/** Rows that the kernels take at once. */
const GROUP = 8;

type Rowwise = Pick<Kernels, "softmax" | "logSoftmax" | "logSumExp">;

/** The kernel for either precision, and what it is to do. */
interface Task {
  readonly kernel32: JobKernel;
  readonly kernel64: JobKernel;
  readonly n: number;
  readonly k: number;
  /** Entries of a row's result. */
  readonly width: number;
  readonly temperature: number;
}

export function createRowwise(executor: Executor, arena: Arena): Rowwise {
  const run = (task: Task, Z: Floats, out: Floats): void => eachRows(executor, arena, task, Z, out);
  const softmax = { kernel32: "softmax32", kernel64: "softmax64" } as const;
  const logSoftmax = { kernel32: "logSoftmax32", kernel64: "logSoftmax64" } as const;
  const logSumExp = { kernel32: "logSumExp32", kernel64: "logSumExp64" } as const;
  return {
    softmax(Z, n, k, temperature, out) {
      run({ ...softmax, n, k, width: k, temperature }, Z, out);
    },
    logSoftmax(Z, n, k, temperature, out) {
      run({ ...logSoftmax, n, k, width: k, temperature }, Z, out);
    },
    logSumExp(Z, n, k, out) {
      run({ ...logSumExp, n, k, width: 1, temperature: 1 }, Z, out);
    },
  };
}

const isDouble = (Z: Floats, out: Floats): boolean =>
  Z instanceof Float64Array || out instanceof Float64Array;

/** All rows in place, or chunk by chunk through the scratch, where conversion happens too. */
function eachRows(executor: Executor, arena: Arena, task: Task, Z: Floats, out: Floats): void {
  const { n, k, width } = task;
  checkRows("Z", Z.length, n, k);
  checkRows("out", out.length, n, width);
  const double = isDouble(Z, out);
  const Type: NumbersOf<Floats> = double ? Float64Array : Float32Array;
  const kernel = double ? task.kernel64 : task.kernel32;
  const size = double ? 8 : 4;
  const inPlace = Z instanceof Type && out instanceof Type && arena.owns(Z) && arena.owns(out);
  arena.scratch(() => {
    if (inPlace) return executor.run(kernel, jobsOf(executor.threads, arena, task, Z, out));
    const rows = Math.min(n, Math.max(1, Math.floor(CHUNK_BYTES / (Math.max(k, 1) * size))));
    const z = arena.take(rows * k * size);
    const to = width === k ? z : arena.take(rows * width * size);
    for (let i = 0; i < n; i += rows) {
      const count = Math.min(rows, n - i);
      arena.view(Type, z, count * k).set(Z.subarray(i * k, (i + count) * k));
      const job = { ...task, Z: z, n: count, out: to };
      arena.scratch(() => executor.run(kernel, [writeRowsJob(arena, job)]));
      out.set(arena.view(Type, to, count * width), i * width);
    }
  });
}

/** One job for each thread that has enough to do; no row's result depends on how they are cut. */
function jobsOf(threads: number, arena: Arena, task: Task, Z: Floats, out: Floats): number[] {
  const { n, k, width } = task;
  const parts = Math.max(1, Math.min(threads, Math.floor((n * k) / PART_ENTRIES)));
  const rows = Math.max(GROUP, Math.ceil(n / parts / GROUP) * GROUP);
  const size = Z.BYTES_PER_ELEMENT;
  const jobs: number[] = [];
  for (let i = 0; i < n; i += rows) {
    const part = { Z: Z.byteOffset + i * k * size, out: out.byteOffset + i * width * size };
    jobs.push(writeRowsJob(arena, { ...task, ...part, n: Math.min(rows, n - i) }));
  }
  return jobs;
}
