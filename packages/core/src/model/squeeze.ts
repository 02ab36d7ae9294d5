import type { StoredRows } from "../base/matrix.ts";
import { type CodesBlock, type CsrBlock, type Matrix, matrixWidth } from "../base/matrix.ts";
import { renumber, storedMatrix, windowsOf } from "../base/stored.ts";
import { type Allocator, heap } from "../kernels/kernels.ts";

/** A Matrix without some of its columns, and the way back. */
export interface Squeezed {
  readonly X: Matrix;
  /** Column of the whole Matrix that each column of X was. */
  readonly columns: Int32Array;
  /** (d+1)×k weights of X as weights of the whole Matrix: 0 for the columns that X lacks. */
  expand(weights: Float64Array): Float64Array;
  /** Weights of the whole Matrix without those of the columns that X lacks. */
  shrink(weights: Float64Array): Float64Array;
  /** The same of d×k factors, which have no row of intercepts. */
  shrinkFactors(factors: Float64Array): Float64Array;
}

/** Fewer absent columns than this share are left where they are: the copy of the positions would cost more. */
const LEAST_SHARE = 0.25;
/** Entries above which the positions are not copied: 256 MB. */
const MOST_ENTRIES = 2 ** 26;

/** What `squeezeColumns` allocates at most. */
export const squeezedBytes = ({ codes, csr }: Matrix): number =>
  (codes?.data.byteLength ?? 0) + (csr?.columns.byteLength ?? 0) + 128;

/**
 * X without the indicators and CSR columns that no row has, null where they are few. Their weights are 0 at every optimum
 * with a penalty, and arbitrary, taken as 0, without: so the rest has the same optimum, in fewer variables. Hashed text of
 * 2^18 columns often has a tenth of them. Dense columns stay; only positions are copied, values are not.
 */
export function squeezeColumns(X: Matrix, allocate: Allocator = heap): Squeezed | null {
  const d = matrixWidth(X);
  const entries = X.rows * (X.codes?.perRow ?? 0) + (X.csr?.starts[X.rows] ?? 0);
  if (entries === 0 || entries > MOST_ENTRIES) return null;
  const occurs = occurring(X, d);
  let kept = 0;
  for (let j = 0; j < d; j++) kept += occurs[j];
  if (d - kept < LEAST_SHARE * d || kept === d) return null;

  const columns = new Int32Array(kept);
  const positions = new Int32Array(d).fill(-1);
  for (let j = 0, at = 0; j < d; j++) {
    if (occurs[j] === 0) continue;
    columns[at] = j;
    positions[j] = at++;
  }
  const firstCode = X.dense?.width ?? 0;
  const firstCsr = firstCode + (X.codes?.width ?? 0);
  const ofCodes = positions.subarray(firstCode, firstCsr);
  return {
    X:
      X.stored === undefined
        ? squeezed(X, ofCodes, positions.subarray(firstCsr), allocate)
        : storedMatrix(squeezeStored(X.stored, ofCodes)),
    columns,
    expand(weights) {
      const k = weights.length / (kept + 1);
      const whole = new Float64Array((d + 1) * k);
      for (let at = 0; at < kept; at++) copyRow(weights, at, whole, columns[at], k);
      copyRow(weights, kept, whole, d, k);
      return whole;
    },
    shrink(weights) {
      const k = weights.length / (d + 1);
      const part = new Float64Array((kept + 1) * k);
      for (let at = 0; at < kept; at++) copyRow(weights, columns[at], part, at, k);
      copyRow(weights, d, part, kept, k);
      return part;
    },
    shrinkFactors(factors) {
      const k = factors.length / d;
      const part = new Float64Array(kept * k);
      for (let at = 0; at < kept; at++) copyRow(factors, columns[at], part, at, k);
      return part;
    },
  };
}

function squeezed(X: Matrix, ofCodes: Int32Array, ofCsr: Int32Array, allocate: Allocator): Matrix {
  return {
    rows: X.rows,
    dense: X.dense,
    codes: X.codes && squeezeCodes(X.codes, ofCodes, allocate),
    csr: X.csr && squeezeCsr(X.csr, X.rows, ofCsr, allocate),
  };
}

/** Rows that stand elsewhere, with the codes that they have here. */
function squeezeStored(stored: StoredRows, positions: Int32Array): StoredRows {
  const { first, width } = spanOf(positions);
  const here = positions.map((position) => (position < 0 ? -1 : position - first));
  const codes = { width, perRow: stored.codes!.perRow };
  const { share } = stored;
  return {
    ...stored,
    codes,
    read(from, count, floats, integers) {
      stored.read(from, count, floats, integers);
      renumber(integers!, here);
    },
    ...(share === undefined
      ? {}
      : {
          share() {
            const shared = share();
            return { ...shared, mail: { ...shared.mail, codes, positions: here } };
          },
        }),
  };
}

function copyRow(from: Float64Array, row: number, to: Float64Array, at: number, k: number): void {
  for (let c = 0; c < k; c++) to[at * k + c] = from[row * k + c];
}

/** 1 for each column that some row has an entry of, and for the dense ones. */
function occurring(X: Matrix, d: number): Uint8Array {
  const { rows, dense, codes, csr } = X;
  const occurs = new Uint8Array(d);
  const firstCode = dense?.width ?? 0;
  occurs.fill(1, 0, firstCode);
  for (const { X: here } of windowsOf(X, codes === null ? [] : [{ start: 0, end: rows }])) {
    const end = here.rows * here.codes!.perRow;
    for (let at = 0; at < end; at++) {
      const code = here.codes!.data[at];
      if (code >= 0) occurs[firstCode + code] = 1;
    }
  }
  if (csr !== null) {
    const first = firstCode + (codes?.width ?? 0);
    const entries = csr.starts[rows];
    for (let at = csr.starts[0]; at < entries; at++) occurs[first + csr.columns[at]] = 1;
  }
  return occurs;
}

/** `positions`: of each indicator, in the whole Matrix; −1 for those that are left out. */
function squeezeCodes(
  { perRow, data }: CodesBlock,
  positions: Int32Array,
  allocate: Allocator,
): CodesBlock {
  const { first, width } = spanOf(positions);
  const moved = allocate.i32(data.length);
  moved.set(data);
  renumber(
    moved,
    positions.map((position) => position - first),
  );
  return { width, perRow, data: moved };
}

function squeezeCsr(
  { starts, columns, values }: CsrBlock,
  rows: number,
  positions: Int32Array,
  allocate: Allocator,
): CsrBlock {
  const { first, width } = spanOf(positions);
  const moved = allocate.i32(starts[rows]);
  for (let at = 0; at < moved.length; at++) moved[at] = positions[columns[at]] - first;
  return { width, starts, columns: moved, values };
}

/** Positions that are kept follow one another. */
function spanOf(positions: Int32Array): { first: number; width: number } {
  let first = 0;
  let width = 0;
  for (const position of positions) {
    if (position < 0) continue;
    if (width === 0) first = position;
    width++;
  }
  return { first, width };
}
