import { checkKeys, dataError } from "../base/checks.ts";
import { pickTable, type Row, type Table } from "../base/table.ts";
import { decisionWithoutRows, needsRows } from "../decide/choose.ts";
import type { Decision } from "../decide/decision.ts";
import { checkDecideOptions, type DecideOptions, wishOf } from "../decide/options.ts";
import { checkColumns } from "../encode/columns.ts";
import { checkedLabelsOf } from "../encode/labels.ts";
import { groupsOf, weightsOf } from "../encode/roles.ts";
import { asTable } from "../encode/rows.ts";
import { rowsWhere } from "./candidates.ts";
import { pickRows } from "./choose.ts";
import { Classifier } from "./classifier.ts";
import { type DecisionReport, decideOn, decisionReport } from "./decide.ts";
import { planFolds } from "./folds.ts";

export interface RedecideOptions {
  /** Rows with labels, not those of the training. Needed where thresholds or a share of errors are sought. */
  readonly data?: Table | readonly Row[];
  /** A column of row weights, at least 0. */
  readonly weight?: string;
  /** A column of groups, which are judged together. */
  readonly group?: string;
  /** Default 1. */
  readonly seed?: number;
}

const PARTS = 5;

/**
 * The classifier with another decision, and how good that is on the rows given: each of five parts is decided by what is chosen on
 * the others. Without rows nothing is measured. Throws TypeError and RangeError for wrong options, SoftmaxError "data" where rows are
 * wanted and missing, or cannot be used.
 */
export function redecide(
  classifier: Classifier,
  decide: DecideOptions,
  options: RedecideOptions = {},
): { readonly classifier: Classifier; readonly report: DecisionReport } {
  checkDecideOptions(decide);
  checkKeys("redecide", options, ["data", "weight", "group", "seed"]);
  const { schema, positive, shares } = classifier.model;
  const wish = wishOf(decide, schema.classes, positive);
  const { data } = options;
  if (data !== undefined) {
    const { decision, report } = decideOn(
      wish,
      judgedRows(classifier, asTable(data), decide, options),
    );
    return { classifier: withDecision(classifier, decision, decide), report };
  }
  if (needsRows(wish)) {
    throw dataError(`"decide" expected rows with labels, on which it is chosen, got none`);
  }
  const chosen = { decision: decisionWithoutRows(wish, shares), reached: true };
  return {
    classifier: withDecision(classifier, chosen.decision, decide),
    report: { ...decisionReport(wish, chosen, schema.classes, [], []), measured: null },
  };
}

function judgedRows(
  classifier: Classifier,
  table: Table,
  decide: DecideOptions,
  { weight, group, seed = 1 }: RedecideOptions,
) {
  const { schema, shares, positive } = classifier.model;
  const { classes } = schema;
  checkColumns(table, schema);
  const labels = checkedLabelsOf(table, schema);
  const rows = Int32Array.from(labels.y.keys()).filter((i) => labels.y[i] >= 0);
  if (rows.length < 2)
    throw dataError(`fewer than 2 rows have a label in column "${schema.target}"`);
  const k = classes.length;
  const y = rows.map((i) => labels.y[i]);
  const groups = groupsOf(table, schema, group, rows);
  const plan = planFolds({
    y,
    k,
    group: groups,
    time: null,
    seed,
    folds: PARTS,
    holdOutAbove: Number.POSITIVE_INFINITY,
  });
  const judge = {
    y,
    s: weightsOf(table, schema, weight, rows),
    group: groups,
    part: plan.partOf,
    parts: plan.parts,
  };
  const Z = classifier.logitMatrix(pickTable(table, rows));
  return {
    judge,
    k,
    Z,
    honest: Z,
    outside: (p: number) =>
      pickRows(
        Z,
        rowsWhere(judge.part, (part) => part !== p),
        k,
      ),
    rowCosts: weightsOf(table, schema, decide.costColumn, rows, "decide.costColumn"),
    shares,
    positive,
    classes,
    seed,
  };
}

/** Argmax alone is what a model without a decision does. */
function withDecision(
  { model }: Classifier,
  decision: Decision,
  decide: DecideOptions,
): Classifier {
  const { decision: _before, ...plain } = model;
  const { provenance } = model;
  const note = ["decided", JSON.stringify(decide)] as const;
  const isPlain = decision.rule === "argmax" && decision.abstention === undefined;
  return new Classifier({
    ...plain,
    ...(isPlain ? {} : { decision }),
    provenance: { ...provenance, options: [...provenance.options, note] },
  });
}
