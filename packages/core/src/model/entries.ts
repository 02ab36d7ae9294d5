import type { Matrix, RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { eachSparse, type Scales } from "./scales.ts";

/** The rows that a Hessian is a mean over. */
export interface HessianRows {
  readonly X: Matrix;
  readonly rowWeights: Float64Array | null;
  readonly ranges: readonly RowRange[];
  readonly scales: Scales;
  readonly outputs: number;
  /** Logits that move. */
  readonly logits: readonly number[];
  readonly kernels: Kernels;
}

/** What a row has of some variables of a fit, one row at a time. */
export interface Entries {
  /** Position of each variable that the row has, its value z, and z p; one logit has z for that. */
  readonly at: Int32Array;
  readonly z: Float64Array;
  readonly u: Float64Array;
  count: number;
  /** s of the row; of one logit s p (1 − p). */
  weight: number;
  /** Σ s z² of each variable over the rows read, and Σ s. */
  readonly squares: Float64Array;
  total: number;
  /** Reads row `row` of X, the r-th of the sample. */
  read(row: number, r: number): void;
}

/** `variables`: indices in U; `classOf`: their logits; P: probabilities of the sample, n×max(2, outputs). */
export function entriesOf(
  { X, rowWeights: s, scales, outputs }: HessianRows,
  variables: Int32Array,
  classOf: Int32Array,
  P: Float64Array,
): Entries {
  const { mean, deviation } = scales;
  const d = mean.length;
  const k = Math.max(2, outputs);
  const { starts, list } = listByFeature(variables, d + 1);
  const width = X.dense?.width ?? 0;
  const dense = Array.from({ length: width }, (_, j) => j).filter((j) => starts[j + 1] > starts[j]);
  const of: Entries = {
    at: new Int32Array(variables.length),
    z: new Float64Array(variables.length),
    u: new Float64Array(variables.length),
    count: 0,
    weight: 0,
    squares: new Float64Array(variables.length),
    total: 0,
    read(row, r) {
      const own = s === null ? 1 : s[row];
      of.count = 0;
      of.total += own;
      of.weight = outputs === 1 ? own * P[r * k] * P[r * k + 1] : own;
      if (own === 0) return;
      const take = (j: number, value: number): void => {
        for (let l = starts[j]; l < starts[j + 1]; l++) {
          const e = list[l];
          of.at[of.count] = e;
          of.z[of.count] = value;
          of.u[of.count++] = outputs === 1 ? value : value * P[r * k + classOf[e]];
          of.squares[e] += own * value * value;
        }
      };
      for (const j of dense) take(j, (X.dense!.data[row * width + j] - mean[j]) / deviation[j]);
      if (X.codes !== null || X.csr !== null) {
        eachSparse(X, row, (j, x) => take(j, x / deviation[j]));
      }
      take(d, 1);
    },
  };
  return of;
}

/** Positions of each feature's variables: those of feature j are list[starts[j]] … list[starts[j + 1] − 1]. */
function listByFeature(
  variables: Int32Array,
  size: number,
): { starts: Int32Array; list: Int32Array } {
  const starts = new Int32Array(size + 1);
  for (const u of variables) starts[(u % size) + 1]++;
  for (let j = 0; j < size; j++) starts[j + 1] += starts[j];
  const list = new Int32Array(variables.length);
  const next = starts.slice();
  variables.forEach((u, i) => {
    list[next[u % size]++] = i;
  });
  return { starts, list };
}
