import { checkLength } from "../base/checks.ts";
import type { ScoredRows } from "./rows.ts";

/** The class that a model decides on for each row, −1 where it leaves the row to a person. */
export interface ModelLabels {
  readonly labels: Int32Array;
  /** Of leaving a row to a person; null where none is stated. */
  readonly abstainCost: number | null;
}

/** What two models decide for the same rows, A and B. */
export interface DecidedPair {
  readonly models: readonly [ModelLabels, ModelLabels];
  /** k×k, row r the true class; null where costs are not compared. */
  readonly costs: Float64Array | null;
}

/** Scores of labels, and where each stands in what `labelGains` fills. */
export const LABEL_SCORES = ["accuracy", "cost", "coverage"] as const;

/** Of each row of weight: whether it is decided, whether it is right, what it costs, and whether its cost counts. */
interface Outcomes {
  readonly kept: Float64Array;
  readonly right: Float64Array;
  readonly cost: Float64Array;
  readonly counted: Float64Array;
}

/** The outcomes of both models on the rows of weight, out of labels for all rows. */
export function outcomesOf(
  { models, costs }: DecidedPair,
  { y, k }: ScoredRows,
  used: Int32Array,
  rows: number,
): [Outcomes, Outcomes] {
  const [a, b] = models.map(({ labels, abstainCost }): Outcomes => {
    checkLength("labels", labels.length, rows);
    const own = used.map((i) => labels[i]);
    const kept = Float64Array.from(own, (c) => Number(c >= 0));
    return {
      kept,
      right: Float64Array.from(own, (c, i) => Number(c === y[i])),
      cost: Float64Array.from(own, (c, i) =>
        c < 0 ? (abstainCost ?? 0) : (costs?.[y[i] * k + c] ?? 0),
      ),
      counted: abstainCost === null ? kept : kept.map(() => 1),
    };
  });
  return [a, b];
}

/** Accuracy of the rows decided, mean cost and share decided, in the order of LABEL_SCORES, with the weights w; 0 without rows. */
export function labelScores(
  { kept, right, cost, counted }: Outcomes,
  w: Float64Array,
): [accuracy: number, cost: number, coverage: number] {
  let [all, decided, hits, costs, over] = [0, 0, 0, 0, 0];
  for (let i = 0; i < w.length; i++) {
    all += w[i];
    decided += w[i] * kept[i];
    hits += w[i] * right[i];
    costs += w[i] * cost[i];
    over += w[i] * counted[i];
  }
  return [ratio(hits, decided), ratio(costs, over), ratio(decided, all)];
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** How much better B's labels are than A's, in the order of LABEL_SCORES; of costs, how much lower. */
export function labelGains(
  [a, b]: readonly [Outcomes, Outcomes],
  w: Float64Array,
): [accuracy: number, cost: number, coverage: number] {
  const [ofA, ofB] = [labelScores(a, w), labelScores(b, w)];
  return [ofB[0] - ofA[0], ofA[1] - ofB[1], ofB[2] - ofA[2]];
}

/** Rows that both decide and only one of them gets right. */
export function discordantLabels([a, b]: readonly [Outcomes, Outcomes]): [
  onlyA: number,
  onlyB: number,
] {
  let [onlyA, onlyB] = [0, 0];
  a.right.forEach((inA, i) => {
    if (a.kept[i] * b.kept[i] === 0) return;
    if (inA > b.right[i]) onlyA++;
    if (inA < b.right[i]) onlyB++;
  });
  return [onlyA, onlyB];
}
