import type { CsrBlock } from "../../base/matrix.ts";
import type { TableColumn } from "../../base/table.ts";
import { type TextEncoder, textReader } from "./text.ts";

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
      const { columns: features, values, count } = reader.read(value);
      entries.add(features, values, count, first);
    }
    starts[row + 1] = entries.size;
  }
  return { width, starts, ...entries.finish() };
}

/** Entries of sparse rows as they come, in arrays that grow. */
function createEntries() {
  let columns = new Int32Array(1 << 14);
  let values = new Float64Array(1 << 14);
  let size = 0;
  const reserve = (length: number): void => {
    if (length <= columns.length) return;
    const wider = new Int32Array(Math.max(length, 2 * columns.length));
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
    add(features: Int32Array, of: Float64Array, count: number, first: number): void {
      reserve(size + count);
      for (let at = 0; at < count; at++, size++) {
        columns[size] = first + features[at];
        values[size] = of[at];
      }
    },
    finish: () => ({ columns: columns.slice(0, size), values: values.slice(0, size) }),
  };
}
