import { type ImageColumn, pickImages } from "./image.ts";

/**
 * The Table: columns by name, as a source delivered them, before anything is understood.
 *
 * A text column holds each distinct text once: row i reads `dictionary[codes[i]]`, in order of first appearance,
 * −1 for null. Texts are the source's own, untrimmed. A number column comes from typed sources only (JSON, Parquet,
 * rows given by a program); NaN stands for null. Booleans and dates of typed sources come as text
 * ("true", "2026-01-31", "2026-01-31T10:00:00").
 */

export interface TextColumn {
  readonly kind: "text";
  readonly name: string;
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
}

export interface NumberColumn {
  readonly kind: "number";
  readonly name: string;
  readonly values: Float64Array;
}

export type TableColumn = TextColumn | NumberColumn;

export interface Table {
  readonly rows: number;
  readonly columns: readonly TableColumn[];
  /** Columns of images, which stand apart because none of their cells is a number or a text. Absent: none. */
  readonly images?: readonly ImageColumn[];
  /** The decimal separator of numbers written as text; "." where the source has no say. */
  readonly decimal: "." | ",";
}

/** A cell as a program or JSON gives it. */
export type Cell = string | number | boolean | bigint | Date | null | undefined;

/** A row by column name. */
export type Row = Readonly<Record<string, Cell>>;

/** A cell as a table holds it: nested values are refused, booleans and dates are text. */
export type TypedCell = string | number | null;

/**
 * A value as a table holds it, undefined where it cannot: numbers stay; integers beyond ±(2⁵³ − 1) and booleans become
 * text; a date becomes "2026-01-31", with a time other than midnight (UTC) "2026-01-31T10:00:00".
 */
export function typedCell(value: unknown): TypedCell | undefined {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : dateText(value);
  return undefined;
}

const dateText = (date: Date): string =>
  timestampText(
    date
      .toISOString()
      .replace(/Z$/, "")
      .replace(/\.000$/, ""),
  );

/** A moment as tables hold it, from "2026-01-31 10:00:00" or the same with a T; midnight is left out. */
export const timestampText = (text: string): string =>
  text.replace(" ", "T").replace(/T00:00:00$/, "");

/** Some rows of a table, in the order given; dictionaries hold what occurs, in order of first appearance. */
export function pickTable(table: Table, rows: Int32Array): Table {
  const columns = table.columns.map((column): TableColumn => {
    if (column.kind === "number") {
      const { values } = column;
      return { ...column, values: Float64Array.from(rows, (row) => values[row]) };
    }
    const { codes: from } = column;
    const position = new Map<number, number>();
    const codes = rows.map((row) => {
      const code = from[row];
      if (code < 0) return -1;
      if (!position.has(code)) position.set(code, position.size);
      return position.get(code) as number;
    });
    const dictionary = Array.from(position.keys(), (code) => column.dictionary[code]);
    return { ...column, codes, dictionary };
  });
  const images = table.images?.map((column) => pickImages(column, rows));
  return { ...table, rows: rows.length, columns, ...(images === undefined ? {} : { images }) };
}
