import { checkLength } from "../base/checks.ts";
import { type Matrix, matrixWidth } from "../base/matrix.ts";
import { createReferenceKernels } from "../kernels/reference.ts";
import type { Fit } from "./fit.ts";
import { checkedMatrix, type MatrixLike } from "./inputs.ts";

/** Logits of the rows of X, n × classes row-major; with two classes those of the first are 0. */
export function predictLogits(
  { weights, intercepts, outputs, classes }: Fit,
  X: MatrixLike,
): Float64Array {
  const matrix: Matrix = checkedMatrix(X, String);
  const d = weights.length / outputs;
  checkLength("X.columns", matrixWidth(matrix), d);
  const W = new Float64Array(weights.length + outputs);
  W.set(weights);
  W.set(intercepts, weights.length);
  const k = classes.length;
  const n = matrix.rows;
  const Z = new Float64Array(n * k);
  createReferenceKernels().logits(matrix, { start: 0, end: n }, W, outputs, Z);
  if (outputs === 1) {
    for (let i = n - 1; i >= 0; i--) {
      Z[2 * i + 1] = Z[i];
      Z[2 * i] = 0;
    }
  }
  return Z;
}

/** Probabilities of the rows of X, n × classes row-major. */
export function predictProbabilities(fit: Fit, X: MatrixLike): Float64Array {
  const Z = predictLogits(fit, X);
  const k = fit.classes.length;
  createReferenceKernels().softmax(Z, Z.length / k, k, 1, Z);
  return Z;
}
