import type {
  ChiSquareTest,
  Coefficient,
  Inference,
  MarginalEffect,
  StatisticsReport,
} from "@softmax/core";
import { html, type Markup, name, scrolling } from "./html.ts";
import { count, figure, plural, pValue, weighted } from "./numbers.ts";

/** What the page and the terminal show of an inference. */
export type Statistics = Omit<Inference, "covarianceMatrix">;

/** Lines of a table at most; the rest is in the JSON. */
const LISTED = 200;

/** Coefficients, tests and effects of a fit without a penalty, or why there are none; null where they were not asked for. */
export function statisticsSection(found: StatisticsReport | undefined): Markup | null {
  if (found === undefined) return null;
  if ("refused" in found) {
    return html`<section><h2>Statistics</h2><p>There are none: <bdi>${found.refused}</bdi>.</p></section>`;
  }
  return html`<section><h2>Statistics</h2><p>${modelSentence(found)} It is a fit of its own, in which columns enter as they are: its coefficients are not the weights of the model that predicts.</p>${rowsSentence(found)}${referencesSentence(found)}${statisticsParts(found)}</section>`;
}

/** All that is found, but for what the model is. */
function statisticsParts(found: Statistics): Markup {
  return html`${coefficientTables(found)}${testTable(found)}${fitTable(found)}${effectTables(found)}${remarkList(found)}`;
}

function modelSentence(found: Statistics): Markup {
  const { classes, base, target } = found;
  const two = classes.length === 2;
  const model = two ? "Logit" : `Multinomial logit (${classes.length} classes)`;
  const own = two ? classes.find((label) => label !== base) : undefined;
  const outcome = html`${target === null ? "the outcome" : name(target, 60)}${own === undefined ? null : html` = ${name(own, 40)}`}`;
  return html`${model} of ${outcome} against ${name(base, 40)}, without a penalty; ${errorWords(found)}.`;
}

/** Where the standard errors come from. */
export function errorWords({ covariance, clusters, weights, rows }: Statistics): string {
  const weighing =
    weights === "none" ? "" : `; ${weights} weights, together ${weighted(rows.weight)}`;
  switch (covariance) {
    case "information":
      return `standard errors from the observed information${weighing}`;
    case "robust":
      return `robust (Huber-White) standard errors${weighing}`;
    case "clustered":
      return `standard errors by ${plural(clusters as number, "cluster")}${weighing}`;
  }
}

/** "1,043 rows used of 1,309; left out: 266 with a missing value" */
export function rowWords({ rows }: Statistics): string {
  const left = [
    ...(rows.incomplete > 0 ? [`${count(rows.incomplete)} with a missing value`] : []),
    ...(rows.unlabelled > 0 ? [`${count(rows.unlabelled)} without an outcome`] : []),
    ...(rows.weightless > 0 ? [`${count(rows.weightless)} of weight 0`] : []),
  ];
  return `${plural(rows.used, "row")} used of ${count(rows.read)}${left.length > 0 ? `; left out: ${left.join(", ")}` : ""}`;
}

function rowsSentence(found: Statistics): Markup {
  const { missing } = found.rows;
  const listed = missing.map(
    ({ column, rows }, i) => html`${i === 0 ? "" : ", "}${name(column, 40)} ${count(rows)}`,
  );
  return html`<p>${rowWords(found)}.${missing.length === 0 ? null : html` Missing: ${listed}.`}</p>`;
}

function referencesSentence({ columns }: Statistics): Markup | null {
  const compared = columns.filter(({ reference }) => reference !== null);
  if (compared.length === 0) return null;
  const listed = compared.map(
    (column, i) =>
      html`${i === 0 ? "" : ", "}${name(column.name, 40)} ${name(column.reference as string, 40)}`,
  );
  return html`<p>Levels are compared with: ${listed}.</p>`;
}

/** What a coefficient or an effect is of. */
const termOf = ({ column, level }: Pick<Coefficient, "column" | "level">): Markup =>
  column === null
    ? html`(intercept)`
    : html`${name(column, 60)}${level === null ? null : html` = ${name(level, 40)}`}`;

/** "95 %", "99.9 %" */
export const levelWords = (level: number): string => `${Number((100 * level).toPrecision(6))} %`;

/** A table that scrolls by itself, with its first lines. */
function table(caption: Markup | string, heads: readonly string[], lines: readonly Markup[]) {
  const more = lines.length - LISTED;
  const rest = more > 0 ? html`<p>${plural(more, "more line")}: see the JSON report.</p>` : null;
  return html`<h3>${caption}</h3>${scrolling(html`<table class="statistics"><tr><th></th>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr>${lines.slice(0, LISTED)}</table>`)}${rest}`;
}

const line = (head: Markup | string, cells: readonly string[]): Markup =>
  html`<tr><th scope="row">${head}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;

function coefficientTables({ coefficients, classes, base, level }: Statistics): Markup[] {
  const two = classes.length === 2;
  const heads = ["coef.", "s.e.", "z", "p", `${levelWords(level)} interval`];
  return classes
    .filter((label) => label !== base)
    .map((label) => {
      const lines = coefficients
        .filter((one) => one.class === label)
        .map((one) =>
          line(termOf(one), [
            ...[figure(one.estimate), figure(one.standardError), one.z.toFixed(2), pValue(one.p)],
            intervalOf(one),
            one.column === null ? "" : figure(one.ratio.value),
          ]),
        );
      const title = two
        ? "Coefficients"
        : html`Coefficients of ${name(label, 40)} against ${name(base, 40)}`;
      return table(title, [...heads, two ? "odds ×" : "risk ×"], lines);
    });
}

const intervalOf = ({ low, high }: Pick<Coefficient, "low" | "high">): string =>
  `${figure(low)} to ${figure(high)}`;

const testCells = (test: ChiSquareTest | null): string[] =>
  test === null ? ["–", "–"] : [figure(test.statistic), pValue(test.p)];

function testTable({ tests, overall }: Statistics): Markup {
  const withRatio = tests.some(({ likelihoodRatio }) => likelihoodRatio !== null);
  const lines = tests.map(({ column, wald, likelihoodRatio }) =>
    line(name(column, 60), [
      String(wald?.df ?? likelihoodRatio?.df ?? ""),
      ...(withRatio ? testCells(likelihoodRatio) : []),
      ...testCells(wald),
    ]),
  );
  const isRatio = overall?.kind === "likelihood ratio";
  const whole = testCells(overall);
  const cells = withRatio ? (isRatio ? [...whole, "", ""] : ["", "", ...whole]) : whole;
  const heads = ["df", ...(withRatio ? ["LR χ²", "p"] : []), "Wald χ²", "p"];
  const all = line("all together", [String(overall?.df ?? ""), ...cells]);
  return table("Whole columns", heads, [...lines.slice(0, LISTED - 1), all]);
}

function fitTable(found: Statistics): Markup {
  const { logLikelihood, nullLogLikelihood, mcFadden, aic, bic, weights, parameters } = found;
  const facts: readonly (readonly [string, string])[] = [
    [weights === "probability" ? "pseudo log-likelihood" : "log-likelihood", fixed(logLikelihood)],
    ["with intercepts alone", fixed(nullLogLikelihood)],
    ["coefficients", count(parameters)],
    ["McFadden's R²", mcFadden.toFixed(4)],
    ...(aic === null ? [] : [["AIC", aic.toFixed(2)] as const]),
    ...(bic === null ? [] : [["BIC", bic.toFixed(2)] as const]),
  ];
  return html`<h3>The fit</h3><table class="facts">${facts.map(([fact, value]) => line(fact, [value]))}</table>`;
}

const fixed = (value: number): string => value.toFixed(4);

function effectTables({ effects, classes, base, level }: Statistics): Markup | null {
  if (effects.length === 0) return null;
  const two = classes.length === 2;
  const labels = classes.filter((label) => !two || label !== base);
  const heads = ["effect", "s.e.", "p", `${levelWords(level)} interval`];
  const tables = labels.map((label) =>
    table(
      html`Average marginal effects on the probability of ${name(label, 40)}`,
      heads,
      effects.filter((one) => one.class === label).map(effectLine),
    ),
  );
  return html`${tables}<p>Of one unit more of a number, and of a level instead of the one that it is compared with.</p>`;
}

const effectLine = (effect: MarginalEffect): Markup =>
  line(termOf(effect), [
    ...[figure(effect.estimate), figure(effect.standardError), pValue(effect.p)],
    intervalOf(effect),
  ]);

const remarkList = ({ remarks }: Statistics): Markup | null =>
  remarks.length === 0
    ? null
    : html`<ul>${remarks.map((remark) => html`<li><bdi>${remark}</bdi></li>`)}</ul>`;
