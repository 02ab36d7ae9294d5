import { sharedFlag, wasmBytes } from "./wasm-bytes.ts";

/** The compiled kernels, and whether the memory they import is shared. */
export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly shared: boolean;
}

/** The kernels' exports; 32 and 64 name the precision of X. Addresses and sizes are in bytes and entries. */
export interface KernelExports {
  layout32(job: number): number;
  layout64(job: number): number;
  begin32(job: number): void;
  begin64(job: number): void;
  end32(job: number): void;
  end64(job: number): void;
  logits32(job: number): void;
  logits64(job: number): void;
  gradient32(job: number): number;
  gradient64(job: number): number;
  hessian32(job: number): void;
  hessian64(job: number): void;
  softmax32(job: number): void;
  softmax64(job: number): void;
  logSoftmax32(job: number): void;
  logSoftmax64(job: number): void;
  logSumExp32(job: number): void;
  logSumExp64(job: number): void;
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
