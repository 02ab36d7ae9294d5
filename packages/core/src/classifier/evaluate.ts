import { checkKeys, dataError } from "../base/checks.ts";
import { pickTable, type Row, type Table } from "../base/table.ts";
import { checkColumns } from "../encode/columns.ts";
import { checkedLabelsOf, classNamed } from "../encode/labels.ts";
import { groupsOf, weightsOf } from "../encode/roles.ts";
import { asTable } from "../encode/rows.ts";
import type { Classifier } from "./classifier.ts";
import { measureDecision } from "./decide.ts";
import {
  atBothPriors,
  evaluationAt,
  evaluationOf,
  type RowsToJudge,
  rowsAtPrior,
} from "./judge.ts";
import { MultiLabelClassifier } from "./multi/classifier.ts";
import { evaluateMultiLabel, type MultiLabelEvaluateOptions } from "./multi/evaluate.ts";
import type { MultiLabelEvaluation } from "./multi/report.ts";
import { priorOfModel, withPrior } from "./prior.ts";
import type { PriorOption } from "./prior-options.ts";
import type { Evaluation } from "./report.ts";
import { measureOn } from "./sets.ts";

export interface EvaluateOptions {
  /** The class that two-class metrics are about. Default: as in training. */
  readonly positive?: string;
  /** A column of row weights, at least 0. Default: every row counts the same. */
  readonly weight?: string;
  /** A column of groups, which the intervals draw together. */
  readonly group?: string;
  /** Of the bootstrap. Default 1. */
  readonly seed?: number;
  /** What to call the rows in the result. */
  readonly method?: string;
  /** A column of factors of each row's cost, where the model's decision is measured by costs. Default: 1. */
  readonly costColumn?: string;
  /** Probabilities for this prior instead of the classifier's own. */
  readonly prior?: PriorOption;
}

/**
 * How good a classifier is on rows with labels; rows without one are left out. The baseline predicts the training shares, or
 * the prior that the classifier is for.
 * Throws a SoftmaxError "data" where columns are missing or hold nothing of their kind, or labels occur that training never
 * saw.
 *
 * Of a classifier of several labels a row: labels that training never saw are counted and left out of account.
 *
 * `metrics` are of the rows as they are. Where the classifier is for a stated prior, `atPrior` besides of the rows reweighted
 * so that the classes have its shares.
 */
export function evaluate(
  given: MultiLabelClassifier,
  data: Table | readonly Row[],
  options?: MultiLabelEvaluateOptions,
): MultiLabelEvaluation;
export function evaluate(
  given: Classifier,
  data: Table | readonly Row[],
  options?: EvaluateOptions,
): Evaluation;
export function evaluate(
  given: Classifier | MultiLabelClassifier,
  data: Table | readonly Row[],
  options: EvaluateOptions = {},
): Evaluation | MultiLabelEvaluation {
  if (given instanceof MultiLabelClassifier) return evaluateMultiLabel(given, data, options);
  checkKeys("evaluate", options, [
    "positive",
    "weight",
    "group",
    "seed",
    "method",
    "costColumn",
    "prior",
  ]);
  const classifier = options.prior === undefined ? given : withPrior(given, options.prior);
  const { model, classes } = classifier;
  const { table, judged, rowCosts } = labelledRows(classifier, data, options);
  const evaluation = {
    ...evaluationOf(judged),
    ...decidedMetrics(classifier, table, judged, rowCosts),
  };
  if (model.priorShifts === undefined) return evaluation;
  return { ...evaluation, atPrior: evaluationAt(priorOfModel(model), classes, null, judged) };
}

/**
 * As a report says it: `metrics` at the prior of the training, `atPrior` at the one that the classifier is for, and what is
 * decided there too.
 */
export function evaluateForReport(
  classifier: Classifier,
  data: Table | readonly Row[],
  options: EvaluateOptions,
): Evaluation {
  const { model } = classifier;
  const { table, judged, rowCosts } = labelledRows(withPrior(classifier, null), data, options);
  return {
    ...atBothPriors(model, judged),
    ...decidedMetrics(classifier, table, rowsAtPrior(model, judged), rowCosts),
  };
}

/** How the model's decision does on rows, by their logits, and how its sets do. */
function decidedMetrics(
  classifier: Classifier,
  table: Table,
  { Z, y, s, group, shares, positive, seed }: RowsToJudge,
  rowCosts: Float64Array | null,
): Pick<Evaluation, "decision" | "sets"> {
  const { decision, sets } = classifier.model;
  const k = shares.length;
  const judge = { y, s, group };
  return {
    ...(decision === undefined
      ? {}
      : {
          decision: measureDecision(decision, { judge, Z, k, rowCosts, shares, positive, seed }),
        }),
    ...(sets === undefined ? {} : { sets: measureOn(classifier, table, judge, seed) }),
  };
}

/** The rows that have a label, with their calibrated logits. */
function labelledRows(
  classifier: Classifier,
  data: Table | readonly Row[],
  options: EvaluateOptions,
): {
  readonly table: Table;
  readonly judged: RowsToJudge;
  readonly rowCosts: Float64Array | null;
} {
  const { model } = classifier;
  const { schema, positive } = model;
  const table = asTable(data);
  checkColumns(table, schema);
  const labels = checkedLabelsOf(table, schema);
  const k = schema.classes.length;
  const all = classifier.logitMatrix(table);
  const rows = Int32Array.from(labels.y.keys()).filter((i) => labels.y[i] >= 0);
  if (rows.length === 0) throw dataError(`no row has a label in column "${schema.target}"`);
  const Z = new Float64Array(rows.length * k);
  rows.forEach((row, at) => {
    Z.set(all.subarray(row * k, (row + 1) * k), at * k);
  });
  const asked =
    options.positive === undefined
      ? positive
      : classNamed("positive", options.positive, schema.classes);
  const judged = {
    method: options.method ?? "rows given",
    Z,
    y: rows.map((i) => labels.y[i]),
    s: weightsOf(table, schema, options.weight, rows),
    group: groupsOf(table, schema, options.group, rows),
    shares: model.priorShifts === undefined ? model.shares : priorOfModel(model),
    seed: options.seed ?? 1,
    positive: asked,
  };
  return {
    table: pickTable(table, rows),
    judged,
    rowCosts: weightsOf(table, schema, options.costColumn, rows, "costColumn"),
  };
}
