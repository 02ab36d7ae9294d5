/**
 * The Matrix: n rows × d features, as up to three blocks side by side (docs/math.md, dimension key).
 *
 * A feature's row in the weights W (d×k, row-major) is its position here: first the dense columns, then the
 * indicators of the codes block, then the columns of the CSR block.
 */

import type { StoredRows } from "./stored.ts";

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
