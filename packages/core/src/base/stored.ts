import type { Matrix, RowRange, StoredRows } from "./matrix.ts";

/** A Matrix whose rows stand elsewhere: its arrays are empty. */
export function storedMatrix(stored: StoredRows): Matrix {
  return { ...roomFor(stored, 0), rows: stored.rows, stored };
}

/** Puts each code's own position in the place of it. */
export function renumber(codes: Int32Array, positions: Int32Array): void {
  for (let at = 0; at < codes.length; at++) if (codes[at] >= 0) codes[at] = positions[codes[at]];
}

/** Bytes of a stored row. */
export const rowBytes = ({ dense, codes }: Pick<StoredRows, "dense" | "codes">): number =>
  ((dense?.width ?? 0) * (dense?.bits ?? 0)) / 8 + 4 * (codes?.perRow ?? 0);

/** Some rows at hand: row i of the whole is row i − first of X. */
export interface Window {
  readonly X: Matrix;
  readonly first: number;
  /** Its rows, counted in the whole. */
  readonly range: RowRange;
}

/** Rows of a window are a multiple of this, so that sums that are taken in blocks of it do not see where windows end. */
const BLOCK = 4096;
const WINDOW_BYTES = 2 * 2 ** 20;

/**
 * The rows of `ranges` in their order, at hand: range by range those of a Matrix in memory, piece by piece those that stand
 * elsewhere. A window's arrays are used again for the next one.
 */
export function* windowsOf(X: Matrix, ranges: readonly RowRange[]): Generator<Window, void, void> {
  const { stored } = X;
  if (stored === undefined) {
    for (const range of ranges) yield { X, first: 0, range };
    return;
  }
  const longest = ranges.reduce((most, { start, end }) => Math.max(most, end - start), 0);
  const blocks = Math.max(1, Math.floor(WINDOW_BYTES / (BLOCK * Math.max(1, rowBytes(stored)))));
  const room = roomFor(stored, Math.min(longest, blocks * BLOCK));
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at += blocks * BLOCK) {
      const range = { start: at, end: Math.min(end, at + blocks * BLOCK) };
      const count = range.end - at;
      const floats = room.dense?.data.subarray(0, count * room.dense.width) ?? null;
      const integers = room.codes?.data.subarray(0, count * room.codes.perRow) ?? null;
      stored.read(at, count, floats, integers);
      const dense = room.dense && { ...room.dense, data: floats! };
      const codes = room.codes && { ...room.codes, data: integers! };
      yield { X: { rows: count, dense, codes, csr: null }, first: at, range };
    }
  }
}

/** A Matrix with room for so many rows of what is stored. */
function roomFor({ dense, codes }: StoredRows, rows: number): Matrix {
  const length = rows * (dense?.width ?? 0);
  return {
    rows,
    dense: dense && {
      width: dense.width,
      data: dense.bits === 32 ? new Float32Array(length) : new Float64Array(length),
    },
    codes: codes && { ...codes, data: new Int32Array(rows * codes.perRow) },
    csr: null,
  };
}
