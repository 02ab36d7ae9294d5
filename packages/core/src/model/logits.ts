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

/** One logit z of each of n rows, in the first n entries of Z, to the pair (0, z) in place. */
export function pairLogits(Z: Float64Array, n: number): void {
  for (let i = n - 1; i >= 0; i--) {
    Z[2 * i + 1] = Z[i];
    Z[2 * i] = 0;
  }
}
