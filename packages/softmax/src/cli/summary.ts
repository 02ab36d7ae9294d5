import type { ColumnReport, Estimate, Evaluation, Report } from "@softmax/core";
import Table from "cli-table3";
import type { Dialect, TableSource } from "../data/source.ts";
import { bytes, count, metric, percent, plural } from "../report/numbers.ts";

/** What a terminal shows at the least. */
const WIDTH = 80;
/** Columns and classes listed before the rest is counted. */
const LISTED = 24;

interface Written {
  readonly output: string;
  readonly report?: readonly string[];
  readonly size: number;
  readonly data: readonly string[];
}

/** The result of a training as people read it, within 80 columns. */
export function summary(report: Report, source: TableSource, written: Written): string {
  const judged = report.test ?? report.evaluation;
  return [
    ...sourceLines(source),
    ...wrap(`${report.target}: ${classShares(report)}`),
    ...ledgerLines(report),
    "",
    columnTable(report.columns),
    "",
    ...metricLines(report),
    "",
    ...verdictLines(judged),
    ...report.remarks.flatMap((remark) => wrap(`Note: ${remark}`)),
    "",
    ...writtenLines(written),
  ].join("\n");
}

function sourceLines({ name, table, dialect, remarks }: TableSource): string[] {
  const what = [
    plural(table.rows, "row"),
    plural(table.columns.length, "column"),
    ...inWords(dialect),
  ];
  return [
    ...wrap(`${name}: ${what.join(", ")}`),
    ...remarks.flatMap((remark) => wrap(`Note: ${remark}`)),
  ];
}

/** What was found out about a file, where it is worth saying. */
function inWords(dialect: Dialect): string[] {
  const { format, delimiter, encoding, lineEnd, decimal, compression, header } = dialect;
  if (format !== "delimited") return format === "rows" ? [] : [format];
  const names = new Map([
    [",", "comma"],
    ["\t", "tab"],
    [";", "semicolon"],
    [" ", "space"],
    ["|", "bar"],
  ]);
  const between =
    delimiter === null
      ? "one cell a line"
      : `${names.get(delimiter) ?? `"${delimiter}"`}-separated`;
  return [
    between,
    ...(encoding === null ? [] : [encoding.toUpperCase()]),
    ...(lineEnd === null || lineEnd === "LF" ? [] : [`line ends ${lineEnd}`]),
    ...(decimal === "," ? ["decimal comma"] : []),
    ...(compression === "none" ? [] : [compression]),
    ...(header ? [] : ["no header"]),
  ];
}

function classShares({ classes }: Report): string {
  const shown = classes.slice(0, LISTED).map((c) => `${c.label} ${count(c.rows)}`);
  const more = classes.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more classes` : shown.join(", ");
}

function ledgerLines({ rows }: Report): string[] {
  if (rows.rejected + rows.unlabelled === 0) return [];
  return wrap(
    `${plural(rows.read, "row")} read = ${count(rows.used)} used + ${count(rows.rejected)} rejected + ${count(rows.unlabelled)} without a label`,
  );
}

function columnTable(columns: readonly ColumnReport[]): string {
  const nameWidth = Math.min(26, Math.max(6, ...columns.map((c) => c.name.length)));
  const table = plainTable(
    ["column", "read as", "missing", "values"],
    [nameWidth, 12, 8, 80 - nameWidth - 26],
  );
  for (const column of columns.slice(0, LISTED)) {
    table.push([
      column.name,
      column.kind,
      column.missing === 0 ? "" : count(column.missing),
      column.summary,
    ]);
  }
  const more = columns.length - LISTED;
  return more > 0 ? `${table.toString()}\nand ${plural(more, "more column")}` : table.toString();
}

const NAMES: readonly (readonly [keyof Evaluation["metrics"], string])[] = [
  ["accuracy", "accuracy"],
  ["logLoss", "log loss"],
  ["macroF1", "macro F1"],
  ["auc", "AUC"],
  ["brier", "Brier score"],
  ["ece", "ECE"],
];

function metricLines(report: Report): string[] {
  const evaluations = report.test === null ? [report.evaluation] : [report.evaluation, report.test];
  return evaluations.flatMap((evaluation) => [
    ...wrap(`${evaluation.method}, ${plural(evaluation.rows, "row")}:`),
    metricTable(evaluation),
  ]);
}

/** The metrics of one evaluation with their intervals, beside the baseline. */
export function metricTable({ metrics }: Evaluation): string {
  const table = plainTable(["", "value", "95 % interval", "baseline"], [14, 9, 19, 12]);
  for (const [key, name] of NAMES) {
    const measured = metrics[key] as Estimate | null;
    if (measured === null) continue;
    const base = key === "accuracy" || key === "logLoss" ? metric(metrics.baseline[key].value) : "";
    table.push([
      name,
      metric(measured.value),
      `${metric(measured.low)} – ${metric(measured.high)}`,
      base,
    ]);
  }
  return table.toString();
}

export function verdictLines({ metrics }: Evaluation): string[] {
  if (metrics.noBetterThanBaseline) {
    return wrap(
      "This model is no better than the baseline: naming the class shares for everyone does as well.",
    );
  }
  return wrap(
    `Right in ${percent(metrics.accuracy.value)} of the rows; always naming the largest class is right in ${percent(metrics.baseline.accuracy.value)}.`,
  );
}

function writtenLines({ output, report, size, data }: Written): string[] {
  const files = [`${output} (${bytes(size)})`, ...(report ?? [])];
  return [
    ...wrap(`Wrote ${files.join(", ")}`),
    ...wrap(
      `Next: softmax predict ${output} ${data[0] === "-" ? "NEW.csv" : data[0]} -o answers.csv`,
    ),
  ];
}

/** Columns side by side without a frame. */
export function plainTable(head: string[], colWidths: number[]): Table.Table {
  const blank = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left"];
  const chars = Object.fromEntries(
    [
      ...blank,
      "bottom-right",
      "left",
      "left-mid",
      "mid",
      "mid-mid",
      "right",
      "right-mid",
      "middle",
    ].map((name) => [name, ""]),
  );
  return new Table({
    head,
    colWidths,
    chars,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1, compact: true },
  });
}

/** Lines of at most 80 characters; what follows the first is indented. */
export function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The result of a training for machines; the keys are stable. */
export function summaryJson(report: Report, source: TableSource): string {
  const judged = report.test ?? report.evaluation;
  return JSON.stringify({ ...evaluationJson(judged), source: sourceJson(source), report });
}

/** The keys that train and evaluate share. */
export function evaluationJson({ metrics, rows, method }: Evaluation): object {
  const { accuracy, logLoss, macroF1, ece, auc, baseline, balancedAccuracy, brier } = metrics;
  return {
    rows,
    method,
    accuracy,
    logLoss,
    macroF1,
    ece,
    auc,
    balancedAccuracy,
    brier,
    baseline,
    noBetterThanBaseline: metrics.noBetterThanBaseline,
  };
}

const sourceJson = ({ name, ledger, dialect, sha256 }: TableSource): object => ({
  name,
  sha256,
  dialect,
  read: ledger.read,
  rejected: ledger.rejected,
});
