import type { KernelExports } from "./module.ts";

/** Kernels that take the address of a job in the kernels' memory and nothing else, so that any thread can run them. */
export type JobKernel = {
  [Name in keyof KernelExports]: KernelExports[Name] extends (job: number) => unknown
    ? Name
    : never;
}[keyof KernelExports];

/**
 * Runs kernels on jobs. A job is self-contained: whatever it reads and writes, its scratch included, stands in the
 * kernels' memory, and no two jobs of one call write the same bytes. So no result depends on who runs what, or when.
 */
export interface Executor {
  /** How many jobs can run at the same time. */
  readonly threads: number;
  /** Returns when `kernel` has run on every job, in any order and on any thread. */
  run(kernel: JobKernel, jobs: readonly number[]): void;
}

/** One job after the other, in this thread. */
export const localExecutor = (wasm: KernelExports): Executor => ({
  threads: 1,
  run(kernel, jobs) {
    for (const job of jobs) wasm[kernel](job);
  },
});
