import { log } from "../base/math.ts";
import { type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";

/** Counts that every term is given in advance, so that one that a class never had has no infinite ratio. */
const SMOOTHING = 1;
/** Least square of a ratio: a term that tells nothing is held at 0 all but completely. */
const LEAST_SQUARE = 1e-6;

/**
 * Factors p_jc of the penalty λ/2 Σ_jc p_jc W_jc² (docs/math.md §2.17): 1/r_jc² for the terms of texts, 1 for all else;
 * d×outputs. r_jc is the log-count ratio of term j, of class c against the rest,
 *
 *   r_jc = log (f_jc / Σ_j f_jc) − log (g_jc / Σ_j g_jc),   f_jc = α + Σ_{y_i = c} s_i [x_ij ≠ 0],   g_jc the same for y_i ≠ c,
 *
 * over the rows of `ranges` alone. With weights W_jc = r_jc U_jc this is the plain penalty on U: Wang & Manning 2012,
 * "Baselines and Bigrams", §2.3, scale the features instead, which needs a matrix for each class.
 */
export function logCountFactors(
  X: Matrix,
  y: Int32Array,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  outputs: number,
): Float64Array {
  const factors = new Float64Array(matrixWidth(X) * outputs).fill(1);
  if (X.csr === null) return factors;
  const { width } = X.csr;
  const classes = Math.max(2, outputs);
  const counts = termCounts(X, y, s, ranges, classes);
  const totals = new Float64Array(classes);
  for (let at = 0; at < counts.length; at++) totals[at % classes] += counts[at];
  const total = totals.reduce((a, b) => a + b, 0);
  const first = factors.length - width * outputs;
  for (let j = 0; j < width; j++) {
    const own = counts.subarray(j * classes, (j + 1) * classes);
    const sum = own.reduce((a, b) => a + b, 0);
    for (let out = 0; out < outputs; out++) {
      const c = outputs === 1 ? 1 : out;
      const inside = (SMOOTHING + own[c]) / (SMOOTHING * width + totals[c]);
      const outside = (SMOOTHING + sum - own[c]) / (SMOOTHING * width + total - totals[c]);
      const ratio = log(inside) - log(outside);
      factors[first + j * outputs + out] = 1 / Math.max(LEAST_SQUARE, ratio * ratio);
    }
  }
  return factors;
}

/** Weight of the rows of each class that have each term, width × classes. */
function termCounts(
  { csr }: Matrix,
  y: Int32Array,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  classes: number,
): Float64Array {
  const { width, starts, columns } = csr!;
  const counts = new Float64Array(width * classes);
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i++) {
      const weight = s === null ? 1 : s[i];
      if (weight === 0) continue;
      for (let at = starts[i]; at < starts[i + 1]; at++) {
        counts[columns[at] * classes + y[i]] += weight;
      }
    }
  }
  return counts;
}
