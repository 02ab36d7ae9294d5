import { checkKeys, dataError } from "../../base/checks.ts";
import { pickTable, type Row, type Table, type TableColumn } from "../../base/table.ts";
import { checkColumns } from "../../encode/columns.ts";
import { type LabelPlaces, readLabelSets } from "../../encode/label-sets.ts";
import { groupsOf, weightsOf } from "../../encode/roles.ts";
import { asTable } from "../../encode/rows.ts";
import { namedColumn } from "../../encode/schema.ts";
import { givenBy, type MultiLabelClassifier } from "./classifier.ts";
import { labelEvaluation } from "./judge.ts";
import type { MultiLabelEvaluation } from "./report.ts";

export interface MultiLabelEvaluateOptions {
  /** A column of row weights, at least 0. Default: every row counts the same. */
  readonly weight?: string;
  /** A column of groups, which the intervals draw together. */
  readonly group?: string;
  /** Of the bootstrap. Default 1. */
  readonly seed?: number;
  /** What to call the rows in the result. */
  readonly method?: string;
}

/**
 * How good a classifier of several labels is on rows with labels. Rows whose labels are missing are left out, and labels that the
 * model does not know left out of account and counted. The baseline predicts the training shares.
 * Throws a SoftmaxError "data" where columns are missing or hold nothing of their kind.
 */
export function evaluateMultiLabel(
  classifier: MultiLabelClassifier,
  data: Table | readonly Row[],
  options: MultiLabelEvaluateOptions = {},
): MultiLabelEvaluation {
  checkKeys("evaluate", options, ["weight", "group", "seed", "method"]);
  const { labels, model, schema } = classifier;
  const { heads } = model;
  const all = asTable(data);
  checkColumns(all, schema);
  const { target, missing } = model;
  const { rows, truth, unknown } = readLabelSets(all, target, placed(all, target), missing, labels);
  if (rows.length === 0) throw dataError("no row has known labels");
  const table = rows.length === all.rows ? all : pickTable(all, rows);
  const logits = classifier.logits(table);
  return labelEvaluation({
    method: options.method ?? "rows given",
    labels,
    truth,
    given: givenBy(model, classifier.probabilities(table)),
    logits,
    s: weightsOf(all, schema, options.weight, rows),
    group: groupsOf(all, schema, options.group, rows),
    shares: heads.map((head) => head.shares),
    thresholds: heads.map(({ threshold }) => threshold ?? 0.5),
    unknown,
    seed: options.seed ?? 1,
  });
}

/** The target's columns of a table. Throws a SoftmaxError "data" where one is missing. */
export const placed = (table: Table, { columns }: LabelPlaces): TableColumn[] =>
  columns.map((name) => namedColumn(table, "target", name));
