import type { Report, RowsReport } from "@softmax/core";
import { html, type Markup, name, scrolling } from "./html.ts";
import { count, percent, plural, short, signed } from "./numbers.ts";

type JudgedRow = RowsReport["typical"][number];

/** The address of the picture of a row, from 1, such as data:image/png;base64,…. */
export type PicturesOf = (row: number) => string;

/** Rows of the table that are worth a look, with the cells that move them most; null where nothing was learned. */
export function looksSection({ looks, evaluation }: Report, pictures?: PicturesOf): Markup | null {
  if (looks === undefined || evaluation.metrics.noBetterThanBaseline) return null;
  const { typical, doubtful, mislabelled, suspects, errors } = looks;
  const share =
    suspects === 0
      ? null
      : html`<p>${plural(suspects, "row")} ${suspects === 1 ? "is" : "are"} confidently of another class than the label says: about ${percent(errors)} of all labels may be wrong.</p>`;
  if (pictures !== undefined) {
    const lists = [
      gallery("Perhaps wrongly labelled", mislabelled, pictures),
      gallery("Doubtful", doubtful, pictures),
      gallery("Typical", typical, pictures),
    ];
    return html`<section><h2>Images to look at</h2><p>Each was judged by a model that had not seen it. Below it its row, its label, and what was predicted where that is another.</p>${share}${lists}</section>`;
  }
  return html`<section><h2>Rows to look at</h2><p>Each was judged by a model that had not seen it. The cells that speak most for or against the predicted label stand beside it, as the final model weighs them.</p>${share}${list("Perhaps wrongly labelled", mislabelled)}${list("Doubtful", doubtful)}${list("Typical", typical)}</section>`;
}

function gallery(title: string, rows: readonly JudgedRow[], pictures: PicturesOf): Markup | null {
  if (rows.length === 0) return null;
  const figures = rows.map(({ row, label, predicted, probability, labelProbability }) => {
    const other = html`, predicted <strong>${name(predicted, 40)}</strong> ${percent(probability)}`;
    const words = html`${count(row)}: <strong>${name(label, 40)}</strong> ${percent(labelProbability)}${label === predicted ? null : other}`;
    return html`<figure class="picture"><img src="${pictures(row)}" alt="the image of row ${count(row)}"><figcaption>${words}</figcaption></figure>`;
  });
  return html`<h3>${title}</h3><div class="gallery">${figures}</div>`;
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
