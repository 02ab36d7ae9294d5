import { checkInteger, checkKeys, checkKind, checkNumber, unknownName } from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import { CALIBRATION_METHODS, type CalibrationChoice } from "../calibrate/kinds.ts";
import { checkDecideOptions, type DecideOptions } from "../decide/options.ts";
import { checkImageChoice, type ImageChoice } from "../encode/image/options.ts";
import { checkTextChoice, type TextChoice } from "../encode/text/shapes.ts";
import {
  checkedOptimizer,
  checkNoOptimizer,
  OPTIMIZER_KEYS,
  type OptimizerOptions,
} from "../model/method.ts";
import { checkStorage, type RowStorage } from "../model/row-storage.ts";
import { checkHidden, HIDDEN_KEYS, type HiddenOptions, linearMethod } from "./hidden-options.ts";
import { checkJournal, type Journal } from "./journal.ts";
import {
  checkFocalAlone,
  checkImbalance,
  IMBALANCE_KEYS,
  type ImbalanceOptions,
} from "./prior-options.ts";
import { checkSetOptions, type SetOptions } from "./set-options.ts";

export interface Progress {
  /** Share of the work done, 0…1; it may jump where the penalty path ends early. */
  readonly fraction: number;
  readonly doing: string;
}

export interface TrainOptions extends OptimizerOptions, ImbalanceOptions, HiddenOptions {
  /** The column to predict: its name, or its number from 1, negative from the end. */
  readonly target: string | number;
  /** Columns to read as numbers, whatever they look like. */
  readonly numeric?: readonly string[];
  /** Columns to read as categories, whatever they look like. */
  readonly categorical?: readonly string[];
  /** Columns to read as texts, by their words and characters, whatever they look like. */
  readonly text?: readonly string[];
  /** How to take texts. What is not said is chosen by out-of-fold loss. */
  readonly texts?: TextChoice;
  /** How to take images. What is not said is chosen by out-of-fold loss, or has a default. */
  readonly images?: ImageChoice;
  /** Columns to leave out. */
  readonly ignore?: readonly string[];
  /** Texts that mean missing. Default: empty, NA, N/A, NaN, ?, null, None and their like. */
  readonly missing?: readonly string[];
  /** Numeric columns enter as straight lines only. Default false: curves where they lower the out-of-fold loss. */
  readonly linear?: boolean;
  /** Weight of each class in training; probabilities are brought back to the classes' shares. Default: all 1. */
  readonly classWeights?: "balanced" | readonly (readonly [label: string, weight: number])[];
  /** A column of row weights, at least 0. */
  readonly weight?: string;
  /** A column of groups, which are judged together. */
  readonly group?: string;
  /** A column of numbers or dates: the latest fifth of the rows is judged. */
  readonly time?: string;
  /** The class that two-class metrics are about. Default: the rarer. */
  readonly positive?: string;
  /** A table to test on besides. */
  readonly test?: Table | readonly Row[];
  /** The share a of the penalty λ that is L1 (0 to 1): λ1 = a λ leaves out columns, λ2 = (1 − a) λ. Default 0. */
  readonly l1Ratio?: number;
  /** One penalty λ instead of the path. */
  readonly l2?: number;
  /** Parts of the cross-validation. Default 5. */
  readonly folds?: number;
  /** Default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** "reference": the slow scalar kernels. Default: the fastest there are. */
  readonly kernels?: "auto" | "reference";
  /** False: the arithmetic runs in the caller's thread. Default true, where there are workers. */
  readonly worker?: boolean;
  /** Threads that do the arithmetic. Default: those available. The model is the same to the byte. */
  readonly threads?: number;
  /** Rows that the source could not read, for the ledger. */
  readonly rejected?: number;
  /** A hash of the data, for the model's provenance. */
  readonly dataHash?: string;
  /**
   * How logits become probabilities (docs/math.md §5): "temperature" (the default, and only where it clearly helps), "none",
   * "vector", "beta", "dirichlet", "histogram", "isotonic", or "auto": the simplest within one paired standard error of the best.
   */
  readonly calibration?: CalibrationChoice;
  /** Whether more rows would help, in the report: takes about four times as long. Default false. */
  readonly learningCurve?: boolean;
  /** How probabilities become a label. Default: the most probable class. */
  readonly decide?: DecideOptions;
  /** Sets of labels with a coverage, from rows that are set aside. Default: none. */
  readonly sets?: SetOptions;
  /** For rows that may have several labels: see MultiLabelTrainOptions. */
  readonly multiLabel?: never;
  /** Coefficients with standard errors and tests in the report, of a fit of its own without a penalty. Default false. */
  readonly infer?: boolean;
  /** Where the training keeps what it has done, so that another process can go on with it to the same bytes. Default: nowhere. */
  readonly checkpoint?: Journal;
  /** Where the rows of encodings that do not fit in memory go. Default: nowhere. */
  readonly storage?: RowStorage;
}

/** Options that change numbers, in the order in which a model file names them. */
export const NUMBER_OPTIONS = [
  "target",
  "numeric",
  "categorical",
  "text",
  "texts",
  "images",
  "ignore",
  "missing",
  "linear",
  "classWeights",
  "weight",
  "group",
  "time",
  "l1Ratio",
  "l2",
  "folds",
  ...OPTIMIZER_KEYS,
  "calibration",
  "decide",
  "sets",
  ...IMBALANCE_KEYS,
  ...HIDDEN_KEYS,
] as const satisfies readonly (keyof TrainOptions)[];

const KNOWN: readonly (keyof TrainOptions)[] = [
  ...NUMBER_OPTIONS,
  "positive",
  "test",
  "seed",
  "signal",
  "onProgress",
  "kernels",
  "worker",
  "threads",
  "rejected",
  "dataHash",
  "learningCurve",
  "infer",
  "checkpoint",
  "storage",
];

const isText = (value: unknown): boolean => typeof value === "string";
const isNumber = (value: unknown): boolean => typeof value === "number";
const isPairs = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && isText(pair[0]) && isNumber(pair[1]));

export function checkTrainOptions(options: TrainOptions): void {
  checkKeys("train", options, KNOWN);
  const { target, classWeights, kernels } = options;
  if (target === undefined) {
    throw new TypeError('"target" expected the column to predict, got nothing');
  }
  checkKind("target", "a column name or number", target, isText(target) || isNumber(target));
  for (const name of ["numeric", "categorical", "text", "ignore", "missing"] as const) {
    const list: unknown = options[name];
    const fits = list === undefined || (Array.isArray(list) && list.every(isText));
    checkKind(name, "a list of texts", list, fits);
  }
  for (const name of ["weight", "group", "time", "positive"] as const) {
    checkKind(name, "a text", options[name], options[name] === undefined || isText(options[name]));
  }
  const known = classWeights === undefined || classWeights === "balanced" || isPairs(classWeights);
  checkKind("classWeights", '"balanced" or pairs of label and weight', classWeights, known);
  const among = kernels === undefined || kernels === "auto" || kernels === "reference";
  checkKind("kernels", '"auto" or "reference"', kernels, among);
  checkCalibration(options.calibration);
  for (const name of ["learningCurve", "infer"] as const) {
    const flag: unknown = options[name];
    checkKind(name, "true or false", flag, flag === undefined || typeof flag === "boolean");
  }
  checkJournal(options.checkpoint);
  checkStorage(options.storage);
  checkHidden(options);
  checkedOptimizer(linearMethod(options));
  checkImbalance(options);
  checkFocalAlone(options);
  if (options.texts !== undefined) checkTextChoice(options.texts);
  if (options.images !== undefined) checkImageChoice(options.images);
  if (options.texts?.embeddings !== undefined) checkNoPenalty(options);
  if (options.l2 !== undefined) checkNumber("l2", options.l2, Number.MIN_VALUE, 1e12);
  if (options.threads !== undefined) checkInteger("threads", options.threads, 1, 1024);
  if (options.l1Ratio !== undefined) checkNumber("l1Ratio", options.l1Ratio, 0, 1);
  if ((options.l1Ratio ?? 0) > 0) {
    checkNoOptimizer("l1Ratio", options);
    if (options.texts?.weights === "bayes") {
      throw new TypeError(
        '"l1Ratio" and "texts.weights" cannot be used together where they are "bayes": its factors are of an L2 penalty',
      );
    }
  }
  if (options.folds !== undefined) checkInteger("folds", options.folds, 2, 1000);
  if (options.seed !== undefined) checkInteger("seed", options.seed, 0, Number.MAX_SAFE_INTEGER);
  if (options.decide !== undefined) checkDecideOptions(options.decide);
  if (options.sets !== undefined) checkSetOptions(options.sets, options);
  if (options.time !== undefined && options.group !== undefined) {
    throw new TypeError(
      '"time" and "group" cannot be used together: the latest rows judge, or whole groups',
    );
  }
}

/** Throws unless it is undefined, "auto" or a method. `what`: the option's name. */
export function checkCalibration(choice: unknown, what = "calibration"): void {
  const known: readonly string[] = ["auto", ...CALIBRATION_METHODS];
  if (choice === undefined) return;
  const names = known.map((name) => `"${name}"`);
  const expected = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  checkKind(what, expected, choice, typeof choice === "string");
  if (known.includes(choice as string)) return;
  throw new RangeError(unknownName(what, expected, choice as string, known));
}

/** Embeddings are fitted in their own way: their number of epochs is what regularises. */
function checkNoPenalty(options: TrainOptions): void {
  for (const name of ["l2", "l1Ratio", ...OPTIMIZER_KEYS] as const) {
    if (options[name] === undefined) continue;
    const instead = name === "epochs" ? '; set "texts.epochs"' : "";
    throw new TypeError(
      `"${name}" expected nothing beside "texts.embeddings", got ${String(options[name])}${instead}`,
    );
  }
}
