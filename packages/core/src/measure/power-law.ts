import { exp, log } from "../base/math.ts";

/** a + b m^−c: a loss as a function of m training rows (Cortes et al. 1994; Hestness et al. 2017). */
export interface PowerLaw {
  readonly floor: number;
  readonly factor: number;
  readonly exponent: number;
}

/** Exponents tried: 1 is that of a well-specified model of fixed size, less where the model is wrong or rich. */
const EXPONENTS = Array.from({ length: 30 }, (_, i) => 0.05 * (i + 1));

export const powerLawAt = ({ floor, factor, exponent }: PowerLaw, m: number): number =>
  floor + factor * exp(-exponent * log(m));

/**
 * The law with the least Σ_j w_j (a + b m_j^−c − L_j)², a ≥ 0, b ≥ 0, c among 0.05, 0.10, …, 1.5: for each c a line in m^−c by weighted
 * least squares, at the bounds where it would leave them. At least two points.
 */
export function fitPowerLaw(
  sizes: readonly number[],
  losses: readonly number[],
  weights: readonly number[],
): PowerLaw {
  let best: PowerLaw = { floor: 0, factor: 0, exponent: 1 };
  let least = Number.POSITIVE_INFINITY;
  for (const exponent of EXPONENTS) {
    const x = sizes.map((m) => exp(-exponent * log(m)));
    const law = { ...boundedLine(x, losses, weights), exponent };
    const error = x.reduce((sum, value, j) => {
      const rest = law.floor + law.factor * value - losses[j];
      return sum + weights[j] * rest * rest;
    }, 0);
    if (error < least * (1 - 1e-9)) {
      least = error;
      best = law;
    }
  }
  return best;
}

function boundedLine(
  x: readonly number[],
  y: readonly number[],
  w: readonly number[],
): { floor: number; factor: number } {
  const total = w.reduce((a, b) => a + b, 0);
  const mean = (of: readonly number[]): number =>
    of.reduce((sum, value, j) => sum + w[j] * value, 0) / total;
  const [mx, my] = [mean(x), mean(y)];
  const xx = mean(x.map((v) => (v - mx) * (v - mx)));
  const xy = mean(x.map((v, j) => (v - mx) * (y[j] - my)));
  const factor = xx > 0 ? xy / xx : 0;
  if (!(factor > 0)) return { floor: Math.max(0, my), factor: 0 };
  const floor = my - factor * mx;
  if (floor >= 0) return { floor, factor };
  return { floor: 0, factor: mean(x.map((v, j) => v * y[j])) / mean(x.map((v) => v * v)) };
}
