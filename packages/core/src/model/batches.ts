import { type CsrBlock, type Floats, type Matrix, mapArrays } from "../base/matrix.ts";
import type { Problem } from "./contracts.ts";

/** Some rows of a problem, copied one below the other. */
export interface Batch {
  readonly X: Matrix;
  readonly y: Int32Array;
  readonly s: Float64Array | null;
}

/**
 * Copies up to `size` rows at a time, by their numbers. The kernels read ranges of consecutive rows; a batch that stands
 * for all rows must not be one, because files are often sorted by class. The Batch returned is overwritten by the next.
 */
export function createGatherer(
  { X, y }: Pick<Problem, "X" | "y">,
  s: Float64Array | null,
  size: number,
): (rows: Int32Array) => Batch {
  const copy = mapArrays({ ...X, csr: null }, (array) => {
    const Type = array.constructor as new (length: number) => typeof array;
    return new Type(size * (array.length / Math.max(1, X.rows)));
  });
  const classes = new Int32Array(size);
  const weights = s === null ? null : new Float64Array(size);
  const gatherCsr = X.csr === null ? null : createCsrGatherer(X.csr, size);
  return (rows) => {
    for (let r = 0; r < rows.length; r++) {
      const i = rows[r];
      if (X.dense !== null) copyRow(X.dense.data, i, X.dense.width, copy.dense!.data, r);
      if (X.codes !== null) copyRow(X.codes.data, i, X.codes.perRow, copy.codes!.data, r);
      classes[r] = y[i];
      if (s !== null) weights![r] = s[i];
    }
    const csr = gatherCsr === null ? null : gatherCsr(rows);
    return { X: { ...copy, rows: rows.length, csr }, y: classes, s: weights };
  };
}

/** Numbers of a row from which a view of it costs less than a loop saves. */
const WIDE = 64;

function copyRow<T extends Floats | Int32Array>(
  from: T,
  i: number,
  width: number,
  to: T,
  r: number,
): void {
  const [at, into] = [i * width, r * width];
  if (width >= WIDE) to.set(from.subarray(at, at + width), into);
  else for (let j = 0; j < width; j++) to[into + j] = from[at + j];
}

function createCsrGatherer(csr: CsrBlock, size: number): (rows: Int32Array) => CsrBlock {
  const starts = new Int32Array(size + 1);
  let columns = new Int32Array(0);
  let values = csr.values.slice(0, 0);
  return (rows) => {
    for (let r = 0; r < rows.length; r++) {
      starts[r + 1] = starts[r] + csr.starts[rows[r] + 1] - csr.starts[rows[r]];
    }
    const entries = starts[rows.length];
    if (entries > columns.length) {
      const Type = csr.values.constructor as new (length: number) => Floats;
      columns = new Int32Array(2 * entries);
      values = new Type(2 * entries) as typeof values;
    }
    for (let r = 0; r < rows.length; r++) {
      const from = csr.starts[rows[r]];
      const shift = starts[r] - from;
      for (let at = from; at < csr.starts[rows[r] + 1]; at++) {
        columns[at + shift] = csr.columns[at];
        values[at + shift] = csr.values[at];
      }
    }
    return { width: csr.width, starts, columns, values };
  };
}
