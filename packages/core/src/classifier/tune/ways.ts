import { pairedDifference, weightedMean } from "../../base/losses.ts";
import type { Verdict } from "./judging.ts";
import type { TunedOptions, TuneOutcome, TuneTrial } from "./report.ts";

/** A way of training, and what became of it. The first is the default. */
export interface Way {
  readonly number: number;
  readonly options: TunedOptions;
  /** By round, as far as it came. */
  readonly verdicts: Verdict[];
  outcome: TuneOutcome;
  /** The round that it came to. */
  round: number;
  reason: string | null;
  /** Seconds that its last judgement took. */
  seconds: number;
}

export const newWay = (number: number, options: TunedOptions): Way => ({
  ...{ number, options, verdicts: [], outcome: "unfinished", round: 0, reason: null, seconds: 0 },
});

/** Mean out-of-fold loss in a round; +∞ where it was not judged. */
export function lossIn({ verdicts }: Way, round: number): number {
  const verdict = verdicts.at(round);
  return verdict === undefined || round < 0
    ? Number.POSITIVE_INFINITY
    : weightedMean(verdict.losses, verdict.s);
}

/** By loss in a round, the earlier of equal ones first. */
export const ranked = (ways: readonly Way[], round: number): Way[] =>
  [...ways].sort((a, b) => {
    const [own, other] = [lossIn(a, round), lossIn(b, round)];
    return own === other ? a.number - b.number : own - other;
  });

/** The last round that a way was judged in; −1 for none. */
export const topOf = ({ verdicts }: Way): number => verdicts.length - 1;

/** The best of all others, and the last round in which it stands beside the default. */
export interface Contest {
  readonly best: Way;
  readonly round: number;
}

/**
 * Of the ways that came furthest the one with the least loss. They stand beside the default on as many rows as it was judged on, all if it came to
 * all: `whole` is the first round of all rows. Null where none does.
 */
export function contestOf(first: Way, others: readonly Way[], whole: number): Contest | null {
  const least = Math.min(topOf(first), whole);
  const top = Math.max(-1, ...others.map(topOf));
  if (least < 0 || top < least) return null;
  const [best] = ranked(
    others.filter((way) => topOf(way) === top),
    top,
  );
  return { best, round: Math.min(top, topOf(first)) };
}

/** How much higher a loss is than another's, in a round. */
export function excess(way: Way, other: Way, round: number): ReturnType<typeof pairedDifference> {
  const { losses, s, group } = way.verdicts[round];
  return pairedDifference(losses, other.verdicts[round].losses, s, group);
}

/** All that was tried: those that came furthest first, and of these those with the least loss. */
export function trialsOf(ways: readonly Way[]): TuneTrial[] {
  const furthest = (a: Way, b: Way): number => topOf(b) - topOf(a);
  const sorted = [...ways].sort((a, b) => {
    if (topOf(a) !== topOf(b)) return furthest(a, b);
    return ranked([a, b], topOf(a))[0] === a ? -1 : 1;
  });
  return sorted.map((way) => ({
    options: way.options,
    ...(way.number === 0 ? { isDefault: true as const } : {}),
    round: way.round,
    outcome: way.outcome,
    judged: topOf(way) < 0 ? null : { round: topOf(way), logLoss: lossIn(way, topOf(way)) },
    ...(way.reason === null ? {} : { reason: way.reason }),
  }));
}
