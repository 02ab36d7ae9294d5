import type { ChiSquareTest, Coefficient, MarginalEffect } from "@softmax/core";
import { count, figure, plural, pValue } from "../report/numbers.ts";
import { errorWords, levelWords, rowWords, type Statistics } from "../report/statistics.ts";
import {
  columns as columnsOf,
  type TableColumn,
  tableText,
  visible,
  WIDTH,
  withFlags,
  wrap,
} from "./text.ts";

/** Characters of a column's name and level, at the least. */
const NAME = 8;

/** An inference as a person at a terminal reads it, within 80 characters. */
export function inferenceText(found: Statistics, source: string): string {
  return [
    ...headLines(found, source),
    ...coefficientLines(found),
    ...testLines(found),
    ...fitLines(found),
    ...effectLines(found),
    ...found.remarks.flatMap((remark) => wrap(`Note: ${withFlags(remark)}`)),
  ]
    .join("\n")
    .trimEnd();
}

/** What was fitted on what. */
export function headLines(found: Statistics, source: string): string[] {
  const { rows, classes, base, target, columns } = found;
  const lacking = rows.missing.map(({ column, rows: n }) => `${column} ${count(n)}`).join(", ");
  const model = classes.length === 2 ? "Logit" : `Multinomial logit (${classes.length} classes)`;
  const outcome = classes.length === 2 ? `${target} = ${classes.find((c) => c !== base)}` : target;
  const references = columns
    .filter(({ reference }) => reference !== null)
    .map(({ name, reference }) => `${name} ${reference}`);
  return [
    ...wrap(`${source}: ${rowWords(found)}`),
    ...(lacking === "" ? [] : wrap(`Missing: ${lacking}`)),
    ...wrap(`${model} of ${outcome} against ${base}, without a penalty; ${errorWords(found)}.`),
    ...(references.length === 0 ? [] : wrap(`Compared with: ${references.join(", ")}`)),
    "",
  ];
}

const nameOf = ({ column, level }: Pick<Coefficient, "column" | "level">): string =>
  visible(column === null ? "(intercept)" : level === null ? column : `${column} = ${level}`);

/** `tableText` in which names, in column `at`, are cut before numbers are. */
function numbersFirst(
  head: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  at: number,
): string {
  const others = head.map(({ head: title }, j) =>
    j === at ? 0 : 1 + Math.max(columnsOf(title), ...rows.map((row) => columnsOf(row[j]))),
  );
  const most = Math.max(NAME, WIDTH - 1 - others.reduce((sum, width) => sum + width, 0));
  return tableText(
    head.map((column, j) => (j === at ? { ...column, most } : column)),
    rows,
  );
}

const right = (head: string): TableColumn => ({ head, align: "right" });

function coefficientLines({ coefficients, classes, base, level }: Statistics): string[] {
  const ratio = classes.length === 2 ? "odds ×" : "risk ×";
  return classes
    .filter((label) => label !== base)
    .flatMap((label) => {
      const own = coefficients.filter((one) => one.class === label);
      const rows = own.map((one) => [
        nameOf(one),
        figure(one.estimate),
        figure(one.standardError),
        one.z.toFixed(2),
        pValue(one.p),
        `${figure(one.low)} – ${figure(one.high)}`,
        one.column === null ? "" : figure(one.ratio.value),
      ]);
      const table = numbersFirst(
        [
          { head: classes.length === 2 ? "" : visible(label) },
          right("coef."),
          right("s.e."),
          right("z"),
          right("p"),
          right(`${levelWords(level)} interval`),
          right(ratio),
        ],
        rows,
        0,
      );
      return [table, ""];
    });
}

export function testLines({ tests, overall }: Statistics): string[] {
  const cells = (test: ChiSquareTest | null): string[] =>
    test === null ? ["–", "–"] : [figure(test.statistic), pValue(test.p)];
  const withRatio = tests.some(({ likelihoodRatio }) => likelihoodRatio !== null);
  const rows = tests.map(({ column, wald, likelihoodRatio }) => [
    visible(column),
    String(wald?.df ?? likelihoodRatio?.df ?? ""),
    ...(withRatio ? cells(likelihoodRatio) : []),
    ...cells(wald),
  ]);
  const whole = overall === null ? ["–", "–"] : [figure(overall.statistic), pValue(overall.p)];
  const isWald = overall === null || overall.kind === "Wald";
  const last = ["all together", String(overall?.df ?? ""), ...whole];
  rows.push(withRatio ? [...last, ...(isWald ? ["", ""] : ["", ""])] : last);
  return [
    numbersFirst(
      [
        { head: "whole columns" },
        right("df"),
        ...(withRatio ? [right("LR chi2"), right("p")] : []),
        right("Wald chi2"),
        right("p"),
      ],
      rows,
      0,
    ),
    "",
  ];
}

export function fitLines(found: Statistics): string[] {
  const { logLikelihood, nullLogLikelihood, mcFadden, aic, bic, weights, parameters } = found;
  const name = weights === "probability" ? "Pseudo log-likelihood" : "Log-likelihood";
  const criteria =
    aic === null || bic === null ? "" : `; AIC ${aic.toFixed(2)}, BIC ${bic.toFixed(2)}`;
  return [
    ...wrap(
      `${name} ${logLikelihood.toFixed(4)} (intercepts alone ${nullLogLikelihood.toFixed(4)}), ${plural(parameters, "coefficient")}; McFadden's R2 ${mcFadden.toFixed(4)}${criteria}`,
    ),
    "",
  ];
}

function effectLines({ effects, classes, base, level }: Statistics): string[] {
  if (effects.length === 0) return [];
  const shown = classes.length === 2 ? effects.filter((one) => one.class !== base) : effects;
  const groups = classes.filter((label) => shown.some((one) => one.class === label));
  const rows = groups.flatMap((label) =>
    shown
      .filter((one) => one.class === label)
      .map((one, i) => [...(classes.length === 2 ? [] : [i === 0 ? label : ""]), ...cellsOf(one)]),
  );
  return [
    ...wrap(
      "Average marginal effects on probabilities: of one unit more of a number, of a level instead of the reference:",
    ),
    numbersFirst(
      [
        ...(classes.length === 2 ? [] : [{ head: "class", most: 12 }]),
        { head: "" },
        right("effect"),
        right("s.e."),
        right("p"),
        right(`${levelWords(level)} interval`),
      ],
      rows,
      classes.length === 2 ? 0 : 1,
    ),
    "",
  ];
}

const cellsOf = (effect: MarginalEffect): string[] => [
  nameOf(effect),
  figure(effect.estimate),
  figure(effect.standardError),
  pValue(effect.p),
  `${figure(effect.low)} – ${figure(effect.high)}`,
];
