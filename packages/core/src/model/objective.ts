import type { Engine } from "../optim/contracts.ts";
import type { CurvedObjective } from "../optim/newton-cg.ts";
import { centreClasses, centreWeighted } from "./classes.ts";
import type { Ridge, Variables } from "./variables.ts";

/**
 * The objective of a linear softmax model (docs/math.md §2.1) as a function of the optimiser's variables U:
 *
 *   f(W, b) = 1/S Σ_i s_i l_i(W, b) + λ/2 Σ_jc p_jc W_jc²,   S = Σ_i s_i,   (W, b) = toWeights(U)
 *
 * Logits listed in `frozen` keep their weights: their gradient is 0. Softmax does not see what is added to all logits
 * alike, so weights are taken less their mean over the classes (weighted by p), where the optimum lies and the penalty
 * alone would lead, slowly.
 */
export function linearObjective(
  engine: Engine,
  variables: Variables,
  weight: number,
  { l2, factors }: Ridge,
  shape: { readonly length: number; readonly outputs: number },
  frozen: readonly number[] = [],
): CurvedObjective {
  const { length: dimension, outputs } = shape;
  const penalised = dimension - outputs;
  const W = new Float64Array(dimension);
  const V = new Float64Array(dimension);
  const centre = (weights: Float64Array): void => {
    if (factors === null) centreClasses(weights, outputs, frozen);
    else centreWeighted(weights, outputs, frozen, factors);
  };
  /** Mean over rows, plus λ W, in the optimiser's variables. */
  const pull = (sum: Float64Array, weights: Float64Array): void => {
    for (let at = 0; at < dimension; at++) sum[at] /= weight;
    if (factors === null) for (let at = 0; at < penalised; at++) sum[at] += l2 * weights[at];
    else for (let at = 0; at < penalised; at++) sum[at] += l2 * factors[at] * weights[at];
    for (const c of frozen) for (let at = c; at < dimension; at += outputs) sum[at] = 0;
    // The gradient's classes add up to 0 already, but for rounding.
    if (factors === null) centreClasses(sum, outputs, frozen);
    variables.pullGradient(sum);
  };
  const toWeights = (U: Float64Array, weights: Float64Array): void => {
    variables.toWeights(U, weights);
    centre(weights);
  };
  return {
    dimension,
    valueGradient(U, g) {
      toWeights(U, W);
      const loss = engine.lossGradient(W, g) / weight;
      let squares = 0;
      if (factors === null) for (let at = 0; at < penalised; at++) squares += W[at] * W[at];
      else for (let at = 0; at < penalised; at++) squares += factors[at] * W[at] * W[at];
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
