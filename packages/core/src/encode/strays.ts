import { counted, dataError } from "../base/checks.ts";
import type { NumberColumn, Table, TextColumn } from "../base/table.ts";
import { truth } from "./boolean.ts";
import { entryNumbers, entryTexts, meaningOf, type Reading, readingOf } from "./cells.ts";
import { parseDays } from "./dates.ts";
import { type ColumnSchema, columnsByName, type Schema } from "./schema.ts";

/** Texts of a column that its kind cannot read; they count as missing. Plain data. */
export interface Strays {
  readonly name: string;
  readonly kind: ColumnSchema["kind"];
  readonly rows: number;
  /** The first, and its row from 1. */
  readonly text: string;
  readonly row: number;
  /** Whether no text of the column can be read. */
  readonly all: boolean;
}

/**
 * Throws a SoftmaxError ("data") where a column that the model reads as numbers, dates or booleans has texts, but none that
 * is one: most likely it is another column, or another way of writing.
 */
export function checkCells(table: Table, schema: Schema): void {
  for (const { name, kind, text, row, all } of straysOf(table, schema)) {
    if (!all) continue;
    throw dataError(
      `column "${name}" is ${kind} in the model, but holds nothing of the kind: "${text}" (row ${row})`,
    );
  }
}

/** A sentence for each column in which some texts cannot be read as the schema says and so count as missing. */
export const strayRemarks = (table: Table, schema: Schema): string[] =>
  straysOf(table, schema).map(strayRemark);

const strayRemark = ({ name, kind, rows, text, row }: Strays): string =>
  `"${name}" is ${kind} in the model; ${counted(rows, "cell")} ${rows === 1 ? "is not and counts" : "are not and count"} as missing, first "${text}" (row ${row})`;

/** The strays of a table that comes in parts. */
export interface StrayTally {
  /** Takes the strays of the next `rows` rows. */
  add(strays: readonly Strays[], rows: number): void;
  /** What `strayRemarks` says of the whole table. */
  remarks(): string[];
}

export function strayTally({ columns }: Schema): StrayTally {
  const known = new Map<string, Strays>();
  let before = 0;
  return {
    add(strays, rows) {
      for (const more of strays) {
        const first = known.get(more.name) ?? { ...more, rows: 0, row: before + more.row };
        known.set(more.name, { ...first, rows: first.rows + more.rows });
      }
      before += rows;
    },
    remarks: () =>
      columns.flatMap(({ name }) => {
        const strays = known.get(name);
        return strays === undefined ? [] : [strayRemark(strays)];
      }),
  };
}

/** The strays of each column that has some. */
export function straysOf(table: Table, schema: Schema): Strays[] {
  const reading = readingOf(table, schema.missing);
  const columns = columnsByName(table);
  return schema.columns.flatMap(({ name, kind }) => {
    const column = columns.get(name);
    if (column === undefined || kind === "image") return [];
    if (kind === "categorical" || kind === "text") return [];
    if (column.kind === "text") return straysIn(column, kind, reading) ?? [];
    return kind === "date" ? (numbersForDates(column) ?? []) : [];
  });
}

function straysIn(
  column: TextColumn,
  kind: "numeric" | "boolean" | "date",
  reading: Reading,
): Strays | null {
  const stray = strayEntries(column, kind, reading);
  let rows = 0;
  let readable = 0;
  let first = -1;
  const { codes } = column;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row];
    if (code < 0 || stray[code] === MISSING) continue;
    if (stray[code] === READABLE) readable++;
    else if (rows++ === 0) first = row;
  }
  if (rows === 0) return null;
  const text = column.dictionary[codes[first]].trim();
  return { name: column.name, kind, rows, text, row: first + 1, all: readable === 0 };
}

/** A number is no date: nothing says from when it counts, nor in what. */
function numbersForDates({ name, values }: NumberColumn): Strays | null {
  const first = values.findIndex((value) => !Number.isNaN(value));
  if (first < 0) return null;
  const rows = values.filter((value) => !Number.isNaN(value)).length;
  return { name, kind: "date", rows, text: String(values[first]), row: first + 1, all: true };
}

const [READABLE, STRAY, MISSING] = [0, 1, 2];

function strayEntries(
  column: TextColumn,
  kind: "numeric" | "boolean" | "date",
  reading: Reading,
): Uint8Array {
  if (kind === "numeric") return strayNumbers(column, reading);
  return Uint8Array.from(entryTexts(column, reading), (text) => {
    if (text === null) return MISSING;
    const readable = kind === "boolean" ? truth(text) >= 0 : !Number.isNaN(parseDays(text));
    return readable ? READABLE : STRAY;
  });
}

/** What is a number means no missing value (cells.ts), so that its text need not be looked at. */
const strayNumbers = (column: TextColumn, reading: Reading): Uint8Array =>
  Uint8Array.from(entryNumbers(column, reading), (number, entry) => {
    if (!Number.isNaN(number)) return READABLE;
    return meaningOf(column.dictionary[entry].trim(), reading) === null ? MISSING : STRAY;
  });
