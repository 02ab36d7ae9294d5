import type {
  LabelEvaluation,
  LabelReport,
  LabelSetMetrics,
  MultiLabelEvaluation,
  MultiLabelReport,
} from "@softmax/core";
import { html, type Markup, name } from "./html.ts";
import { count, metric, percent, plural, weighted } from "./numbers.ts";
import { columnsSection, framed, interval, remarks, restOf } from "./page.ts";
import { provenanceSection } from "./provenance.ts";

/** Labels listed at most; the rest is in the JSON. */
const LISTED_LABELS = 200;
/** Columns named as those that move a label. */
const MOVERS = 3;

/** The report of a training with several labels a row as one self-contained page: no network, no script. */
export function multiLabelPage(report: MultiLabelReport, title: string): string {
  const { evaluation, test } = report;
  const body = html`<p class="lead">${leadSentence(report)}</p>
${verdict(test ?? evaluation)}
${remarks(report.remarks)}
${metricsSection("How good it is", evaluation)}
${labelsSection("The labels", report, evaluation)}
${test === null ? null : metricsSection("On the test table", test)}
${test === null ? null : labelsSection("The labels on the test table", report, test)}
${columnsSection(report)}
${trainingSection(report)}
${provenanceSection(report)}`;
  return framed(title, body, null);
}

function leadSentence({ rows, labels, target }: MultiLabelReport): Markup {
  const mean = labels.reduce((sum, { share }) => sum + share, 0).toFixed(1);
  const left = rows.rejected + rows.unlabelled;
  const out =
    left === 0
      ? ""
      : ` Of ${plural(rows.read, "row")} read, ${count(rows.rejected)} rejected and ${count(rows.unlabelled)} whose labels are missing were left out.`;
  const where =
    target.separator === null
      ? html`a column each`
      : html`cells of ${name(target.columns[0], 120)} with ${name(JSON.stringify(target.separator), 40)} between`;
  return html`Gives a row any of ${plural(labels.length, "label")} (${where}; ${mean} a row) from ${plural(rows.used, "row")}.${out}`;
}

function verdict({ metrics, method }: MultiLabelEvaluation): Markup {
  const { exactMatch, hammingLoss, baseline, noBetterThanBaseline } = metrics;
  if (noBetterThanBaseline) {
    return html`<p class="verdict bad"><strong>No better than the baseline.</strong> Predicting each label's share for everyone does as well (${method}): these columns, as they enter this model, say nothing about the labels.</p>`;
  }
  return html`<p class="verdict"><strong>All labels right in ${percent(exactMatch.value)} of the rows</strong>, where giving only labels that most rows have is right in ${percent(baseline.exactMatch.value)}. Of all labels of all rows ${percent(hammingLoss.value)} are wrong, against ${percent(baseline.hammingLoss.value)} (${method}).</p>`;
}

type Score = "exactMatch" | "hammingLoss" | "microF1" | "macroF1" | "logLoss";

const EXPLAINED: readonly (readonly [Score, string, string])[] = [
  ["exactMatch", "Exact match", "share of rows all of whose labels are right"],
  ["hammingLoss", "Hamming loss", "share of labels that are wrong"],
  ["microF1", "Micro F1", "F1 of all labels of all rows together"],
  ["macroF1", "Macro F1", "mean F1 of the labels"],
  ["logLoss", "Log loss", "nats a label; 0 is certain and right"],
];

function metricsSection(title: string, { metrics, method, rows }: MultiLabelEvaluation): Markup {
  const lines = EXPLAINED.map(([key, label, meaning]) => scoreLine(metrics, key, label, meaning));
  return html`<section><h2>${title}</h2><p>${method}, ${plural(rows, "row")}. Below each value its 95 % interval. The baseline predicts each label's share, and gives the labels that more than half of the rows have.</p><table class="metrics"><tr><th></th><th scope="col">this model</th><th scope="col">baseline</th></tr>${lines}</table></section>`;
}

function scoreLine(metrics: LabelSetMetrics, key: Score, label: string, meaning: string): Markup {
  const value = metrics[key];
  const base = metrics.baseline[key];
  return html`<tr><th scope="row">${label}<small>${meaning}</small></th><td>${metric(value.value)}<small class="interval">${interval(value)}</small></td><td>${metric(base.value)}<small class="interval">${interval(base)}</small></td></tr>`;
}

/** The labels, the most frequent first. */
function labelsSection(
  title: string,
  report: MultiLabelReport,
  { labels, unknown }: MultiLabelEvaluation,
): Markup {
  const sorted = labels.map((_, l) => l).sort((a, b) => labels[b].rows - labels[a].rows);
  const lines = sorted
    .slice(0, LISTED_LABELS)
    .map((l) => labelLine(labels[l], report.labels[l].effects));
  const strays =
    unknown.length === 0
      ? null
      : html`<p>Labels that the model does not know, left out of account: ${unknown.slice(0, 8).map(({ label, rows }, i) => html`${i === 0 ? "" : ", "}${name(label, 40)} ${count(rows)}`)}${unknown.length > 8 ? ` and ${count(unknown.length - 8)} more` : ""}.</p>`;
  return html`<section><h2>${title}</h2><p>A row gets a label where its probability is at least the threshold; precision, recall and F1 are of labels given by thresholds that were chosen on other rows. The calibration error stands beside what perfect calibration would show.</p><div class="scroll"><table><tr><th></th><th scope="col">rows</th><th scope="col">log loss</th><th scope="col">AUC</th><th scope="col">ECE</th><th scope="col">threshold</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th></tr>${lines}</table></div>${restOf(labels.length - LISTED_LABELS, "label", "labels")}${strays}</section>`;
}

function labelLine(
  {
    label,
    rows,
    logLoss,
    baselineLogLoss,
    auc,
    ece,
    eceExpected,
    threshold,
    precision,
    recall,
    f1,
  }: LabelEvaluation,
  effects: LabelReport["effects"],
): Markup {
  const movers = effects.slice(0, MOVERS);
  const moved =
    effects.length < 2
      ? null
      : html`<small>moved most by ${movers.map((effect, i) => html`${i === 0 ? "" : ", "}${name(effect.name, 30)}`)}</small>`;
  return html`<tr><th scope="row">${name(label, 60)}${moved}</th><td>${weighted(rows)}</td><td>${metric(logLoss.value)}<small>baseline ${metric(baselineLogLoss.value)}</small></td><td>${auc === null ? "–" : metric(auc.value)}</td><td>${metric(ece.value)}<small>perfect ${metric(eceExpected.value)}</small></td><td>${metric(threshold)}</td><td>${metric(precision)}</td><td>${metric(recall)}</td><td>${metric(f1.value)}<small class="interval">${interval(f1)}</small></td></tr>`;
}

function trainingSection({ choice, labels }: MultiLabelReport): Markup {
  const { encoding, features, tried } = choice;
  const lines = tried.map(
    (one) =>
      html`<tr><th scope="row">${one.encoding}${one.encoding === encoding ? html` <strong>chosen</strong>` : null}</th><td>${metric(one.logLoss)}</td></tr>`,
  );
  const table =
    tried.length < 2
      ? null
      : html`<table><tr><th></th><th scope="col">log loss a label</th></tr>${lines}</table>`;
  const fitted = labels.filter(({ fit }) => fit !== null);
  const ended = fitted.filter(({ fit }) => fit!.converged).length;
  return html`<section><h2>The training</h2><p>One encoding for all labels, chosen on rows that were not trained on: ${encoding}, ${plural(features, "feature")}. Each label has a penalty and a calibrator of its own; ${count(ended)} of ${plural(fitted.length, "last fit")} on all rows converged.</p>${table}</section>`;
}
