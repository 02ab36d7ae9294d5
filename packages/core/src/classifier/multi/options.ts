import { checkInteger, checkKeys, checkKind } from "../../base/checks.ts";
import type { DecideOptions, Way } from "../../decide/options.ts";
import { HIDDEN_KEYS } from "../hidden-options.ts";
import { checkTrainOptions, type TrainOptions } from "../options.ts";

/** How a target holds several labels a row. */
export interface MultiLabelOptions {
  /** What stands between the labels of a cell of the target, such as ";". Absent: each column of the target is a label. */
  readonly separator?: string;
  /**
   * Of columns that are labels: the value that says that a row has the label; all others say that it has not. Default: yes, true, 1
   * and their like.
   */
  readonly present?: readonly (readonly [column: string, value: string])[];
  /** Labels of cells on fewer rows are left out. Default 1. */
  readonly leastRows?: number;
}

/** Options of training that are of one target whose classes exclude each other. */
const NOT_YET = [
  "positive",
  "sets",
  "prior",
  "adjust",
  "learningCurve",
  "checkpoint",
  ...HIDDEN_KEYS,
] as const;
type NotYet = (typeof NOT_YET)[number];

export interface MultiLabelTrainOptions
  extends Omit<TrainOptions, NotYet | "target" | "multiLabel" | "decide" | "classWeights"> {
  /** The column whose cells hold labels, or a column a label: names, or numbers from 1, negative from the end. */
  readonly target: string | number | readonly (string | number)[];
  /** True: columns of yes and no. */
  readonly multiLabel: MultiLabelOptions | true;
  /** Of each label, the weight of the rows that have it. Default: all 1. */
  readonly classWeights?: TrainOptions["classWeights"];
  /** How each label's threshold is found: chosen on other rows than it is judged on. Default: a label is given above ½. */
  readonly decide?: Pick<DecideOptions, "by" | "at">;
}

/** Ways of deciding whether a row gets a label. */
export const LABEL_WAYS: readonly Way[] = [
  "argmax",
  "f1",
  "balanced-accuracy",
  "recall-at-precision",
  "precision-at-recall",
  "threshold",
];

const KEYS = ["separator", "present", "leastRows"];

export const settingsOf = ({ multiLabel }: MultiLabelTrainOptions): MultiLabelOptions =>
  multiLabel === true ? {} : multiLabel;

export const targetsOf = ({ target }: MultiLabelTrainOptions): readonly (string | number)[] =>
  typeof target === "string" || typeof target === "number" ? [target] : target;

/** Options of one target with two classes, as the heads are trained. */
export function plainOptions({
  target: _target,
  multiLabel: _multi,
  decide: _decide,
  classWeights: _weights,
  ...rest
}: MultiLabelTrainOptions): Omit<TrainOptions, "target"> {
  return rest;
}

/** Throws TypeError and RangeError for what is wrong whatever the table is. */
export function checkMultiLabelOptions(options: MultiLabelTrainOptions): void {
  for (const name of NOT_YET) refuse(name, (options as Partial<TrainOptions>)[name]);
  const { multiLabel, decide, classWeights } = options;
  const isObject = typeof multiLabel === "object" && multiLabel !== null;
  checkKind("multiLabel", "an object or true", multiLabel, multiLabel === true || isObject);
  const targets: unknown = targetsOf(options);
  const named =
    Array.isArray(targets) &&
    targets.length > 0 &&
    targets.every((one) => typeof one === "string" || typeof one === "number");
  checkKind("target", "one or more column names or numbers", options.target, named);
  checkSettings(settingsOf(options), (targets as readonly unknown[]).length);
  checkTrainOptions({
    ...plainOptions(options),
    ...(decide === undefined ? {} : { decide }),
    ...(classWeights === undefined ? {} : { classWeights }),
    target: 1,
  });
  if (decide !== undefined) checkLabelWay(decide);
}

function refuse(name: string, value: unknown): void {
  if (value === undefined) return;
  throw new TypeError(
    `"${name}" expected nothing beside "multiLabel": it is not there for several labels a row yet`,
  );
}

function checkSettings(settings: MultiLabelOptions, targets: number): void {
  checkKeys("multiLabel", settings, KEYS);
  const { separator, present, leastRows } = settings;
  if (separator !== undefined) {
    checkKind("multiLabel.separator", "a text", separator, typeof separator === "string");
    const isUsable = separator.length > 0 && separator.length <= 16;
    checkKind("multiLabel.separator", "1 to 16 characters", separator, isUsable);
    if (targets > 1) {
      throw new TypeError(
        '"multiLabel.separator" expected one target column, whose cells hold labels, got several',
      );
    }
  }
  checkPresent(present, separator);
  if (leastRows === undefined) return;
  checkInteger("leastRows", leastRows, 1, Number.MAX_SAFE_INTEGER);
  if (separator === undefined) {
    throw new TypeError('"leastRows" expected labels in cells, not in columns of their own');
  }
}

function checkPresent(present: unknown, separator: string | undefined): void {
  if (present === undefined) return;
  const fits =
    Array.isArray(present) &&
    present.every(
      (pair: unknown) =>
        Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string"),
    );
  checkKind("present", "pairs of column and value", present, fits);
  if (separator === undefined) return;
  throw new TypeError('"present" expected labels in columns of their own, not in cells');
}

/** Throws where a way of deciding is not one for a label by itself. */
export function checkLabelWay(decide: DecideOptions): void {
  for (const name of ["class", "costs", "costColumn", "abstain"] as const) {
    refuse(`decide.${name}`, decide[name]);
  }
  const { by } = decide;
  if (by === undefined || LABEL_WAYS.includes(by)) return;
  const hint = by === "macro-f1" ? "; f1 of each label is what makes macro-F1 large" : "";
  throw new RangeError(
    `"decide.by" expected one of ${LABEL_WAYS.join(", ")} beside "multiLabel", got "${by}"${hint}`,
  );
}
