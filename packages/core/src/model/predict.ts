import { checkLength } from "../base/checks.ts";
import { type Matrix, matrixWidth } from "../base/matrix.ts";
import { sharedKernels, sharedSingleRow } from "../kernels/shared.ts";
import { MOST_SINGLE_WEIGHTS } from "../kernels/single.ts";
import type { Fit } from "./fit.ts";
import { checkedMatrix, type MatrixLike } from "./inputs.ts";
import { pairLogits } from "./logits.ts";

/** What predictions need of a Fit. */
export type LinearModel = Pick<Fit, "weights" | "intercepts" | "outputs" | "classes">;

/** Logits of the rows of X, n × classes row-major; with two classes those of the first are 0. */
export function predictLogits(fit: LinearModel, X: MatrixLike): Float64Array {
  const { weights, intercepts, outputs, classes } = fit;
  const one = rowLogits(fit, X);
  if (one !== null) return outputs === 1 ? Float64Array.of(0, one[0]) : one.slice();
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
  const { outputs, classes } = fit;
  const one = rowLogits(fit, X);
  if (one !== null) {
    return sharedSingleRow()!
      .softmax(outputs === 1 ? [0, one[0]] : one, classes.length)
      .slice();
  }
  const Z = predictLogits(fit, X);
  const k = classes.length;
  sharedKernels().softmax(Z, Z.length / k, k, 1, Z);
  return Z;
}

/** Logits of a single row of finite numbers that fits the model; null for anything else. */
function rowLogits(
  { weights, intercepts, outputs }: LinearModel,
  X: MatrixLike,
): Float64Array | null {
  const row = singleRow(X);
  if (row === null || row.length * outputs !== weights.length) return null;
  if (weights.length > MOST_SINGLE_WEIGHTS) return null;
  for (let j = 0; j < row.length; j++) if (!Number.isFinite(row[j])) return null;
  return sharedSingleRow()?.logits({ weights, intercepts, codesWidth: 0 }, row) ?? null;
}

/** The numbers of the only row of X; null where there are more, or they are not plain or float64. */
function singleRow(X: MatrixLike): ArrayLike<number> | null {
  if (Array.isArray(X)) return X.length === 1 && Array.isArray(X[0]) ? X[0] : null;
  if (typeof X !== "object" || X === null || !("rows" in X) || X.rows !== 1) return null;
  if ("data" in X) return wide(X.data, X.columns);
  const { dense, codes, csr } = X;
  return dense === null || codes !== null || csr !== null ? null : wide(dense.data, dense.width);
}

const wide = (data: ArrayLike<number>, width: number): ArrayLike<number> | null =>
  data instanceof Float32Array || data.length !== width ? null : data;
