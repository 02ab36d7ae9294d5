import type { Kernels } from "./kernels.ts";
import { createReferenceKernels } from "./reference.ts";

let instance: Kernels | null = null;

/** The process-wide kernels for prediction, which all loaded classifiers share. Batches are staged in bounded chunks. */
export function sharedKernels(): Kernels {
  instance ??= createReferenceKernels();
  return instance;
}
