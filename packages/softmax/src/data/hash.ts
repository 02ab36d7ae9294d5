import { createHash, type Hash } from "node:crypto";
import type { Table, TableColumn } from "@softmax/core";

/**
 * SHA-256 of a typed table, in hexadecimal, over, in this order and little-endian: "table 2\n", the number of rows and of
 * columns (u32), the decimal separator; then of each column its kind, the byte length (u32) and bytes of its name in
 * UTF-8, and the SHA-256 of its cells, row after row: of numbers float64, each NaN as 7ff8…; of texts the byte length (u32) and
 * bytes in UTF-8, ffffffff for none; then of each column of images "image", its name, and width, height, channels (u32) and bytes of
 * each picture. So it can be taken of a table that comes in parts.
 */
export function tableHash(table: Table): string {
  const cells = table.columns.map((column) => {
    const hash = cellHash();
    hash.add(column);
    return hash.digest();
  });
  return hashOfColumns(table, cells);
}

/** The same from what `cellHash` says of each column. */
export function hashOfColumns(
  {
    rows,
    columns,
    decimal,
    images = [],
  }: Pick<Table, "rows" | "decimal" | "images"> & {
    readonly columns: readonly Pick<TableColumn, "kind" | "name">[];
  },
  cells: readonly Uint8Array[],
): string {
  const hash = createHash("sha256");
  hash.update("table 2\n");
  hash.update(word(rows));
  hash.update(word(columns.length));
  hash.update(decimal);
  for (const [j, { kind, name }] of columns.entries()) {
    hash.update(kind);
    hashName(hash, name);
    hash.update(cells[j]);
  }
  for (const { name, pictures } of images) {
    hash.update("image");
    hashName(hash, name);
    for (const { width, height, channels, data } of pictures) {
      for (const size of [width, height, channels]) hash.update(word(size));
      hash.update(data);
    }
  }
  return hash.digest("hex");
}

/** The hash of a column's cells, part after part. */
export interface CellHash {
  add(column: TableColumn): void;
  digest(): Uint8Array;
}

export function cellHash(): CellHash {
  const hash = createHash("sha256");
  return {
    add(column) {
      if (column.kind === "text") hashTexts(hash, column.codes, column.dictionary);
      else hashNumbers(hash, column.values);
    },
    digest: () => hash.digest(),
  };
}

function hashName(hash: Hash, name: string): void {
  const bytes = Buffer.from(name, "utf8");
  hash.update(word(bytes.length));
  hash.update(bytes);
}

function word(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n);
  return bytes;
}

/** Bytes of cells that are hashed at a time: one update a cell is several times slower. */
const AT_ONCE = 1 << 16;
const NONE = Buffer.from([255, 255, 255, 255]);

function hashTexts(hash: Hash, codes: Int32Array, dictionary: readonly string[]): void {
  const { bytes, starts } = packed(dictionary);
  let out = Buffer.allocUnsafe(AT_ONCE);
  let filled = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    const [from, start, end] = code < 0 ? [NONE, 0, 4] : [bytes, starts[code], starts[code + 1]];
    if (filled + end - start > out.length) {
      hash.update(out.subarray(0, filled));
      filled = 0;
      if (end - start > out.length) out = Buffer.allocUnsafe(end - start);
    }
    if (end - start > 64) from.copy(out, filled, start, end);
    else for (let at = start; at < end; at++) out[filled + at - start] = from[at];
    filled += end - start;
  }
  hash.update(out.subarray(0, filled));
}

/** Each text's length and bytes, one after the other, and where each begins. */
function packed(texts: readonly string[]): { bytes: Buffer; starts: Float64Array } {
  const starts = new Float64Array(texts.length + 1);
  for (let code = 0; code < texts.length; code++) {
    starts[code + 1] = starts[code] + 4 + Buffer.byteLength(texts[code], "utf8");
  }
  const bytes = Buffer.allocUnsafe(starts[texts.length]);
  for (let code = 0; code < texts.length; code++) {
    const length = bytes.write(texts[code], starts[code] + 4, "utf8");
    bytes.writeUInt32LE(length, starts[code]);
  }
  return { bytes, starts };
}

/** Every machine that runs Node or a browser with WebAssembly is little-endian. */
function hashNumbers(hash: Hash, values: Float64Array): void {
  const part = new Float64Array(Math.min(values.length, AT_ONCE / 8));
  for (let at = 0; at < values.length; at += part.length) {
    const count = Math.min(part.length, values.length - at);
    for (let i = 0; i < count; i++)
      part[i] = Number.isNaN(values[at + i]) ? Number.NaN : values[at + i];
    hash.update(new Uint8Array(part.buffer, 0, 8 * count));
  }
}
