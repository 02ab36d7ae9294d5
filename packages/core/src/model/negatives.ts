import { log } from "../base/math.ts";
import { type Random, shuffle } from "../base/random.ts";

/** Classes that are drawn, for sampled softmax (docs/math.md §3.3). */
export interface Negatives {
  /** Runs of N draws, one after the other. */
  readonly draws: Int32Array;
  /** log (N q_c); 0 for classes that are never drawn. */
  readonly shifts: Float32Array;
}

/** Draws that are kept at least, for each class and in all, and at most in all where classes are not more. */
const PER_CLASS = 16;
const MOST_DRAWS = 2 ** 20;

/** How many runs of N draws are kept: one a step, within bounds. */
export function runsOf(classes: number, steps: number, negatives: number): number {
  const draws = Math.max(PER_CLASS * classes, Math.min(MOST_DRAWS, steps * negatives));
  return Math.ceil(draws / negatives);
}

/**
 * `runs` × N draws from q, half of which goes by the classes' shares and half to all classes that have one alike. Class c
 * is in the pool as often as q_c says, rounded and at least once; q_c is what it then is. `reshuffle` mixes the draws.
 */
export function createNegatives(
  shares: Float64Array,
  negatives: number,
  runs: number,
  random: Random,
): Negatives & { reshuffle(): void } {
  const draws = new Int32Array(runs * negatives);
  const counts = countsOf(shares, draws.length);
  const shifts = new Float32Array(shares.length);
  let at = 0;
  for (let c = 0; c < counts.length; c++) {
    draws.fill(c, at, at + counts[c]);
    at += counts[c];
    if (counts[c] > 0) shifts[c] = log((negatives * counts[c]) / draws.length);
  }
  return { draws, shifts, reshuffle: () => void shuffle(draws, random) };
}

/** Whole numbers that add up to `total`, near total·q_c: each takes what rounding left of those before it. */
function countsOf(shares: Float64Array, total: number): Int32Array {
  const present = shares.reduce((n, share) => n + (share > 0 ? 1 : 0), 0);
  const counts = new Int32Array(shares.length);
  let wanted = 0;
  let given = 0;
  for (let c = 0; c < shares.length; c++) {
    if (shares[c] === 0) continue;
    wanted += 0.5 * (shares[c] + 1 / present) * total;
    counts[c] = Math.floor(wanted + 0.5) - given;
    given += counts[c];
  }
  return counts;
}
