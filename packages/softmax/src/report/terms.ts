import type { LabelTerms, TermEffect } from "@softmax/core";
import { effectBar } from "./charts.ts";
import { html, type Markup, name, scrolling } from "./html.ts";
import { count, factor } from "./numbers.ts";

/** Terms shown of two classes in each direction, of more for each class, and classes listed; the rest is in the JSON. */
const TERMS = 10;
const CLASS_TERMS = 8;
const CLASSES = 30;

/** The terms of a column of texts that move its classes most. */
export function termsPart(terms: readonly LabelTerms[]): Markup {
  if (terms.every(({ up, down }) => up.length + down.length === 0)) {
    return html`<p>No term has a name to show: they are hashed, or none has a weight.</p>`;
  }
  return terms.length === 1 ? twoClassTerms(terms[0]) : manyClassTerms(terms);
}

function twoClassTerms({ label, up, down }: LabelTerms): Markup {
  const shown = [...up.slice(0, TERMS), ...down.slice(0, TERMS)].sort(
    (a, b) => b.logOdds - a.logOdds,
  );
  const largest = Math.max(Math.LN2, ...shown.map(({ logOdds }) => Math.abs(logOdds)));
  const lines = shown.map(
    (term) =>
      html`<tr><th scope="row">${termName(term)}</th><td class="bar">${effectBar(term.logOdds, largest)}</td><td>${factor(term.logOdds)}</td><td>${count(term.texts)}</td></tr>`,
  );
  return html`<p>What a term does, on average, to the odds of <strong>${name(label, 40)}</strong> of a text that holds it. “^” is the start of a text.</p>${scrolling(html`<table class="levels"><tr><th></th><th></th><th scope="col">odds</th><th scope="col">texts</th></tr>${lines}</table>`)}`;
}

function manyClassTerms(terms: readonly LabelTerms[]): Markup {
  const lines = terms.slice(0, CLASSES).map(({ label, up }) => {
    const list = up
      .slice(0, CLASS_TERMS)
      .map(
        (term, i) =>
          html`${i === 0 ? "" : ", "}<span class="term">${termName(term)} ${factor(term.logOdds)}</span>`,
      );
    return html`<tr><th scope="row">${name(label, 40)}</th><td>${list}</td></tr>`;
  });
  const more = terms.length - CLASSES;
  const rest = more > 0 ? html`<p>${count(more)} more classes: see the JSON report.</p>` : null;
  return html`<p>The terms that speak most for each class, and by how much they multiply its weight in a text that holds them, on average. “^” is the start of a text.</p><table class="terms">${lines}</table>${rest}`;
}

const termName = ({ term }: TermEffect): Markup => name(term, 40);
