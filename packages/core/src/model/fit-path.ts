import { checkInteger, checkNumber } from "../base/checks.ts";
import { exp, log } from "../base/math.ts";
import { checkFitOptions, type Fit, type FitOptions, type OpenFit, openFit } from "./fit.ts";
import type { MatrixLike } from "./inputs.ts";
import type { OptimizerOptions } from "./method.ts";

export interface FitPathOptions
  extends Omit<FitOptions, "l1" | "l2" | "start" | "seed" | keyof OptimizerOptions> {
  /** The share a of the penalty that is L1: λ1 = a λ, λ2 = (1 − a) λ. Above 0, at most 1; default 1. */
  readonly l1Ratio?: number;
  /** The penalties λ, or their number: log-spaced from the least λ at which all weights are 0. Default 50. */
  readonly penalties?: number | readonly number[];
  /** The least penalty as a share of the largest, where they are not given. Default 1e-3. */
  readonly leastShare?: number;
}

/** A Fit at one penalty of a path. */
export interface PathFit extends Fit {
  /** λ, and its parts λ1 and λ2. */
  readonly penalty: number;
  readonly l1: number;
  readonly l2: number;
  /** Features with a weight that is not 0. */
  readonly used: number;
}

const PATH_KEYS = [
  "classes",
  "classWeights",
  "rowWeights",
  "tolerance",
  "maxIterations",
  "signal",
  "onProgress",
  "kernels",
  "worker",
  "threads",
  "columnNames",
  "l1Ratio",
  "penalties",
  "leastShare",
] as const;

/**
 * Fits an elastic net at one penalty λ after another, from large to small, each from the weights of the one before
 * (docs/math.md §2.13 to §2.15):
 *
 *   min over W, b of  1/S Σ_i s_i l(Wᵀx_i + b, y_i) + λ (a Σ_jc |W_jc| + (1 − a)/2 Σ_jc W_jc²)
 *
 * The first λ that is not given is λ_max = max_jc |∂loss/∂W_jc| / a where all weights are 0. Columns that the strong rule
 * says to be 0 are left out of a fit, which is then checked on all columns. X, y and what it throws: as `fit`.
 */
export async function fitPath(
  X: MatrixLike,
  y: ArrayLike<number>,
  options: FitPathOptions = {},
): Promise<PathFit[]> {
  checkFitOptions("fitPath", options, PATH_KEYS);
  const { l1Ratio = 1, penalties = 50, leastShare = 1e-3 } = options;
  checkNumber("l1Ratio", l1Ratio, Number.MIN_VALUE, 1);
  checkNumber("leastShare", leastShare, Number.MIN_VALUE, 1);
  if (typeof penalties === "number") checkInteger("penalties", penalties, 1, 1e6);
  else for (const penalty of penalties) checkNumber("penalties", penalty, 0, Number.MAX_VALUE);
  const opened = await openFit(X, y, options);
  try {
    const grid =
      typeof penalties === "number"
        ? penaltiesFrom(largestPenalty(await opened.steepest(), l1Ratio), leastShare, penalties)
        : [...penalties].sort((a, b) => b - a);
    return await fitGrid(opened, grid, l1Ratio);
  } finally {
    opened.close();
  }
}

async function fitGrid(opened: OpenFit, grid: readonly number[], a: number): Promise<PathFit[]> {
  const fits: PathFit[] = [];
  let start: Float64Array | null = null;
  for (const penalty of grid) {
    const net = { l1: a * penalty, l2: (1 - a) * penalty };
    const fit: Fit = await opened.fit({ ...net, start });
    start = new Float64Array(fit.weights.length + fit.intercepts.length);
    start.set(fit.weights);
    start.set(fit.intercepts, fit.weights.length);
    fits.push({ ...fit, penalty, ...net, used: usedFeatures(fit.weights, opened.outputs) });
  }
  return fits;
}

/** λ_max = steepest / a, and a hair for its rounding; 1 where no column varies. */
export const largestPenalty = (steepest: number, a: number): number =>
  steepest > 0 ? (steepest / a) * (1 + 1e-12) : 1;

/** `count` values from `largest` down to a share of it, equally far apart in their logarithms. */
export function penaltiesFrom(largest: number, leastShare: number, count: number): number[] {
  const step = count === 1 ? 0 : -log(leastShare) / (count - 1);
  return Array.from({ length: count }, (_, i) => largest * exp(-i * step));
}

/** Rows of W, d×k, that are not all 0. */
export function usedFeatures(W: Float64Array, k: number): number {
  let used = 0;
  for (let first = 0; first < W.length; first += k) {
    if (W.subarray(first, first + k).some((w) => w !== 0)) used++;
  }
  return used;
}
