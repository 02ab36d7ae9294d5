import { damagedFile } from "../base/checks.ts";
import type { Abstention, Decision, Rule } from "./decision.ts";
import { ABOVE_ALL, SET_METHODS, type SetMethod, type SetScore, type SplitSets } from "./sets.ts";

/** The decision that a model file holds for k classes. Throws a SoftmaxError ("model") for anything else. */
export function checkDecision(value: unknown, k: number): Decision {
  const { abstention, ...rule } = (value ?? {}) as { readonly abstention?: unknown };
  const checked = checkRule(rule, k);
  return abstention === undefined
    ? checked
    : { ...checked, abstention: checkAbstention(abstention) };
}

function checkRule(value: Partial<Record<string, unknown>>, k: number): Rule {
  const { rule } = value;
  if (rule === "argmax") return { rule };
  if (rule === "threshold" && isInteger(value.class, 0, k - 1) && isShare(value.threshold)) {
    return { rule, class: value.class, threshold: value.threshold };
  }
  if (rule === "thresholds" && isNumbers(value.thresholds, k)) {
    if (value.thresholds.every((t) => t > 0)) return { rule, thresholds: value.thresholds };
  }
  if (rule === "costs" && isNumbers(value.costs, k * k)) return { rule, costs: value.costs };
  if (rule === "top" && isInteger(value.count, 1, k)) return { rule, count: value.count };
  throw damagedFile("its decision is none that this version knows");
}

function checkAbstention(value: unknown): Abstention {
  const { by, cost, floor, target } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (by === "cost" && isNumber(cost)) return { by, cost };
  if (by === "confidence" && isShare(floor)) return { by, floor };
  if (by === "error" && isShare(floor) && isShare(target)) return { by, target, floor };
  throw damagedFile("it abstains in no way that this version knows");
}

const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);

const isShare = (value: unknown): value is number => isNumber(value) && value >= 0 && value <= 1;

const isInteger = (value: unknown, low: number, high: number): value is number =>
  Number.isInteger(value) && (value as number) >= low && (value as number) <= high;

const isNumbers = (value: unknown, length: number): value is Float64Array =>
  value instanceof Float64Array && value.length === length && value.every(Number.isFinite);

/** How a model file scores the labels of sets. Throws a SoftmaxError ("model") for anything else. */
export function checkSetScore(value: unknown): SetScore {
  const { method, penalty, rank } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (method === "raps" && isNumber(penalty) && penalty >= 0 && isInteger(rank, 1, 1e6)) {
    return { method, penalty, rank };
  }
  if (method !== "raps" && SET_METHODS.includes(method as SetMethod)) {
    return { method: method as SetMethod };
  }
  throw damagedFile("its sets are scored in no way that this version knows");
}

/** The sets of a model file for k classes. Throws a SoftmaxError ("model") for anything else. */
export function checkSplitSets(value: unknown, k: number): SplitSets {
  const { coverage, quantiles, rows } = (value ?? {}) as Partial<Record<string, unknown>>;
  const fits =
    quantiles instanceof Float64Array &&
    (quantiles.length === 1 || quantiles.length === k) &&
    !quantiles.some(Number.isNaN);
  if (fits && isShare(coverage) && isInteger(rows, 0, Number.MAX_SAFE_INTEGER)) {
    // Files of old hold +∞.
    const finite = quantiles.map((quantile) => Math.min(quantile, ABOVE_ALL));
    return { ...checkSetScore(value), coverage, quantiles: finite, rows };
  }
  throw damagedFile("its sets are not as they should be");
}
