import { type Row, type TypedCell, typedCell } from "../base/table.ts";
import * as boolean from "./boolean.ts";
import * as categorical from "./categorical.ts";
import { cellNumber, cellText, type Reading, readingOf } from "./cells.ts";
import * as dates from "./dates.ts";
import { type ColumnEncoder, type Encoder, type Layout, layoutOf, type Place } from "./encoder.ts";
import type { ImageEncoder } from "./image/image.ts";
import * as numeric from "./numeric.ts";
import type { TextEncoder } from "./text/text.ts";

/** One row after another, without a Table: the same numbers as `encode` gives for the row. */
export interface RowEncoder {
  readonly layout: Layout;
  /** Dense features and codes of the row encoded last. */
  readonly x: Float64Array;
  readonly codes: Int32Array;
  /** False where the row lacks a column or holds what no table can: `encode` says what is wrong. */
  encode(row: Row): boolean;
}

type WriteCell = (cell: TypedCell) => void;

/** Null where the encoder reads texts or images, whose features are too many for this way. */
export function createRowEncoder(encoder: Encoder): RowEncoder | null {
  const columns = encoder.columns.filter(
    (column) => column.kind !== "text" && column.kind !== "image",
  );
  if (columns.length < encoder.columns.length) return null;
  const layout = layoutOf(encoder);
  const reading = readingOf({ rows: 1, columns: [], decimal: "." }, encoder.missing);
  const x = new Float64Array(layout.denseWidth);
  const codes = new Int32Array(layout.perRow);
  const names = columns.map((column) => column.name);
  const writers = columns.map((column, at) =>
    writerOf(column, layout.places[at], reading, x, codes),
  );
  return {
    ...{ layout, x, codes },
    encode(row) {
      for (let at = 0; at < writers.length; at++) {
        if (!Object.hasOwn(row, names[at])) return false;
        const cell = typedCell(row[names[at]]);
        if (cell === undefined) return false;
        writers[at](cell);
      }
      return true;
    },
  };
}

function writerOf(
  column: Exclude<ColumnEncoder, TextEncoder | ImageEncoder>,
  { denseStart, slot, codesStart }: Place,
  reading: Reading,
  x: Float64Array,
  codes: Int32Array,
): WriteCell {
  const put = (indicator: number): void => {
    if (slot >= 0) codes[slot] = indicator < 0 ? -1 : codesStart + indicator;
  };
  if (column.kind === "numeric") {
    return (cell) => {
      const value = cellNumber(cell, reading);
      numeric.writeDense(column, value, x, denseStart);
      put(numeric.indicatorOf(column, value));
    };
  }
  if (column.kind === "date") {
    return (cell) => {
      const days = dates.cellDays(cell, reading);
      dates.writeDense(column, days, x, denseStart);
      put(numeric.indicatorOf(column.days, days));
    };
  }
  const indicatorOf =
    column.kind === "categorical" ? categorical.indicatorsOf(column) : boolean.indicatorsOf(column);
  return (cell) => put(indicatorOf(cellText(cell, reading)));
}
