import { sharedFlag, wasmBytes } from "./wasm-bytes.ts";

/** The compiled kernels, and whether the memory they import is shared. */
export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly shared: boolean;
}

/** The kernels' exports; 32 and 64 name the precision of X. Addresses and sizes are in bytes and entries. */
export interface KernelExports {
  lossOffset(): number;
  sumsOffset(): number;
  sumsEndOffset(): number;
  layoutWeights32(job: number): number;
  layoutWeights64(job: number): number;
  layoutLane32(job: number): number;
  layoutLane64(job: number): number;
  cutWeights32(job: number): void;
  cutWeights64(job: number): void;
  clearSums(job: number): void;
  end32(job: number): void;
  end64(job: number): void;
  logits32(job: number): void;
  logits64(job: number): void;
  gradient32(job: number): void;
  gradient64(job: number): void;
  hessian32(job: number): void;
  hessian64(job: number): void;
  laneGradient32(job: number): void;
  laneGradient64(job: number): void;
  laneHessian32(job: number): void;
  laneHessian64(job: number): void;
  reduce(job: number): void;
  columns32(job: number): void;
  columns64(job: number): void;
  softmax32(job: number): void;
  softmax64(job: number): void;
  logSoftmax32(job: number): void;
  logSoftmax64(job: number): void;
  logSumExp32(job: number): void;
  logSumExp64(job: number): void;
  moments32(job: number): void;
  moments64(job: number): void;
  pack(job: number): void;
  gram(job: number): void;
  cholesky(job: number): void;
  lower(job: number): void;
  upper(job: number): void;
  transposed(job: number): void;
  bag32(job: number): void;
  bag64(job: number): void;
  dual32(job: number): void;
  dual64(job: number): void;
  patches(job: number): void;
  nearest(job: number): void;
  networkRows(job: number): void;
  networkUpdate(job: number): void;
}

let compiled: KernelModule | null | undefined;

/** The kernels, compiled once; null where WebAssembly or its SIMD is missing or forbidden. */
export function kernelModule(): KernelModule | null {
  if (compiled === undefined) {
    try {
      compiled = compile(sharedMemoryWorks());
    } catch {
      compiled = null;
    }
  }
  return compiled;
}

/** Whether the fast kernels can run here. */
export const wasmAvailable = (): boolean => kernelModule() !== null;

/**
 * The kernels' WebAssembly as it is compiled where memory can be shared. Who sets flags of an engine must do so before
 * the first kernels are made, and can compare copies of this compiled with and without (`attachWasmKernels`).
 */
export const kernelBytes = (): Uint8Array<ArrayBuffer> => wasmBytes();

/** The module uses no atomic instruction, so that one byte decides whether it wants a shared memory. */
function compile(shared: boolean): KernelModule {
  const bytes = wasmBytes();
  if (!shared) bytes[sharedFlag] = 1;
  return { module: new WebAssembly.Module(bytes), shared };
}

function sharedMemoryWorks(): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return memory.buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelExports {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as KernelExports;
}
