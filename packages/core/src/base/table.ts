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
  /** The decimal separator of numbers written as text; "." where the source has no say. */
  readonly decimal: "." | ",";
}

/** A cell as a program or JSON gives it. */
export type Cell = string | number | boolean | bigint | Date | null | undefined;

/** A row by column name. */
export type Row = Readonly<Record<string, Cell>>;
