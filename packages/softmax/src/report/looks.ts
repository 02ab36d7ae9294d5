import type { Report, RowsReport } from "@softmax/core";
import { html, type Markup, name, scrolling } from "./html.ts";
import { count, percent, plural, short, signed } from "./numbers.ts";

type JudgedRow = RowsReport["typical"][number];

/** Rows of the table that are worth a look, with the cells that move them most; null where nothing was learned. */
export function looksSection({ looks, evaluation }: Report): Markup | null {
  if (looks === undefined || evaluation.metrics.noBetterThanBaseline) return null;
  const { typical, doubtful, mislabelled, suspects, errors } = looks;
  const share =
    suspects === 0
      ? null
      : html`<p>${plural(suspects, "row")} ${suspects === 1 ? "is" : "are"} confidently of another class than the label says: about ${percent(errors)} of all labels may be wrong.</p>`;
  return html`<section><h2>Rows to look at</h2><p>Each was judged by a model that had not seen it. The cells that speak most for or against the predicted label stand beside it, as the final model weighs them.</p>${share}${list("Perhaps wrongly labelled", mislabelled)}${list("Doubtful", doubtful)}${list("Typical", typical)}</section>`;
}

function list(title: string, rows: readonly JudgedRow[]): Markup | null {
  if (rows.length === 0) return null;
  const lines = rows.map(
    ({ row, label, predicted, probability, labelProbability, cells }) =>
      html`<tr><th scope="row">${count(row)}</th><td>${name(label, 40)}<small>${percent(labelProbability)}</small></td><td>${label === predicted ? "" : html`${name(predicted, 40)}<small>${percent(probability)}</small>`}</td><td class="cells">${cells.map((cell, at) => html`${at === 0 ? "" : ", "}${name(cell.name, 30)} ${cellText(cell.value)} <small>${signed(cell.contribution)}</small>`)}</td></tr>`,
  );
  return html`<h3>${title}</h3>${scrolling(html`<table class="looks"><tr><th scope="col">row</th><th scope="col">label</th><th scope="col">predicted</th><th scope="col">because of</th></tr>${lines}</table>`)}`;
}

function cellText(value: JudgedRow["cells"][number]["value"]): Markup {
  if (value === null) return html`missing`;
  return typeof value === "number" ? html`${short(value)}` : html`${name(String(value), 40)}`;
}
