import type { Engine } from "../optim/contracts.ts";
import type { CurvedObjective } from "../optim/newton-cg.ts";
import { centreClasses } from "./classes.ts";
import type { Variables } from "./variables.ts";

/**
 * The objective of a linear softmax model (docs/math.md §2.1) as a function of the optimiser's variables U:
 *
 *   f(W, b) = 1/S Σ_i s_i l_i(W, b) + λ/2 Σ_jc W_jc²,   S = Σ_i s_i,   (W, b) = toWeights(U)
 *
 * Logits listed in `frozen` keep their weights: their gradient is 0. Softmax does not see what is added to all logits
 * alike, so weights are taken less their mean over the classes, where the optimum lies and the penalty alone would
 * lead, slowly.
 */
export function linearObjective(
  engine: Engine,
  variables: Variables,
  weight: number,
  l2: number,
  shape: { readonly length: number; readonly outputs: number },
  frozen: readonly number[] = [],
): CurvedObjective {
  const { length: dimension, outputs } = shape;
  const penalised = dimension - outputs;
  const W = new Float64Array(dimension);
  const V = new Float64Array(dimension);
  /** Mean over rows, plus λ W, in the optimiser's variables. */
  const pull = (sum: Float64Array, weights: Float64Array): void => {
    for (let at = 0; at < dimension; at++) sum[at] /= weight;
    for (let at = 0; at < penalised; at++) sum[at] += l2 * weights[at];
    for (const c of frozen) for (let at = c; at < dimension; at += outputs) sum[at] = 0;
    centreClasses(sum, outputs, frozen);
    variables.pullGradient(sum);
  };
  const toWeights = (U: Float64Array, weights: Float64Array): void => {
    variables.toWeights(U, weights);
    centreClasses(weights, outputs, frozen);
  };
  return {
    dimension,
    valueGradient(U, g) {
      toWeights(U, W);
      const loss = engine.lossGradient(W, g) / weight;
      let squares = 0;
      for (let at = 0; at < penalised; at++) squares += W[at] * W[at];
      pull(g, W);
      return loss + (l2 / 2) * squares;
    },
    hessianVector(U, v, out) {
      toWeights(U, W);
      toWeights(v, V);
      engine.hessianVector(W, V, out);
      pull(out, V);
    },
  };
}
