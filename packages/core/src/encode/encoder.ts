import type { CodesBlock, DenseBlock, Floats, Matrix } from "../base/matrix.ts";
import type { Table, TableColumn } from "../base/table.ts";
import type { Allocator } from "../kernels/kernels.ts";
import * as boolean from "./boolean.ts";
import * as categorical from "./categorical.ts";
import { everyRow, type Reading, readCodes, readingOf, readNumbers } from "./cells.ts";
import * as dates from "./dates.ts";
import * as numeric from "./numeric.ts";
import { type ColumnSchema, requiredColumns, type Schema } from "./schema.ts";

/**
 * The Encoder: columns of a Table to features of a Matrix, learned without labels. Plain data.
 *
 * The dense block holds lines, ramps and cycles, the codes block the indicators, each column's features together and in
 * the order of `columns`. A column has at most one indicator set, in a slot of its own.
 */
export interface Encoder {
  /** Texts that mean missing, as in the schema. */
  readonly missing: readonly string[];
  readonly columns: readonly ColumnEncoder[];
}

export type ColumnEncoder =
  | numeric.NumericEncoder
  | boolean.BooleanEncoder
  | categorical.CategoricalEncoder
  | dates.DateEncoder;

/** How stiff the encoding of numeric columns and dates is. */
export interface Shape {
  /** What to call it in words. */
  readonly name: string;
  readonly curves: boolean;
}

export const LINES: Shape = { name: "straight lines", curves: false };
export const CURVES: Shape = { name: "curves", curves: true };

/**
 * The shapes worth trying on a table, the simplest first: curves only where some column would bend. Levels for small
 * integers are no shape of their own: a curve with a knot at each of up to 20 values spans the same functions.
 */
export function candidateShapes(table: Table, schema: Schema, rows: Int32Array): Shape[] {
  const reading = readingOf(table, schema.missing);
  const columns = requiredColumns(table, schema.columns);
  const bends = schema.columns.some(({ name, kind }) => {
    const column = columns.get(name)!;
    if (kind === "date") return numeric.canBend(dates.readDays(column, reading, rows));
    return kind === "numeric" && numeric.canBend(readNumbers(column, reading, rows));
  });
  return bends ? [LINES, CURVES] : [LINES];
}

/** Learns the encoder from the given rows of the table. */
export function fitEncoder(table: Table, schema: Schema, rows: Int32Array, shape: Shape): Encoder {
  const columns = requiredColumns(table, schema.columns);
  const reading = readingOf(table, schema.missing);
  const encoders = schema.columns.map((column) =>
    fitColumn(columns.get(column.name)!, column, reading, rows, shape),
  );
  return { missing: schema.missing, columns: encoders };
}

function fitColumn(
  column: TableColumn,
  { name, kind }: ColumnSchema,
  reading: Reading,
  rows: Int32Array,
  { curves }: Shape,
): ColumnEncoder {
  if (kind === "numeric") {
    return numeric.fitNumeric(name, readNumbers(column, reading, rows), curves);
  }
  if (kind === "date") return dates.fitDate(name, dates.readDays(column, reading, rows), curves);
  const texts: string[] = [];
  const codes = readCodes(column, reading, rows, (text) =>
    text === null ? -1 : texts.push(text) - 1,
  );
  const counts = new Map<string, number>();
  let lacking = 0;
  for (const code of codes) {
    if (code < 0) lacking++;
    else counts.set(texts[code], (counts.get(texts[code]) ?? 0) + 1);
  }
  if (kind === "categorical") {
    return categorical.fitCategorical(name, counts, lacking > 0, rows.length);
  }
  return boolean.fitBoolean(name, counts, lacking > 0);
}

/** Dense columns that a column takes. */
export function denseWidthOf(column: ColumnEncoder): number {
  if (column.kind === "numeric") return numeric.denseWidth(column);
  return column.kind === "date" ? dates.denseWidth(column) : 0;
}

/** Indicators that a column takes. */
export function codesWidthOf(column: ColumnEncoder): number {
  switch (column.kind) {
    case "numeric":
      return numeric.codesWidth(column);
    case "date":
      return numeric.codesWidth(column.days);
    case "categorical":
      return categorical.codesWidth(column);
    case "boolean":
      return boolean.codesWidth(column);
  }
}

/** Where a column's features stand in the Matrix. */
export interface Place {
  readonly denseStart: number;
  readonly denseWidth: number;
  /** In the codes block, whose features follow all dense ones. */
  readonly codesStart: number;
  readonly codesWidth: number;
  /** Entry of the codes block's rows, −1 where the column has no indicator. */
  readonly slot: number;
}

export interface Layout {
  readonly places: readonly Place[];
  readonly denseWidth: number;
  readonly codesWidth: number;
  readonly perRow: number;
}

export function layoutOf(encoder: Encoder): Layout {
  let denseStart = 0;
  let codesStart = 0;
  let perRow = 0;
  const places = encoder.columns.map((column) => {
    const denseWidth = denseWidthOf(column);
    const codesWidth = codesWidthOf(column);
    const slot = codesWidth > 0 ? perRow++ : -1;
    const place = { denseStart, denseWidth, codesStart, codesWidth, slot };
    denseStart += denseWidth;
    codesStart += codesWidth;
    return place;
  });
  return { places, denseWidth: denseStart, codesWidth: codesStart, perRow };
}

/** d: features of the Matrix. */
export function encodedWidth(encoder: Encoder): number {
  const { denseWidth, codesWidth } = layoutOf(encoder);
  return denseWidth + codesWidth;
}

/** Bytes of the Matrix for n rows. */
export function encodedBytes(encoder: Encoder, n: number, precision: "f64" | "f32"): number {
  const { denseWidth, perRow } = layoutOf(encoder);
  return n * (denseWidth * (precision === "f64" ? 8 : 4) + perRow * 4);
}

/**
 * The Matrix of the table's rows `order` (default: all, in the table's order), in memory from `allocator`. Computed in
 * float64, rounded once. Throws a SoftmaxError ("data") where the table lacks columns.
 */
export function encode(
  encoder: Encoder,
  table: Table,
  allocator: Allocator,
  precision: "f64" | "f32",
  order: Int32Array = everyRow(table.rows),
): Matrix {
  const columns = requiredColumns(table, encoder.columns);
  const reading = readingOf(table, encoder.missing);
  const layout = layoutOf(encoder);
  const { denseWidth, codesWidth, perRow } = layout;
  const n = order.length;
  const dense: DenseBlock | null =
    denseWidth === 0 ? null : { width: denseWidth, data: allocator[precision](n * denseWidth) };
  const codes: CodesBlock | null =
    perRow === 0 ? null : { width: codesWidth, perRow, data: allocator.i32(n * perRow) };
  encoder.columns.forEach((column, at) => {
    encodeColumn(
      column,
      columns.get(column.name)!,
      reading,
      order,
      layout.places[at],
      dense,
      codes,
    );
  });
  return { rows: n, dense, codes, csr: null };
}

function encodeColumn(
  encoder: ColumnEncoder,
  column: TableColumn,
  reading: Reading,
  order: Int32Array,
  place: Place,
  dense: DenseBlock | null,
  codes: CodesBlock | null,
): void {
  let indicators: Int32Array;
  if (encoder.kind === "numeric") {
    const values = readNumbers(column, reading, order);
    fillDense(values, place, dense!, (x, out, at) => numeric.writeDense(encoder, x, out, at));
    if (place.slot < 0) return;
    indicators = Int32Array.from(values, (x) => numeric.indicatorOf(encoder, x));
  } else if (encoder.kind === "date") {
    const days = dates.readDays(column, reading, order);
    fillDense(days, place, dense!, (t, out, at) => dates.writeDense(encoder, t, out, at));
    if (place.slot < 0) return;
    indicators = Int32Array.from(days, (t) => numeric.indicatorOf(encoder.days, t));
  } else {
    if (place.slot < 0) return;
    const indicatorOf =
      encoder.kind === "categorical"
        ? categorical.indicatorsOf(encoder)
        : boolean.indicatorsOf(encoder);
    indicators = readCodes(column, reading, order, indicatorOf);
  }
  fillCodes(indicators, place, codes!);
}

function fillDense(
  values: Float64Array,
  { denseStart }: Place,
  { width, data }: DenseBlock,
  write: (value: number, out: Floats, at: number) => void,
): void {
  for (let i = 0; i < values.length; i++) write(values[i], data, i * width + denseStart);
}

function fillCodes(
  indicators: Int32Array,
  { slot, codesStart }: Place,
  { perRow, data }: CodesBlock,
): void {
  for (let i = 0; i < indicators.length; i++) {
    const indicator = indicators[i];
    data[i * perRow + slot] = indicator < 0 ? -1 : codesStart + indicator;
  }
}
