import type { CsrBlock } from "../../base/matrix.ts";
import type { TableColumn } from "../../base/table.ts";
import { type TextEncoder, textReader } from "./text.ts";
import type { SparseRow } from "./values.ts";

/** The texts of `rows` as the source gave them, in their order; null where there is none. */
export function* readTexts(
  column: TableColumn,
  rows: Int32Array,
): Generator<string | null, void, void> {
  for (const row of rows) {
    if (column.kind === "number") {
      const value = column.values[row];
      yield Number.isNaN(value) ? null : String(value);
    } else yield column.codes[row] < 0 ? null : column.dictionary[column.codes[row]];
  }
}

/** A column of texts, and where its features start in the CSR block. */
interface PlacedTexts {
  readonly encoder: TextEncoder;
  readonly texts: Iterator<string | null>;
  readonly first: number;
}

/** The CSR block of n rows, the features of one column after those of another. */
export function placeRows(columns: readonly PlacedTexts[], n: number, width: number): CsrBlock {
  const sources = columns.map(({ encoder, texts, first }) => {
    return { reader: textReader(encoder), texts, first };
  });
  const starts = new Int32Array(n + 1);
  const entries = createEntries();
  for (let row = 0; row < n; row++) {
    for (const { reader, texts, first } of sources) {
      const { value } = texts.next();
      if (typeof value !== "string") continue;
      entries.add(reader.read(value), first);
    }
    starts[row + 1] = entries.size;
  }
  return { width, starts, ...entries.finish() };
}

/** Entries of sparse rows as they come, in arrays that grow beyond `length`. */
export function createEntries(length = 1 << 14) {
  let columns = new Int32Array(length);
  let values = new Float64Array(length);
  let size = 0;
  const reserve = (wanted: number): void => {
    if (wanted <= columns.length) return;
    const wider = new Int32Array(Math.max(wanted, 2 * columns.length));
    const deeper = new Float64Array(wider.length);
    wider.set(columns);
    deeper.set(values);
    columns = wider;
    values = deeper;
  };
  return {
    get size() {
      return size;
    },
    /** `first` is added to the row's columns. */
    add(row: SparseRow, first: number): void {
      reserve(size + row.count);
      for (let at = 0; at < row.count; at++, size++) {
        columns[size] = first + row.columns[at];
        values[size] = row.values[at];
      }
    },
    finish: () => ({ columns: columns.subarray(0, size), values: values.subarray(0, size) }),
  };
}
