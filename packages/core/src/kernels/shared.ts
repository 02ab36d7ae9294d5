import { heap, type Kernels } from "./kernels.ts";
import { wasmAvailable } from "./module.ts";
import { createReferenceKernels } from "./reference.ts";
import { createSingleRow, type SingleRow } from "./single.ts";
import { createWasmKernels } from "./wasm.ts";

let single: SingleRow | null | undefined;

/** The process-wide way to predict one row at a time; null where there are no fast kernels. */
export function sharedSingleRow(): SingleRow | null {
  if (single === undefined) {
    single = wasmAvailable()
      ? createSingleRow(createWasmKernels({ bytes: 0, scratchBytes: 2 ** 28 }))
      : null;
  }
  return single;
}

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
