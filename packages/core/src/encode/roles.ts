import { dataError } from "../base/checks.ts";
import type { Table } from "../base/table.ts";
import { readCodes, readingOf, readNumbers } from "./cells.ts";
import { namedColumn, type Schema } from "./schema.ts";

/** Columns that say how to count rows, not what they are. */

const LEAST_WEIGHT = 1e-100;

/** Row weights (or factors of a row's cost) of the used rows, by the column `name` that the option `what` names; beyond these bounds sums and squares leave float64. */
export function weightsOf(
  table: Table,
  { missing }: Pick<Schema, "missing">,
  name: string | undefined,
  used: Int32Array,
  what = "weight",
): Float64Array | null {
  if (name === undefined) return null;
  const column = namedColumn(table, what, name);
  const thing = what === "weight" ? "weight" : "cost";
  const weights = readNumbers(column, readingOf(table, missing), used);
  const bad = weights.findIndex((w) => !(w === 0 || (w >= LEAST_WEIGHT && w <= 1 / LEAST_WEIGHT)));
  if (bad >= 0) {
    throw dataError(
      `${thing} column "${column.name}" has no number from 0 to 1e100 in row ${used[bad] + 1}`,
    );
  }
  if (!weights.some((w) => w > 0))
    throw dataError(`every ${thing} in column "${column.name}" is 0`);
  return weights;
}

export function groupsOf(
  table: Table,
  { missing }: Pick<Schema, "missing">,
  name: string | undefined,
  used: Int32Array,
): Int32Array | null {
  if (name === undefined) return null;
  const ids = new Map<string, number>();
  const column = namedColumn(table, "group", name);
  return readCodes(column, readingOf(table, missing), used, (text) => {
    const key = text === null ? "missing" : `=${text}`;
    if (!ids.has(key)) ids.set(key, ids.size);
    return ids.get(key) as number;
  });
}
