import { checkKeys, dataError } from "../base/checks.ts";
import { pickTable, type Row, type Table } from "../base/table.ts";
import { checkColumns } from "../encode/columns.ts";
import { checkedLabelsOf } from "../encode/labels.ts";
import { measure } from "../measure/metrics.ts";
import { operatingPoints } from "../measure/operating.ts";
import type { Classifier } from "./classifier.ts";
import { measureDecision } from "./decide.ts";
import { asTable, classNamed, groupsOf, weightsOf } from "./prepare.ts";
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
}

/**
 * How good a classifier is on rows with labels; rows without one are left out. The baseline predicts the training shares.
 * Throws a SoftmaxError "data" where columns are missing or hold nothing of their kind, or labels occur that training never
 * saw.
 */
export function evaluate(
  classifier: Classifier,
  data: Table | readonly Row[],
  options: EvaluateOptions = {},
): Evaluation {
  checkKeys("evaluate", options, ["positive", "weight", "group", "seed", "method", "costColumn"]);
  const { schema, shares, positive } = classifier.model;
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
  const judge = {
    y: rows.map((i) => labels.y[i]),
    s: weightsOf(table, schema, options.weight, rows),
    group: groupsOf(table, schema, options.group, rows),
  };
  const seed = options.seed ?? 1;
  const metrics = measure(Z, judge.y, judge.s, k, {
    group: judge.group,
    shares,
    seed,
    ...(asked < 0 ? {} : { positive: asked }),
  });
  const { decision, sets } = classifier.model;
  const rowCosts = weightsOf(table, schema, options.costColumn, rows, "costColumn");
  return {
    method: options.method ?? "rows given",
    rows: rows.length,
    metrics,
    operating: operatingPoints(Z, judge.y, judge.s, k, metrics.positive),
    ...(decision === undefined
      ? {}
      : {
          decision: measureDecision(decision, {
            judge,
            Z,
            k,
            rowCosts,
            shares,
            positive: metrics.positive ?? -1,
            seed,
          }),
        }),
    ...(sets === undefined
      ? {}
      : { sets: measureOn(classifier, pickTable(table, rows), judge, seed) }),
  };
}
