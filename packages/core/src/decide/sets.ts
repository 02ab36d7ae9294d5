import { checkLength } from "../base/checks.ts";

/** How nonconformity is scored: the lower, the better a class fits a row (docs/math.md §11.6). */
export interface SetScore {
  readonly method: SetMethod;
  /** Of "raps": added for each rank beyond `rank`. */
  readonly penalty?: number;
  readonly rank?: number;
}

export const SET_METHODS = ["lac", "aps", "raps"] as const;
export type SetMethod = (typeof SET_METHODS)[number];

/** Sets from scores of rows that were set aside (split conformal). Plain data. */
export interface SplitSets extends SetScore {
  /** The share 1 − α of rows whose label is to be in their set. */
  readonly coverage: number;
  /** The largest score that is let in: one for all classes, or one a class; ABOVE_ALL lets all in. */
  readonly quantiles: Float64Array;
  /** Rows that were set aside. */
  readonly rows: number;
}

/**
 * The score of each class of each row of n×k probabilities, n×k:
 *
 *   lac  1 − P_c                                                   (Sadinle, Lei & Wasserman 2019)
 *   aps  Σ P_b over the classes b that stand before c, the most probable first (Romano, Sesia & Candès 2020)
 *   raps aps + penalty · max(0, place of c − rank)                 (Angelopoulos, Bates, Malik & Jordan 2021)
 *
 * "aps" without chance: a set is the fewest of the most probable classes that hold a mass. Summing up to c instead would let a second
 * class into the sets of the surest rows (penguins at 90 %: 1.59 labels a set for 1.00). Equals stand in their order, places
 * count from 1.
 */
export function setScores(score: SetScore, P: Float64Array, k: number): Float64Array {
  const n = Math.floor(P.length / k);
  checkLength("P", P.length, n * k);
  if (score.method === "lac") return P.map((p) => 1 - p);
  const { penalty, rank } = score.method === "raps" ? { ...NO_PENALTY, ...score } : NO_PENALTY;
  const out = new Float64Array(n * k);
  for (let start = 0; start < n * k; start += k) {
    const p = P.subarray(start, start + k);
    const order = Array.from(p.keys()).sort((a, b) => p[b] - p[a] || a - b);
    let before = 0;
    order.forEach((c, at) => {
      out[start + c] = before + penalty * Math.max(0, at + 1 - rank);
      before += p[c];
    });
  }
  return out;
}

const NO_PENALTY = { penalty: 0, rank: 1 };

/** Of products such as 0.9 · 110, which are whole numbers but for rounding. */
const SLACK = 1e-9;

/** Stands for +∞ among scores, because a model file holds finite numbers only. */
export const ABOVE_ALL = Number.MAX_VALUE;

/** The ⌈(n + 1)(1 − α)⌉-th smallest of n scores, ABOVE_ALL where there are not so many. */
export function conformalQuantile(scores: Float64Array, coverage: number): number {
  const rank = Math.ceil((scores.length + 1) * coverage - SLACK);
  return rank > scores.length ? ABOVE_ALL : scores.slice().sort()[rank - 1];
}

/**
 * Sets from n×k probabilities of rows with classes y that no part of the model has seen. y = −1: of a class that the model does
 * not know, which no set holds. perClass: a quantile a class, so that each class has the coverage, not only all together.
 */
export function fitSets(
  score: SetScore,
  P: Float64Array,
  y: Int32Array,
  k: number,
  coverage: number,
  perClass: boolean,
): SplitSets {
  const all = setScores(score, P, k);
  const own = Float64Array.from(y, (c, i) => (c < 0 ? ABOVE_ALL : all[i * k + c]));
  const ofClass = (wanted: number): Float64Array => own.filter((_, i) => y[i] === wanted);
  const quantiles = perClass
    ? Float64Array.from({ length: k }, (_, c) => conformalQuantile(ofClass(c), coverage))
    : Float64Array.of(conformalQuantile(own, coverage));
  return { ...score, coverage, quantiles, rows: y.length };
}

/** n×k: 1 where a class is in a row's set, which always holds the most probable class. */
export function setsOf(sets: SplitSets, P: Float64Array, k: number): Uint8Array {
  const { quantiles } = sets;
  const one = quantiles.length === 1;
  const scores = setScores(sets, P, k);
  const inside = Uint8Array.from(scores, (score, at) =>
    score <= quantiles[one ? 0 : at % k] ? 1 : 0,
  );
  return withMostProbable(inside, P, k);
}

/** Puts the most probable class of each row, the first of equals, into its set. */
export function withMostProbable(inside: Uint8Array, P: Float64Array, k: number): Uint8Array {
  for (let start = 0; start < P.length; start += k) {
    let top = start;
    for (let at = start + 1; at < start + k; at++) if (P[at] > P[top]) top = at;
    inside[top] = 1;
  }
  return inside;
}

/**
 * Whether a score is in the set of CV+ (Romano, Sesia & Candès 2020, §2.3): fewer than (1 − α)(n + 1) of the n held-out rows
 * have a lower one, each against the score by its own fold's model; `below` counts them.
 */
export const isInCrossSet = (below: number, n: number, coverage: number): boolean =>
  below < coverage * (n + 1) + SLACK;

/** How many of ascending numbers are below a value. */
export function countBelow(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const PENALTIES = [0.001, 0.01, 0.1, 0.2, 0.5];

/**
 * Rank and penalty of RAPS, chosen on rows that are not those of the quantile (Angelopoulos et al. 2021, appendix E): the least
 * rank within which the share 1 − α of the labels lies, then the penalty with the smallest mean set, the first of equals.
 */
export function chooseRegularisation(
  P: Float64Array,
  y: Int32Array,
  k: number,
  coverage: number,
): Required<SetScore> {
  const ranks = Float64Array.from(y, (c, i) => rankOf(P.subarray(i * k, (i + 1) * k), c));
  const rank = Math.min(k, conformalQuantile(ranks, coverage));
  const scores = PENALTIES.map((penalty) => ({ method: "raps" as const, penalty, rank }));
  const sizes = scores.map((score) => {
    const sets = fitSets(score, P, y, k, coverage, false);
    return setsOf(sets, P, k).reduce((sum, inside) => sum + inside, 0);
  });
  return scores[sizes.indexOf(Math.min(...sizes))];
}

/** From 1: classes that are more probable, or as probable and earlier. */
function rankOf(p: Float64Array, c: number): number {
  let rank = 1;
  for (let b = 0; b < p.length; b++) if (p[b] > p[c] || (p[b] === p[c] && b < c)) rank++;
  return rank;
}
