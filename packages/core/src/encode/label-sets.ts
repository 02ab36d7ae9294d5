import { counted, dataError, unknownName } from "../base/checks.ts";
import type { Table, TableColumn } from "../base/table.ts";
import { byCodePoint } from "../base/text.ts";
import { truth } from "./boolean.ts";
import { canonicalText, everyRow } from "./cells.ts";
import { type LabelCount, labelMissing, textsOf } from "./labels.ts";

/** Where the labels of rows stand, of which a row may have any number. Plain data. */
export interface LabelPlaces {
  /** The target's columns: one whose cells hold labels, or one a label. */
  readonly columns: readonly string[];
  /** What stands between the labels of a cell; null where each label has a column. */
  readonly separator: string | null;
  /**
   * The text of each label's column by which a row has the label, all others saying that it has not; null where the column holds
   * yes and no, true and false, or 1 and 0. Empty where cells hold labels.
   */
  readonly present: readonly (string | null)[];
}

export interface LabelSets {
  readonly labels: readonly string[];
  /** Rows of the table whose labels are known, ascending. */
  readonly rows: Int32Array;
  /** rows × labels: 1 where a row has a label. */
  readonly truth: Uint8Array;
  /** Labels of cells that are not among `labels`, with the number of their rows. */
  readonly unknown: readonly LabelCount[];
}

/** Labels at most, and their product with the rows: bounds the memory. */
export const MOST_LABELS = 1000;
const MOST_CELLS = 2 ** 28;

/**
 * The labels of the rows of a table. An empty cell between separators' columns is a row without labels; a cell that says missing
 * (NA and its like), or an empty one of a label's own column, leaves the row out.
 *
 * `labels`: those that are known, else all that occur, in code-point order, or the names of the columns. Throws a SoftmaxError
 * ("data") where a column's texts do not say which rows have its label, or labels are too many.
 */
export function readLabelSets(
  table: Table,
  places: LabelPlaces,
  columns: readonly TableColumn[],
  missing: readonly string[],
  labels: readonly string[] | null = null,
): LabelSets {
  const { separator } = places;
  return separator === null
    ? ofColumns(table, places, columns, missing)
    : ofCells(table, separator, columns[0], missing, labels);
}

function ofCells(
  table: Table,
  separator: string,
  column: TableColumn,
  missing: readonly string[],
  known: readonly string[] | null,
): LabelSets {
  const isMissing = labelMissing(table, missing);
  const cells = Array.from(cellsOf(column), (cell) =>
    cell !== null && isMissing(cell.trim()) ? null : splitLabels(cell ?? "", separator),
  );
  const rows = everyRow(table.rows).filter((i) => cells[i] !== null);
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const label of cells[row]!) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const labels = known ?? [...counts.keys()].sort(byCodePoint);
  if (labels.length === 0) throw dataError(`no cell of column "${column.name}" holds a label`);
  checkSize(labels.length, rows.length, ` in column "${column.name}"`);
  const position = new Map(labels.map((label, l) => [label, l]));
  const truth = new Uint8Array(rows.length * labels.length);
  rows.forEach((row, i) => {
    for (const label of cells[row]!) {
      const l = position.get(label);
      if (l !== undefined) truth[i * labels.length + l] = 1;
    }
  });
  const unknown = [...counts]
    .filter(([label]) => !position.has(label))
    .map(([label, count]) => ({ label, rows: count }));
  return { labels, rows, truth, unknown };
}

/** The text of each row's cell, null for none. */
function* cellsOf(column: TableColumn): Generator<string | null> {
  if (column.kind === "number") {
    for (const value of column.values) yield Number.isNaN(value) ? null : String(value);
    return;
  }
  for (const code of column.codes) yield code < 0 ? null : column.dictionary[code];
}

/** The different labels of a cell, trimmed, in its order. */
export function splitLabels(cell: string, separator: string): string[] {
  const parts = cell.split(separator).map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ""))];
}

function ofColumns(
  table: Table,
  { present }: LabelPlaces,
  columns: readonly TableColumn[],
  missing: readonly string[],
): LabelSets {
  checkSize(columns.length, table.rows, "");
  const L = columns.length;
  const all = columns.map((column, l) => presenceIn(table, column, present[l], missing));
  const rows = everyRow(table.rows).filter((i) => all.every((has) => has[i] >= 0));
  if (rows.length === 0) throw dataError("no row has a value in every target column");
  const truth = new Uint8Array(rows.length * L);
  rows.forEach((row, i) => {
    for (let l = 0; l < L; l++) truth[i * L + l] = all[l][row];
  });
  return { labels: columns.map(({ name }) => name), rows, truth, unknown: [] };
}

/** Of each row 1 where it has the column's label, 0 where not, −1 where its cell is missing. */
function presenceIn(
  table: Table,
  column: TableColumn,
  present: string | null,
  missing: readonly string[],
): Int32Array {
  const { texts, codes } = textsOf(table, column, missing);
  const meaning = texts.map((text) => (present === null ? truth(text) : Number(text === present)));
  const unclear = meaning.indexOf(-1);
  if (unclear >= 0) throw unclearColumn(column.name, texts, codes.indexOf(unclear));
  return codes.map((code) => (code < 0 ? -1 : meaning[code]));
}

const SHOWN = 4;

function unclearColumn(name: string, texts: readonly string[], row: number) {
  if (texts.length === 2) {
    return dataError(
      `which of "${texts.join('" and "')}" means that a row has the label "${name}"? Say so in the option "present"`,
    );
  }
  const shown = texts.slice(0, SHOWN).map((text) => `"${text}"`);
  const more = texts.length - shown.length;
  return dataError(
    `the target column "${name}" holds ${counted(texts.length, "different text")} (${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}; row ${row + 1} says neither yes nor no): say which of them means that a row has the label in the option "present", or, where each cell holds labels, what stands between them in the option "multiLabel"`,
  );
}

/** The text by which a column is said to have its label, as cells are read. Throws a SoftmaxError ("data") where no cell holds it. */
export function presentText(
  table: Table,
  column: TableColumn,
  value: string,
  missing: readonly string[],
): string {
  const wanted = canonicalText(value.trim(), table.decimal);
  const { texts } = textsOf(table, column, missing);
  if (texts.includes(wanted)) return wanted;
  throw dataError(unknownName("present", `a value of column "${column.name}"`, value, texts));
}

function checkSize(labels: number, rows: number, where: string): void {
  if (labels <= MOST_LABELS && labels * rows <= MOST_CELLS) return;
  const most = Math.min(MOST_LABELS, Math.floor(MOST_CELLS / Math.max(1, rows)));
  throw dataError(
    `there are ${labels} labels${where}, of which ${most} are possible with ${counted(rows, "row")}; leave out rare ones with the option "leastRows"`,
  );
}
