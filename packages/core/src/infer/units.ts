import { exp } from "../base/math.ts";
import { normalTail } from "../base/tails.ts";
import type { Design } from "./design.ts";
import type { Tested } from "./inference.ts";

/** Coefficients and their covariance in units of the data. */
export interface Scaled {
  readonly theta: Float64Array;
  readonly V: Float64Array;
}

/**
 * From scaled features x = (v − μ)/σ to v: β_j = γ_j/σ_j and β_0 = γ_0 − Σ_j γ_j μ_j/σ_j in each equation, a linear map T; V
 * becomes T V Tᵀ.
 */
export function unscaled(
  { width: p, mean, deviation }: Design,
  q: number,
  { theta, V }: Scaled,
): Scaled {
  const D = theta.length;
  const change = (of: Float64Array, start: number, stride: number): void => {
    for (let a = 0; a < q; a++) {
      const zero = start + a * p * stride;
      for (let j = 1; j < p; j++) {
        const at = zero + j * stride;
        of[at] /= deviation[j];
        of[zero] -= of[at] * mean[j];
      }
    }
  };
  const out = { theta: theta.slice(), V: V.slice() };
  change(out.theta, 0, 1);
  for (let j = 0; j < D; j++) change(out.V, j, D);
  for (let i = 0; i < D; i++) change(out.V, i * D, 1);
  return out;
}

/** Estimate ± reach · standard error, and the two-sided test that it is 0. */
export function tested(estimate: number, standardError: number, reach: number): Tested {
  const z = standardError === 0 && estimate === 0 ? 0 : estimate / standardError;
  return {
    estimate,
    standardError,
    z,
    p: 2 * normalTail(Math.abs(z)),
    low: estimate - reach * standardError,
    high: estimate + reach * standardError,
  };
}

/** e to the power of a coefficient and of its interval's ends. */
export const ratioOf = ({ estimate, low, high }: Tested) => ({
  value: exp(estimate),
  low: exp(low),
  high: exp(high),
});
