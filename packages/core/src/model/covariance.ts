import { countRows, type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import { eachSparse, type Scales } from "./scales.ts";

/** Features above which no covariance is taken: a factor of d³/3 operations would no longer be cheap. */
const MAX_WIDTH = 400;
/** Rows that the covariance is taken from, evenly spaced, so that it needs no chance. */
const SAMPLE_ROWS = 4000;

/**
 * Weighted covariance of the features in units of their deviations, d×d row-major, from about 4,000 evenly spaced rows of
 * `ranges`; null where X is too wide for it. Only a measure for the optimiser's steps: no result depends on it beyond
 * the tolerance.
 */
export function sampledCovariance(
  X: Matrix,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  scales: Scales,
): Float64Array | null {
  const d = matrixWidth(X);
  if (d > MAX_WIDTH) return null;
  const C = new Float64Array(d * d);
  const mean = new Float64Array(d);
  const row = createSparseRow(d);
  const stride = Math.max(1, Math.floor(countRows(ranges) / Math.max(SAMPLE_ROWS, 8 * d)));
  let weight = 0;
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i += stride) {
      const w = s === null ? 1 : s[i];
      if (w === 0) continue;
      weight += w;
      readRow(X, i, scales, row);
      addProducts(row, w, mean, C, d);
    }
  }
  return weight === 0 ? null : centred(C, mean, weight);
}

/** The features of a row that are not 0, in units of their deviations; the dense ones centred. */
interface SparseRow {
  count: number;
  readonly index: Int32Array;
  readonly value: Float64Array;
}

const createSparseRow = (d: number): SparseRow => ({
  count: 0,
  index: new Int32Array(d),
  value: new Float64Array(d),
});

function readRow(X: Matrix, i: number, { mean, deviation }: Scales, row: SparseRow): void {
  const width = X.dense?.width ?? 0;
  row.count = width;
  for (let j = 0; j < width; j++) {
    row.index[j] = j;
    row.value[j] = (X.dense!.data[i * width + j] - mean[j]) / deviation[j];
  }
  eachSparse(X, i, (j, x) => {
    row.index[row.count] = j;
    row.value[row.count++] = x / deviation[j];
  });
}

/** C += w x xᵀ (the triangle whose column comes first in the row), mean += w x. */
function addProducts(
  { count, index, value }: SparseRow,
  w: number,
  mean: Float64Array,
  C: Float64Array,
  d: number,
): void {
  for (let a = 0; a < count; a++) {
    const factor = w * value[a];
    const to = index[a] * d;
    mean[index[a]] += factor;
    for (let b = 0; b <= a; b++) C[to + index[b]] += factor * value[b];
  }
}

/** C / weight − mean meanᵀ, both triangles. */
function centred(C: Float64Array, mean: Float64Array, weight: number): Float64Array {
  const d = mean.length;
  for (let j = 0; j < d; j++) {
    for (let l = 0; l <= j; l++) {
      // The order of a row's indicators is the encoder's: a product may have come to rest in either triangle.
      const sum = l === j ? C[j * d + j] : C[j * d + l] + C[l * d + j];
      const value = sum / weight - (mean[j] / weight) * (mean[l] / weight);
      C[j * d + l] = value;
      C[l * d + j] = value;
    }
  }
  return C;
}
