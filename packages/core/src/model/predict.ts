import { checkLength } from "../base/checks.ts";
import { type Matrix, matrixWidth } from "../base/matrix.ts";
import { sharedKernels } from "../kernels/shared.ts";
import type { Fit } from "./fit.ts";
import { checkedMatrix, type MatrixLike } from "./inputs.ts";
import { pairLogits } from "./logits.ts";

/** What predictions need of a Fit. */
export type LinearModel = Pick<Fit, "weights" | "intercepts" | "outputs" | "classes">;

/** Logits of the rows of X, n × classes row-major; with two classes those of the first are 0. */
export function predictLogits(
  { weights, intercepts, outputs, classes }: LinearModel,
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
  sharedKernels().logits(matrix, { start: 0, end: n }, W, outputs, Z.subarray(0, n * outputs));
  if (outputs === 1) pairLogits(Z, n);
  return Z;
}

/** Probabilities of the rows of X, n × classes row-major. */
export function predictProbabilities(fit: LinearModel, X: MatrixLike): Float64Array {
  const Z = predictLogits(fit, X);
  const k = fit.classes.length;
  sharedKernels().softmax(Z, Z.length / k, k, 1, Z);
  return Z;
}
