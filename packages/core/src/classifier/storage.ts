import type { Matrix } from "../base/matrix.ts";
import { rowBytes, storedMatrix } from "../base/stored.ts";
import type { Table, TableColumn } from "../base/table.ts";
import { everyRow } from "../encode/cells.ts";
import { type Encoder, encode, layoutOf } from "../encode/encoder.ts";
import { heap } from "../kernels/kernels.ts";
import type { RowStorage } from "../model/row-storage.ts";

/** Of rows that are encoded at a time. */
const PART_BYTES = 8 * 2 ** 20;

/** Rows of dense features and codes that were encoded to a spool, and what gives it back. */
export interface Spooled {
  readonly X: Matrix;
  close(): void;
}

/** `encode` of a table without texts, part by part, to a spool. */
export function encodeToSpool(
  encoder: Encoder,
  table: Table,
  precision: "f64" | "f32",
  order: Int32Array,
  storage: RowStorage,
): Spooled {
  const { denseWidth, codesWidth, perRow } = layoutOf(encoder);
  const shape = {
    rows: order.length,
    dense: denseWidth === 0 ? null : { width: denseWidth, bits: bitsOf(precision) },
    codes: perRow === 0 ? null : { width: codesWidth, perRow },
  };
  const spool = storage.create(shape);
  try {
    const rows = Math.max(1, Math.floor(PART_BYTES / Math.max(1, rowBytes(shape))));
    const parts = storage.parts ?? cut;
    for (const part of parts(table, order, rows)) {
      const { dense, codes } = encode(encoder, part, heap, precision, everyRow(part.rows), null);
      spool.write(part.rows, dense?.data ?? null, codes?.data ?? null);
    }
    return { X: storedMatrix(spool.finish()), close: () => spool.close() };
  } catch (error) {
    spool.close();
    throw error;
  }
}

function* cut(table: Table, order: Int32Array, rows: number): Generator<Table> {
  for (let at = 0; at < order.length; at += rows) {
    const some = order.subarray(at, at + rows);
    yield { ...table, rows: some.length, columns: table.columns.map((c) => rowsOf(c, some)) };
  }
}

const bitsOf = (precision: "f64" | "f32"): 32 | 64 => (precision === "f32" ? 32 : 64);

/** Dictionaries are shared. */
function rowsOf(column: TableColumn, rows: Int32Array): TableColumn {
  if (column.kind === "text") {
    const { codes } = column;
    return { ...column, codes: rows.map((row) => codes[row]) };
  }
  const { values } = column;
  return { ...column, values: Float64Array.from(rows, (row) => values[row]) };
}
