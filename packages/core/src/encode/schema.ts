import { damagedFile, dataError, nearestName, unknownName } from "../base/checks.ts";
import type { Table, TableColumn } from "../base/table.ts";

/**
 * How a table is read: decided once in training, kept in the model, imposed at evaluation and prediction.
 */
export interface Schema {
  readonly target: string;
  /** Canonical texts of the labels, in code-point order. */
  readonly classes: readonly string[];
  /** Texts that mean missing, besides the empty one. */
  readonly missing: readonly string[];
  /** The columns that the model reads, in the training table's order. */
  readonly columns: readonly ColumnSchema[];
}

export interface ColumnSchema {
  readonly name: string;
  readonly kind: ColumnKind;
}

export const COLUMN_KINDS = ["numeric", "boolean", "categorical", "date", "text", "image"] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

export const columnsByName = (table: Table): ReadonlyMap<string, TableColumn> =>
  new Map(table.columns.map((column) => [column.name, column]));

/** The column that a caller's option names: a name, or a number from 1, negative from the end. */
export function namedColumn(table: Table, what: string, name: string | number): TableColumn {
  const names = table.columns.map((column) => column.name);
  if (typeof name === "string") {
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined) throw dataError(unknownName(what, "a column name", name, names));
    return column;
  }
  const at = name < 0 ? names.length + name : name - 1;
  if (!Number.isInteger(name) || name === 0 || at < 0 || at >= names.length) {
    throw dataError(
      `"${what}" expected a column number from 1 to ${names.length}, or from −1 down to −${names.length}, got ${name}`,
    );
  }
  return table.columns[at];
}

/**
 * The columns of a table that a model reads, by name, but for those of images, which are only looked for. They may come in any order, others may stand between them, the target may
 * be absent. Throws a SoftmaxError ("data") that names every one that is missing.
 */
export function requiredColumns(
  table: Table,
  wanted: readonly ColumnSchema[],
): ReadonlyMap<string, TableColumn> {
  const columns = columnsByName(table);
  const images = new Set(table.images?.map(({ name }) => name));
  const missing = wanted.filter(
    ({ name, kind }) => !(kind === "image" ? images.has(name) : columns.has(name)),
  );
  if (missing.length === 0) return columns;
  const known = new Set(wanted.map(({ name }) => name));
  const spare = [...columns.keys()].filter((name) => !known.has(name));
  const list = missing.map(({ name }) => {
    const near = nearestName(name, spare);
    return `"${name}"${near === null ? "" : ` (did you mean "${near}"?)`}`;
  });
  const what = list.length === 1 ? "column" : "columns";
  throw dataError(`the table lacks the ${what} ${list.join(", ")}, which the model reads`);
}

/** The schema that a model file holds. Throws a SoftmaxError ("model") for anything else. */
export function checkSchema(value: unknown): Schema {
  const { target, classes, missing, columns } = (value ?? {}) as Partial<Schema>;
  if (typeof target !== "string") throw damagedFile("its schema names no target");
  if (!isTexts(classes) || classes.length < 2 || new Set(classes).size < classes.length) {
    throw damagedFile("its classes are not two or more different texts");
  }
  if (!isTexts(missing)) throw damagedFile("its missing tokens are no texts");
  if (!Array.isArray(columns)) throw damagedFile("its schema has no columns");
  const names = new Set<string>();
  for (const column of columns as readonly Partial<ColumnSchema>[]) {
    const { name, kind } = column ?? {};
    if (typeof name !== "string" || names.has(name) || name === target) {
      throw damagedFile("its schema does not name each column once");
    }
    if (!COLUMN_KINDS.includes(kind as ColumnKind)) {
      throw damagedFile(`its schema gives column "${name}" no kind that is known`);
    }
    names.add(name);
  }
  return {
    target,
    classes: [...classes],
    missing: [...missing],
    columns: columns.map(({ name, kind }) => ({ name, kind })),
  };
}

export const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === "string");
