import { checkKeys, counted, dataError } from "../base/checks.ts";
import type { Table } from "../base/table.ts";
import { everyRow, MISSING_TEXTS, readingOf, readNumbers } from "../encode/cells.ts";
import { textsOf } from "../encode/labels.ts";
import { columnsByName, namedColumn } from "../encode/schema.ts";
import { logitsOf, type ScoreKind, sumsToOne, zeroRemark } from "./calibrate.ts";

/** A table of logits or probabilities, one column a class, as another classifier gave them. */
export interface ScoreTableOptions {
  /** The column of labels: its name, or its number from 1, negative from the end. Absent: labels are not read. */
  readonly target?: string | number;
  /**
   * The columns of numbers, one a class in their order, named by the labels, alone or behind "probability_" or "logit_"; or for two
   * classes one alone. Default: those that are so named.
   */
  readonly columns?: readonly string[];
  /** Of two classes the one that a single column is of. Default: the label that the column is named by. */
  readonly positive?: string;
  /** Default: found out. */
  readonly input?: ScoreKind;
  /** The classes, where they are known; then `columns` are theirs, in their order. */
  readonly classes?: readonly string[];
  /** Texts that mean missing. Default: the usual ones. */
  readonly missing?: readonly string[];
}

export interface ScoreTable {
  readonly classes: readonly string[];
  /** As many as classes, or one for two. */
  readonly columns: readonly string[];
  readonly input: ScoreKind;
  /** n×k logits (of probabilities their logarithms), and the class of each row; y is empty where labels are not read. */
  readonly Z: Float64Array;
  readonly y: Int32Array;
  /** The rows of the table that these are: with a target those with a label. */
  readonly rows: Int32Array;
  readonly remarks: readonly string[];
}

const KNOWN = ["target", "columns", "positive", "input", "classes", "missing"] as const;
const PREFIXES = { probabilities: "probability_", logits: "logit_" } as const;

/**
 * Reads logits or probabilities, and labels. Throws a SoftmaxError "data" that names the column or row (from 1) where columns are
 * missing, cells hold no number, probabilities do not sum to 1 (within 0.02), or a label has no column.
 */
export function readScores(table: Table, options: ScoreTableOptions): ScoreTable {
  checkKeys("scores", options, KNOWN);
  const missing = options.missing ?? MISSING_TEXTS;
  const labels = options.target === undefined ? null : readLabels(table, options.target, missing);
  const { classes, columns } = placesOf(table, options, labels);
  const y = labels === null ? null : classesOf(labels, classes);
  const rows = y === null ? everyRow(table.rows) : everyRow(table.rows).filter((i) => y[i] >= 0);
  if (labels !== null && rows.length === 0) {
    throw dataError(`no row has a label in column "${labels.name}"`);
  }
  const values = readMatrix(table, columns, missing, rows);
  const input = options.input ?? kindOf(columns, classes, values);
  const pairs = columns.length === classes.length ? values : paired(values, input);
  if (input === "probabilities") checkProbabilities(pairs, classes.length, columns, rows);
  const { Z, zeros } = logitsOf(pairs, classes.length, input);
  return {
    ...{ classes, columns, input, Z, rows },
    y: y === null ? new Int32Array(0) : rows.map((i) => y[i]),
    remarks: zeros === 0 ? [] : [zeroRemark(zeros)],
  };
}

interface Labels {
  readonly name: string;
  /** Different labels in order of appearance, and which each row has, −1 for none. */
  readonly texts: readonly string[];
  readonly codes: Int32Array;
}

function readLabels(table: Table, target: string | number, missing: readonly string[]): Labels {
  const column = namedColumn(table, "target", target);
  return { name: column.name, ...textsOf(table, column, missing) };
}

interface Places {
  readonly classes: readonly string[];
  readonly columns: readonly string[];
}

/** Which column is of which class. */
function placesOf(table: Table, options: ScoreTableOptions, labels: Labels | null): Places {
  const { columns, classes } = options;
  if (classes !== undefined) return { classes, columns: columnsFor(table, classes, columns ?? []) };
  if (columns !== undefined) for (const name of columns) namedColumn(table, "columns", name);
  if (columns?.length === 1 && labels !== null) return singlePlace(columns[0], labels, options);
  const found = columns ?? foundColumns(table, options.input, labels);
  const known = new Set(labels?.texts);
  const names = found.map((name) => (known.has(name) ? name : withoutPrefix(name)));
  if (names.length < 2) throw dataError(noColumns(labels));
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw dataError(`two columns are of the class "${twice}"`);
  return { classes: names, columns: found };
}

/** Columns for classes that are known: those named, or else those named by the classes. */
function columnsFor(
  table: Table,
  classes: readonly string[],
  columns: readonly string[],
): readonly string[] {
  const there = columnsByName(table);
  if (columns.length > 0 && columns.every((name) => there.has(name))) return columns;
  if (columns.length === 1) {
    throw dataError(`the table lacks the column "${columns[0]}", which the calibrator reads`);
  }
  return classes.map((label) => {
    const names = [label, ...Object.values(PREFIXES).map((prefix) => prefix + label)];
    const name = names.find((one) => there.has(one));
    if (name !== undefined) return name;
    throw dataError(
      `the table has no column for the class "${label}": it would be named "${names.join('" or "')}"`,
    );
  });
}

/** The class of a single column, and the other. */
function singlePlace(column: string, { name, texts }: Labels, options: ScoreTableOptions): Places {
  if (texts.length !== 2) {
    throw dataError(
      `one column is enough for two classes, and column "${name}" holds ${counted(texts.length, "label")}: list a column for each in the option "columns"`,
    );
  }
  const wanted = options.positive ?? (texts.includes(column) ? column : withoutPrefix(column));
  if (!texts.includes(wanted)) {
    throw dataError(
      `of which class is column "${column}"? Name "${texts[0]}" or "${texts[1]}" in the option "positive"`,
    );
  }
  return { classes: [texts.find((label) => label !== wanted)!, wanted], columns: [column] };
}

/** Columns behind "probability_", or else "logit_"; or else those named by the labels. */
function foundColumns(
  table: Table,
  input: ScoreKind | undefined,
  labels: Labels | null,
): readonly string[] {
  const names = table.columns.map(({ name }) => name).filter((name) => name !== labels?.name);
  for (const kind of ["probabilities", "logits"] as const) {
    const behind = names.filter((name) => name.startsWith(PREFIXES[kind]));
    if (behind.length >= 2 && (input === undefined || input === kind)) return behind;
  }
  return names.filter((name) => labels?.texts.includes(name));
}

const withoutPrefix = (name: string): string => {
  const prefix = Object.values(PREFIXES).find((one) => name.startsWith(one) && name !== one);
  return prefix === undefined ? name : name.slice(prefix.length);
};

function noColumns(labels: Labels | null): string {
  const some = labels?.texts.slice(0, 3) ?? [];
  const example =
    some.length < 2
      ? ""
      : `, such as ${some.map((l) => `"${l}" or "probability_${l}"`).join(", ")}`;
  return `fewer than two columns are named by the labels${example}; list the columns in the option "columns"`;
}

/** Class of each row of the table, −1 without a label. */
function classesOf({ name, texts, codes }: Labels, classes: readonly string[]): Int32Array {
  const at = new Map(classes.map((label, c) => [label, c]));
  const counts = new Int32Array(texts.length);
  for (const code of codes) if (code >= 0) counts[code]++;
  const unknown = texts
    .map((label, code) => ({ label, rows: counts[code] }))
    .filter(({ label }) => !at.has(label));
  if (unknown.length > 0) {
    const shown = unknown
      .slice(0, 5)
      .map(({ label, rows }) => `"${label}" (${counted(rows, "row")})`);
    const known = classes.slice(0, 8).map((label) => `"${label}"`);
    throw dataError(
      `column "${name}" holds labels that no column is of: ${shown.join(", ")}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ""}; there are columns of ${known.join(", ")}${classes.length > 8 ? ", …" : ""}`,
    );
  }
  return codes.map((code) => (code < 0 ? -1 : at.get(texts[code])!));
}

/** rows × columns. */
function readMatrix(
  table: Table,
  columns: readonly string[],
  missing: readonly string[],
  rows: Int32Array,
): Float64Array[] {
  const reading = readingOf(table, missing);
  const there = columnsByName(table);
  const read = columns.map((name) => {
    const values = readNumbers(there.get(name)!, reading, rows);
    const bad = values.findIndex((value) => Number.isNaN(value));
    if (bad < 0) return values;
    throw dataError(`column "${name}" holds no number in row ${rows[bad] + 1}`);
  });
  return Array.from(rows, (_, i) => Float64Array.from(read, (values) => values[i]));
}

/** By the columns' names, or else probabilities where all numbers lie in [0, 1]. */
function kindOf(
  columns: readonly string[],
  classes: readonly string[],
  values: readonly Float64Array[],
): ScoreKind {
  for (const kind of ["probabilities", "logits"] as const) {
    const named = columns.every((name, c) => {
      const label = columns.length === classes.length ? classes[c] : classes[1];
      return name === PREFIXES[kind] + label;
    });
    if (named) return kind;
  }
  return values.every((row) => row.every((v) => v >= 0 && v <= 1)) ? "probabilities" : "logits";
}

/** One number of the second of two classes to a pair. */
const paired = (values: readonly Float64Array[], input: ScoreKind): Float64Array[] =>
  values.map(([v]) => Float64Array.of(input === "logits" ? 0 : 1 - v, v));

function checkProbabilities(
  values: readonly Float64Array[],
  k: number,
  columns: readonly string[],
  rows: Int32Array,
): void {
  for (const [i, row] of values.entries()) {
    const bad = row.findIndex((p) => !(p >= 0 && p <= 1));
    if (bad >= 0) {
      const name = columns.length === k ? columns[bad] : columns[0];
      throw dataError(
        `column "${name}" holds ${columns.length === k ? row[bad] : row[1]} in row ${rows[i] + 1}, which is no probability; if the columns hold logits, say so in the option "input"`,
      );
    }
    const sum = row.reduce((all, p) => all + p, 0);
    if (sumsToOne(sum)) continue;
    throw dataError(
      `the probabilities of row ${rows[i] + 1} sum to ${Number(sum.toPrecision(6))}, not to 1; is a column missing, or are they logits? Say so in the option "columns" or in the option "input"`,
    );
  }
}
