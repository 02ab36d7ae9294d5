import type { Floats, Matrix, RowRange } from "./matrix.ts";

/** Rows of dense features and codes that stand outside the memory, in a file say, and are read again and again. */
export interface StoredRows {
  readonly rows: number;
  readonly dense: { readonly width: number; readonly bits: 32 | 64 } | null;
  readonly codes: { readonly width: number; readonly perRow: number } | null;
  /** How much is to be read at a time, at most. Default 64 MiB. */
  readonly chunkBytes?: number;
  /** Overwrites `dense` and `codes`, those of `count` rows, with the rows from `first` on; throws where they cannot be read. */
  read(first: number, count: number, dense: Floats | null, codes: Int32Array | null): void;
  /** The same rows for another thread. Without it they are read in this thread alone. */
  share?(): { readonly mail: RowMail; close(): void };
}

/** What a thread needs to ask another one for rows (`mailedRows`, `serveRows`). May be posted. */
export interface RowMail extends Pick<StoredRows, "rows" | "dense" | "codes"> {
  readonly chunkBytes: number;
  readonly control: SharedArrayBuffer;
  /** Two, one behind the other: while the rows of one are used, those that come next are read to the other. */
  readonly slots: SharedArrayBuffer;
  /** The position that each indicator of the rows has here, −1 for those that never occur; null: its own. */
  readonly positions: Int32Array | null;
}

/** A Matrix whose rows stand elsewhere: its arrays are empty. */
export function storedMatrix(stored: StoredRows): Matrix {
  const { rows, dense, codes } = stored;
  return {
    rows,
    dense: dense && {
      width: dense.width,
      data: dense.bits === 32 ? new Float32Array(0) : new Float64Array(0),
    },
    codes: codes && { ...codes, data: new Int32Array(0) },
    csr: null,
    stored,
  };
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
const WINDOW_BYTES = 8 * 2 ** 20;

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
  const room = windowRoom(stored, Math.min(longest, blocks * BLOCK));
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at += blocks * BLOCK) {
      const range = { start: at, end: Math.min(end, at + blocks * BLOCK) };
      const count = range.end - at;
      const floats = room.dense?.data.subarray(0, count * room.dense.width) ?? null;
      const integers = room.codes?.data.subarray(0, count * room.codes.perRow) ?? null;
      stored.read(at, count, floats, integers);
      yield { X: { ...room, rows: count }, first: at, range };
    }
  }
}

function windowRoom({ dense, codes }: StoredRows, rows: number): Matrix {
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
