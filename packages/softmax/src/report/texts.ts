import type { Excerpt, JudgedText, Report } from "@softmax/core";
import { html, type Markup, name } from "./html.ts";
import { count, percent, signed } from "./numbers.ts";

/**
 * Texts that are worth a look, with the words marked that push them. Not shown of a model that is no better than the
 * baseline.
 */
export function textsSection({ texts, evaluation }: Report): Markup | null {
  if (texts === undefined || evaluation.metrics.noBetterThanBaseline) return null;
  const { column, typical, doubtful, mislabelled } = texts;
  return html`<section><h2>Texts to look at</h2><p>From ${name(column, 60)}. Each was judged by a model that had not seen it. Words that speak <mark style="--share:.6">for the predicted label</mark> and <mark class="less" style="--share:.6">against it</mark> are marked, as the final model weighs them.</p>${list("Perhaps wrongly labelled", "Of all labels these are the least probable: either the label is wrong, or the model does not understand the text.", mislabelled)}${list("Doubtful", "The two most probable labels are nearest to each other here.", doubtful)}${list("Typical", "The surest of those that are right, for each class.", typical)}</section>`;
}

const list = (title: string, meaning: string, texts: readonly JudgedText[]): Markup | null =>
  texts.length === 0
    ? null
    : html`<h3>${title}</h3><p>${meaning}</p>${texts.map((text) => judgedText(text))}`;

function judgedText(text: JudgedText): Markup {
  const { row, label, predicted, probability, labelProbability, excerpt } = text;
  const verdict =
    label === predicted
      ? html`<strong>${name(label, 40)}</strong> ${probable(probability)}`
      : html`labelled <strong>${name(label, 40)}</strong> (${probable(labelProbability)}), predicted <strong>${name(predicted, 40)}</strong> (${probable(probability)})`;
  return html`<p class="judged">Row ${count(row)}: ${verdict}</p>${excerptText(excerpt)}`;
}

/** On one line. */
const probable = (share: number): string => percent(share).replace(" ", "\u00a0");

function excerptText({ before, after, parts }: Excerpt): Markup {
  const largest = Math.max(...parts.map(({ weight }) => Math.abs(weight)), 0);
  const marked = parts.map(({ text, weight }) => {
    const plain = oneLine(text);
    if (weight === 0 || plain.trim() === "") return html`${plain}`;
    const share = (Math.abs(weight) / largest).toFixed(2);
    return html`<mark class="${weight < 0 ? "less" : "more"}" style="--share:${share}" title="${signed(weight)}">${plain}</mark>`;
  });
  return html`<p class="excerpt" dir="auto"><bdi>${before ? "… " : ""}${marked}${after ? " …" : ""}</bdi></p>`;
}

/** Line ends and control characters as spaces. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
