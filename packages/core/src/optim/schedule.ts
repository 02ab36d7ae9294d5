import { cosTurns } from "../base/math.ts";

/** How the learning rate falls in the course of a fit: docs/math.md §2.9. */
export type Schedule = "constant" | "inverse" | "step" | "cosine";

export const SCHEDULES: readonly Schedule[] = ["constant", "inverse", "step", "cosine"];

/** Thirds of the fit, each at a tenth of the rate of the one before. */
const PARTS = 3;
const FALL = 0.1;

/**
 * The share of the first learning rate at step t = 0, 1, … of `steps`, of which an epoch has `perEpoch`:
 *
 *   constant 1,   inverse 1/(1 + t/perEpoch),   step 10^−⌊3t/steps⌋,   cosine ½ (1 + cos(π t/steps))
 *
 * Robbins & Monro 1951; He et al. 2016, §4; Loshchilov & Hutter 2017, "SGDR", eq. 5 without restarts.
 */
export function scheduled(schedule: Schedule, t: number, steps: number, perEpoch: number): number {
  switch (schedule) {
    case "constant":
      return 1;
    case "inverse":
      return 1 / (1 + t / perEpoch);
    case "step": {
      let share = 1;
      for (let part = Math.floor((PARTS * t) / steps); part > 0; part--) share *= FALL;
      return share;
    }
    case "cosine":
      return (1 + cosTurns(t / (2 * steps))) / 2;
  }
}
