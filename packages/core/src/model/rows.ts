import type { RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Problem } from "./contracts.ts";
import type { Curvature } from "./curvature.ts";
import { featureScales, type Scales } from "./scales.ts";

/** What the rows of a fit determine, whatever its penalty, and the last fit on them. */
export interface FitRows {
  readonly key: string;
  readonly rowWeights: Float64Array | null;
  readonly scales: Scales;
  /** Weighted share of each class. */
  readonly shares: Float64Array;
  /** Classes whose share is 0. */
  readonly absent: readonly number[];
  last: {
    readonly weights: Float64Array;
    readonly curvature: Curvature;
    /** The weights at which it was taken; null for the class shares. */
    readonly curvedAt: Float64Array | null;
    readonly iterations: number;
  } | null;
}

/** Choices of rows that are remembered: the splits of a path, and some to spare. */
export const REMEMBERED = 16;

/** Computes FitRows once for each choice of ranges and row weights. */
export function createRowStore({ X, y, outputs, rowWeights }: Problem, kernels: Kernels) {
  let store: FitRows[] = [];
  return (ranges: readonly RowRange[], given: Float64Array | null, override: boolean): FitRows => {
    const s = override ? given : rowWeights;
    const key = ranges.map(({ start, end }) => `${start}-${end}`).join();
    const known = store.find((rows) => rows.key === key && rows.rowWeights === s);
    if (known !== undefined) return known;
    const scales = featureScales(kernels, X, s, ranges);
    const shares = classShares(y, s, ranges, outputs);
    const rows: FitRows = {
      key,
      rowWeights: s,
      scales,
      shares,
      absent: Array.from(shares.keys()).filter((c) => shares[c] === 0),
      last: null,
    };
    store = [...store.slice(1 - REMEMBERED), rows];
    return rows;
  };
}

/** π_c = Σ_{y_i = c} s_i / Σ s_i; one entry a class. */
export function classShares(
  y: Int32Array,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  outputs: number,
): Float64Array {
  const shares = new Float64Array(Math.max(2, outputs));
  let sum = 0;
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i++) {
      const w = s === null ? 1 : s[i];
      shares[y[i]] += w;
      sum += w;
    }
  }
  return shares.map((share) => share / sum);
}
