import { internalError } from "../base/checks.ts";
import type { RowRange } from "../base/matrix.ts";
import { Arena, checkBytes, pages, type Stretch } from "./arena.ts";
import { type Executor, localExecutor } from "./executor.ts";
import { createJob, type Job, placeLayout } from "./job.ts";
import type { Kernels } from "./kernels.ts";
import { prepareRows } from "./lanes.ts";
import { instantiate, type KernelExports, kernelModule } from "./module.ts";
import { poolExecutor } from "./pool.ts";
import { createReferenceKernels } from "./reference.ts";
import { createRowwise } from "./rowwise.ts";
import { checkClasses, checkPass, checkRows, checkWeights } from "./shapes.ts";
import { eachChunk, precision, type Rows, stage, widths } from "./stage.ts";
import { prepareStoredRows } from "./stored-rows.ts";

export interface KernelOptions {
  /** Bytes of the arrays that will be allocated. */
  readonly bytes: number;
  /** Bytes left above them for weights, sums and staged rows of all threads; default 512 MiB. */
  readonly scratchBytes?: number;
}

/**
 * A stretch of a running kernels' memory for one more thread; may be posted to a worker. `attachWasmKernels` there
 * reads the same arrays without a copy.
 */
export interface KernelShare extends Stretch {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The pool that this thread is to coordinate. */
  readonly pool?: { readonly control: number; readonly threads: number };
}

export interface WasmKernels extends Kernels {
  readonly name: "wasm";
  readonly arena: Arena;
  readonly wasm: KernelExports;
  /** Runs job kernels; in a pool, on all of its threads. */
  readonly executor: Executor;
  /** Sets `bytes` aside for the scratch of one more thread (`scratchBytes`). Only a shared memory may be posted. */
  share(bytes: number): KernelShare;
  /** Kernels for this thread whose scratch and arrays stand in `bytes` of this memory, apart from those of others. */
  within(bytes: number): WasmKernels;
}

const DEFAULT_SCRATCH = 512 * 2 ** 20;
/** Addresses have 32 bits; the last stretch is left free, so that no sum of them overflows. */
const LARGEST_MEMORY = 3.75 * 2 ** 30;

/** What one thread's passes need at most beside rows that are in the memory: weights, direction and sums in two layouts. */
export const scratchBytes = (width: number, k: number): number =>
  48 * (width + 1) * (k + 8) + 4096 * (k + 8) + 8 * 2 ** 20;

/** The fast kernels where they can run, else the reference. Throws a RangeError above 3.5 GiB. */
export function createKernels(options: KernelOptions): Kernels {
  checkBytes(options.bytes);
  return kernelModule() === null ? createReferenceKernels() : createWasmKernels(options);
}

/**
 * WebAssembly kernels with a memory of their own, whose maximum follows from the job. X in float32 is computed in
 * float32 within a block of rows and in float64 across blocks; X in float64, codes alone too, in float64.
 * Throws a RangeError above 3.5 GiB, and an internal error where WebAssembly is missing (`wasmAvailable`).
 */
export function createWasmKernels(options: KernelOptions): WasmKernels {
  checkBytes(options.bytes);
  const compiled = kernelModule();
  if (compiled === null) throw internalError("WebAssembly with SIMD is not available");
  const { module, shared } = compiled;
  const wanted = options.bytes + (options.scratchBytes ?? DEFAULT_SCRATCH);
  const maximum = pages(Math.min(wanted, LARGEST_MEMORY));
  // Growing an unshared memory detaches the arrays that stay in it.
  const initial = shared || options.bytes === 0 ? 1 : maximum;
  const memory = new WebAssembly.Memory({ initial, maximum, shared });
  if (shared) announce(memory, options.bytes);
  const arena = new Arena(memory, { start: 0, end: maximum * 65536, clean: 0 });
  const wasm = instantiate(module, memory);
  return kernelsOn(module, arena, wasm, localExecutor(wasm));
}

/** Smaller memories are found in time without; of larger ones, this much is reason enough to collect. */
const ANNOUNCED = { least: 2 ** 20, most: 2 ** 28 };
const announced = new WeakMap<WebAssembly.Memory, ArrayBuffer>();

/**
 * V8 does not count what stands in shared memories when it decides to collect: one fit after another held gigabytes of dead ones.
 * A buffer that lives as long as its memory counts, and takes addresses alone, since nobody touches it.
 */
function announce(memory: WebAssembly.Memory, bytes: number): void {
  if (bytes < ANNOUNCED.least) return;
  try {
    announced.set(memory, new ArrayBuffer(Math.min(bytes, ANNOUNCED.most)));
  } catch {
    // An engine that has no room for it will collect.
  }
}

/** The kernels of `share` for the thread that calls this; scratch and what they allocate are in the stretch it got. */
export function attachWasmKernels(share: KernelShare): WasmKernels {
  const { module, memory, pool } = share;
  const wasm = instantiate(module, memory);
  const executor =
    pool === undefined
      ? localExecutor(wasm)
      : poolExecutor(wasm, { module, memory, control: pool.control }, pool.threads);
  return kernelsOn(module, new Arena(memory, share), wasm, executor);
}

function kernelsOn(
  module: WebAssembly.Module,
  arena: Arena,
  wasm: KernelExports,
  executor: Executor,
): WasmKernels {
  return {
    name: "wasm",
    arena,
    wasm,
    executor,
    allocate: arena.allocate,
    share: (bytes) => ({ module, memory: arena.memory, ...arena.stretch(bytes) }),
    within: (bytes) => kernelsOn(module, arena.within(bytes), wasm, executor),
    prepare: (X, k) =>
      X.stored === undefined
        ? prepareRows(wasm, arena, executor, X, k)
        : prepareStoredRows(wasm, arena, executor, X.stored, k),
    ...passes(wasm, arena),
    ...createRowwise(executor, arena),
  };
}

type Passes = Pick<Kernels, "logits" | "lossGradient" | "hessianVector">;

function passes(wasm: KernelExports, arena: Arena): Passes {
  return {
    logits(X, range, W, k, Z) {
      checkPass(X, range, W, k);
      checkRows("Z", Z.length, range.end - range.start, k);
      const compute = precision(X) === 32 ? wasm.logits32 : wasm.logits64;
      run(wasm, arena, { X, y: null, s: null, Z, k }, range, { W, V: null, G: null }, compute);
    },
    lossGradient(X, y, s, range, W, k, G) {
      checkPass(X, range, W, k, s);
      checkWeights("G", G.length, X, k);
      checkClasses(y, s, range, k);
      const compute = precision(X) === 32 ? wasm.gradient32 : wasm.gradient64;
      return run(wasm, arena, { X, y, s, Z: null, k }, range, { W, V: null, G }, compute);
    },
    hessianVector(X, s, range, W, k, V, H) {
      checkPass(X, range, W, k, s);
      checkWeights("V", V.length, X, k);
      checkWeights("H", H.length, X, k);
      const compute = precision(X) === 32 ? wasm.hessian32 : wasm.hessian64;
      run(wasm, arena, { X, y: null, s, Z: null, k }, range, { W, V, G: H }, compute);
    },
  };
}

/** Weights W, direction V and the sums that a pass adds to. */
interface Weights {
  readonly W: Float64Array;
  readonly V: Float64Array | null;
  readonly G: Float64Array | null;
}

/** Lays out the scratch, then `compute`s chunk by chunk; the sums reach G at the end, the losses are returned. */
function run(
  wasm: KernelExports,
  arena: Arena,
  rows: Rows,
  range: RowRange,
  { W, V, G }: Weights,
  compute: (job: number) => void,
): number {
  return arena.scratch(() => {
    const job = createJob(arena);
    const wide = precision(rows.X) === 64;
    const sums = G === null ? 0 : stage(arena, G);
    job.set({
      ...widths(rows.X),
      k: rows.k,
      W: stage(arena, W),
      V: V === null ? 0 : stage(arena, V),
      G: sums,
      s: rows.s === null ? 0 : 1,
    });
    placeScratch(wasm, arena, job, wide);
    (wide ? wasm.cutWeights64 : wasm.cutWeights32)(job.address);
    wasm.clearSums(job.address);
    eachChunk(arena, job, rows, range, () => compute(job.address));
    if (G !== null) {
      (wide ? wasm.end64 : wasm.end32)(job.address);
      if (!arena.owns(G)) G.set(arena.view(Float64Array, sums, G.length));
    }
    return job.float(wasm.lossOffset());
  });
}

export function placeScratch(wasm: KernelExports, arena: Arena, job: Job, wide: boolean): void {
  placeLayout(arena, job, wide ? wasm.layoutWeights64 : wasm.layoutWeights32);
  placeLayout(arena, job, wide ? wasm.layoutLane64 : wasm.layoutLane32);
}
