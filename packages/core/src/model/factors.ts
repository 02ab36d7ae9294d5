import { checkLength } from "../base/checks.ts";
import { type CsrBlock, type Matrix, matrixWidth } from "../base/matrix.ts";
import { sharedKernels } from "../kernels/shared.ts";
import type { BagFit } from "./bag.ts";
import { checkedMatrix } from "./inputs.ts";

/** Entries of the weights that factors may be multiplied out to: 1 GiB. */
const MOST_WEIGHTS = 2 ** 27;

/** Numbers of the factors, and of the weights that they stand for. */
export const factorSizes = ({ features, dimension, classes, outputs }: BagFit) => ({
  factors: (features + classes) * dimension + classes,
  weights: (features + 1) * outputs,
});

/**
 * W = E V with b below it, (d+1)×k row-major in float64: the weights of the linear model with the same logits. Two classes
 * with one logit have z₁ − z₀ (docs/math.md §3.1). Throws a RangeError above 2^27 weights: keep the factors.
 */
export function collapseBag(fit: BagFit): Float64Array {
  const { features, dimension, outputs, embeddings } = fit;
  const size = factorSizes(fit).weights;
  if (size > MOST_WEIGHTS) {
    throw new RangeError(
      `the weights of ${features} features and ${outputs} classes are ${size} numbers, of which ${MOST_WEIGHTS} are possible: keep the factors`,
    );
  }
  const { V, b } = logitFactors(fit);
  const k = V.length / dimension;
  const W = new Float64Array(size);
  for (let j = 0; j < features; j++) {
    for (let a = 0; a < dimension; a++) {
      const e = embeddings[j * dimension + a];
      for (let c = 0; c < k; c++) W[j * k + c] += e * V[a * k + c];
    }
  }
  W.set(b, features * k);
  return W;
}

/** V and b in float64; of two classes with one logit those of z₁ − z₀. */
function logitFactors({ dimension, outputs, weights, intercepts }: BagFit) {
  const [V, b] = [Float64Array.from(weights), Float64Array.from(intercepts)];
  if (outputs > 1) return { V, b };
  return {
    V: Float64Array.from({ length: dimension }, (_, a) => V[2 * a + 1] - V[2 * a]),
    b: Float64Array.of(b[1] - b[0]),
  };
}

/** h_i = Σ_j x_ij E_j of all rows of X, a CSR block alone: n×m in float64. */
export function embedRows({ features, dimension, embeddings }: BagFit, X: Matrix): Float64Array {
  checkedMatrix(X, String);
  checkLength("X.columns", matrixWidth(X), features);
  if (X.csr?.width !== features) throw new TypeError('"X" expected a CSR block alone');
  const { starts, columns, values } = X.csr as CsrBlock;
  const H = new Float64Array(X.rows * dimension);
  for (let i = 0; i < X.rows; i++) {
    for (let e = starts[i]; e < starts[i + 1]; e++) {
      const [from, into] = [columns[e] * dimension, i * dimension];
      for (let a = 0; a < dimension; a++) H[into + a] += values[e] * embeddings[from + a];
    }
  }
  return H;
}

/** Logits of the rows of X without multiplying the factors out, n × outputs row-major. */
export function bagLogits(fit: BagFit, X: Matrix): Float64Array {
  const { dimension, outputs } = fit;
  const data = embedRows(fit, X);
  const { V, b } = logitFactors(fit);
  const W = new Float64Array(V.length + outputs);
  W.set(V);
  W.set(b, V.length);
  const Z = new Float64Array(X.rows * outputs);
  const H: Matrix = { rows: X.rows, dense: { width: dimension, data }, codes: null, csr: null };
  sharedKernels().logits(H, { start: 0, end: X.rows }, W, outputs, Z);
  return Z;
}
