import { log } from "../../base/math.ts";
import { type GramEncoder, gramWidth } from "./grams.ts";

/** Entries of a sparse row. The object and its arrays are reused by the next row. */
export interface SparseRow {
  columns: Int32Array;
  values: Float64Array;
  count: number;
}

/** What texts have of one kind of n-grams: entries of features, their counts and signs (null: all 1). */
export interface GramCounts {
  readonly features: Int32Array;
  readonly counts: Int32Array | Uint8Array;
  readonly signs: Float64Array | null;
}

/** What of a text encoder decides its values. */
export interface Weighting {
  readonly grams: readonly GramEncoder[];
  readonly counts: "log" | "binary";
  readonly normalise: boolean | "mean";
}

/** Turns counts of an encoder's n-grams into values (docs/text.md). */
export interface RowWriter {
  readonly row: SparseRow;
  begin(): void;
  /** The entries from `from` to `to` of the encoder's grams number `group`. */
  add(group: number, counts: GramCounts, from: number, to: number): void;
  end(): void;
}

export function createRowWriter({ grams, counts: count, normalise }: Weighting): RowWriter {
  const row: SparseRow = { columns: new Int32Array(256), values: new Float64Array(256), count: 0 };
  let width = 0;
  const offsets = grams.map((gram) => {
    const offset = width;
    width += gramWidth(gram);
    return offset;
  });
  return {
    row,
    begin() {
      row.count = 0;
    },
    add(group, { features, counts, signs }, from, to) {
      reserve(row, row.count + to - from);
      const { weights } = grams[group];
      const offset = offsets[group];
      const start = row.count;
      let squares = 0;
      for (let at = from; at < to; at++) {
        const feature = features[at];
        const scale = weights.length === 0 ? 1 : weights[feature];
        const sign = signs === null ? 1 : signs[at];
        const value = scale * (count === "binary" ? 1 : logCount(counts[at])) * sign;
        if (value === 0) continue;
        squares += value * value;
        row.columns[row.count] = offset + feature;
        row.values[row.count++] = value;
      }
      if (normalise !== true || squares === 0) return;
      const norm = Math.sqrt(squares);
      for (let at = start; at < row.count; at++) row.values[at] /= norm;
    },
    end() {
      if (normalise === "mean") divideBySum(row);
    },
  };
}

/** Values of 1 become 1/count: an average of what their features stand for. */
function divideBySum({ values, count }: SparseRow): void {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += Math.abs(values[at]);
  for (let at = 0; at < count; at++) values[at] /= sum;
}

const LOGS = Float64Array.from({ length: 256 }, (_, n) => (n === 0 ? 0 : 1 + log(n)));

/** 1 + log n */
const logCount = (n: number): number => (n < LOGS.length ? LOGS[n] : 1 + log(n));

function reserve(row: SparseRow, count: number): void {
  if (row.columns.length >= count) return;
  const columns = new Int32Array(2 * count);
  const values = new Float64Array(2 * count);
  columns.set(row.columns.subarray(0, row.count));
  values.set(row.values.subarray(0, row.count));
  row.columns = columns;
  row.values = values;
}
