import type { ColumnEffect, ColumnReport, LevelEffect, Report } from "@softmax/core";
import { effectBar, linesChart, type Point, sizeBar } from "./charts.ts";
import { contrastOf, shownLabels, slopeOf } from "./contrast.ts";
import { html, type Markup, name, scrolling } from "./html.ts";
import { dateText, factor, fold, plural, short } from "./numbers.ts";
import { factorTicks, rangeOf, ticks } from "./scales.ts";
import { termsPart } from "./terms.ts";

/** Columns in the overview, columns drawn and levels listed at most; the rest is in the JSON. */
const LISTED = 20;
const DRAWN = 10;
const LEVELS = 10;
/** A column that moves the logits by less than this share of the first is not drawn. */
const SMALL = 0.02;

/**
 * What moves a prediction: each column's effect on the odds, in the units of the data, the largest first. Not told of a
 * model that is no better than the baseline: it would be noise in words.
 */
export function effectsSection({ effects, columns, evaluation }: Report): Markup | null {
  const largest = effects[0]?.importance ?? 0;
  if (!(largest > 0)) return null;
  if (evaluation.metrics.noBetterThanBaseline) {
    return html`<section><h2>What moves the prediction</h2><p>Nothing that would be worth telling: the model is no better than the baseline.</p></section>`;
  }
  const reports = new Map(columns.map((column) => [column.name, column]));
  const drawn = effects
    .slice(0, DRAWN)
    .filter(({ importance }) => importance >= SMALL * largest)
    .map((effect) => effectArticle(effect, reports.get(effect.name)));
  const several =
    effects[0].labels.length === 1
      ? null
      : html`<p>With several classes a factor is that of a class's weight among all: the odds between two classes change by the ratio of their factors.</p>`;
  return html`<section><h2>What moves the prediction</h2><p>Each column's own part in the odds of a class, all other columns held as they are. ×2 doubles the odds: 10 % becomes 18 %, and 50 % becomes 67 %. This is what goes together in the data, which need not be what causes what.</p>${several}${overview(effects, largest)}${drawn}</section>`;
}

function overview(effects: readonly ColumnEffect[], largest: number): Markup {
  const lines = effects
    .slice(0, LISTED)
    .map(
      (effect) =>
        html`<tr><th scope="row">${name(effect.name, 60)}</th><td class="bar">${sizeBar(effect.importance, largest)}</td></tr>`,
    );
  const more = effects.length - LISTED;
  const rest = more > 0 ? html`<p>${plural(more, "more column")} move it less.</p>` : null;
  return html`<table class="overview">${lines}</table>${rest}`;
}

function effectArticle(effect: ColumnEffect, report: ColumnReport | undefined): Markup {
  const { levels, curve, terms } = effect;
  if (terms !== null)
    return html`<article><h3>${name(effect.name, 120)}</h3>${termsPart(terms)}</article>`;
  const measured = effect.kind === "numeric" || effect.kind === "date";
  const moves = measured
    ? html`${slopeSentence(effect, report)}${curveSentence(effect)}`
    : levelSentence(effect);
  const chart = curve === null ? null : curveFigure(effect, report);
  const rest = measured
    ? levels.map((level) => html`<p>${asideSentence(effect, level)}</p>`)
    : levelTable(effect);
  return html`<article><h3>${name(effect.name, 120)}</h3><p>${moves}</p>${chart}${rest}</article>`;
}

/** "the odds of yes", "the odds of red against blue" */
function oddsOf({ labels }: ColumnEffect, label: number, against: number | null): Markup {
  const strong = (c: number): Markup => html`<strong>${name(labels[c], 40)}</strong>`;
  const rival = against === null ? null : html` against ${strong(against)}`;
  return html`the odds of ${strong(label)}${rival}`;
}

function slopeSentence(effect: ColumnEffect, report: ColumnReport | undefined): Markup | null {
  const slope = slopeOf(effect, isWhole(report));
  if (slope === null) return null;
  const { label, against, step, logOdds } = slope;
  const unit = effect.kind === "date" ? timeText(step) : short(step);
  const verb = logOdds < 0 ? "divides" : "multiplies";
  return html`Each additional ${unit} ${verb} ${oddsOf(effect, label, against)} by ${fold(Math.abs(logOdds))}. `;
}

/** A step in days, in words. */
function timeText(days: number): string {
  if (days < 365) return days === 1 ? "day" : `${days} days`;
  return days < 3652 ? "year" : "ten years";
}

const isWhole = (report: ColumnReport | undefined): boolean => {
  const range = report?.range ?? null;
  return range !== null && [range.low, range.median, range.high].every(Number.isInteger);
};

function curveSentence(effect: ColumnEffect): Markup | null {
  const { curve, kind } = effect;
  if (curve === null) return null;
  const contrast = contrastOf(
    effect,
    curve.map((point) => point.logOdds),
  );
  if (contrast === null) return null;
  const place = (at: number): string =>
    kind === "date" ? dateText(curve[at].x) : short(curve[at].x);
  const { label, against, low, high, size } = contrast;
  return html`At ${place(high)}, ${oddsOf(effect, label, against)} are ${fold(size)} times those at ${place(low)}. `;
}

function levelSentence(effect: ColumnEffect): Markup | null {
  const { levels } = effect;
  const contrast = contrastOf(
    effect,
    levels.map((level) => level.logOdds),
  );
  if (contrast === null) return null;
  const { label, against, low, high, size } = contrast;
  return html`For ${levelName(levels[high])}, ${oddsOf(effect, label, against)} are ${fold(size)} times those for ${levelName(levels[low])}.`;
}

/** A frequent or a missing value of a column of measurements, beside its line or curve. */
function asideSentence(effect: ColumnEffect, level: LevelEffect): Markup {
  const { labels, kind } = effect;
  const value = kind === "date" ? dateText(Number(level.level)) : level.level;
  const where = level.role === "missing" ? html`Where it is missing` : html`At exactly ${value}`;
  if (labels.length === 1) {
    return html`${where}: ${factor(level.logOdds[0])} the average odds of ${name(labels[0], 40)}.`;
  }
  const list = shownLabels(effect).map(
    (c, i) => html`${i === 0 ? "" : ", "}${name(labels[c], 40)} ${factor(level.logOdds[c])}`,
  );
  return html`${where}: ${list}.`;
}

function levelName({ level, role }: LevelEffect): Markup {
  if (role === "missing") return html`<i>missing</i>`;
  return role === "other" ? html`<i>any other</i>` : name(level ?? "", 60);
}

function curveFigure(effect: ColumnEffect, report: ColumnReport | undefined): Markup {
  const curve = effect.curve ?? [];
  const shown = shownLabels(effect);
  const lines = shown.map((c) => curve.map(({ x, logOdds }): Point => [x, logOdds[c]]));
  const yRange = rangeOf(lines.flatMap((line) => line.map((point) => point[1])));
  const xRange = rangeOf(
    curve.map((point) => point.x),
    0,
  );
  const dates =
    effect.kind === "date"
      ? { ticks: ticks(xRange).map((value) => ({ value, text: dateText(value).slice(0, 7) })) }
      : {};
  const two = effect.labels.length === 1;
  const chart = linesChart(
    `Effect of ${report?.name ?? effect.name}`,
    lines,
    [
      { range: xRange, label: effect.kind === "date" ? "date" : "value of the column", ...dates },
      { range: yRange, label: two ? "odds" : "weight of the class", ticks: factorTicks(yRange) },
    ],
    { level: 0 },
  );
  const key = two ? null : legend(shown.map((c) => effect.labels[c]));
  return html`<figure>${chart}${key}</figure>`;
}

/** Which line is which. */
export const legend = (labels: readonly string[]): Markup =>
  html`<figcaption>${labels.map((label, i) => html`<span class="key"><svg viewBox="0 0 22 8" aria-hidden="true"><path class="line s${i}" d="M1 4L21 4"/></svg>${name(label, 40)}</span> `)}</figcaption>`;

function levelTable(effect: ColumnEffect): Markup {
  const shown = shownLabels(effect);
  const strength = (level: LevelEffect): number =>
    Math.max(...shown.map((c) => Math.abs(level.logOdds[c])));
  const listed = [...effect.levels].sort((a, b) => strength(b) - strength(a)).slice(0, LEVELS);
  const largest = Math.max(Math.LN2, ...listed.map(strength));
  const more = effect.levels.length - listed.length;
  const rest = more > 0 ? html`<p>${plural(more, "more level")} move it less.</p>` : null;
  const table =
    shown.length === 1 ? twoClassLevels(listed, largest) : manyClassLevels(effect, listed, largest);
  return html`${scrolling(table)}${rest}`;
}

function twoClassLevels(levels: readonly LevelEffect[], largest: number): Markup {
  const sorted = [...levels].sort((a, b) => b.logOdds[0] - a.logOdds[0]);
  const lines = sorted.map(
    (level) =>
      html`<tr><th scope="row">${levelName(level)}</th><td class="bar">${effectBar(level.logOdds[0], largest)}</td><td>${factor(level.logOdds[0])}</td></tr>`,
  );
  return html`<table class="levels">${lines}</table>`;
}

function manyClassLevels(
  effect: ColumnEffect,
  levels: readonly LevelEffect[],
  largest: number,
): Markup {
  const shown = shownLabels(effect);
  const head = shown.map((c) => html`<th scope="col">${name(effect.labels[c], 20)}</th>`);
  const lines = levels.map((level) => {
    const cells = shown.map((c) => {
      const value = level.logOdds[c];
      const share = (Math.abs(value) / (largest || 1)).toFixed(3);
      return html`<td class="${value < 0 ? "less" : "more"}" style="--share:${share}">${factor(value)}</td>`;
    });
    return html`<tr><th scope="row">${levelName(level)}</th>${cells}</tr>`;
  });
  return html`<table class="levels"><tr><th></th>${head}</tr>${lines}</table>`;
}
