import { createRandom, type Random } from "../base/random.ts";
import { chooseFloor } from "./abstain.ts";
import type { Abstention, Decision, Rule } from "./decision.ts";
import type { Wish } from "./options.ts";
import {
  type DecisionRows,
  macroThresholds,
  shareThresholds,
  type ThresholdGoal,
  thresholdChooser,
} from "./thresholds.ts";

export interface ChosenDecision {
  readonly decision: Decision;
  /** Whether the precision, recall or share of errors asked for is reached on the rows chosen on. */
  readonly reached: boolean;
}

/** Whether a wish is only met by looking at labelled rows. */
export const needsRows = ({ by, abstain }: Wish): boolean =>
  by === "f1" ||
  by === "macro-f1" ||
  by === "recall-at-precision" ||
  by === "precision-at-recall" ||
  abstain?.by === "error";

/** Chooses with the weights given, on rows that are sorted once where one threshold is sought. */
export type Chooser = (w: Float64Array) => ChosenDecision;

/**
 * A chooser of the decision that meets a wish best on these rows. Of two classes there is one threshold, that of the class of
 * interest or, of "macro-f1" and "balanced-accuracy", of the second class; of more there is one a class, or that of the one class.
 */
export function decisionChooser(wish: Wish, rows: DecisionRows): Chooser {
  const rule = ruleChooser(wish, rows);
  return (w) => {
    const chosen = rule(w);
    const weighted = { ...rows, w };
    const { abstention, reached } = abstentionOf(wish, chosen.rule, weighted);
    const decision = abstention === null ? chosen.rule : { ...chosen.rule, abstention };
    return { decision, reached: chosen.reached && reached };
  };
}

export const chooseDecision = (wish: Wish, rows: DecisionRows): ChosenDecision =>
  decisionChooser(wish, rows)(rows.w);

/** The decision of a wish that needs no rows; shares: of the classes in training. */
export function decisionWithoutRows(wish: Wish, shares: Float64Array): Decision {
  const k = shares.length;
  const rule = fixedRule(wish, k) ?? byShares(shares);
  const none = { P: new Float64Array(0), y: new Int32Array(0), w: new Float64Array(0), k };
  const { abstention } = abstentionOf(wish, rule, none);
  return abstention === null ? rule : { ...rule, abstention };
}

interface ChosenRule {
  readonly rule: Rule;
  readonly reached: boolean;
}

function ruleChooser(wish: Wish, rows: DecisionRows): (w: Float64Array) => ChosenRule {
  const { k, y } = rows;
  const fixed = fixedRule(wish, k);
  if (fixed !== null) return () => ({ rule: fixed, reached: true });
  if (wish.by === "balanced-accuracy") {
    return (w) => ({ rule: byShares(sharesOf(y, w, k)), reached: true });
  }
  if (wish.by === "macro-f1" && k > 2) {
    return (w) => ({
      rule: { rule: "thresholds", thresholds: macroThresholds({ ...rows, w }) },
      reached: true,
    });
  }
  const c = wish.by === "macro-f1" ? 1 : wish.class;
  const choose = thresholdChooser(rows, c, goalOf(wish));
  return (w) => {
    const { threshold, reached } = choose(w);
    return { rule: { rule: "threshold", class: c, threshold }, reached };
  };
}

/** The rule where nothing is chosen; null where something is. */
function fixedRule({ by, at, class: c, costs }: Wish, k: number): Rule | null {
  switch (by) {
    case "argmax":
      return { rule: "argmax" };
    case "costs":
      return { rule: "costs", costs: costs ?? new Float64Array(k * k) };
    case "threshold":
      return { rule: "threshold", class: c, threshold: at };
    case "top":
      return { rule: "top", count: at };
    default:
      return null;
  }
}

function byShares(shares: Float64Array): Rule {
  const thresholds = shareThresholds(shares);
  return thresholds.length === 2
    ? { rule: "threshold", class: 1, threshold: thresholds[1] }
    : { rule: "thresholds", thresholds };
}

function goalOf({ by, at }: Wish): ThresholdGoal {
  if (by === "recall-at-precision" || by === "precision-at-recall") return { by, at };
  return { by: by === "f1" ? "f1" : "macro-f1" };
}

function sharesOf(y: Int32Array, w: Float64Array, k: number): Float64Array {
  const shares = new Float64Array(k);
  y.forEach((c, i) => {
    shares[c] += w[i];
  });
  return shares.some((share) => share > 0) ? shares : shares.fill(1);
}

function abstentionOf(
  { abstain }: Wish,
  rule: Rule,
  rows: DecisionRows,
): { readonly abstention: Abstention | null; readonly reached: boolean } {
  if (abstain === null) return { abstention: null, reached: true };
  const { by, at } = abstain;
  if (by === "cost") return { abstention: { by, cost: at }, reached: true };
  if (by === "confidence") return { abstention: { by, floor: at }, reached: true };
  const { floor, reached } = chooseFloor(rule, rows, at);
  return { abstention: { by, target: at, floor }, reached };
}

/** The numbers of a decision that are chosen on rows, in a fixed order. */
export function chosenNumbers(decision: Decision): Float64Array {
  const rule =
    decision.rule === "threshold"
      ? [decision.threshold]
      : decision.rule === "thresholds"
        ? [...decision.thresholds]
        : [];
  const floor = decision.abstention?.by === "error" ? [decision.abstention.floor] : [];
  return Float64Array.of(...rule, ...floor);
}

/** Mean and standard deviation of chosen numbers over bootstrap samples. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

const MOST_SAMPLES = 200;
/** Numbers looked at in all samples together: bounds the time. */
const WORK = 1e8;

/**
 * How far the chosen numbers would move with other rows: the decision is chosen again on bootstrap samples, of whole groups where
 * rows were drawn in groups. Up to 200 samples, fewer of many rows, none where that would be fewer than 10.
 */
export function spreadOf(
  wish: Wish,
  rows: DecisionRows,
  group: Int32Array | null,
  seed: number,
): readonly Spread[] {
  const { y, w, k } = rows;
  const passes = wish.by === "macro-f1" && k > 2 ? 10 * k : 1;
  const samples = Math.min(MOST_SAMPLES, Math.floor(WORK / (y.length * k * passes)));
  if (!needsRows(wish) || samples < 10) return [];
  const choose = decisionChooser(wish, rows);
  const random = createRandom(seed);
  const draw = drawer(y.length, group, random);
  const chosen = Array.from({ length: samples }, () => {
    const times = draw();
    return chosenNumbers(choose(w.map((weight, i) => weight * times(i))).decision);
  });
  return Array.from(chosen[0], (_, j) => summary(chosen.map((numbers) => numbers[j])));
}

/** Draws with replacement as many rows, or groups, as there are; says how often each row was drawn. */
function drawer(
  n: number,
  group: Int32Array | null,
  random: Random,
): () => (row: number) => number {
  const ids = new Map<number, number>();
  const unit = Int32Array.from({ length: n }, (_, i) => {
    const name = group === null ? i : group[i];
    if (!ids.has(name)) ids.set(name, ids.size);
    return ids.get(name) as number;
  });
  return () => {
    const times = new Uint32Array(ids.size);
    for (let j = 0; j < ids.size; j++) times[random.below(ids.size)]++;
    return (row) => times[unit[row]];
  };
}

function summary(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}
