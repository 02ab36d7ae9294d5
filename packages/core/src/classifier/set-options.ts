import { checkKeys, checkKind, checkNumber } from "../base/checks.ts";
import { SET_METHODS, type SetMethod } from "../decide/sets.ts";
import type { SetMetrics } from "../measure/sets.ts";

/** Sets of labels that hold the true one with a stated probability (docs/math.md §11.6). */
export interface SetOptions {
  /** The share of rows whose label is to be in their set, between 0 and 1. */
  readonly coverage: number;
  /**
   * "lac": the smallest sets on average. "aps": larger ones where a row is doubtful, smaller where it is clear. "raps": "aps" without
   * long tails, for many classes. Default "aps".
   */
  readonly method?: SetMethod;
  /** Whether each class is to have the coverage, not only all rows together. Default false. */
  readonly perClass?: boolean;
  /** The share of rows with a label that is set aside, of which no more than 5,000 are. Default 0.2. */
  readonly aside?: number;
  /** Sets no rows aside, but keeps the models of five folds (CV+): five times the training, six times the file. Default false. */
  readonly cvPlus?: boolean;
}

/** What sets rest on and how they fared. Plain data, ready for JSON. */
export interface SetsReport {
  readonly method: SetMethod;
  /** The share of rows whose label is to be in their set. */
  readonly coverage: number;
  /** "split": rows were set aside; "cv+": the models of folds stand behind the sets. */
  readonly from: "split" | "cv+";
  /** What is guaranteed of new rows drawn like these, whatever the model is worth: 1 − α, of "cv+" less. */
  readonly guaranteed: number;
  readonly perClass: boolean;
  /** Rows that were set aside; of "cv+" all rows with a label. */
  readonly rows: number;
  /** The largest score let in, by class or for all; null where every label is let in, and for "cv+". */
  readonly quantiles: readonly (number | null)[] | null;
  /** Of "raps". */
  readonly penalty?: number;
  readonly rank?: number;
  /** On the rows set aside, each part with the quantiles of the others; null for "cv+", which no row is left to measure. */
  readonly measured: SetMetrics | null;
}

const KEYS = ["coverage", "method", "perClass", "aside", "cvPlus"];

/** Throws TypeError and RangeError for wrong options, and for others that cannot stand beside them. */
export function checkSetOptions(
  sets: SetOptions,
  others: { readonly [name in "weight" | "group" | "time"]?: string },
): void {
  checkKind("sets", "an object", sets, typeof sets === "object" && sets !== null);
  checkKeys("sets", sets, KEYS);
  const { coverage, method, perClass, aside, cvPlus } = sets;
  checkNumber("sets.coverage", coverage, 0.01, 0.9999);
  const known = method === undefined || SET_METHODS.includes(method);
  checkKind("sets.method", `one of ${SET_METHODS.join(", ")}`, method, known);
  for (const [name, value] of [
    ["perClass", perClass],
    ["cvPlus", cvPlus],
  ] as const) {
    checkKind(
      `sets.${name}`,
      "true or false",
      value,
      value === undefined || typeof value === "boolean",
    );
  }
  if (aside !== undefined) checkNumber("sets.aside", aside, 0.001, 0.9);
  if (cvPlus === true) checkCrossSets(sets);
  for (const name of ["weight", "group", "time"] as const) {
    if (others[name] === undefined) continue;
    throw new TypeError(
      `"sets" and "${name}" cannot be used together: the coverage holds for rows drawn alike and independently`,
    );
  }
}

function checkCrossSets({ method, perClass, aside }: SetOptions): void {
  if (aside !== undefined) {
    throw new TypeError(
      '"sets.aside" and "sets.cvPlus" cannot be used together: nothing is set aside',
    );
  }
  if (perClass === true) {
    throw new TypeError('"sets.perClass" and "sets.cvPlus" cannot be used together');
  }
  if (method === "raps") {
    throw new TypeError(
      '"sets.method" expected "lac" or "aps" with "sets.cvPlus", got "raps": its penalty needs rows of its own',
    );
  }
}
