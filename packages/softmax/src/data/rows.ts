import type { Cell, Row, Table } from "@softmax/core";
import * as errors from "../errors.ts";
import { type TypedCell, typedColumn } from "./columns.ts";
import { MAX_COLUMNS } from "./source.ts";

/** A table under construction from rows by column name; a name that a row lacks is missing there. */
export interface RowBuilder {
  add(row: ReadonlyMap<string, TypedCell>): void;
  finish(): Table;
}

/** Columns stand in the order in which their names first appear. */
export function rowBuilder(name: string): RowBuilder {
  const columns = new Map<string, TypedCell[]>();
  let rows = 0;
  const columnOf = (key: string): TypedCell[] => {
    let cells = columns.get(key);
    if (cells === undefined) {
      if (columns.size === MAX_COLUMNS) {
        throw errors.tooManyColumns(name, columns.size + 1, MAX_COLUMNS);
      }
      cells = [];
      columns.set(key, cells);
    }
    return cells;
  };
  const fill = (cells: TypedCell[]): void => {
    while (cells.length < rows) cells.push(null);
  };
  return {
    add(row) {
      for (const [key, cell] of row) {
        const cells = columnOf(key);
        fill(cells);
        cells.push(cell);
      }
      rows++;
    },
    finish() {
      const built = [...columns].map(([key, cells]) => {
        fill(cells);
        return typedColumn(key, cells);
      });
      return { rows, columns: built, decimal: "." };
    },
  };
}

/** A row's cells, or a sentence about the first that cannot stand in a table. */
export function typedRow(row: object): Map<string, TypedCell> | string {
  const cells = new Map<string, TypedCell>();
  for (const [key, value] of Object.entries(row)) {
    const cell = typedCell(value);
    if (cell === undefined) return errors.nestedValue(key, value);
    cells.set(key, cell);
  }
  return cells;
}

/**
 * A value as a table holds it, undefined where it cannot: numbers stay; integers beyond ±(2⁵³ − 1) and booleans become text;
 * a date becomes "2026-01-31", with a time other than midnight (UTC) "2026-01-31T10:00:00".
 */
export function typedCell(value: unknown): TypedCell | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number") return Number.isNaN(value) ? null : finite(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : dateText(value);
  return undefined;
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

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

/** The table of rows given by a program. Throws where a cell is nested or no finite number, naming row and column. */
export function tableFromRows(rows: readonly Row[], name = "rows"): Table {
  const builder = rowBuilder(name);
  for (const [i, row] of rows.entries()) {
    const cells: Map<string, Cell & TypedCell> | string =
      row !== null && typeof row === "object" && !Array.isArray(row)
        ? (typedRow(row) as Map<string, Cell & TypedCell> | string)
        : errors.noObject(row);
    if (typeof cells === "string") throw errors.badGivenRow(name, i + 1, cells);
    builder.add(cells);
  }
  return builder.finish();
}
