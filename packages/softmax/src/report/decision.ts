import type { DecidedMetrics, DecisionReport, Report, SetsReport } from "@softmax/core";
import { linesChart, type Point } from "./charts.ts";
import { html, type Markup, name, scrolling } from "./html.ts";
import { metric, percent, plural, short, signed } from "./numbers.ts";
import { rangeOf } from "./scales.ts";

type Score = DecidedMetrics["aim"] | "coverage";

const SCORE_NAMES = new Map<Score, string>([
  ["accuracy", "accuracy"],
  ["balancedAccuracy", "balanced accuracy"],
  ["macroF1", "macro F1"],
  ["precision", "precision"],
  ["recall", "recall"],
  ["f1", "F1"],
  ["cost", "mean cost"],
  ["topAccuracy", "among the top"],
  ["coverage", "share decided"],
]);
const SCORES = [...SCORE_NAMES.keys()];

/** What a score of labels is called. */
export const scoreName = (score: Score): string => SCORE_NAMES.get(score) as string;

/** How labels are decided, and what that does beside the most probable label; null where it is that one. */
export function decisionSection({ decision, classes }: Report): Markup | null {
  if (decision === undefined) return null;
  const { chosen, measured, reached } = decision;
  const lines = chosen.map(
    ({ of, class: label, value, parts, spread }) =>
      html`<tr><th scope="row">${of}${label === null ? null : html` of ${name(label, 40)}`}</th><td>${metric(value)}</td><td>${metric(Math.min(...parts))} – ${metric(Math.max(...parts))}</td><td>${spread === null ? "" : `${metric(spread.mean)} ± ${metric(spread.deviation)}`}</td></tr>`,
  );
  const numbers =
    chosen.length === 0
      ? null
      : scrolling(
          html`<table><tr><th></th><th scope="col">chosen</th><th scope="col">by part</th><th scope="col">over samples of the rows</th></tr>${lines}</table>`,
        );
  const warning = reached
    ? null
    : html`<p><strong>What was asked for is not reached on these rows.</strong></p>`;
  return html`<section><h2>How a label is decided</h2><p>${aimSentence(decision)} What is chosen for a row is chosen on other rows.</p>${warning}${numbers}${measured === null ? null : measuredPart(measured, classes[measured.baselineLabel].label)}</section>`;
}

function aimSentence({ by, at, class: label, abstain }: DecisionReport): Markup {
  const of = label === null ? null : html` of ${name(label, 40)}`;
  const value = at === null ? "" : ` (${short(at)})`;
  const rest = abstain === null ? null : html` Rows in doubt are left to a person.`;
  return html`Decided by ${by}${value}${of}.${rest}`;
}

function measuredPart(measured: DecidedMetrics, baseline: string): Markup {
  const { decided, argmax, baseline: always, aim, gain, riskCoverage } = measured;
  const lines = SCORES.map((score) => {
    const value = decided[score];
    if (value == null) return null;
    const cell = (other: typeof value | null): string => (other == null ? "" : metric(other.value));
    return html`<tr><th scope="row">${scoreName(score)}</th><td>${metric(value.value)}<small class="interval">${metric(value.low)} – ${metric(value.high)}</small></td><td>${cell(argmax[score])}</td><td>${cell(always[score])}</td></tr>`;
  });
  return html`${scrolling(html`<table><tr><th></th><th scope="col">decided so</th><th scope="col">most probable</th><th scope="col">always ${name(baseline, 20)}</th></tr>${lines}</table>`)}<p>Gain in ${scoreName(aim)} over the most probable label: ${signed(gain.value, 3)} (${signed(gain.low, 3)} to ${signed(gain.high, 3)}).</p>${riskFigure(riskCoverage)}`;
}

function riskFigure({ points }: DecidedMetrics["riskCoverage"]): Markup | null {
  if (points.length < 2) return null;
  const line = points.map(({ coverage, risk }): Point => [coverage, risk]);
  const axes = [
    { range: [0, 1], label: "share of rows decided, the surest first" },
    { range: rangeOf([0, ...line.map(([, risk]) => risk)]), label: "mean cost or share wrong" },
  ] as const;
  return html`<figure>${linesChart("Risk by share of rows decided", [line], axes)}</figure>`;
}

/** Sets of labels with what is guaranteed of them; null where there are none. */
export function setsSection({ sets, classes }: Report): Markup | null {
  if (sets === undefined) return null;
  return html`<section><h2>Sets of labels</h2><p>${promiseSentence(sets)}</p>${measuredSets(sets, classes)}</section>`;
}

function promiseSentence({
  method,
  from,
  coverage,
  guaranteed,
  perClass,
  rows,
}: SetsReport): string {
  if (from === "cv+") {
    return `Made for ${percent(coverage)} of new rows like these (${method}, CV+ over ${plural(rows, "row")}); what is guaranteed is ${percent(guaranteed)}.`;
  }
  return `They hold the true label for at least ${percent(coverage)} of new rows like these${perClass ? ", in each class" : ""} (${method}): guaranteed by ${plural(rows, "row")} that were set aside.`;
}

function measuredSets({ measured }: SetsReport, classes: Report["classes"]): Markup | null {
  if (measured === null) return null;
  const { coverage, size, sizes, classes: byClass } = measured;
  const lines = byClass
    .slice(0, 40)
    .map((share, c) =>
      share === null
        ? null
        : html`<tr><th scope="row">${name(classes[c].label, 60)}</th><td>${percent(share.value)}<small class="interval">${percent(share.low)} – ${percent(share.high)}</small></td></tr>`,
    );
  const counts = sizes
    .slice(0, 8)
    .map((share, at) => `${plural(at + 1, "label")} ${percent(share)}`)
    .join(", ");
  return html`<p>Measured on ${plural(measured.rows, "row")}: ${percent(coverage.value)} (${percent(coverage.low)} – ${percent(coverage.high)}) of the sets hold it, with ${short(size.value)} labels on average: ${counts}.</p><table><tr><th scope="col">true label</th><th scope="col">in its set</th></tr>${lines}</table>`;
}
