import type { Matrix, RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Engine } from "../optim/contracts.ts";

/**
 * Sums over rows by this thread alone, range after range, wherever the arrays are: for a Matrix that is soon gone.
 * Others are prepared (`Kernels.prepare`).
 */
export function localEngine(
  kernels: Kernels,
  X: Matrix,
  y: Int32Array,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  outputs: number,
): Engine {
  return {
    lossGradient(W, G) {
      G.fill(0);
      let loss = 0;
      for (const range of ranges) loss += kernels.lossGradient(X, y, s, range, W, outputs, G);
      return loss;
    },
    hessianVector(W, V, H) {
      H.fill(0);
      for (const range of ranges) kernels.hessianVector(X, s, range, W, outputs, V, H);
    },
  };
}
