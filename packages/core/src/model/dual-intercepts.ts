import type { Dual } from "../kernels/dual.ts";
import { dot } from "../optim/vectors.ts";
import type { FitRows } from "./rows.ts";

/** Of an intercept, between two epochs. */
const MOST_MOVE = 2;
/** Of an intercept's move, at most, and by how much it may grow from one epoch to the next. */
const MOST_STRETCH = 64;
const STRETCH_GROWTH = 8;
/** How much further intercepts move than what their rows alone say, and what was left of R_c/√H_c before the last move. */
export interface Pace {
  stretch: number;
  before: Float64Array | null;
}

/**
 * The weights go along with the intercepts and take back a part of what a move does to R. What share μ of R a move of
 * stretch 1 undoes is seen from one epoch to the next, ⟨R', R⟩ = (1 − stretch μ) ⟨R, R⟩ in the metric of 1/H; the next one stretches by 1/μ
 * (Barzilai & Borwein 1988).
 */
export function learnPace(pace: Pace, { R, H }: Dual, k: number): void {
  const now = Float64Array.from({ length: k }, (_, c) => (H[c] > 0 ? R[c] / Math.sqrt(H[c]) : 0));
  const { before } = pace;
  pace.before = now;
  if (before === null) return;
  const share = (1 - dot(now, before) / dot(before, before)) / pace.stretch;
  const most = Math.min(MOST_STRETCH, STRETCH_GROWTH * pace.stretch);
  pace.stretch = share * most > 1 ? Math.max(1, 1 / share) : most;
}

/**
 * Moves each intercept by Newton's method on Σ_i s_i r_ic = 0, which the dual asks of it, `stretch` times as far, and returns
 * what that is expected to gain: stretch Σ_c R_c² / 2 H_c.
 */
export function moveIntercepts(
  { b, R, H }: Dual,
  k: number,
  { shares }: FitRows,
  stretch: number,
): number {
  let gain = 0;
  for (let c = 0; c < k; c++) {
    if ((k > 1 && shares[c] === 0) || !(H[c] > 0)) continue;
    gain += (stretch * (R[c] * R[c])) / (2 * H[c]);
    b[c] += Math.max(-MOST_MOVE, Math.min(MOST_MOVE, (stretch * R[c]) / H[c]));
  }
  return gain;
}
