import { heap, type Kernels } from "./kernels.ts";
import { wasmAvailable } from "./module.ts";
import { createReferenceKernels } from "./reference.ts";
import { createWasmKernels } from "./wasm.ts";

let instance: Kernels | null = null;

/**
 * The process-wide kernels for prediction, which all loaded classifiers share. They hold no arrays: `allocate` is the
 * heap, and rows are copied into their memory in chunks of bounded size, so that it stays as large as the largest
 * weights need.
 */
export function sharedKernels(): Kernels {
  instance ??= wasmAvailable()
    ? { ...createWasmKernels({ bytes: 0, scratchBytes: 2 ** 30 }), allocate: heap }
    : createReferenceKernels();
  return instance;
}
