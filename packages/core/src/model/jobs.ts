import { abortedError, workerError } from "../base/checks.ts";
import { availableThreads } from "../base/platform.ts";
import type { JobKernel } from "../kernels/executor.ts";
import { createControl } from "../kernels/pool.ts";
import type { WasmKernels } from "../kernels/wasm.ts";
import { sharesMemory } from "./place.ts";
import { type Helper, MOST_THREADS, openLink, startHelper } from "./remote.ts";

/** Threads that run kernels on jobs in the kernels' memory, while the thread that asks goes on. */
export interface JobThreads {
  run(kernel: JobKernel, jobs: readonly number[]): Promise<void>;
  close(): void;
}

/** Of the kernels' memory, for the coordinator's own. */
const SHARE_BYTES = 2 ** 16;

/**
 * Threads for jobs; null where the kernels' memory cannot be shared or no worker starts. What they do ends with a SoftmaxError
 * ("aborted") where the signal says so.
 */
export async function openJobThreads(
  kernels: WasmKernels,
  threads: number = availableThreads(),
  signal: AbortSignal | null = null,
): Promise<JobThreads | null> {
  if (!sharesMemory(kernels)) return null;
  const link = await openLink();
  if (link === null) return null;
  const count = Math.min(threads, MOST_THREADS);
  const helpers = new Set<Helper>();
  const close = (reason: Error): void => {
    link.close(reason);
    for (const helper of helpers) helper.end();
    helpers.clear();
  };
  const control = createControl(kernels.arena);
  const share = kernels.share(SHARE_BYTES);
  const { module, memory } = share;
  const pool = count > 1 ? { pool: { control, threads: count } } : {};
  link.post({ kind: "attend", share: { ...share, ...pool } }, []);
  const seat = { module, memory, control, threads: count };
  const died = (why: string): void => close(workerError(why));
  for (let t = 1; t < count; t++) startHelper(seat, helpers, died);
  const abort = (): void => close(abortedError());
  link.onClosed(close);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  return {
    run: (kernel, jobs) => link.ask<void>((id) => ({ kind: "run", id, kernel, jobs })),
    close() {
      signal?.removeEventListener("abort", abort);
      close(workerError("it is closed"));
    },
  };
}
