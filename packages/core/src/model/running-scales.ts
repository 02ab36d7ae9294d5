import type { Matrix } from "../base/matrix.ts";
import { eachSparse } from "./scales.ts";

/** What a stream has shown of its features so far; plain data. */
export interface RunningScales {
  rows: number;
  /** Mean of each dense feature; 0 for indicators and CSR columns, which are not centred. */
  readonly mean: number[];
  /** Σ (x − mean)² of each dense feature, max |x| of the others. */
  readonly spread: number[];
  /** N = Σ over rows of 1 + Σ_j ((x_j − mean_j)/scale_j)², each row by the scales of its time. */
  squares: number;
}

export const createRunningScales = (d: number): RunningScales => ({
  rows: 0,
  mean: new Array<number>(d).fill(0),
  spread: new Array<number>(d).fill(0),
  squares: 0,
});

export const copyScales = (of: RunningScales): RunningScales => ({
  ...of,
  mean: [...of.mean],
  spread: [...of.spread],
});

/** A deviation within the rounding of the mean is none. */
const ROUNDING = 1e-13;

/**
 * Takes up the rows of X, by merging their moments with those so far (Chan, Golub & LeVeque 1983), and returns the scale of
 * each feature: the deviation of a dense one, the largest |x| of another, 0 where it has not varied.
 */
export function takeUp(running: RunningScales, X: Matrix): Float64Array {
  mergeDense(running, X);
  const dense = X.dense?.width ?? 0;
  for (let i = 0; i < X.rows; i++) {
    eachSparse(X, i, (j, x) => {
      running.spread[j] = Math.max(running.spread[j], Math.abs(x));
    });
  }
  running.rows += X.rows;
  const scale = Float64Array.from(running.spread, (spread, j) => {
    if (j >= dense) return spread;
    const deviation = Math.sqrt(spread / running.rows);
    return deviation > ROUNDING * Math.abs(running.mean[j]) ? deviation : 0;
  });
  running.squares += squaresOf(running, X, scale);
  return scale;
}

function mergeDense({ rows, mean, spread }: RunningScales, X: Matrix): void {
  if (X.dense === null) return;
  const { width, data } = X.dense;
  const total = rows + X.rows;
  for (let j = 0; j < width; j++) {
    let sum = 0;
    for (let i = 0, at = j; i < X.rows; i++, at += width) sum += data[at];
    const own = sum / X.rows;
    let squares = 0;
    for (let i = 0, at = j; i < X.rows; i++, at += width) {
      squares += (data[at] - own) * (data[at] - own);
    }
    const apart = own - mean[j];
    mean[j] += (apart * X.rows) / total;
    spread[j] += squares + (apart * apart * rows * X.rows) / total;
  }
}

function squaresOf({ mean }: RunningScales, X: Matrix, scale: Float64Array): number {
  let squares = X.rows;
  const add = (j: number, x: number): void => {
    const z = scale[j] === 0 ? 0 : (x - mean[j]) / scale[j];
    squares += z * z;
  };
  for (let i = 0; i < X.rows; i++) {
    if (X.dense !== null) {
      const { width, data } = X.dense;
      for (let j = 0, at = i * width; j < width; j++, at++) add(j, data[at]);
    }
    eachSparse(X, i, add);
  }
  return squares;
}

/** Rows a…b−1 of X, without a copy. */
export function sliceRows({ dense, codes, csr }: Matrix, a: number, b: number): Matrix {
  return {
    rows: b - a,
    dense: dense && { ...dense, data: dense.data.subarray(a * dense.width, b * dense.width) },
    codes: codes && { ...codes, data: codes.data.subarray(a * codes.perRow, b * codes.perRow) },
    csr: csr && {
      width: csr.width,
      starts: csr.starts.subarray(a, b + 1).map((start) => start - csr.starts[a]),
      columns: csr.columns.subarray(csr.starts[a], csr.starts[b]),
      values: csr.values.subarray(csr.starts[a], csr.starts[b]),
    },
  };
}
