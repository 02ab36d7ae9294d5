import { dataError } from "../base/checks.ts";
import {
  type Cell,
  type Row,
  type Table,
  type TableColumn,
  type TypedCell,
  typedCell,
} from "../base/table.ts";
import type { Schema } from "./schema.ts";

/**
 * The table of rows given by a program, as JSON or CSV would give them. With a schema only its columns and the target,
 * where some row has them; else every name, in order of appearance. A name that a row lacks is missing there.
 *
 * Numbers stay numbers; booleans, dates and integers beyond ±(2^53 − 1) become text. Throws a SoftmaxError ("data") that
 * names row and column where a cell is nested or an infinite number.
 */
export function rowsToTable(rows: readonly Row[], schema?: Schema): Table {
  const names = schema === undefined ? namesOf(rows) : namesIn(rows, schema);
  rows.forEach(checkRow);
  const columns = names.map((name) =>
    columnOf(
      name,
      rows.map((row, i) => cellOf(Object.hasOwn(row, name) ? row[name] : null, name, i)),
    ),
  );
  return { rows: rows.length, columns, decimal: "." };
}

/** What a program gives, as a table. */
export const asTable = (data: Table | readonly Row[]): Table =>
  Array.isArray(data) ? rowsToTable(data as readonly Row[]) : (data as Table);

function checkRow(row: unknown, i: number): void {
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    throw dataError(
      `row ${i + 1} expected an object by column name, got ${row === null ? "null" : Array.isArray(row) ? "an array" : typeof row}`,
    );
  }
}

function namesOf(rows: readonly Row[]): string[] {
  const names = new Set<string>();
  rows.forEach((row, i) => {
    checkRow(row, i);
    for (const name of Object.keys(row)) names.add(name);
  });
  return [...names];
}

const namesIn = (rows: readonly Row[], { columns, target }: Schema): string[] =>
  [...columns.map((column) => column.name), target].filter((name) =>
    rows.some((row) => row !== null && typeof row === "object" && Object.hasOwn(row, name)),
  );

function cellOf(value: Cell, name: string, i: number): TypedCell {
  const cell = typedCell(value);
  if (cell !== undefined) return cell;
  throw dataError(
    `row ${i + 1}, column "${name}": expected a text, number, boolean or date, got ${typeof value === "number" ? value : Array.isArray(value) ? "an array" : typeof value}`,
  );
}

function columnOf(name: string, cells: readonly TypedCell[]): TableColumn {
  if (cells.every((cell) => typeof cell !== "string")) {
    const values = Float64Array.from(cells as (number | null)[], (cell) => cell ?? Number.NaN);
    return { kind: "number", name, values };
  }
  const position = new Map<string, number>();
  const codes = Int32Array.from(cells, (cell) => {
    if (cell === null) return -1;
    const text = String(cell);
    const known = position.get(text);
    if (known !== undefined) return known;
    position.set(text, position.size);
    return position.size - 1;
  });
  return { kind: "text", name, codes, dictionary: [...position.keys()] };
}
