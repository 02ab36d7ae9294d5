import type { Table } from "../base/table.ts";
import { requiredColumns, type Schema } from "./schema.ts";
import { checkCells } from "./strays.ts";

/**
 * Checks that a model can read a table: every column it needs is there, in any order and with others between, and holds what
 * the schema says. The target may be absent. Throws a SoftmaxError ("data").
 */
export function checkColumns(table: Table, schema: Schema): void {
  requiredColumns(table, schema.columns);
  checkCells(table, schema);
}
