import { unknownClass, unknownLabels } from "../base/checks.ts";
import type { Table } from "../base/table.ts";
import { everyRow, MISSING_TEXTS, type Reading, readCodes, readingOf } from "./cells.ts";
import { namedColumn, type Schema } from "./schema.ts";

export interface Labels {
  /** Class of each row of the table, −1 where it has no label or one that training never saw. */
  readonly y: Int32Array;
  /** Rows without a label. */
  readonly unlabelled: number;
  /** Labels that training never saw, with the number of their rows, in order of appearance. */
  readonly unknown: readonly LabelCount[];
}

export interface LabelCount {
  readonly label: string;
  readonly rows: number;
}

/** "None" is an answer as often as a gap: as a label it stands for itself, unless the caller says otherwise. */
function labelReading(table: Table, missing: readonly string[]): Reading {
  const usual = missing.join("\n") === MISSING_TEXTS.join("\n");
  return readingOf(table, usual ? missing.filter((text) => text !== "None") : missing);
}

/** Whether a trimmed cell says that labels are missing. */
export function labelMissing(table: Table, missing: readonly string[]): (cell: string) => boolean {
  const reading = labelReading(table, missing);
  return (cell) => reading.missing.has(cell);
}

/** The labels of a table in the schema's terms. Throws a SoftmaxError ("data") where the target column is absent. */
export function labelsOf(table: Table, schema: Schema): Labels {
  const column = namedColumn(table, "target", schema.target);
  const { texts, codes } = textsOf(table, column, schema.missing);
  const classOf = new Map(schema.classes.map((label, c) => [label, c]));
  const classes = Int32Array.from(texts, (text) => classOf.get(text) ?? -1);
  const rows = new Int32Array(texts.length);
  let unlabelled = 0;
  const y = codes.map((code) => {
    if (code < 0) unlabelled++;
    else rows[code]++;
    return code < 0 ? -1 : classes[code];
  });
  const unknown = texts
    .map((label, at) => ({ label, rows: rows[at] }))
    .filter((_, at) => classes[at] < 0);
  return { y, unlabelled, unknown };
}

/** The labels of a table; throws a SoftmaxError ("data") that names those training never saw, with the remedy. */
export function checkedLabelsOf(table: Table, schema: Schema): Labels {
  const labels = labelsOf(table, schema);
  if (labels.unknown.length > 0) {
    throw unknownLabels(schema.target, labels.unknown, schema.classes);
  }
  return labels;
}

/** Canonical label texts in order of appearance, and the text of each row, −1 for none. */
export function textsOf(
  table: Table,
  column: Table["columns"][number],
  missing: readonly string[],
): { texts: string[]; codes: Int32Array } {
  const position = new Map<string, number>();
  const codes = readCodes(column, labelReading(table, missing), everyRow(table.rows), (text) => {
    if (text === null) return -1;
    const known = position.get(text);
    if (known !== undefined) return known;
    position.set(text, position.size);
    return position.size - 1;
  });
  return { texts: [...position.keys()], codes };
}

/** The number of the class that a caller's option names. Throws a SoftmaxError ("data") for other labels. */
export function classNamed(what: string, label: string, classes: readonly string[]): number {
  const at = classes.indexOf(label);
  if (at < 0) throw unknownClass(what, label, classes);
  return at;
}
