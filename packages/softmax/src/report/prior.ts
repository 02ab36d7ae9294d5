import type { Estimate, Evaluation, PriorShare } from "@softmax/core";
import { html, type Markup, name, scrolling } from "./html.ts";
import { metric, percent } from "./numbers.ts";

/** Classes whose share of a prior is named. */
export const PRIOR_CLASSES = 6;

/** How good the probabilities for the stated prior are, beside those for the shares of the training; null without one. */
export function priorSection({ metrics, atPrior }: Evaluation): Markup | null {
  if (atPrior === undefined) return null;
  const there = atPrior.metrics;
  const lines = COMPARED.map(([key, label]) => {
    const base = key === "accuracy" || key === "logLoss" ? there.baseline[key] : null;
    return html`<tr><th scope="row">${label}</th>${cell(metrics[key])}${cell(there[key])}<td>${base === null ? "" : metric(base.value)}</td></tr>`;
  });
  const { positive } = there;
  const own =
    positive === null
      ? null
      : html` Of ${name(atPrior.prior[positive].label, 40)} the precision is then ${metric(there.perClass[positive].precision)}, the recall ${metric(there.perClass[positive].recall)}.`;
  return html`<section><h2>At the stated prior</h2><p>The model is for rows of which ${priorList(atPrior.prior)}. The same rows, weighted as if their classes had these shares:</p>${scrolling(html`<table><tr><th></th><th scope="col">in training</th><th scope="col">at the prior</th><th scope="col">baseline there</th></tr>${lines}</table>`)}<p>With perfect calibration the ECE at the prior would read ${metric(there.eceExpected.value)}.${own}</p></section>`;
}

const COMPARED = [
  ["accuracy", "Accuracy"],
  ["logLoss", "Log loss"],
  ["brier", "Brier score"],
  ["ece", "ECE"],
] as const;

const cell = ({ value, low, high }: Estimate): Markup =>
  html`<td>${metric(value)}<small class="interval">${metric(low)} – ${metric(high)}</small></td>`;

function priorList(prior: readonly PriorShare[]): Markup {
  const shown = prior
    .slice(0, PRIOR_CLASSES)
    .map(
      ({ label, share }, i) =>
        html`${i === 0 ? "" : ", "}${shareWords(share)} are ${name(label, 40)}`,
    );
  const more = prior.length - shown.length;
  return html`${shown}${more > 0 ? ` and the rest of ${more} more classes` : ""}`;
}

/** A share with as many digits as small ones need. */
export const shareWords = (share: number): string =>
  share < 0.01 ? `${Number((100 * share).toPrecision(2))} %` : percent(share);
