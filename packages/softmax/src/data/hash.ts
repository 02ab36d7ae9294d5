import { createHash } from "node:crypto";
import type { Table, TableColumn } from "@softmax/core";

/**
 * SHA-256 of a typed table, in hexadecimal, over, in this order and little-endian: "table 1\n", the number of rows and of
 * columns (u32), the decimal separator; then of each column its kind, the byte length (u32) and bytes of its name in
 * UTF-8, and either the values (float64, each NaN as 7ff8…) or the dictionary (its size, then each text with its length) and the
 * codes (int32).
 */
export function tableHash(table: Table): string {
  const hash = createHash("sha256");
  const word = (n: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(n);
    hash.update(bytes);
  };
  const text = (s: string): void => {
    const bytes = Buffer.from(s, "utf8");
    word(bytes.length);
    hash.update(bytes);
  };
  hash.update("table 1\n");
  word(table.rows);
  word(table.columns.length);
  hash.update(table.decimal);
  for (const column of table.columns) {
    hash.update(column.kind);
    text(column.name);
    if (column.kind === "text") {
      word(column.dictionary.length);
      hash.update(dictionaryBytes(column.dictionary));
    }
    hash.update(columnBytes(column));
  }
  return hash.digest("hex");
}

/** Each text's length and bytes, in one piece: one update a text is several times slower. */
function dictionaryBytes(texts: readonly string[]): Buffer {
  let size = 0;
  for (const text of texts) size += 4 + Buffer.byteLength(text, "utf8");
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const text of texts) {
    const length = bytes.write(text, at + 4, "utf8");
    bytes.writeUInt32LE(length, at);
    at += 4 + length;
  }
  return bytes;
}

/** Every machine that runs Node or a browser with WebAssembly is little-endian. */
function columnBytes(column: TableColumn): Uint8Array {
  const numbers =
    column.kind === "text"
      ? column.codes
      : column.values.map((x) => (Number.isNaN(x) ? Number.NaN : x));
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
