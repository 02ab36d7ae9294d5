import {
  checkInteger,
  checkKeys,
  checkKind,
  checkNumber,
  dataError,
  nearestName,
  unknownClass,
} from "../base/checks.ts";

/** The ways of deciding, as options name them. */
export const WAYS = [
  "argmax",
  "costs",
  "f1",
  "macro-f1",
  "balanced-accuracy",
  "recall-at-precision",
  "precision-at-recall",
  "threshold",
  "top",
] as const;
export type Way = (typeof WAYS)[number];

/** How probabilities are to become a label (docs/math.md §11). */
export interface DecideOptions {
  /**
   * "argmax": the most probable class. "costs": the class of least expected cost. "f1", "macro-f1", "balanced-accuracy": thresholds
   * that are best at it. "recall-at-precision": the threshold of most recall at a precision of at least `at`;
   * "precision-at-recall" the other way round. "threshold": the class of interest where its probability is at
   * least `at`. "top": the `at` most probable classes. Default: "costs" where costs are given, else "argmax".
   */
  readonly by?: Way;
  readonly at?: number;
  /** The class that "f1", "recall-at-precision", "precision-at-recall" and "threshold" are about. Default: that of two-class metrics. */
  readonly class?: string;
  /** What it costs to decide `predicted` where the truth is `label`. Default: 1 for a wrong class, 0 for the right one. */
  readonly costs?: readonly (readonly [label: string, predicted: string, cost: number])[];
  /** A column of numbers, at least 0, by which the cost of each row's error is multiplied in choosing and measuring. */
  readonly costColumn?: string;
  /** When a row is left to a person: where deciding costs more than this, below this confidence, or so that errors stay below this share. */
  readonly abstain?:
    | { readonly cost: number }
    | { readonly confidence: number }
    | { readonly error: number };
}

/** Options in terms of class numbers. */
export interface Wish {
  readonly by: Way;
  /** 0 where the way takes no number. */
  readonly at: number;
  /** Of interest; −1 where none is. */
  readonly class: number;
  /** k×k, row r the true class; null where none were given. */
  readonly costs: Float64Array | null;
  readonly abstain: AbstainWish | null;
}

export interface AbstainWish {
  readonly by: "cost" | "confidence" | "error";
  readonly at: number;
}

const KEYS = ["by", "at", "class", "costs", "costColumn", "abstain"];
/** Ways that take a number. */
export const WITH_NUMBER: readonly Way[] = [
  "recall-at-precision",
  "precision-at-recall",
  "threshold",
  "top",
];
const OF_A_CLASS: readonly Way[] = [
  "f1",
  "recall-at-precision",
  "precision-at-recall",
  "threshold",
];

/** Throws TypeError and RangeError for what is wrong whatever the classes are. */
export function checkDecideOptions(options: DecideOptions): void {
  checkKind("decide", "an object", options, typeof options === "object" && options !== null);
  checkKeys("decide", options, KEYS);
  const { by, at, class: label, costs, costColumn, abstain } = options;
  if (by !== undefined) checkWay(by);
  checkAt(by, at);
  for (const [name, value] of [
    ["class", label],
    ["costColumn", costColumn],
  ] as const) {
    checkKind(`decide.${name}`, "a text", value, value === undefined || typeof value === "string");
  }
  checkClass(by, label);
  if (costs !== undefined) checkCosts(by, costs);
  else if (by === "costs") throw new TypeError('"decide.costs" expected the costs, got nothing');
  if (abstain !== undefined) checkAbstain(abstain);
}

function checkWay(by: unknown): void {
  if (WAYS.includes(by as Way)) return;
  checkKind("decide.by", "a text", by, typeof by === "string");
  const near = nearestName(by as string, WAYS);
  throw new RangeError(
    `"decide.by" expected one of ${WAYS.join(", ")}, got "${String(by)}"${near === null ? "" : `; did you mean "${near}"?`}`,
  );
}

function checkAt(by: Way | undefined, at: number | undefined): void {
  if (at === undefined && by !== undefined && WITH_NUMBER.includes(by)) {
    throw new TypeError(`"decide.at" expected a number with "${by}", got nothing`);
  }
  switch (by) {
    case "top":
      checkInteger("decide.at", at, 1, 1e6);
      return;
    case "recall-at-precision":
    case "precision-at-recall":
    case "threshold":
      checkNumber("decide.at", at, 0, 1);
      return;
    default:
      if (at === undefined) return;
      throw new TypeError(`"decide.at" expected nothing with "${by ?? "argmax"}", got ${at}`);
  }
}

function checkClass(by: Way | undefined, label: string | undefined): void {
  if (label === undefined || (by !== undefined && OF_A_CLASS.includes(by))) return;
  throw new TypeError(
    `"decide.class" expected nothing with "${by ?? "argmax"}", got "${label}": it is for ${OF_A_CLASS.join(", ")}`,
  );
}

function checkCosts(by: Way | undefined, costs: unknown): void {
  if (by !== undefined && by !== "costs") {
    throw new TypeError(
      `"decide.costs" and "decide.by" cannot be used together where it is "${by}"`,
    );
  }
  const fits =
    Array.isArray(costs) &&
    costs.length > 0 &&
    costs.every(
      (entry) =>
        Array.isArray(entry) &&
        typeof entry[0] === "string" &&
        typeof entry[1] === "string" &&
        typeof entry[2] === "number",
    );
  checkKind("decide.costs", "a list of label, predicted label and cost", costs, fits);
  for (const [label, predicted, cost] of costs as NonNullable<DecideOptions["costs"]>) {
    checkNumber(`cost of ${label}:${predicted}`, cost, -1e100, 1e100);
  }
}

function checkAbstain(abstain: object): void {
  const given = Object.entries(abstain);
  checkKind("decide.abstain", "cost, confidence or error", abstain, given.length === 1);
  checkKeys("decide.abstain", abstain, ["cost", "confidence", "error"]);
  const [[name, value]] = given;
  checkNumber(
    `decide.abstain.${name}`,
    value,
    name === "cost" ? -1e100 : 0,
    name === "cost" ? 1e100 : 1,
  );
}

/**
 * The options in terms of the classes; `positive` is the class of two-class metrics, −1 for none. Throws a SoftmaxError
 * ("data") where they name a class that is not there, or none where one is wanted.
 */
export function wishOf(options: DecideOptions, classes: readonly string[], positive: number): Wish {
  const { costs, abstain } = options;
  const by = options.by ?? (costs === undefined ? "argmax" : "costs");
  if (by === "top" && (options.at as number) > classes.length) {
    throw dataError(
      `"decide.at" expected at most the ${classes.length} classes, got ${options.at}`,
    );
  }
  return {
    by,
    at: options.at ?? 0,
    class: OF_A_CLASS.includes(by) ? classOf(options, classes, positive) : -1,
    costs: costs === undefined ? null : costMatrix(costs, classes),
    abstain: abstain === undefined ? null : abstainWish(abstain),
  };
}

function classOf(
  { by, class: label }: DecideOptions,
  classes: readonly string[],
  positive: number,
): number {
  if (label !== undefined) return classNumber("decide.class", label, classes);
  if (positive >= 0) return positive;
  throw dataError(
    `"decide.class" expected the class that "${by}" is about, got nothing, and the target holds ${classes.length} classes`,
  );
}

function classNumber(what: string, label: string, classes: readonly string[]): number {
  const at = classes.indexOf(label);
  if (at < 0) throw unknownClass(what, label, classes);
  return at;
}

/** k×k, row r the true class: 0 on the diagonal and 1 elsewhere, but for what is given. */
function costMatrix(
  costs: NonNullable<DecideOptions["costs"]>,
  classes: readonly string[],
): Float64Array {
  const k = classes.length;
  const matrix = Float64Array.from({ length: k * k }, (_, at) => (at % (k + 1) === 0 ? 0 : 1));
  const given = new Set<number>();
  for (const [label, predicted, cost] of costs) {
    const at =
      k * classNumber("decide.costs", label, classes) +
      classNumber("decide.costs", predicted, classes);
    if (given.has(at))
      throw dataError(
        `"decide.costs" says twice what "${predicted}" costs where "${label}" is true`,
      );
    given.add(at);
    matrix[at] = cost;
  }
  return matrix;
}

function abstainWish(abstain: NonNullable<DecideOptions["abstain"]>): AbstainWish {
  if ("cost" in abstain) return { by: "cost", at: abstain.cost };
  if ("confidence" in abstain) return { by: "confidence", at: abstain.confidence };
  return { by: "error", at: abstain.error };
}
