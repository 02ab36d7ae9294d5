import { takeSteps } from "../base/breathe.ts";
import {
  checkKeys,
  checkKind,
  checkLength,
  checkNumber,
  counted,
  dataError,
} from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import { classNamed } from "../encode/labels.ts";
import { asTable } from "../encode/rows.ts";
import { checkedClasses, checkedMatrix, checkedWeights, type MatrixLike } from "../model/inputs.ts";
import type { CovarianceKind, WeightKind } from "./covariance.ts";
import type { DesignColumn } from "./design.ts";
import { estimate, type Question } from "./estimate.ts";
import type { Inference } from "./inference.ts";
import { sampleOf, type TableInferOptions } from "./table.ts";

/** What is asked of rows, however they come. */
export interface InferenceOptions {
  /** The outcome with which the others are compared. Default: the first class. */
  readonly base?: string;
  /** Of confidence intervals. Default 0.95. */
  readonly level?: number;
  /** Standard errors that hold even where the model does not (Huber 1967, White 1982). Default false. */
  readonly robust?: boolean;
  /** Average marginal effects. Default true. */
  readonly effects?: boolean;
  readonly signal?: AbortSignal;
}

export interface InferOptions extends InferenceOptions {
  /** Names of the classes, or their number. Default: one more than the largest in y, named "0", "1", …. */
  readonly classes?: readonly string[] | number;
  /** Names of the features. Default: "x0", "x1", …. */
  readonly columnNames?: readonly string[];
  /** Whole numbers: a row stands for so many equal rows. */
  readonly frequencyWeights?: ArrayLike<number>;
  /** Sampling weights, 1/probability of being drawn: standard errors are robust. */
  readonly probabilityWeights?: ArrayLike<number>;
  /** Cluster of each row, a whole number: standard errors are clustered. */
  readonly clusters?: ArrayLike<number>;
}

export interface InferTableOptions extends InferenceOptions, TableInferOptions {}

const SHARED = ["base", "level", "robust", "effects", "signal"];
const OWN = ["classes", "columnNames", "frequencyWeights", "probabilityWeights", "clusters"];
const OF_TABLES: readonly (keyof TableInferOptions)[] = [
  "target",
  "columns",
  "numeric",
  "categorical",
  "ignore",
  "missing",
  "reference",
  "frequencyWeight",
  "probabilityWeight",
  "cluster",
];

/**
 * Logistic regression for inference (docs/math.md §10): the maximum of the likelihood, without a penalty, of
 *
 *   ln(P_ic / P_i,base) = β_c0 + Σ_j β_cj X_ij,
 *
 * with standard errors, tests, intervals, and average marginal effects. X: n × d, dense and finite. y: class of each row,
 * 0…k−1. Throws TypeError and RangeError for wrong options, a SoftmaxError "data" where separation or collinearity leave a
 * coefficient without an estimate; it names the columns and classes.
 *
 *     const { coefficients } = await infer([[36], [20], [61], …], [1, 0, 1, …], { columnNames: ["age"] });
 */
export async function infer(
  X: MatrixLike,
  y: ArrayLike<number>,
  options: InferOptions = {},
): Promise<Inference> {
  checkKeys("infer", options, [...SHARED, ...OWN]);
  checkShared(options);
  return takeSteps(estimate(questionOf(X, y, options)), options.signal);
}

/**
 * `infer` for a table, or rows by column name: columns of levels enter as indicators against a reference level, numbers as they are,
 * dates as days. Rows that lack a value in any column that enters are left out and counted. What else enters is decided as in
 * training: constants and identifiers do not.
 *
 *     const { tests } = await inferTable(rows, { target: "species", reference: [["island", "Dream"]] });
 */
export async function inferTable(
  data: Table | readonly Row[],
  options: InferTableOptions,
): Promise<Inference> {
  checkKeys("inferTable", options, [...SHARED, ...OF_TABLES]);
  checkShared(options);
  checkTableOptions(options);
  const { target, classes, columns, y, weights, clusters, rows, remarks } = sampleOf(
    asTable(data),
    options,
  );
  const weightKind = weightKindOf(options.frequencyWeight, options.probabilityWeight);
  if (weightKind === "frequency") checkWhole(options.frequencyWeight!, weights!);
  return takeSteps(
    estimate({
      target,
      classes,
      columns,
      y,
      weights,
      weightKind,
      clusters,
      rows,
      remarks,
      ...asked(options, classes, weightKind, clusters !== null),
    }),
    options.signal,
  );
}

function asked(
  { base, level, robust, effects }: InferenceOptions,
  classes: readonly string[],
  weights: WeightKind,
  clustered: boolean,
): Pick<Question, "base" | "level" | "covariance" | "effects"> {
  const isRobust = robust === true || weights === "probability";
  const covariance: CovarianceKind = clustered ? "clustered" : isRobust ? "robust" : "information";
  return {
    base: base === undefined ? 0 : classNamed("base", base, classes),
    level: level ?? 0.95,
    effects: effects ?? true,
    covariance,
  };
}

function checkShared({ base, level, robust, effects }: InferenceOptions): void {
  checkKind("base", "a class", base, base === undefined || typeof base === "string");
  if (level !== undefined) checkNumber("level", level, 0.5, 0.999999);
  for (const [what, flag] of [["robust", robust] as const, ["effects", effects] as const]) {
    checkKind(what, "true or false", flag, flag === undefined || typeof flag === "boolean");
  }
}

function checkTableOptions(options: InferTableOptions): void {
  const { target } = options;
  const isNamed = typeof target === "string" || typeof target === "number";
  checkKind("target", "a column name or number", target, isNamed);
  for (const name of ["columns", "numeric", "categorical", "ignore", "missing"] as const) {
    const list: unknown = options[name];
    const fits =
      list === undefined || (Array.isArray(list) && list.every((one) => typeof one === "string"));
    checkKind(name, "a list of texts", list, fits);
  }
  for (const name of ["frequencyWeight", "probabilityWeight", "cluster"] as const) {
    const given: unknown = options[name];
    checkKind(name, "a column name", given, given === undefined || typeof given === "string");
  }
  const { reference } = options;
  checkKind(
    "reference",
    "pairs of column and level",
    reference,
    reference === undefined || Array.isArray(reference),
  );
}

function weightKindOf(frequency: unknown, probability: unknown): WeightKind {
  if (frequency !== undefined && probability !== undefined) {
    throw new TypeError("rows have frequency weights or probability weights, not both");
  }
  return frequency !== undefined ? "frequency" : probability !== undefined ? "probability" : "none";
}

function checkWhole(what: string, weights: Float64Array): void {
  const bad = weights.find((w) => !Number.isInteger(w));
  if (bad === undefined) return;
  throw dataError(
    `frequency weights "${what}" expected whole numbers, as a row stands for so many equal rows, got ${bad}; weights of a sample are probability weights`,
  );
}

function questionOf(X: MatrixLike, y: ArrayLike<number>, options: InferOptions): Question {
  const names = options.columnNames;
  const matrix = checkedMatrix(X, (j) => names?.[j] ?? `x${j}`);
  if (matrix.dense === null || matrix.codes !== null || matrix.csr !== null) {
    throw new TypeError('"X" expected dense columns alone; inferTable takes columns of levels');
  }
  const { rows: n } = matrix;
  const { width, data } = matrix.dense;
  if (names !== undefined) checkLength("columnNames", names.length, width);
  if (width === 0) throw dataError("there is no column whose coefficient could be told");
  const classes = classesOf(options.classes, y);
  const labels = checkedClasses(y, n, classes.length);
  const weightKind = weightKindOf(options.frequencyWeights, options.probabilityWeights);
  const given = options.frequencyWeights ?? options.probabilityWeights;
  const weights = given === undefined ? null : checkedWeights(`${weightKind}Weights`, given, n);
  if (weightKind === "frequency") checkWhole("frequencyWeights", weights!);
  if (options.clusters !== undefined) checkLength("clusters", options.clusters.length, n);
  const every = Int32Array.from({ length: n }, (_, i) => i);
  const kept = weights === null ? every : every.filter((i) => weights[i] > 0);
  const columns = Array.from(
    { length: width },
    (_, j): DesignColumn => ({
      name: names?.[j] ?? `x${j}`,
      kind: "numeric",
      values: Float64Array.from(kept, (i) => data[i * width + j]),
    }),
  );
  const own = kept.map((i) => labels[i]);
  return {
    target: null,
    classes,
    columns,
    y: own,
    weights: weights === null ? null : Float64Array.from(kept, (i) => weights[i]),
    weightKind,
    clusters: clustersOf(options.clusters, kept),
    rows: ledger(n, own, weights, classes),
    remarks: [],
    ...asked(options, classes, weightKind, options.clusters !== undefined),
  };
}

function classesOf(given: InferOptions["classes"], y: ArrayLike<number>): readonly string[] {
  if (Array.isArray(given)) return given as readonly string[];
  let most = 0;
  for (let i = 0; i < y.length; i++) most = Math.max(most, y[i]);
  const k = typeof given === "number" ? given : most + 1;
  checkNumber("classes", k, 2, 1000);
  return Array.from({ length: k }, (_, c) => String(c));
}

function clustersOf(given: ArrayLike<number> | undefined, kept: Int32Array): Int32Array | null {
  if (given === undefined) return null;
  return kept.map((i) => {
    const cluster = given[i];
    if (cluster === (cluster | 0)) return cluster;
    throw new RangeError(`"clusters" expected whole numbers, got ${cluster} in row ${i}`);
  });
}

function ledger(
  read: number,
  y: Int32Array,
  weights: Float64Array | null,
  classes: readonly string[],
): Question["rows"] {
  const counts = classes.map((label, c) => ({ label, rows: y.filter((own) => own === c).length }));
  const empty = counts.find(({ rows }) => rows === 0);
  if (empty !== undefined) {
    throw dataError(`class "${empty.label}" has no row (of ${counted(y.length, "row")})`);
  }
  return {
    read,
    used: y.length,
    incomplete: 0,
    unlabelled: 0,
    weightless: read - y.length,
    weight: weights === null ? y.length : weights.reduce((sum, w) => sum + w, 0),
    missing: [],
    classes: counts,
  };
}
