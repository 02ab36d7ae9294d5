import type {
  Estimate,
  LabelEvaluation,
  LabelSetMetrics,
  MultiLabelEvaluation,
  MultiLabelReport,
} from "@softmax/core";
import type { TableSource } from "../data/source.ts";
import { count, metric, percent, plural, weighted } from "../report/numbers.ts";
import {
  clip,
  columnTable,
  interval,
  ledgerLines,
  noteLines,
  sourceJson,
  sourceLines,
  type Written,
  writtenLines,
} from "./summary.ts";
import { tableText, wrap } from "./text.ts";

/** Labels listed before the rest is counted. */
const LISTED = 20;

/** What the labels are called together: their columns. */
export const labelsName = ({ target }: Pick<MultiLabelReport, "target">): string => {
  const [first, ...others] = target.columns;
  return others.length === 0 ? first : `${first} and ${plural(others.length, "more label")}`;
};

/** The result of a training with several labels a row as people read it, within 80 columns. */
export function multiLabelSummary(
  report: MultiLabelReport,
  source: TableSource,
  written: Written,
): string {
  const { evaluation, test, labels, choice } = report;
  return [
    ...sourceLines(source),
    ...wrap(
      `${clip(labelsName(report))}: ${plural(labels.length, "label")}, ${meanLabels(report)} a row`,
    ),
    ...ledgerLines(report, written),
    "",
    columnTable(report.columns),
    "",
    ...noteLines(report),
    ...wrap(`${evaluation.method}, ${plural(evaluation.rows, "row")}:`),
    ...evaluationLines(evaluation),
    ...(test === null
      ? []
      : ["", ...wrap(`${test.method}, ${plural(test.rows, "row")}:`), ...evaluationLines(test)]),
    "",
    ...movedLines(report),
    ...wrap(
      `One encoding for all labels: ${choice.encoding}, ${plural(choice.features, "feature")}.`,
    ),
    ...writtenLines(written, source),
  ].join("\n");
}

function meanLabels({ labels }: MultiLabelReport): string {
  const sum = labels.reduce((all, { share }) => all + share, 0);
  return sum.toFixed(1);
}

/** All labels together, and each by itself, the most frequent first. */
export function evaluationLines({ metrics, labels, unknown }: MultiLabelEvaluation): string[] {
  return [
    setMetricTable(metrics),
    "",
    labelTable(labels),
    ...unknownLines(unknown),
    "",
    ...verdictLines(metrics),
  ];
}

const SCORES: readonly (readonly [
  "exactMatch" | "hammingLoss" | "microF1" | "macroF1" | "logLoss",
  string,
])[] = [
  ["exactMatch", "all labels right"],
  ["hammingLoss", "Hamming loss"],
  ["microF1", "micro F1"],
  ["macroF1", "macro F1"],
  ["logLoss", "log loss a label"],
];

function setMetricTable(metrics: LabelSetMetrics): string {
  return tableText(
    [
      { head: "" },
      { head: "value", align: "right" },
      { head: "95 % interval", align: "right" },
      { head: "baseline", align: "right" },
    ],
    SCORES.map(([key, name]) => [
      name,
      metric(metrics[key].value),
      interval(metrics[key]),
      metric(metrics.baseline[key].value),
    ]),
  );
}

function labelTable(labels: readonly LabelEvaluation[]): string {
  const sorted = [...labels].sort((a, b) => b.rows - a.rows);
  const value = (estimate: Estimate | null): string =>
    estimate === null ? "–" : metric(estimate.value);
  const table = tableText(
    [
      { head: "label", most: 20 },
      { head: "rows", align: "right" },
      { head: "log loss", align: "right" },
      { head: "baseline", align: "right" },
      { head: "AUC", align: "right" },
      { head: "ECE", align: "right" },
      { head: "F1", align: "right" },
      { head: "from p", align: "right" },
    ],
    sorted
      .slice(0, LISTED)
      .map((one) => [
        one.label,
        weighted(one.rows),
        value(one.logLoss),
        value(one.baselineLogLoss),
        value(one.auc),
        value(one.ece),
        value(one.f1),
        metric(one.threshold),
      ]),
  );
  const more = labels.length - LISTED;
  return more > 0 ? `${table}\n… and ${count(more)} more` : table;
}

function unknownLines(unknown: MultiLabelEvaluation["unknown"]): string[] {
  if (unknown.length === 0) return [];
  const shown = unknown.slice(0, 4).map(({ label, rows }) => `${clip(label)} ${count(rows)}`);
  const more =
    unknown.length > shown.length ? ` and ${count(unknown.length - shown.length)} more` : "";
  return wrap(
    `Labels that the model does not know, left out of account: ${shown.join(", ")}${more}.`,
  );
}

function verdictLines(metrics: LabelSetMetrics): string[] {
  const { exactMatch, baseline, noBetterThanBaseline } = metrics;
  if (noBetterThanBaseline) {
    return wrap(
      "NO BETTER THAN THE BASELINE: predicting each label's share for everyone does as well. These columns, as they enter this model, say nothing about the labels.",
    );
  }
  return wrap(
    `All labels right in ${percent(exactMatch.value)} of the rows; giving only labels that most rows have is right in ${percent(baseline.exactMatch.value)}.`,
  );
}

/** The columns that move the most frequent labels most. */
function movedLines({ labels, evaluation }: MultiLabelReport): string[] {
  if (evaluation.metrics.noBetterThanBaseline) return [];
  const worthIt = labels
    .filter((_, l) => !evaluation.labels[l].noBetterThanBaseline)
    .filter(({ effects }) => effects.length > 1)
    .sort((a, b) => b.rows - a.rows);
  return worthIt.slice(0, 3).flatMap(({ label, effects }) =>
    wrap(
      `${clip(label)} is moved most by ${effects
        .slice(0, 3)
        .map(({ name }) => clip(name))
        .join(", ")}.`,
    ),
  );
}

/** The keys that train and evaluate share for several labels a row. */
export function labelSetJson({ metrics, rows, method }: MultiLabelEvaluation): object {
  const { logLoss, hammingLoss, exactMatch, microF1, macroF1, baseline } = metrics;
  const { noBetterThanBaseline } = metrics;
  return {
    ...{ rows, method, exactMatch, hammingLoss, microF1, macroF1, logLoss },
    ...{ baseline, noBetterThanBaseline },
  };
}

/** The result of a training for machines; the keys are stable. */
export function multiLabelSummaryJson(
  report: MultiLabelReport,
  source: TableSource,
  output: string,
): string {
  return JSON.stringify({
    ...labelSetJson(report.test ?? report.evaluation),
    model: output,
    source: sourceJson(source),
    report,
  });
}
