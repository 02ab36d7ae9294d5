import { bestCut, descending } from "./cuts.ts";
import { answers, type Rule } from "./decision.ts";
import type { DecisionRows } from "./thresholds.ts";

export interface ChosenFloor {
  readonly floor: number;
  /** Whether the target is reached on these rows. */
  readonly reached: boolean;
}

/** What is reached by rounding counts as reached. */
const SLACK = 1e-12;

/**
 * The confidence below which rows are left to a person, so that the share of errors among the others is at most `target`: of
 * such floors the one that decides most rows; where none is, the one with the least share of errors (docs/math.md §11.4).
 * The confidence is the probability of the class decided on.
 */
export function chooseFloor(rule: Rule, { P, y, w, k }: DecisionRows, target: number): ChosenFloor {
  const labels = answers(rule, P, k);
  const confidence = Float64Array.from(labels, (c, i) => P[i * k + c]);
  let taken = 0;
  let wrong = 0;
  const take = (i: number): void => {
    taken += w[i];
    if (labels[i] !== y[i]) wrong += w[i];
  };
  const total = w.reduce((a, b) => a + b, 0);
  const merit = (): number => {
    const error = wrong / taken;
    return error <= target + SLACK ? 1 + taken / total : -error;
  };
  const cut = bestCut(confidence, descending(confidence), w, take, merit);
  if (cut === null) return { floor: 0, reached: false };
  const isAll = cut.merit >= 2 - SLACK;
  return { floor: isAll ? 0 : cut.at, reached: cut.merit >= 1 };
}
