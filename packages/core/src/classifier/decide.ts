import type { Calibrator } from "../calibrate/calibrator.ts";
import { applyCalibrator } from "../calibrate/calibrator.ts";
import {
  type ChosenDecision,
  chooseDecision,
  chosenNumbers,
  type Spread,
  spreadOf,
} from "../decide/choose.ts";
import { ABSTAINED, answers, type Decision, decide } from "../decide/decision.ts";
import { WITH_NUMBER, type Wish } from "../decide/options.ts";
import { sharedKernels } from "../kernels/shared.ts";
import { type Aim, type DecidedMetrics, measureDecided } from "../measure/decided.ts";
import { type Judge, pickJudge, rowsWhere } from "./candidates.ts";
import { pickRows } from "./choose.ts";

/** What a decision rests on and how good it is. Plain data, ready for JSON. */
export interface DecisionReport {
  readonly by: Wish["by"];
  /** The precision, recall, threshold or number of labels asked for; null where none was. */
  readonly at: number | null;
  /** The class that it is about; null where it is about all. */
  readonly class: string | null;
  /** What was asked of abstention; null where every row is decided. */
  readonly abstain: Wish["abstain"];
  /** Costs by true (row) and decided class; null where none were given. */
  readonly costs: readonly (readonly number[])[] | null;
  /** The numbers of the rule that ships, and how far they would move with other rows. */
  readonly chosen: readonly ChosenNumber[];
  /** Whether the precision, recall or share of errors asked for is reached on the rows chosen on. */
  readonly reached: boolean;
  /** On the judged rows, each decided by what was chosen on the rows of other parts; null without rows. */
  readonly measured: DecidedMetrics | null;
}

export interface ChosenNumber {
  /** "threshold" of a class, or "floor" of the confidence. */
  readonly of: "threshold" | "floor";
  readonly class: string | null;
  readonly value: number;
  /** As chosen for each part, on the rows of the others. */
  readonly parts: readonly number[];
  /** Over bootstrap samples of the rows; null where the rows are too many for that, or nothing is sought on them. */
  readonly spread: Spread | null;
}

/** Judged rows with what decisions are chosen and measured on. */
export interface JudgedRows {
  readonly judge: Judge;
  readonly k: number;
  /** Calibrated logits of all judged rows by what was chosen on all of them: what the decision that ships is chosen on. */
  readonly Z: Float64Array;
  /** Calibrated logits of the rows outside a part, by what was chosen on them. */
  readonly outside: (part: number) => Float64Array;
  /** Honest logits: each part's rows by what was chosen on the others. */
  readonly honest: Float64Array;
  /** Factors of each row's cost, or null for 1. */
  readonly rowCosts: Float64Array | null;
  readonly shares: Float64Array;
  /** The class of two-class metrics; −1 for none. */
  readonly positive: number;
  readonly classes: readonly string[];
  readonly seed: number;
}

/** Calibrated logits of some of the judged rows. */
export function calibrated(
  Z: Float64Array,
  rows: Int32Array,
  k: number,
  calibrator: Calibrator,
): Float64Array {
  const own = pickRows(Z, rows, k);
  applyCalibrator(calibrator, own, rows.length, k, own);
  return own;
}

/**
 * The decision that meets a wish, chosen on all judged rows, and how good such a decision is: the rows of each part are decided by
 * what is chosen on the calibrated logits of the other parts, so that nothing chosen on a row is measured on it (docs/math.md §11.5).
 * `labels` are what each row gets in this.
 */
export function decideOn(
  wish: Wish,
  rows: JudgedRows,
): { decision: Decision; report: DecisionReport; labels: Int32Array } {
  const { judge, k, Z, rowCosts } = rows;
  const whole = decisionRows(Z, judge, rowCosts, k);
  const chosen = chooseDecision(wish, whole);
  const parts: Float64Array[] = [];
  const P = probabilitiesOf(rows.honest, k);
  const decided = {
    answers: new Int32Array(judge.y.length),
    labels: new Int32Array(judge.y.length),
  };
  for (let p = 0; p < judge.parts; p++) {
    const own = rowsWhere(judge.part, (part) => part === p);
    if (own.length === 0) continue;
    const others = rowsWhere(judge.part, (part) => part !== p);
    const picked = pickJudge(judge, others);
    const { decision } = chooseDecision(
      wish,
      decisionRows(rows.outside(p), picked, rowCosts && others.map((i) => rowCosts[i]), k),
    );
    parts.push(chosenNumbers(decision));
    put(decided, own, decision, pickRows(P, own, k), k);
  }
  const spread = spreadOf(wish, whole, judge.group, rows.seed);
  return {
    decision: chosen.decision,
    report: {
      ...decisionReport(wish, chosen, rows.classes, parts, spread),
      measured: measureBy(wish, chosen.decision, { ...rows, ...decided, Z: rows.honest }),
    },
    labels: decided.labels,
  };
}

/** Writes what a decision says of some rows, by their probabilities. */
function put(
  into: { readonly answers: Int32Array; readonly labels: Int32Array },
  rows: Int32Array,
  decision: Decision,
  P: Float64Array,
  k: number,
): void {
  const labels = decide(decision, P, k);
  const all = answers(decision, P, k);
  rows.forEach((row, at) => {
    into.answers[row] = all[at];
    into.labels[row] = labels[at];
  });
}

export function probabilitiesOf(Z: Float64Array, k: number): Float64Array {
  const P = new Float64Array(Z.length);
  sharedKernels().softmax(Z, Z.length / k, k, 1, P);
  return P;
}

const decisionRows = (
  Z: Float64Array,
  { y, s }: Pick<Judge, "y" | "s">,
  rowCosts: ArrayLike<number> | null,
  k: number,
) => ({
  P: probabilitiesOf(Z, k),
  y,
  w: Float64Array.from(y, (_, i) => (s?.[i] ?? 1) * (rowCosts?.[i] ?? 1)),
  k,
});

/** What labels by a decision are meant to be good at. */
export function aimOf({ by, abstain }: Pick<Wish, "by" | "abstain">): Aim {
  if (by === "costs" || (abstain?.by === "cost" && by === "argmax")) return "cost";
  if (by === "f1") return "f1";
  if (by === "macro-f1") return "macroF1";
  if (by === "balanced-accuracy") return "balancedAccuracy";
  if (by === "recall-at-precision") return "recall";
  if (by === "precision-at-recall") return "precision";
  return by === "top" ? "topAccuracy" : "accuracy";
}

interface Measured extends Pick<JudgedRows, "k" | "rowCosts" | "shares" | "positive" | "seed"> {
  readonly judge: Pick<Judge, "y" | "s" | "group">;
  readonly Z: Float64Array;
  readonly answers: Int32Array;
  readonly labels: Int32Array;
}

function measureBy(
  wish: Pick<Wish, "by" | "abstain" | "class">,
  decision: Decision,
  { judge, positive, ...rows }: Measured,
): DecidedMetrics {
  const { abstention } = decision;
  return measureDecided({
    ...rows,
    y: judge.y,
    s: judge.s,
    group: judge.group,
    costs: decision.rule === "costs" ? decision.costs : null,
    abstainCost: abstention?.by === "cost" ? abstention.cost : null,
    aim: aimOf(wish),
    positive: wish.class >= 0 ? wish.class : positive,
    top: decision.rule === "top" ? decision.count : 1,
  });
}

/** How good the decision of a model is on rows with logits Z. */
export function measureDecision(
  decision: Decision,
  rows: Omit<Measured, "answers" | "labels">,
): DecidedMetrics {
  const P = probabilitiesOf(rows.Z, rows.k);
  const wish = wishLike(decision);
  return measureBy(wish, decision, {
    ...rows,
    answers: answers(decision, P, rows.k),
    labels: decide(decision, P, rows.k),
  });
}

/** What a stored decision was chosen for is not kept; its kind says what it is measured by. */
function wishLike(decision: Decision): Pick<Wish, "by" | "abstain" | "class"> {
  const { abstention } = decision;
  const abstain = abstention?.by === "cost" ? { by: "cost" as const, at: abstention.cost } : null;
  switch (decision.rule) {
    case "threshold":
      return { by: "f1", class: decision.class, abstain };
    case "thresholds":
      return { by: "macro-f1", class: ABSTAINED, abstain };
    default:
      return { by: decision.rule, class: ABSTAINED, abstain };
  }
}

export function decisionReport(
  wish: Wish,
  { decision, reached }: ChosenDecision,
  classes: readonly string[],
  parts: readonly Float64Array[],
  spread: readonly Spread[],
): Omit<DecisionReport, "measured"> {
  const k = classes.length;
  const rows = Array.from({ length: k }, (_, r) => r);
  return {
    by: wish.by,
    at: WITH_NUMBER.includes(wish.by) ? wish.at : null,
    class: wish.class < 0 ? null : classes[wish.class],
    abstain: wish.abstain,
    costs: wish.costs && rows.map((r) => Array.from(wish.costs!.subarray(r * k, (r + 1) * k))),
    chosen: namesOf(decision, classes).map((name, j) => ({
      ...name,
      value: chosenNumbers(decision)[j],
      parts: parts.map((numbers) => numbers[j]),
      spread: spread[j] ?? null,
    })),
    reached,
  };
}

/** Of what the chosen numbers are, in their order. */
function namesOf(
  decision: Decision,
  classes: readonly string[],
): Pick<ChosenNumber, "of" | "class">[] {
  const threshold = (label: string) => ({ of: "threshold" as const, class: label });
  const rule =
    decision.rule === "threshold"
      ? [threshold(classes[decision.class])]
      : decision.rule === "thresholds"
        ? classes.map(threshold)
        : [];
  const floor = { of: "floor" as const, class: null };
  return decision.abstention?.by === "error" ? [...rule, floor] : rule;
}
