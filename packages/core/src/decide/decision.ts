import { checkLength } from "../base/checks.ts";
import { argmax } from "../softmax/choose.ts";

/** How a class is decided on from the k probabilities P_c of a row (docs/math.md §11). Plain data. */
export type Rule =
  /** The most probable class, the first of equals. */
  | { readonly rule: "argmax" }
  /** One class where its probability is at least the threshold, else the most probable of the others. */
  | { readonly rule: "threshold"; readonly class: number; readonly threshold: number }
  /** The class with the largest P_c / thresholds_c, the first of equals. */
  | { readonly rule: "thresholds"; readonly thresholds: Float64Array }
  /** The class of least expected cost Σ_r P_r costs_rc, the first of equals; k×k, row r the true class. */
  | { readonly rule: "costs"; readonly costs: Float64Array }
  /** The `count` most probable classes, the first of equals first; the label is the first of them. */
  | { readonly rule: "top"; readonly count: number };

/** When a row is left to a person instead. Costs are those of the rule, else 1 for a wrong class. */
export type Abstention =
  /** Where the expected cost of the class decided on is above the cost of asking (Chow 1970). */
  | { readonly by: "cost"; readonly cost: number }
  /** Where the probability of the class decided on is below the floor. */
  | { readonly by: "confidence"; readonly floor: number }
  /** The same with a floor chosen so that the share of errors among those decided is at most `target`. */
  | { readonly by: "error"; readonly target: number; readonly floor: number };

/** A rule, and when it is not followed. */
export type Decision = Rule & { readonly abstention?: Abstention };

export const ARGMAX: Decision = { rule: "argmax" };

/** The class of a row that is left to a person. */
export const ABSTAINED = -1;

/**
 * The class decided on for each row of n×k probabilities, −1 where the row is left to a person. Argmax without abstention takes
 * logits too: it is the same for both. Throws a RangeError where P is not n×k, or the decision is of another number of classes.
 */
export function decide(decision: Decision, P: Float64Array, k: number): Int32Array {
  const labels = answers(decision, P, k);
  const { abstention } = decision;
  if (abstention === undefined) return labels;
  const costs = decision.rule === "costs" ? decision.costs : null;
  return labels.map((c, i) => (abstains(abstention, costs, P, i * k, k, c) ? ABSTAINED : c));
}

/** The class that each row would get, were none left to a person. */
export function answers(decision: Rule, P: Float64Array, k: number): Int32Array {
  switch (decision.rule) {
    case "argmax":
    case "top":
      return argmax(P, { columns: k });
    case "threshold":
      return eachRow(P, k, (start) =>
        P[start + decision.class] >= decision.threshold
          ? decision.class
          : bestBy(k, (c) => (c === decision.class ? Number.NEGATIVE_INFINITY : P[start + c])),
      );
    case "thresholds": {
      const { thresholds } = decision;
      checkLength("thresholds", thresholds.length, k);
      return eachRow(P, k, (start) => bestBy(k, (c) => P[start + c] / thresholds[c]));
    }
    case "costs": {
      const { costs } = decision;
      checkLength("costs", costs.length, k * k);
      return eachRow(P, k, (start) => bestBy(k, (c) => -expectedCost(costs, P, start, k, c)));
    }
  }
}

/** Σ_r P_r costs_rc for the row of P at `start`; without costs 1 − P_c. */
export function expectedCost(
  costs: Float64Array | null,
  P: Float64Array,
  start: number,
  k: number,
  c: number,
): number {
  if (costs === null) return 1 - P[start + c];
  let sum = 0;
  for (let r = 0; r < k; r++) sum += P[start + r] * costs[r * k + c];
  return sum;
}

function abstains(
  abstention: Abstention,
  costs: Float64Array | null,
  P: Float64Array,
  start: number,
  k: number,
  c: number,
): boolean {
  if (abstention.by === "cost") return expectedCost(costs, P, start, k, c) > abstention.cost;
  return P[start + c] < abstention.floor;
}

function eachRow(P: Float64Array, k: number, of: (start: number) => number): Int32Array {
  const n = Math.floor(P.length / k);
  checkLength("P", P.length, n * k);
  const labels = new Int32Array(n);
  for (let i = 0; i < n; i++) labels[i] = of(i * k);
  return labels;
}

/** The position of the largest value, the first of equals. */
function bestBy(k: number, value: (c: number) => number): number {
  let best = 0;
  let most = value(0);
  for (let c = 1; c < k; c++) {
    const next = value(c);
    if (next > most) [best, most] = [c, next];
  }
  return best;
}
