import type {
  ColumnEffect,
  ColumnReport,
  Decision,
  Estimate,
  Evaluation,
  Report,
} from "@softmax/core";
import type { TableSource } from "../data/source.ts";
import { hiddenChoice } from "../report/hidden.ts";
import {
  bytes,
  count,
  metric,
  percent,
  plural,
  signed,
  usedWords,
  weighted,
} from "../report/numbers.ts";
import { bestTrials } from "../report/tried.ts";
import { unusualCalibrationLines } from "./calibration.ts";
import { curveLines } from "./curve.ts";
import { decisionReportLines, measuredLines, setLines } from "./decision-lines.ts";
import { dialectWords } from "./dialect.ts";
import { lookLines } from "./looks.ts";
import { calibrationLines, priorLines } from "./prior-summary.ts";
import { statisticsLines } from "./statistics.ts";
import {
  columns as columnsOf,
  commandLines,
  shellWord,
  tableText,
  visible,
  WIDTH,
  withFlags,
  wrap,
} from "./text.ts";
import { tuneLines } from "./tune-summary.ts";

/** Columns and classes listed before the rest is counted. */
const LISTED = 24;
/** Characters of a label or name in running text. */
const NAME = 40;

export interface Written {
  readonly output: string;
  readonly report?: readonly string[];
  readonly rejects?: string;
  readonly size: number;
  readonly decision?: Decision | undefined;
}

/** The result of a training as people read it, within 80 columns. */
export function summary(report: Report, source: TableSource, written: Written): string {
  const judged = report.test ?? report.evaluation;
  return [
    ...sourceLines(source),
    ...wrap(`${clip(report.target)}: ${classShares(report)}`),
    ...ledgerLines(report, written),
    "",
    columnTable(report.columns),
    "",
    ...triedLines(report),
    ...noteLines(report),
    ...tuneLines(report),
    ...metricLines(report),
    "",
    ...verdictLines(judged),
    ...positiveLines(
      judged,
      report.classes.map((c) => c.label),
    ),
    ...calibrationLines(judged),
    ...priorLines(judged),
    ...effectLines(report),
    ...hiddenLines(report),
    ...usedLines(report),
    ...unusualCalibrationLines(report),
    ...decidedLines(report, written),
    ...setLines(report),
    ...lookLines(report),
    "",
    ...curveLines(report.learningCurve),
    ...statisticsLines(report.inference),
    ...writtenLines(written, source),
  ].join("\n");
}

/** How labels are decided on, where it is not by the largest probability alone; on a test table where there is one. */
function decidedLines({ decision: found, test, classes }: Report, { decision }: Written): string[] {
  if (found === undefined || decision === undefined) return [];
  const labels = classes.map(({ label }) => label);
  const onTest = test?.decision;
  return [
    ...decisionReportLines(found, decision, labels),
    ...(onTest === undefined ? [] : ["test table:", ...measuredLines(onTest, labels)]),
  ];
}

export function sourceLines({ name, table, dialect }: TableSource): string[] {
  const columns = table.columns.length + (table.images?.length ?? 0);
  const what = [plural(table.rows, "row"), plural(columns, "column")];
  return wrap(`${name}: ${[...what, ...dialectWords(dialect)].join(", ")}`);
}

/** Before the numbers, since they say how to take them. */
export const noteLines = ({ remarks }: Pick<Report, "remarks">): string[] =>
  remarks.length === 0
    ? []
    : [...remarks.flatMap((remark) => wrap(`Note: ${withFlags(remark)}`)), ""];

function classShares({ classes }: Report): string {
  const shown = classes.slice(0, LISTED).map((c) => `${clip(c.label)} ${count(c.rows)}`);
  const more = classes.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${count(more)} more classes` : shown.join(", ");
}

export function ledgerLines(
  { rows }: Pick<Report, "rows">,
  { rejects }: Pick<Written, "rejects">,
): string[] {
  if (rows.rejected + rows.unlabelled === 0) return [];
  const where = rows.rejected > 0 && rejects !== undefined ? ` (${rejects})` : "";
  return wrap(
    `${plural(rows.read, "row")} read = ${count(rows.used)} used + ${count(rows.rejected)} rejected${where} + ${count(rows.unlabelled)} without a label`,
  );
}

export function columnTable(columns: readonly ColumnReport[]): string {
  const rows = columns
    .slice(0, LISTED)
    .map(({ name, kind, missing, summary }) => [
      name,
      kind,
      missing === 0 ? "" : count(missing),
      summary,
    ]);
  const table = tableText(
    [
      { head: "column", most: 26 },
      { head: "read as" },
      { head: "missing", align: "right" },
      { head: "values" },
    ],
    rows,
  );
  const more = columns.length - LISTED;
  return more > 0 ? `${table}\nand ${plural(more, "more column")}` : table;
}

/** Of images and texts: how they enter, and what else was tried. */
function triedLines({ choice, columns }: Report): string[] {
  const kind = ["image", "text"].find((one) => columns.some((column) => column.kind === one));
  if (kind === undefined) return [];
  const trials = bestTrials(choice);
  const what = kind === "image" ? "Images" : "Texts";
  if (trials.length < 2) return [...wrap(`${what} enter as ${choice.encoding}.`), ""];
  const rows = trials.map(({ encoding, logLoss, chosen }) => [
    metric(logLoss),
    encoding,
    chosen ? "chosen" : "",
  ]);
  const least = Math.max(...rows.map((row) => row[1].length));
  return [
    `Ways of taking ${kind}s that were tried, by log loss before calibration:`,
    tableText(
      [
        { head: "log loss", align: "right" },
        { head: `${kind}s as`, most: Math.min(least, 62) },
        { head: "" },
      ],
      rows,
    ),
    "",
  ];
}

const NAMES: readonly (readonly [keyof Evaluation["metrics"], string])[] = [
  ["accuracy", "accuracy"],
  ["logLoss", "log loss"],
  ["balancedAccuracy", "balanced accuracy"],
  ["macroF1", "macro F1"],
  ["auc", "AUC"],
  ["brier", "Brier score"],
  ["ece", "ECE"],
];

function metricLines(report: Report): string[] {
  const evaluations = report.test === null ? [report.evaluation] : [report.evaluation, report.test];
  return evaluations.flatMap((evaluation, i) => [
    ...(i === 0 ? [] : [""]),
    ...wrap(`${evaluation.method}, ${plural(evaluation.rows, "row")}:`),
    metricTable(evaluation),
  ]);
}

/** The metrics of one evaluation with their intervals, beside the baseline. */
export function metricTable({ metrics }: Evaluation): string {
  const rows = NAMES.flatMap(([key, name]) => {
    const measured = metrics[key] as Estimate | null;
    if (measured === null) return [];
    const known = key === "accuracy" || key === "logLoss";
    const base = known ? metric(metrics.baseline[key].value) : "";
    return [[name, metric(measured.value), interval(measured), base]];
  });
  const perfect = `${metric(metrics.eceExpected.value)} if calibration were perfect`;
  const ece = rows.at(-1) as string[];
  return tableText(
    [
      { head: "" },
      { head: "value", align: "right" },
      { head: "95 % interval", align: "right" },
      { head: "baseline" },
    ],
    [...rows.slice(0, -1), [...ece.slice(0, 3), perfect]],
  );
}

/** "0.812 – 0.848" */
export const interval = ({ low, high }: Estimate): string => `${metric(low)} – ${metric(high)}`;

export function verdictLines({ metrics }: Evaluation): string[] {
  if (metrics.noBetterThanBaseline) {
    return wrap(
      "NO BETTER THAN THE BASELINE: predicting the class shares for everyone does as well. These columns, as they enter this model, say nothing about the target.",
    );
  }
  return wrap(
    `Right in ${percent(metrics.accuracy.value)} of the rows; always naming the largest class is right in ${percent(metrics.baseline.accuracy.value)}.`,
  );
}

/** Precision and recall of the class of interest, where there is one. */
export function positiveLines({ metrics }: Evaluation, labels: readonly string[]): string[] {
  const { positive, perClass } = metrics;
  if (positive === null) return [];
  const { precision, recall } = perClass[positive];
  return wrap(
    `For ${clip(labels[positive])}: precision ${metric(precision)}, recall ${metric(recall)}.`,
  );
}

/** Classes up to which their confusions fit a terminal. */
const CONFUSION_CLASSES = 8;

/** Rows of each class by the class predicted; nothing of many classes. */
export function confusionLines({ metrics }: Evaluation, labels: readonly string[]): string[] {
  if (labels.length > CONFUSION_CLASSES) return [];
  const rows = metrics.confusion.map((row, i) => [labels[i], ...row.map(weighted)]);
  const columns = labels.map((head) => ({ head: visible(head), align: "right", most: 9 }) as const);
  return ["", tableText([{ head: "true, predicted as:", most: 19 }, ...columns], rows)];
}

/** What there is between columns and softmax. */
function hiddenLines({ choice }: Report): string[] {
  const words = hiddenChoice(choice);
  return words === null ? [] : wrap(`Learned by ${words}; ${choice.encoding}.`);
}

/** The columns that move the prediction most. */
function effectLines({ effects, evaluation }: Report): string[] {
  const first = effects[0];
  if (first === undefined || evaluation.metrics.noBetterThanBaseline) return [];
  const shown = effects.filter((effect) => effect.importance > 0.1 * first.importance).slice(0, 5);
  if (shown.length === 0) return [];
  return [
    ...wrap(`Moved most by ${shown.map((effect) => clip(effect.name)).join(", ")}.`),
    ...shown.flatMap(termLine),
  ];
}

/** `text: "excellent" +2.1, "worst" −3.0 …`: the terms that add most to a text that holds them, as many as fit a line. */
function termLine({ name, terms, labels }: ColumnEffect): string[] {
  const all = (terms ?? []).flatMap(({ label, up, down }) =>
    [...up, ...down].map((term) => ({ ...term, label })),
  );
  const words = all.filter(({ of }) => of === "words");
  const sorted = [...(words.length > 0 ? words : all)].sort(
    (a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds),
  );
  if (sorted.length === 0) return [];
  const notes = sorted.map(({ term, logOdds, label }) => {
    const whom = labels.length === 1 ? "" : ` (${clip(label)})`;
    return visible(`"${clip(term)}" ${signed(logOdds, 1)}${whom}`);
  });
  const whom = labels.length === 1 ? ` (for ${clip(labels[0])})` : "";
  let line = visible(`${clip(name)}${whom}: ${notes[0]}`);
  for (const note of notes.slice(1)) {
    if (columnsOf(line) + columnsOf(note) + 4 > WIDTH) break;
    line += `, ${note}`;
  }
  return wrap(`${line} …`);
}

/** What an L1 part of the penalty left. */
function usedLines({ fit, columns }: Report): string[] {
  if (fit.used === undefined) return [];
  const inputs = columns.filter((column) => column.used).length;
  return wrap(`${usedWords(fit.used, inputs, fit.features)}.`);
}

export function writtenLines({ output, report, size }: Written, source: TableSource): string[] {
  const name = output === "-" ? "the model to standard output" : output;
  const model = output === "-" ? "model.safetensors" : output;
  return [
    ...wrap(`Wrote ${[`${name} (${bytes(size)})`, ...(report ?? [])].join(", ")}`),
    ...commandLines("Next:", [
      ...["softmax predict", shellWord(model)],
      ...newRows(source),
      ...(source.table.images?.some(({ features }) => features !== undefined) === true
        ? ["--backbone NETWORK.onnx"]
        : []),
      "-o answers.csv",
    ]),
  ];
}

/** What stands for rows to predict. */
function newRows({ target, dialect, table }: TableSource): string[] {
  if (dialect.format === "images") return ["NEW/"];
  if (dialect.format === "idx") return ["NEW-images-idx3-ubyte.gz"];
  if (target === undefined || table.images !== undefined) return ["NEW.csv"];
  return ["NEW.txt --format texts"];
}

/** A label or name in running text. */
export const clip = (text: string): string =>
  text.length > NAME ? `${text.slice(0, NAME - 1)}…` : text;

/** The result of a training for machines; the keys are stable. */
export function summaryJson(report: Report, source: TableSource, output: string): string {
  const labels = report.classes.map((c) => c.label);
  return JSON.stringify({
    ...evaluationJson(report.test ?? report.evaluation, labels),
    model: output,
    source: sourceJson(source),
    report,
  });
}

/** The keys that train and evaluate share. An infinite log loss becomes null. */
export function evaluationJson(
  { metrics, rows, method }: Pick<Evaluation, "metrics" | "rows" | "method">,
  labels: readonly string[],
): object {
  const { accuracy, logLoss, macroF1, ece, auc, baseline, balancedAccuracy, brier } = metrics;
  return {
    rows,
    method,
    accuracy,
    logLoss,
    macroF1,
    ece,
    auc,
    // Its own numbers are the accuracy of always naming the largest class.
    baseline: { ...baseline.accuracy, ...baseline, label: labels[baseline.label] },
    balancedAccuracy,
    brier,
    eceExpected: metrics.eceExpected,
    eceClasswise: metrics.eceClasswise,
    noBetterThanBaseline: metrics.noBetterThanBaseline,
    positive: metrics.positive === null ? null : labels[metrics.positive],
  };
}

export const sourceJson = ({
  name,
  ledger,
  dialect,
  sha256,
}: Pick<TableSource, "name" | "ledger" | "dialect"> & { sha256: string | null }): object => ({
  name,
  sha256,
  dialect,
  read: ledger.read,
  rejected: ledger.rejected,
});
