import { chiSquareTail } from "../base/tails.ts";
import { cholesky, solveLower } from "../optim/cholesky.ts";
import { type Term, withoutTerm } from "./design.ts";
import type { ChiSquareTest } from "./inference.ts";
import { maximise, sharesStart } from "./newton.ts";
import type { Sample } from "./passes.ts";

export const chiSquare = (statistic: number, df: number): ChiSquareTest => ({
  statistic,
  df,
  p: chiSquareTail(statistic, df),
});

/** θ_Sᵀ (V_SS)⁻¹ θ_S: that the coefficients at the positions S are all 0. */
export function waldTest(
  theta: Float64Array,
  V: Float64Array,
  positions: readonly number[],
): ChiSquareTest {
  const D = theta.length;
  const m = positions.length;
  const L = new Float64Array(m * m);
  positions.forEach((a, i) => {
    positions.forEach((b, j) => {
      L[i * m + j] = V[a * D + b];
    });
  });
  const x = Float64Array.from(positions, (at) => theta[at]);
  cholesky(L, m);
  solveLower(L, m, x);
  return chiSquare(
    x.reduce((sum, value) => sum + value * value, 0),
    m,
  );
}

/** Positions of a term's coefficients in all equations. */
export const positionsOf = ({ first, width }: Term, p: number, q: number): number[] =>
  Array.from({ length: q * width }, (_, at) => Math.floor(at / width) * p + first + (at % width));

/** 2 (log-likelihood − that of the fit without the term). Where the whole has a maximum, so has the part. */
export function* likelihoodRatio(
  sample: Sample,
  term: Term,
  whole: number,
): Generator<void, ChiSquareTest, void> {
  const part = { ...sample, design: withoutTerm(sample.design, term) };
  const { curvature } = yield* maximise(part, sharesStart(part));
  return chiSquare(Math.max(0, 2 * (whole - curvature.value)), sample.q * term.width);
}
