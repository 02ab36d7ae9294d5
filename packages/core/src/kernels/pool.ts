import { internalError } from "../base/checks.ts";
import { awaitChange } from "../base/waiting.ts";
import type { Arena } from "./arena.ts";
import type { Executor, JobKernel } from "./executor.ts";
import { instantiate, type KernelExports } from "./module.ts";

/**
 * A pool: threads that run the jobs of one coordinator, which speaks to them through words of the shared memory. Jobs are
 * taken by counting OPEN down, so that each is taken once; fields of a call are written while OPEN is 0 and not again
 * until all of its jobs are done. A helper may come late, be slow, or never come: the coordinator takes jobs itself.
 */
const WORD = {
  call: 0,
  open: 1,
  done: 2,
  count: 3,
  kernel: 4,
  failed: 5,
  over: 6,
  jobs: 8,
} as const;
/** Jobs of one call; longer lists are called piece by piece. */
const MOST_JOBS = 1024;
const BYTES = 4 * (WORD.jobs + MOST_JOBS);
/** What a helper thread needs; may be posted to a worker. */
export interface PoolSeat {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: number;
}

/** Address of a pool's words, at rest. */
export function createControl(arena: Arena): number {
  const control = arena.take(BYTES);
  arena.view(Int32Array, control, BYTES / 4).fill(0);
  return control;
}

const wordsAt = ({ memory, control }: PoolSeat): Int32Array =>
  new Int32Array(memory.buffer, control, BYTES / 4);

/** The same order of the same kernels in every thread. */
const kernelNames = (wasm: KernelExports): JobKernel[] => Object.keys(wasm).sort() as JobKernel[];

/** The executor of the thread that coordinates `threads` − 1 helpers. */
export function poolExecutor(wasm: KernelExports, seat: PoolSeat, threads: number): Executor {
  const words = wordsAt(seat);
  const names = kernelNames(wasm);
  const call = (kernel: JobKernel, jobs: readonly number[]): void => {
    if (Atomics.load(words, WORD.failed) !== 0) throw brokenPool();
    words.set(jobs, WORD.jobs);
    Atomics.store(words, WORD.kernel, names.indexOf(kernel));
    Atomics.store(words, WORD.count, jobs.length);
    Atomics.store(words, WORD.done, 0);
    Atomics.store(words, WORD.open, jobs.length);
    Atomics.add(words, WORD.call, 1);
    Atomics.notify(words, WORD.call);
    takeJobs(words, wasm, names);
    for (;;) {
      const done = Atomics.load(words, WORD.done);
      if (done === jobs.length) break;
      awaitChange(words, WORD.done, done);
    }
    if (Atomics.load(words, WORD.failed) !== 0) throw brokenPool();
  };
  return {
    threads,
    run(kernel, jobs) {
      if (jobs.length === 1) wasm[kernel](jobs[0]);
      else
        for (let at = 0; at < jobs.length; at += MOST_JOBS)
          call(kernel, jobs.slice(at, at + MOST_JOBS));
    },
  };
}

/** Runs jobs for the pool until it is over. Blocks its thread. */
export function serve(seat: PoolSeat): void {
  const words = wordsAt(seat);
  const wasm = instantiate(seat.module, seat.memory);
  const names = kernelNames(wasm);
  while (Atomics.load(words, WORD.over) === 0) {
    const call = Atomics.load(words, WORD.call);
    takeJobs(words, wasm, names);
    awaitChange(words, WORD.call, call);
  }
}

/** Sends the helpers home. */
export function endPool(seat: PoolSeat): void {
  const words = wordsAt(seat);
  Atomics.store(words, WORD.over, 1);
  Atomics.add(words, WORD.call, 1);
  Atomics.notify(words, WORD.call);
}

/** Takes and runs jobs until none is open. After an error the pool stays broken: jobs of the call may be under way. */
function takeJobs(words: Int32Array, wasm: KernelExports, names: readonly JobKernel[]): void {
  try {
    for (let job = takeJob(words); job !== null; job = takeJob(words)) {
      const count = Atomics.load(words, WORD.count);
      wasm[names[Atomics.load(words, WORD.kernel)]](job);
      if (Atomics.add(words, WORD.done, 1) + 1 === count) Atomics.notify(words, WORD.done);
    }
  } catch (error) {
    Atomics.store(words, WORD.failed, 1);
    // The coordinator waits for all jobs: let it see that one will never be done.
    Atomics.store(words, WORD.done, Atomics.load(words, WORD.count));
    Atomics.notify(words, WORD.done);
    throw error;
  }
}

/** The address of a job that nobody else takes; null where none is open. */
function takeJob(words: Int32Array): number | null {
  for (;;) {
    const open = Atomics.load(words, WORD.open);
    if (open === 0) return null;
    if (Atomics.compareExchange(words, WORD.open, open, open - 1) !== open) continue;
    return Atomics.load(words, WORD.jobs + Atomics.load(words, WORD.count) - open);
  }
}

const brokenPool = (): Error => internalError("a thread of the pool failed");
