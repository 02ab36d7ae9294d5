import { type Cell, type Row, type Table, type TypedCell, typedCell } from "@softmax/core";
import * as errors from "../errors.ts";
import { typedColumn } from "./columns.ts";
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
