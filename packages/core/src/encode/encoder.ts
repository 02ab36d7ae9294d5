import { internalError } from "../base/checks.ts";
import type { CodesBlock, CsrBlock, DenseBlock, Floats, Matrix } from "../base/matrix.ts";
import type { Table, TableColumn } from "../base/table.ts";
import type { Allocator } from "../kernels/kernels.ts";
import type { PatchBank, PixelBlock } from "../kernels/patches.ts";
import * as boolean from "./boolean.ts";
import * as categorical from "./categorical.ts";
import { everyRow, type Reading, readCodes, readingOf, readNumbers } from "./cells.ts";
import * as dates from "./dates.ts";
import type { Versions } from "./image/augment.ts";
import { writeBackbone } from "./image/backbone.ts";
import { imagesByName } from "./image/fit.ts";
import {
  type ImageEncoder,
  type ImageShape,
  imageWidth,
  pixelBlock,
  writeFeatures,
} from "./image/image.ts";
import { patchFeaturesNow } from "./image/machine.ts";
import * as numeric from "./numeric.ts";
import { type ColumnSchema, requiredColumns, type Schema } from "./schema.ts";
import { TextCorpus } from "./text/corpus.ts";
import { placeRows, readTexts } from "./text/rows.ts";
import { DEFAULT_TEXT } from "./text/shapes.ts";
import { type TextEncoder, type TextShape, textWidth } from "./text/text.ts";

/**
 * The Encoder: columns of a Table to features of a Matrix, learned without labels. Plain data.
 *
 * The dense block holds lines, ramps and cycles, the codes block the indicators, the CSR block the terms of texts, each
 * column's features together and in the order of `columns`. A column has at most one indicator set, in a slot of its own.
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
  | dates.DateEncoder
  | TextEncoder
  | ImageEncoder;

/** How the columns of a table become features, one of the ways that are tried. */
export interface Shape {
  /** What to call it in words. */
  readonly name: string;
  /** Whether numeric columns and dates may bend. */
  readonly curves: boolean;
  /** How texts are taken; null where there are none. */
  readonly text: TextShape | null;
  /** How images are taken; absent where there are none. */
  readonly image?: ImageShape;
}

export const LINES: Shape = { name: "straight lines", curves: false, text: null };
export const CURVES: Shape = { name: "curves", curves: true, text: null };

/**
 * The shapes worth trying on the numeric columns of a table, the simplest first: curves only where some column would bend.
 * Levels for small integers are no shape of their own: a curve with a knot at each of up to 20 values spans the same
 * functions.
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

/**
 * Learns the encoder from the given rows of the table. `corpus`: these rows, where several encoders are learned from them.
 * `images`: the encoders of columns of images, which take their time (image/fit.ts).
 */
export function fitEncoder(
  table: Table,
  schema: Schema,
  rows: Int32Array,
  shape: Shape,
  corpus: TextCorpus = new TextCorpus(rows, DEFAULT_TEXT),
  images: readonly ImageEncoder[] = [],
): Encoder {
  const columns = requiredColumns(table, schema.columns);
  const reading = readingOf(table, schema.missing);
  const encoders = schema.columns.map((column) =>
    column.kind === "image"
      ? learned(images, column.name)
      : fitColumn(columns.get(column.name)!, column, reading, rows, shape, corpus),
  );
  return { missing: schema.missing, columns: encoders };
}

function learned(images: readonly ImageEncoder[], name: string): ImageEncoder {
  const encoder = images.find((one) => one.name === name);
  if (encoder === undefined) throw internalError(`nothing was learned of the images "${name}"`);
  return encoder;
}

function fitColumn(
  column: TableColumn,
  { name, kind }: ColumnSchema,
  reading: Reading,
  rows: Int32Array,
  { curves, text }: Shape,
  corpus: TextCorpus,
): ColumnEncoder {
  if (kind === "text") return corpus.fit(column, text!);
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
  if (column.kind === "image") return imageWidth(column);
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
    case "text":
    case "image":
      return 0;
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
  /** In the CSR block, whose features come last. */
  readonly csrStart: number;
  readonly csrWidth: number;
}

export interface Layout {
  readonly places: readonly Place[];
  readonly denseWidth: number;
  readonly codesWidth: number;
  readonly perRow: number;
  readonly csrWidth: number;
}

export function layoutOf(encoder: Encoder): Layout {
  let denseStart = 0;
  let codesStart = 0;
  let perRow = 0;
  let csrStart = 0;
  const places = encoder.columns.map((column) => {
    const denseWidth = denseWidthOf(column);
    const codesWidth = codesWidthOf(column);
    const slot = codesWidth > 0 ? perRow++ : -1;
    const csrWidth = column.kind === "text" ? textWidth(column) : 0;
    const place = { denseStart, denseWidth, codesStart, codesWidth, slot, csrStart, csrWidth };
    denseStart += denseWidth;
    codesStart += codesWidth;
    csrStart += csrWidth;
    return place;
  });
  const widths = { denseWidth: denseStart, codesWidth: codesStart, csrWidth: csrStart };
  return { places, ...widths, perRow };
}

/** d: features of the Matrix. */
export function encodedWidth(encoder: Encoder): number {
  const { denseWidth, codesWidth, csrWidth } = layoutOf(encoder);
  return denseWidth + codesWidth + csrWidth;
}

/** Bytes of the dense and codes blocks of n rows. */
export function encodedBytes(encoder: Encoder, n: number, precision: "f64" | "f32"): number {
  const { denseWidth, perRow } = layoutOf(encoder);
  return n * (denseWidth * (precision === "f64" ? 8 : 4) + perRow * 4);
}

/** The CSR block of the rows `order`, on the heap; null where no column is text. */
export function encodeTexts(encoder: Encoder, table: Table, order: Int32Array): CsrBlock | null {
  const { places, csrWidth } = layoutOf(encoder);
  const texts = encoder.columns.flatMap((column, at) =>
    column.kind === "text" ? [{ column, first: places[at].csrStart }] : [],
  );
  if (texts.length === 0) return null;
  const columns = requiredColumns(table, encoder.columns);
  return placeRows(
    texts.map(({ column, first }) => ({
      encoder: column,
      texts: readTexts(columns.get(column.name)!, order),
      first,
    })),
    order.length,
    csrWidth,
  );
}

/**
 * The Matrix of the table's rows `order` (default: all, in the table's order), in memory from `allocator`. Computed in
 * float64, rounded once. `csr`: what `encodeTexts` gave for these rows, where it is known already. Throws a SoftmaxError
 * ("data") where the table lacks columns.
 * `pictures`: "later" leaves the features of images 0, for `imageParts` to write.
 */
export function encode(
  encoder: Encoder,
  table: Table,
  allocator: Allocator,
  precision: "f64" | "f32",
  order: Int32Array = everyRow(table.rows),
  csr: CsrBlock | null = encodeTexts(encoder, table, order),
  pictures: "now" | "later" = "now",
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
    if (column.kind === "text" || column.kind === "image") return;
    const place = layout.places[at];
    encodeColumn(column, columns.get(column.name)!, reading, order, place, dense, codes);
  });
  if (pictures === "now") encodeImages(encoder, table, order, dense);
  return { rows: n, dense, codes, csr: csr && copyCsr(csr, allocator, precision) };
}

/** Images of some rows at their size. Their features, or pixels, go to a Matrix by `write`. */
export interface ImagePart {
  readonly bank: PatchBank | null;
  readonly block: PixelBlock;
  readonly write: (features: Float32Array | Uint8Array, first: number, count: number) => void;
}

/** The images of the table's rows `order`, column by column, `most` rows at a time, in the versions that are wanted. */
export function* imageParts(
  encoder: Encoder,
  { table, order }: { readonly table: Table; readonly order: Int32Array },
  dense: DenseBlock | null,
  most: number,
  versions: Versions | null = null,
): Generator<ImagePart> {
  const images = imagesByName(table);
  const { places } = layoutOf(encoder);
  for (const [at, column] of encoder.columns.entries()) {
    if (column.kind !== "image") continue;
    if (column.backbone !== undefined) {
      writeBackbone(column, images.get(column.name)!, order, dense!, places[at].denseStart);
      continue;
    }
    for (let row = 0; row < order.length; row += most) {
      const block = pixelBlock(images.get(column.name)!, order.subarray(row, row + most), column);
      versions?.alter(block, row);
      const write: ImagePart["write"] = (features, first, count) =>
        writeFeatures(column, features, count, dense!, row + first, places[at].denseStart);
      if (column.patches === null) write(block.data, 0, block.count);
      yield { bank: column.patches, block, write };
    }
  }
}

/** Rows whose images are at their size at the same time. */
const IMAGE_ROWS = 512;

function encodeImages(
  encoder: Encoder,
  table: Table,
  order: Int32Array,
  dense: DenseBlock | null,
): void {
  for (const { bank, block, write } of imageParts(encoder, { table, order }, dense, IMAGE_ROWS)) {
    if (bank !== null) patchFeaturesNow(bank, block, write);
  }
}

function copyCsr(csr: CsrBlock, allocator: Allocator, precision: "f64" | "f32"): CsrBlock {
  const starts = allocator.i32(csr.starts.length);
  const columns = allocator.i32(csr.columns.length);
  const values = allocator[precision](csr.values.length);
  starts.set(csr.starts);
  columns.set(csr.columns);
  values.set(csr.values);
  return { width: csr.width, starts, columns, values };
}

function encodeColumn(
  encoder: Exclude<ColumnEncoder, TextEncoder | ImageEncoder>,
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
