/**
 * The Matrix: n rows × d features, as up to three blocks side by side (docs/math.md, dimension key).
 *
 * A feature's row in the weights W (d×k, row-major) is its position here: first the dense columns, then the
 * indicators of the codes block, then the columns of the CSR block.
 */

export type Floats = Float32Array | Float64Array;

/** Numeric columns: n × width, row-major. */
export interface DenseBlock {
  readonly width: number;
  readonly data: Floats;
}

/**
 * Indicator columns, of which each row has at most `perRow` set: n × perRow, row-major.
 * An entry is the position (0…width−1) of an indicator that is 1 in this row, or −1 for none.
 */
export interface CodesBlock {
  readonly width: number;
  readonly perRow: number;
  readonly data: Int32Array;
}

/** Compressed sparse rows: row i has the entries starts[i] … starts[i+1]−1 of `columns` and `values`. */
export interface CsrBlock {
  readonly width: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Floats;
}

export interface Matrix {
  readonly rows: number;
  readonly dense: DenseBlock | null;
  readonly codes: CodesBlock | null;
  readonly csr: CsrBlock | null;
  /** Where the rows stand, if not in the arrays, which are then empty: `windowsOf` reads those too. */
  readonly stored?: StoredRows;
}

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

/** d: the number of features of X. */
export function matrixWidth(X: Matrix): number {
  return (X.dense?.width ?? 0) + (X.codes?.width ?? 0) + (X.csr?.width ?? 0);
}

/** A half-open range of rows. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** The number of rows in `ranges`. */
export function countRows(ranges: readonly RowRange[]): number {
  return ranges.reduce((sum, range) => sum + range.end - range.start, 0);
}

/** X with every array put through `map`. */
export function mapArrays(
  X: Matrix,
  map: <T extends Float32Array | Float64Array | Int32Array>(array: T) => T,
): Matrix {
  const { rows, dense, codes, csr } = X;
  return {
    rows,
    dense: dense && { width: dense.width, data: map(dense.data) },
    codes: codes && { width: codes.width, perRow: codes.perRow, data: map(codes.data) },
    csr: csr && {
      width: csr.width,
      starts: map(csr.starts),
      columns: map(csr.columns),
      values: map(csr.values),
    },
  };
}
