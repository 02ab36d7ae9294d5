import { checkKind, counted, dataError, unknownName } from "../base/checks.ts";
import type { Table, TableColumn } from "../base/table.ts";
import { byCodePoint } from "../base/text.ts";
import { parseNumber, type Reading, readCodes, readingOf, readNumbers } from "../encode/cells.ts";
import { readDays } from "../encode/dates.ts";
import { weightsOf } from "../encode/roles.ts";
import { columnsByName, namedColumn, type Schema } from "../encode/schema.ts";
import { understand } from "../encode/understand.ts";
import type { DesignColumn } from "./design.ts";
import type { InferenceRows } from "./inference.ts";

/** Which columns of a table enter, and how. */
export interface TableInferOptions {
  /** The column of outcomes: its name, or its number from 1, negative from the end. */
  readonly target: string | number;
  /** The columns that enter. Default: all that can. */
  readonly columns?: readonly string[];
  /** Columns to read as numbers, whatever they look like. */
  readonly numeric?: readonly string[];
  /** Columns to read as levels, whatever they look like. */
  readonly categorical?: readonly string[];
  /** Columns to leave out. */
  readonly ignore?: readonly string[];
  /** Texts that mean missing. Default: as in training. */
  readonly missing?: readonly string[];
  /** Levels to compare the others with. Default: the first of each column, numbers by value, texts by code point. */
  readonly reference?: readonly (readonly [column: string, level: string])[];
  /** A column of whole numbers: a row stands for so many equal rows. */
  readonly frequencyWeight?: string;
  /** A column of sampling weights, 1/probability of being drawn: standard errors are robust. */
  readonly probabilityWeight?: string;
  /** A column of clusters: rows of one may depend on each other. Standard errors are clustered. */
  readonly cluster?: string;
}

/** The complete cases of a table. */
export interface TableSample {
  readonly target: string;
  readonly classes: readonly string[];
  readonly columns: readonly DesignColumn[];
  /** Position among `classes` of each row used. */
  readonly y: Int32Array;
  readonly weights: Float64Array | null;
  readonly clusters: Int32Array | null;
  readonly rows: InferenceRows;
  readonly remarks: readonly string[];
}

export function sampleOf(table: Table, options: TableInferOptions): TableSample {
  const understood = understand(table, understandOptions(table, options));
  const { schema } = understood;
  const wanted = schema.columns.filter(({ kind }) => kind !== "text" && kind !== "image");
  if (wanted.length === 0) {
    throw dataError('no column is left that can enter: name some in the option "columns"');
  }
  const byName = columnsByName(table);
  const reading = readingOf(table, schema.missing);
  const cells = wanted.map(({ name, kind }) =>
    cellsOf(byName.get(name)!, kind === "numeric" || kind === "date" ? kind : "categorical", {
      reading,
      rows: understood.rows,
    }),
  );
  const weightName = options.frequencyWeight ?? options.probabilityWeight;
  const weights = weightsOf(table, schema, weightName, understood.rows);
  const clusters = clustersOf(table, options.cluster, { reading, rows: understood.rows });
  const kept = completeRows(understood.rows.length, cells, weights, clusters);
  const { rows, classes } = ledgerOf(understood, table.rows, cells, weights, kept);
  checkReferences(options.reference ?? [], cells, schema);
  return {
    target: schema.target,
    classes: schema.classes,
    columns: cells.map((column) => columnOf(column, kept, options.reference ?? [])),
    y: kept.map((i) => understood.y[understood.rows[i]]),
    weights: weights === null ? null : Float64Array.from(kept, (i) => weights[i]),
    clusters: clusters === null ? null : kept.map((i) => clusters[i]),
    rows: { ...rows, classes },
    remarks: [
      ...understood.remarks,
      ...schema.columns
        .filter(({ kind }) => kind === "text" || kind === "image")
        .map(
          ({ name, kind }) =>
            `"${name}" holds ${kind}s, which have no coefficient, and is left out`,
        ),
    ],
  };
}

/** What `understand` is told. */
function understandOptions(table: Table, options: TableInferOptions) {
  const { target, columns, ignore = [], numeric, categorical, missing } = options;
  const { frequencyWeight, probabilityWeight, cluster } = options;
  const roles = { frequencyWeight, probabilityWeight, cluster };
  const setAside: string[] = [];
  for (const [what, name] of Object.entries(roles)) {
    if (name !== undefined) setAside.push(namedColumn(table, what, name).name);
  }
  const own = namedColumn(table, "target", target).name;
  for (const name of columns ?? []) {
    namedColumn(table, "columns", name);
    if (name === own || setAside.includes(name)) {
      throw new TypeError(`"columns" expected columns that enter, got "${name}", which has a role`);
    }
  }
  const others = table.columns
    .map(({ name }) => name)
    .filter((name) => columns !== undefined && !columns.includes(name))
    .filter((name) => name !== own && !setAside.includes(name));
  return {
    target,
    setAside,
    ignore: [...ignore, ...others],
    ...(numeric === undefined ? {} : { numeric }),
    ...(categorical === undefined ? {} : { categorical }),
    ...(missing === undefined ? {} : { missing }),
  };
}

interface Place {
  readonly reading: Reading;
  readonly rows: Int32Array;
}

/** A column's cells in the labelled rows: numbers with NaN for missing, or codes of texts with −1. */
type Cells =
  | { readonly name: string; readonly kind: "numeric" | "date"; readonly values: Float64Array }
  | {
      readonly name: string;
      readonly kind: "categorical";
      readonly texts: readonly string[];
      readonly codes: Int32Array;
    };

function cellsOf(column: TableColumn, kind: Cells["kind"], { reading, rows }: Place): Cells {
  const { name } = column;
  if (kind === "numeric") return { name, kind, values: readNumbers(column, reading, rows) };
  if (kind === "date") return { name, kind, values: readDays(column, reading, rows) };
  return { name, kind, ...codesOf(column, { reading, rows }) };
}

/** Distinct texts in order of appearance, and which each row holds, −1 for none. */
function codesOf(
  column: TableColumn,
  { reading, rows }: Place,
): { texts: readonly string[]; codes: Int32Array } {
  const position = new Map<string, number>();
  const codes = readCodes(column, reading, rows, (text) => {
    if (text === null) return -1;
    if (!position.has(text)) position.set(text, position.size);
    return position.get(text)!;
  });
  return { texts: [...position.keys()], codes };
}

function clustersOf(table: Table, name: string | undefined, place: Place): Int32Array | null {
  if (name === undefined) return null;
  return codesOf(namedColumn(table, "cluster", name), place).codes;
}

const lacks = (cells: Cells, i: number): boolean =>
  cells.kind === "categorical" ? cells.codes[i] < 0 : Number.isNaN(cells.values[i]);

/** Positions among the labelled rows of those that lack nothing and have weight. */
function completeRows(
  n: number,
  cells: readonly Cells[],
  weights: Float64Array | null,
  clusters: Int32Array | null,
): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i).filter(
    (i) =>
      (weights === null || weights[i] > 0) &&
      (clusters === null || clusters[i] >= 0) &&
      cells.every((column) => !lacks(column, i)),
  );
}

function ledgerOf(
  { schema, y, rows, unlabelled }: ReturnType<typeof understand>,
  read: number,
  cells: readonly Cells[],
  weights: Float64Array | null,
  kept: Int32Array,
): { rows: Omit<InferenceRows, "classes">; classes: InferenceRows["classes"] } {
  const labelled = Array.from(rows.keys());
  const weightless = weights === null ? 0 : weights.filter((w) => w === 0).length;
  const missing = cells
    .map((column) => ({
      column: column.name,
      rows: labelled.filter((i) => lacks(column, i)).length,
    }))
    .filter((column) => column.rows > 0);
  const counts = new Int32Array(schema.classes.length);
  for (const i of kept) counts[y[rows[i]]]++;
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    const worst = missing.sort((a, b) => b.rows - a.rows)[0];
    const why =
      worst === undefined
        ? ""
        : `; "${worst.column}" alone is missing in ${counted(worst.rows, "row")}: leave it out with the option "ignore"`;
    throw dataError(
      `no row of class "${schema.classes[empty]}" has a value in every column that enters${why}`,
    );
  }
  const weight = kept.reduce((sum, i) => sum + (weights === null ? 1 : weights[i]), 0);
  const incomplete = rows.length - weightless - kept.length;
  return {
    rows: { read, used: kept.length, incomplete, unlabelled, weightless, weight, missing },
    classes: schema.classes.map((label, c) => ({ label, rows: counts[c] })),
  };
}

function checkReferences(
  references: NonNullable<TableInferOptions["reference"]>,
  cells: readonly Cells[],
  schema: Schema,
): void {
  for (const pair of references) {
    const isPair = Array.isArray(pair) && pair.length === 2;
    checkKind("reference", "pairs of column and level", pair, isPair);
    const [name, level] = pair;
    const column = cells.find((one) => one.name === name);
    const names = schema.columns.map((one) => one.name);
    if (column === undefined) {
      throw dataError(unknownName("reference", "a column that enters", name, names));
    }
    if (column.kind !== "categorical") {
      throw dataError(
        `"reference" expected a column of levels, but "${name}" is read as ${column.kind}; the option "categorical" reads it as levels`,
      );
    }
    if (!column.texts.includes(level)) {
      throw dataError(unknownName("reference", `a level of "${name}"`, level, column.texts));
    }
  }
}

function columnOf(
  cells: Cells,
  kept: Int32Array,
  references: NonNullable<TableInferOptions["reference"]>,
): DesignColumn {
  const { name } = cells;
  if (cells.kind !== "categorical") {
    return { name, kind: cells.kind, values: Float64Array.from(kept, (i) => cells.values[i]) };
  }
  const present = new Set(kept.map((i) => cells.codes[i]));
  const sorted = cells.texts.filter((_, code) => present.has(code)).sort(byLevel);
  const asked = references.find(([column]) => column === name)?.[1] ?? sorted[0];
  if (!sorted.includes(asked)) {
    throw dataError(`no complete row holds the reference level "${asked}" of "${name}"`);
  }
  if (sorted.length === 1) {
    throw dataError(
      `column "${name}" holds one value only, "${sorted[0]}", in the rows used, so its coefficient is not determined; leave it out with the option "ignore"`,
    );
  }
  const levels = sorted.filter((level) => level !== asked);
  const position = Int32Array.from(cells.texts, (text) => levels.indexOf(text));
  const codes = kept.map((i) => position[cells.codes[i]]);
  return { name, kind: "categorical", levels, reference: asked, codes };
}

/** Numbers first and by value, then texts by code point. */
function byLevel(a: string, b: string): number {
  const [x, y] = [parseNumber(a), parseNumber(b)];
  if (Number.isNaN(x) && Number.isNaN(y)) return byCodePoint(a, b);
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return x - y || byCodePoint(a, b);
}
