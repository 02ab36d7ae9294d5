import { countRows, type RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Problem } from "./contracts.ts";

/** Logits of the rows of `ranges`, one below the other, rows × outputs. */
export function rangeLogits(
  { X, outputs }: Problem,
  kernels: Kernels,
  weights: Float64Array,
  ranges: readonly RowRange[],
): Float64Array {
  const Z = new Float64Array(countRows(ranges) * outputs);
  let at = 0;
  for (const range of ranges) {
    const size = (range.end - range.start) * outputs;
    kernels.logits(X, range, weights, outputs, Z.subarray(at, at + size));
    at += size;
  }
  return Z;
}
