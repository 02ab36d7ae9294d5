import type { ColumnReport, Estimate, Evaluation, Report } from "@softmax/core";
import { lineChart, reliabilityDiagram } from "./charts.ts";
import { html, Markup } from "./html.ts";
import { count, metric, percent, plural, short } from "./numbers.ts";
import { STYLE } from "./style.ts";

/** The report as one self-contained page: no script, no network; readable on a phone and on paper. */
export function reportPage(report: Report, title: string): string {
  const judged = report.test ?? report.evaluation;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="lead">${leadSentence(report)}</p>
${verdict(judged)}
${remarks(report.remarks)}
${metricsSection("How good it is", report.evaluation)}
${report.test === null ? null : metricsSection("On the test file", report.test)}
${reliabilitySection(judged)}
${confusionSection(report, judged)}
${columnsSection(report)}
${trainingSection(report)}
${provenanceSection(report)}
</main>
</body>
</html>
`;
  return page.text;
}

function leadSentence(report: Report): string {
  const { rows, classes, target } = report;
  const left = rows.rejected + rows.unlabelled;
  const out =
    left === 0
      ? ""
      : ` ${plural(rows.unlabelled, "row")} without a label and ${plural(rows.rejected, "rejected row")} were left out.`;
  const shares = classes.map((c) => `${c.label} ${percent(c.share)}`);
  const shown = shares.length > 8 ? [...shares.slice(0, 8), `${shares.length - 8} more`] : shares;
  return `Predicts ${target} (${shown.join(", ")}) from ${plural(rows.used, "row")}.${out}`;
}

function verdict({ metrics, method }: Evaluation): Markup {
  const { accuracy, logLoss, baseline, noBetterThanBaseline } = metrics;
  if (noBetterThanBaseline) {
    return html`<p class="verdict bad"><strong>No better than the baseline.</strong> Predicting the class shares for everyone does as well (${method}).</p>`;
  }
  return html`<p class="verdict"><strong>${percent(accuracy.value)} right</strong>, where always naming the largest class is right ${percent(baseline.accuracy.value)} of the time. Log loss ${metric(logLoss.value)} against ${metric(baseline.logLoss.value)} (${method}).</p>`;
}

const remarks = (list: readonly string[]): Markup | null =>
  list.length === 0
    ? null
    : html`<section><h2>To know</h2><ul>${list.map((remark) => html`<li>${remark}</li>`)}</ul></section>`;

const EXPLAINED: readonly (readonly [keyof Evaluation["metrics"], string, string])[] = [
  ["accuracy", "Accuracy", "share of rows that were right"],
  ["logLoss", "Log loss", "nats; 0 is certain and right"],
  ["balancedAccuracy", "Balanced accuracy", "mean share right in each class"],
  ["macroF1", "Macro F1", "mean F1 of the classes"],
  ["auc", "AUC", "a random pair of two classes is ordered right"],
  ["brier", "Brier score", "mean squared error of the probabilities"],
  ["ece", "ECE", "confidence minus share right, on average"],
];

function metricsSection(title: string, evaluation: Evaluation): Markup {
  const { metrics, method, rows } = evaluation;
  const lines = EXPLAINED.map(([key, name, meaning]) => {
    const value = metrics[key] as Estimate | null;
    if (value === null) return null;
    return html`<tr><th scope="row">${name}<small>${meaning}</small></th><td>${metric(value.value)}</td><td class="interval">${metric(value.low)} – ${metric(value.high)}</td></tr>`;
  });
  return html`<section><h2>${title}</h2><p>${method}, ${plural(rows, "row")}; intervals are bootstrap 95 %. Perfect calibration would show an ECE of ${metric(metrics.eceExpected.value)} (up to ${metric(metrics.eceExpected.high)}) with this many rows; the class-wise ECE is ${metric(metrics.eceClasswise)}.</p><table class="metrics">${lines}</table></section>`;
}

function reliabilitySection({ metrics }: Evaluation): Markup {
  return html`<section><h2>Can the probabilities be trusted?</h2><p>Each dot is a fifteenth of the rows, by confidence. On the dashed line the model is right as often as it says.</p><figure>${reliabilityDiagram(metrics.reliability)}</figure></section>`;
}

function confusionSection(report: Report, { metrics }: Evaluation): Markup {
  const { classes } = report;
  if (classes.length > 30) {
    return html`<section><h2>Confusions</h2><p>The ${classes.length} classes' table is in the JSON report.</p></section>`;
  }
  const head = classes.map((c) => html`<th scope="col"><span>${c.label}</span></th>`);
  const body = classes.map((c, i) => {
    const row = metrics.confusion[i];
    const total = row.reduce((a, b) => a + b, 0) || 1;
    const cells = row.map(
      (n, j) =>
        html`<td class="${i === j ? "right" : "wrong"}" style="--share:${(n / total).toFixed(3)}">${count(Math.round(n))}</td>`,
    );
    return html`<tr><th scope="row">${c.label}</th>${cells}</tr>`;
  });
  return html`<section><h2>Confusions</h2><p>Rows: the true class. Columns: the predicted one.</p><div class="scroll"><table class="confusion"><tr><th></th>${head}</tr>${body}</table></div></section>`;
}

function columnsSection({ columns }: Report): Markup {
  const lines = columns.map(
    (column: ColumnReport) =>
      html`<tr><th scope="row">${column.name}</th><td>${column.kind}</td><td>${column.missing === 0 ? "" : count(column.missing)}</td><td>${column.summary}</td></tr>`,
  );
  return html`<section><h2>The columns</h2><div class="scroll"><table class="columns"><tr><th scope="col">column</th><th scope="col">read as</th><th scope="col">missing</th><th scope="col">values</th></tr>${lines}</table></div></section>`;
}

function trainingSection({ choice, fit }: Report): Markup {
  const trace = fit.trace.map((point) => [point.iteration, point.objective] as const);
  return html`<section><h2>The training</h2><p>Encoding: ${choice.encoding}. Penalty λ = ${short(choice.l2)}, temperature ${short(choice.temperature)}; both chosen on out-of-fold rows. The last fit took ${plural(fit.iterations, "iteration")} and ${fit.converged ? "converged" : "did not converge"} (${fit.reason}).</p><figure>${lineChart("Objective by iteration", trace, "iteration", "objective (nats)")}</figure></section>`;
}

function provenanceSection({ provenance }: Report): Markup {
  const { version, kernels, seed, rows, dataHash, options } = provenance;
  const facts = [
    ["Softmax", version],
    ["kernels", kernels],
    ["seed", String(seed)],
    ["rows", count(rows)],
    ["SHA-256 of the data", dataHash],
    ...options,
  ] as const;
  const lines = facts.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td class="code">${value}</td></tr>`,
  );
  return html`<section><h2>Where it comes from</h2><div class="scroll"><table>${lines}</table></div></section>`;
}
