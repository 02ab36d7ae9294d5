import type {
  ChoiceReport,
  ColumnReport,
  Estimate,
  Evaluation,
  FitReport,
  Report,
} from "@softmax/core";
import { reliabilitySection } from "./calibration.ts";
import { curveSection } from "./curve.ts";
import { decisionSection, setsSection } from "./decision.ts";
import { effectsSection } from "./effects.ts";
import { explorerSection, scriptSource } from "./explorer.ts";
import { hiddenChoice } from "./hidden.ts";
import { html, Markup, name, scrolling } from "./html.ts";
import { looksSection, type PicturesOf } from "./looks.ts";
import { count, metric, percent, plural, short, usedWords, weighted } from "./numbers.ts";
import { priorSection } from "./prior.ts";
import { provenanceSection } from "./provenance.ts";
import { statisticsSection } from "./statistics.ts";
import { STYLE } from "./style.ts";
import { textsSection } from "./texts.ts";
import { penaltyOf, traceFigure, triedFigure, triedTable } from "./tried.ts";
import { tuneSection } from "./tune.ts";

/** Classes listed at most, and up to how many their confusions are drawn; the rest is in the JSON. */
const LISTED_CLASSES = 40;
const CONFUSION_CLASSES = 30;
/** Columns listed at most. */
const LISTED_COLUMNS = 200;

/**
 * The report as one self-contained page: no network, no script but the explorer's, which the page's policy allows by its hash;
 * readable on a phone and on paper. `pictures`: the pictures of rows, where rows have some. Lists that would be
 * too long for a person are cut with a note; the JSON of the report holds all of them.
 */
export function reportPage(report: Report, title: string, pictures?: PicturesOf): string {
  const judged = report.test ?? report.evaluation;
  const explorer = explorerSection(report, judged);
  const body = html`<p class="lead">${leadSentence(report)}</p>
${verdict(judged)}
${remarks(report.remarks)}
${metricsSection("How good it is", report.evaluation)}
${report.test === null ? null : metricsSection("On the test table", report.test)}
${reliabilitySection(judged, report)}
${priorSection(judged)}
${classesSection(report, judged)}
${confusionSection(report, judged)}
${decisionSection(report)}
${setsSection(report)}
${explorer}
${effectsSection(report)}
${report.texts === undefined ? looksSection(report, pictures) : textsSection(report)}
${curveSection(report.learningCurve)}
${statisticsSection(report.inference)}
${columnsSection(report)}
${trainingSection(report)}
${tuneSection(report)}
${provenanceSection(report)}`;
  return framed(title, body, explorer === null ? null : scriptSource(), pictures !== undefined);
}

/**
 * A page around its sections. `script`: where its one script may come from, null for a page without. `pictures`: whether it holds
 * some.
 */
export function framed(
  title: string,
  body: Markup,
  script: Markup | null,
  pictures = false,
): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${pictures ? "; img-src data:" : ""}${script === null ? "" : html`; script-src ${script}`}">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>${name(title, 300)}</h1>
${body}
</main>
</body>
</html>
`;
  return page.text;
}

function leadSentence(report: Report): Markup {
  const { rows, classes, target } = report;
  const left = rows.rejected + rows.unlabelled;
  const out =
    left === 0
      ? ""
      : ` Of ${plural(rows.read, "row")} read, ${count(rows.rejected)} rejected and ${count(rows.unlabelled)} without a label were left out.`;
  const shares = classes
    .slice(0, 8)
    .map((c, i) => html`${i === 0 ? "" : ", "}${name(c.label, 40)} ${percent(c.share)}`);
  const more = classes.length > 8 ? ` and ${classes.length - 8} more` : "";
  return html`Predicts ${name(target, 120)} (${shares}${more}) from ${plural(rows.used, "row")}.${out}`;
}

function verdict({ metrics, method }: Evaluation): Markup {
  const { accuracy, logLoss, baseline, noBetterThanBaseline } = metrics;
  if (noBetterThanBaseline) {
    return html`<p class="verdict bad"><strong>No better than the baseline.</strong> Predicting the class shares for everyone does as well (${method}): these columns, as they enter this model, say nothing about the target.</p>`;
  }
  return html`<p class="verdict"><strong>${percent(accuracy.value)} right</strong>, where always naming the largest class is right ${percent(baseline.accuracy.value)} of the time. Log loss ${metric(logLoss.value)} against ${metric(baseline.logLoss.value)} (${method}).</p>`;
}

export const remarks = (list: readonly string[]): Markup | null =>
  list.length === 0
    ? null
    : html`<section><h2>To know</h2><ul>${list.map((remark) => html`<li><bdi>${remark}</bdi></li>`)}</ul></section>`;

const EXPLAINED: readonly (readonly [keyof Evaluation["metrics"], string, string])[] = [
  ["accuracy", "Accuracy", "share of rows that were right"],
  ["logLoss", "Log loss", "nats; 0 is certain and right"],
  ["balancedAccuracy", "Balanced accuracy", "mean share right in each class"],
  ["macroF1", "Macro F1", "mean F1 of the classes"],
  ["auc", "AUC", "how often a row of a class ranks above one of another"],
  ["brier", "Brier score", "mean squared error of the probabilities"],
  ["ece", "ECE", "mean gap between confidence and share right"],
];

function metricsSection(title: string, { metrics, method, rows }: Evaluation): Markup {
  const lines = EXPLAINED.map(([key, label, meaning]) => {
    const value = metrics[key] as Estimate | null;
    if (value === null) return null;
    const base = key === "accuracy" || key === "logLoss" ? metrics.baseline[key].value : null;
    return html`<tr><th scope="row">${label}<small>${meaning}</small></th><td>${metric(value.value)}<small class="interval">${interval(value)}</small></td><td>${base === null ? "" : metric(base)}</td></tr>`;
  });
  const { eceExpected, eceClasswise } = metrics;
  return html`<section><h2>${title}</h2><p>${method}, ${plural(rows, "row")}. Below each value its 95 % interval.</p><table class="metrics"><tr><th></th><th scope="col">this model</th><th scope="col">baseline</th></tr>${lines}</table><p>With this many rows, perfect calibration would show an ECE of ${metric(eceExpected.value)} (${interval(eceExpected)}). Over the probabilities of all classes the calibration error is ${metric(eceClasswise)}.</p></section>`;
}

export const interval = ({ low, high }: Estimate): string => `${metric(low)} – ${metric(high)}`;

function classesSection({ classes }: Report, { metrics }: Evaluation): Markup {
  const lines = metrics.perClass.slice(0, LISTED_CLASSES).map((c, i) => {
    const auc = c.auc === null ? "–" : metric(c.auc);
    return html`<tr><th scope="row">${name(classes[i].label, 60)}</th><td>${weighted(c.weight)}</td><td>${metric(c.precision)}</td><td>${metric(c.recall)}</td><td>${metric(c.f1)}</td><td>${auc}</td></tr>`;
  });
  const more = classes.length - LISTED_CLASSES;
  return html`<section><h2>The classes</h2><p>Precision: of the rows given this label, the share that has it. Recall: of the rows that have it, the share that was given it.</p>${scrolling(html`<table><tr><th></th><th scope="col">rows</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">AUC</th></tr>${lines}</table>`)}${restOf(more, "class", "classes")}</section>`;
}

export const restOf = (more: number, one: string, several: string): Markup | null =>
  more > 0
    ? html`<p>${count(more)} more ${more === 1 ? one : several}: see the JSON report.</p>`
    : null;

function confusionSection({ classes }: Report, { metrics }: Evaluation): Markup {
  if (classes.length > CONFUSION_CLASSES) {
    return html`<section><h2>Confusions</h2><p>The table of ${classes.length} × ${classes.length} classes is in the JSON report.</p></section>`;
  }
  const head = classes.map((c) => html`<th scope="col">${name(c.label, 20)}</th>`);
  const body = classes.map((c, i) => {
    const row = metrics.confusion[i];
    const total = row.reduce((a, b) => a + b, 0) || 1;
    const cells = row.map((n, j) => {
      const share = (n / total).toFixed(3);
      return html`<td class="${i === j ? "right" : "wrong"}" style="--share:${share}">${weighted(n)}</td>`;
    });
    return html`<tr><th scope="row">${name(c.label, 40)}</th>${cells}</tr>`;
  });
  return html`<section><h2>Confusions</h2><p>Rows: the true class. Columns: the predicted one.</p>${scrolling(html`<table class="confusion"><tr><th></th>${head}</tr>${body}</table>`)}</section>`;
}

export function columnsSection({ columns }: Pick<Report, "columns">): Markup {
  const lines = columns
    .slice(0, LISTED_COLUMNS)
    .map(
      (column: ColumnReport) =>
        html`<tr><th scope="row">${name(column.name, 60)}</th><td>${column.kind}</td><td>${column.missing === 0 ? "" : count(column.missing)}</td><td><bdi>${column.summary}</bdi></td></tr>`,
    );
  const more = columns.length - LISTED_COLUMNS;
  return html`<section><h2>The columns</h2>${scrolling(html`<table class="columns"><tr><th scope="col">column</th><th scope="col">read as</th><th scope="col">missing</th><th scope="col">values</th></tr>${lines}</table>`)}${restOf(more, "column", "columns")}</section>`;
}

function trainingSection({ choice, fit, columns }: Report): Markup {
  const inputs = columns.filter((column) => column.used).length;
  const used = fit.used === undefined ? "" : ` ${usedWords(fit.used, inputs, fit.features)}.`;
  return html`<section><h2>The training</h2><p>Chosen on rows that were not trained on: ${choice.encoding}, ${restraintWords(choice)}, temperature ${short(choice.temperature)}.</p>${triedTable(choice)}${triedFigure(choice)}<p>The last fit, of ${plural(fit.features, "feature")} on all rows, ${endWords(choice, fit)}.${used}</p>${traceFigure(fit)}</section>`;
}

/** "penalty λ = 0.01", of embeddings "10 epochs", of hidden layers those too. */
function restraintWords(choice: ChoiceReport): string {
  const { l1, l2, epochs } = choice;
  const layers = hiddenChoice(choice);
  if (layers !== null) return layers;
  if (epochs !== undefined) return plural(epochs, "epoch");
  const net = l1 === undefined ? "" : ` (L1 ${short(l1)}, L2 ${short(l2)})`;
  return `penalty λ = ${short(penaltyOf({ l1: l1 ?? 0, l2 }))}${net}`;
}

function endWords({ epochs }: ChoiceReport, fit: FitReport): string {
  if (epochs !== undefined) return `took ${plural(fit.iterations, "epoch")}`;
  const end = fit.converged ? "converged" : "did not converge";
  return `took ${plural(fit.iterations, "iteration")} and ${end} (${fit.reason})`;
}
