import type { NumberColumn, TableColumn, TextColumn, TypedCell } from "@softmax/core";
import * as errors from "../errors.ts";

/** A text column under construction: each distinct text is stored once. */
export interface TextBuilder {
  /** Appends one cell; null for a missing value of a typed source. */
  add(text: string | null): void;
  /** The distinct texts so far. */
  texts(): string[];
  finish(name: string): TextColumn;
}

/** Entries of a Map at most, in V8. */
export const MAX_DISTINCT = 2 ** 24 - 1;

export function textBuilder(): TextBuilder {
  const known = new Map<string, number>();
  let codes = new Int32Array(1024);
  let rows = 0;
  const codeOf = (text: string): number => {
    let code = known.get(text);
    if (code === undefined) {
      if (known.size === MAX_DISTINCT) throw errors.tooManyTexts(MAX_DISTINCT);
      code = known.size;
      known.set(text, code);
    }
    return code;
  };
  return {
    add(text) {
      if (rows === codes.length) codes = grown(codes);
      codes[rows++] = text === null ? -1 : codeOf(text);
    },
    texts: () => [...known.keys()],
    finish: (name) => ({
      kind: "text",
      name,
      codes: codes.slice(0, rows),
      dictionary: [...known.keys()],
    }),
  };
}

function grown(codes: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(codes.length * 2);
  larger.set(codes);
  return larger;
}

/**
 * A column from cells of typed sources: a number column where every value present is a number, else a text column in which
 * numbers are written as JavaScript writes them.
 */
export function typedColumn(name: string, cells: readonly TypedCell[]): TableColumn {
  const numeric = cells.some((cell) => typeof cell === "number");
  if (numeric && cells.every((cell) => typeof cell === "number" || cell === null)) {
    return numberColumn(name, cells as readonly (number | null)[]);
  }
  const builder = textBuilder();
  for (const cell of cells) builder.add(typeof cell === "number" ? String(cell) : cell);
  return builder.finish(name);
}

function numberColumn(name: string, cells: readonly (number | null)[]): NumberColumn {
  return { kind: "number", name, values: Float64Array.from(cells, (cell) => cell ?? Number.NaN) };
}

/** The text of a cell as the source wrote it, a number as JavaScript writes it, null where it is missing. */
export function cellText(column: TableColumn, row: number): string | null {
  if (column.kind === "text") {
    const code = column.codes[row];
    return code < 0 ? null : column.dictionary[code];
  }
  const value = column.values[row];
  return Number.isNaN(value) ? null : String(value);
}
