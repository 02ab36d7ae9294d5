import { bestCut, descending } from "./cuts.ts";
import { answers } from "./decision.ts";

/** Rows that something is chosen on: probabilities n×k, class and weight of each. */
export interface DecisionRows {
  readonly P: Float64Array;
  readonly y: Int32Array;
  /** At least 0; rows of weight 0 count for nothing. */
  readonly w: Float64Array;
  readonly k: number;
}

/** What one threshold is to be best at (docs/math.md §11.2). */
export type ThresholdGoal =
  | { readonly by: "f1" | "macro-f1" }
  /** The most recall of the class among thresholds that reach a precision of `at`; else the most precision. */
  | { readonly by: "recall-at-precision"; readonly at: number }
  /** The most precision among thresholds that reach a recall of `at`. */
  | { readonly by: "precision-at-recall"; readonly at: number };

/** Weight of the rows at or above a threshold (`taken`), of those of the class among them (`right`), of the class, of all. */
interface Counts {
  readonly taken: number;
  readonly right: number;
  readonly own: number;
  readonly all: number;
}

/** What is reached by rounding counts as reached. */
const SLACK = 1e-12;

/** By goal: how good a threshold is; where something is to be reached, above 1 if it is and below if not. */
function meritOf(goal: ThresholdGoal, { taken, right, own, all }: Counts): number {
  switch (goal.by) {
    case "f1":
      return (2 * right) / (own + taken);
    case "macro-f1": {
      const rest = 2 * (all - own - (taken - right));
      const sides = 2 * all - own - taken;
      return (2 * right) / (own + taken) + (sides > 0 ? rest / sides : 0);
    }
    case "recall-at-precision": {
      const precision = right / taken;
      return precision >= goal.at - SLACK ? 1 + ratio(right, own) : precision - 1;
    }
    case "precision-at-recall": {
      const recall = ratio(right, own);
      return recall >= goal.at - SLACK ? 1 + right / taken : recall - 1;
    }
  }
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

export interface ChosenThreshold {
  readonly threshold: number;
  /** Whether the precision or recall asked for is reached on these rows; true where none was. */
  readonly reached: boolean;
}

/** A chooser of the threshold of class c, which sorts the rows once for any number of weightings. */
export function thresholdChooser(
  { P, y, k }: DecisionRows,
  c: number,
  goal: ThresholdGoal,
): (w: Float64Array) => ChosenThreshold {
  const values = Float64Array.from(y, (_, i) => P[i * k + c]);
  const order = descending(values);
  return (w) => {
    const counts = { taken: 0, right: 0, own: 0, all: 0 };
    for (let i = 0; i < y.length; i++) {
      counts.all += w[i];
      if (y[i] === c) counts.own += w[i];
    }
    const take = (i: number): void => {
      counts.taken += w[i];
      if (y[i] === c) counts.right += w[i];
    };
    const cut = bestCut(values, order, w, take, () => meritOf(goal, counts));
    if (cut === null) return { threshold: 0.5, reached: false };
    const isBound = goal.by === "recall-at-precision" || goal.by === "precision-at-recall";
    return { threshold: cut.at, reached: !isBound || cut.merit >= 1 };
  };
}

/** Weighted share of each class: the thresholds whose expected balanced accuracy is largest (docs/math.md §11.2). */
export function shareThresholds(shares: Float64Array): Float64Array {
  const least = 1e-12 * shares.reduce((a, b) => a + b, 0);
  return sumToOne(shares.map((share) => Math.max(share, least)));
}

const sumToOne = (values: Float64Array): Float64Array => {
  const total = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / total);
};

const MOST_ROUNDS = 10;
/** Where the others have no probability left. */
const MOST_ODDS = 1e12;

/**
 * Thresholds t of the rule max_c P_c / t_c that are best at macro-F1 on these rows: from equal ones (argmax), one class
 * after another gets its best threshold with the others held, until a round gains nothing. A local optimum.
 */
export function macroThresholds(rows: DecisionRows): Float64Array {
  let kept: Float64Array = new Float64Array(rows.k).fill(1 / rows.k);
  let reached = macroF1At(rows, kept);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const t = sumToOne(roundOf(rows, kept, reached));
    // Where classes are level, rounding may part them otherwise than the cuts did.
    const now = macroF1At(rows, t);
    if (!(now > reached + SLACK)) break;
    kept = t;
    reached = now;
  }
  return kept;
}

/** Each class in turn at its best threshold, where that is better than what is reached. */
function roundOf(rows: DecisionRows, from: Float64Array, reached: number): Float64Array {
  const t = from.slice();
  let best = reached;
  for (let c = 0; c < rows.k; c++) {
    const cut = bestForClass(rows, t, c);
    if (cut === null || !(cut.merit > best + SLACK)) continue;
    t[c] = cut.at;
    best = cut.merit;
  }
  return t;
}

function macroF1At({ P, y, w, k }: DecisionRows, thresholds: Float64Array): number {
  const tally = new MacroTally(k);
  answers({ rule: "thresholds", thresholds }, P, k).forEach((decided, i) => {
    tally.own[y[i]] += w[i];
    tally.put(decided, y[i], w[i]);
  });
  return tally.macroF1();
}

/** Row i goes to class c where P_ic / t_c is above what the best of the others has: t_c below P_ic / max_{b≠c} P_ib / t_b. */
function bestForClass({ P, y, w, k }: DecisionRows, t: Float64Array, c: number) {
  const n = y.length;
  const other = new Int32Array(n);
  const values = new Float64Array(n);
  const tally = new MacroTally(k);
  for (let i = 0; i < n; i++) {
    let most = -1;
    for (let b = 0; b < k; b++) {
      const value = P[i * k + b] / t[b];
      if (b !== c && value > most) [other[i], most] = [b, value];
    }
    values[i] = Math.min(MOST_ODDS, P[i * k + c] / most);
    tally.own[y[i]] += w[i];
    tally.put(other[i], y[i], w[i]);
  }
  const take = (i: number): void => {
    tally.put(other[i], y[i], -w[i]);
    tally.put(c, y[i], w[i]);
  };
  return bestCut(values, descending(values), w, take, () => tally.macroF1());
}

/** Weights by class, from which macro-F1 comes. */
class MacroTally {
  readonly own: Float64Array;
  readonly #decided: Float64Array;
  readonly #right: Float64Array;

  constructor(k: number) {
    this.own = new Float64Array(k);
    this.#decided = new Float64Array(k);
    this.#right = new Float64Array(k);
  }

  put(decided: number, own: number, w: number): void {
    this.#decided[decided] += w;
    if (decided === own) this.#right[own] += w;
  }

  /** Mean F1 of the classes that have rows: those without have none to find. */
  macroF1(): number {
    let sum = 0;
    let classes = 0;
    for (let c = 0; c < this.own.length; c++) {
      if (this.own[c] === 0) continue;
      sum += (2 * this.#right[c]) / (this.own[c] + this.#decided[c]);
      classes++;
    }
    return sum / classes;
  }
}
