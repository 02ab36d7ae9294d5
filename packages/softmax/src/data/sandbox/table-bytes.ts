import type { Table, TableColumn } from "@softmax/core";
import { sandboxImages } from "../../errors.ts";
import { MAX_DISTINCT } from "../columns.ts";
import { MAX_COLUMNS } from "../source.ts";

/** A table without its cells: what their bytes are. Plain data. */
export interface TableShape {
  readonly rows: number;
  readonly decimal: "." | ",";
  readonly columns: readonly ColumnShape[];
}

/** Of a text column: the entries of its dictionary, its characters in all, and whether they need two bytes each. */
export type ColumnShape =
  | { readonly kind: "number"; readonly name: string }
  | {
      readonly kind: "text";
      readonly name: string;
      readonly entries: number;
      readonly characters: number;
      readonly wide: boolean;
    };

/** Throws a SoftmaxError where the table holds images. */
export function shapeOf({ rows, decimal, columns, images }: Table): TableShape {
  if (images !== undefined) throw sandboxImages();
  return { rows, decimal, columns: columns.map(columnShape) };
}

function columnShape(column: TableColumn): ColumnShape {
  const { kind, name } = column;
  if (kind === "number") return { kind, name };
  const { dictionary } = column;
  const characters = dictionary.reduce((sum, text) => sum + text.length, 0);
  return { kind, name, entries: dictionary.length, characters, wide: isWide(dictionary) };
}

const isWide = (texts: readonly string[]): boolean => texts.some((text) => /[^\0-\xff]/.test(text));

/**
 * The cells, column by column and little-endian: of numbers the values (float64); of texts the length of each entry (u32), the characters of
 * all (latin1, or UTF-16, which keeps even halves of characters), and the codes (int32).
 */
export function* cellBytes({ columns }: Table): Generator<Uint8Array> {
  for (const column of columns) {
    if (column.kind === "number") {
      yield bytesOf(column.values);
      continue;
    }
    const { dictionary, codes } = column;
    yield bytesOf(Uint32Array.from(dictionary, (text) => text.length));
    const encoding = isWide(dictionary) ? "utf16le" : "latin1";
    for (let from = 0; from < dictionary.length; from += ENTRIES) {
      yield Buffer.from(dictionary.slice(from, from + ENTRIES).join(""), encoding);
    }
    yield bytesOf(codes);
  }
}

/** Entries that are put together at a time. */
const ENTRIES = 1 << 12;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** Puts a table together from bytes that another process sends, believing nothing. */
export interface TableFiller {
  /** Takes the next bytes. Throws an Error where there are more than the shape says. */
  take(bytes: Uint8Array): void;
  /** Throws an Error where bytes are missing, or do not make a table. */
  finish(): Table;
}

/** Throws an Error where the shape is none, or the cells would take more than `limit` bytes: before memory is asked for. */
export function tableFiller(given: unknown, limit: number): TableFiller {
  const shape = checkedShape(given);
  const size = shape.columns.reduce((sum, column) => sum + sizeOf(column, shape.rows), 0);
  if (size > limit) throw new Error(`cells of ${size} bytes`);
  const parts = shape.columns.flatMap((column) => partsOf(column, shape.rows));
  let part = 0;
  let at = 0;
  const skipFull = (): void => {
    while (part < parts.length && at === parts[part].byteLength) [part, at] = [part + 1, 0];
  };
  skipFull();
  return {
    take(bytes) {
      for (let from = 0; from < bytes.length; ) {
        if (part === parts.length) throw new Error("more cells than the table has");
        const target = bytesOf(parts[part]);
        const length = Math.min(bytes.length - from, target.length - at);
        target.set(bytes.subarray(from, from + length), at);
        from += length;
        at += length;
        skipFull();
      }
    },
    finish() {
      if (part < parts.length) throw new Error("fewer cells than the table has");
      const next = parts.values();
      const columns = shape.columns.map((column) => finished(column, () => next.next().value));
      return { rows: shape.rows, decimal: shape.decimal, columns };
    },
  };
}

const isCount = (value: unknown, limit: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= limit;

function checkedShape(given: unknown): TableShape {
  const { rows, decimal, columns } = (given ?? {}) as Partial<TableShape>;
  if (!isCount(rows, 2 ** 31 - 1)) throw new Error("rows that are no number");
  if (decimal !== "." && decimal !== ",") throw new Error("no decimal separator");
  if (!Array.isArray(columns) || columns.length > MAX_COLUMNS) throw new Error("no columns");
  return { rows, decimal, columns: columns.map(checkedColumn) };
}

function checkedColumn(given: unknown): ColumnShape {
  const shape = (given ?? {}) as Partial<ColumnShape & { kind: "text" }>;
  const { name, entries, characters, wide } = shape;
  if (typeof name !== "string") throw new Error("a column without a name");
  if ((shape.kind as string) === "number") return { kind: "number", name };
  if (shape.kind !== "text" || typeof wide !== "boolean") throw new Error("a column of no kind");
  if (!isCount(entries, MAX_DISTINCT) || !isCount(characters, 2 ** 32)) {
    throw new Error("texts without a number");
  }
  return { kind: "text", name, entries, characters, wide };
}

const sizeOf = (column: ColumnShape, rows: number): number =>
  column.kind === "number"
    ? 8 * rows
    : 4 * column.entries + (column.wide ? 2 : 1) * column.characters + 4 * rows;

/** Where a column's bytes go. */
const partsOf = (
  column: ColumnShape,
  rows: number,
): (Float64Array | Uint32Array | Uint8Array | Int32Array)[] =>
  column.kind === "number"
    ? [new Float64Array(rows)]
    : [
        new Uint32Array(column.entries),
        new Uint8Array((column.wide ? 2 : 1) * column.characters),
        new Int32Array(rows),
      ];

function finished(shape: ColumnShape, next: () => unknown): TableColumn {
  const { kind, name } = shape;
  if (kind === "number") return { kind, name, values: next() as Float64Array };
  const lengths = next() as Uint32Array;
  const characters = next() as Uint8Array;
  const codes = next() as Int32Array;
  for (const code of codes) {
    if (code < -1 || code >= lengths.length) throw new Error(`the code ${code}`);
  }
  const unit = shape.wide ? 2 : 1;
  const text = Buffer.from(characters.buffer, characters.byteOffset, characters.byteLength);
  let at = 0;
  const dictionary = Array.from(lengths, (length) => {
    const from = at;
    at += unit * length;
    if (at > text.length) throw new Error("texts that end beyond their column");
    return text.toString(shape.wide ? "utf16le" : "latin1", from, at);
  });
  if (at !== text.length) throw new Error("characters of no text");
  return { kind, name, codes, dictionary };
}
