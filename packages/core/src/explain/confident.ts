/**
 * How often labels seem to be others, by confident learning (Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating
 * Uncertainty in Dataset Labels"; docs/math.md §8.11). Plain data; rows are not weighted.
 */
export interface ConfidentJoint {
  /** Mean probability of each class in the rows that have its label; 0 where there are none. */
  readonly thresholds: readonly number[];
  /** Entry [i][j]: rows labelled i that are confidently j. */
  readonly counts: readonly (readonly number[])[];
  /** The same as shares of all rows, scaled so that each label has its share of them. */
  readonly joint: readonly (readonly number[])[];
  /** Share of the rows whose label seems wrong: what `joint` holds off its diagonal. */
  readonly errors: number;
}

/** P: honest probabilities, n×k; y: the labels given. */
export function confidentJoint(
  P: Float64Array,
  y: Int32Array,
  k: number,
): { joint: ConfidentJoint; confident: Int32Array } {
  const n = y.length;
  const labelled = new Float64Array(k);
  const sums = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    labelled[y[i]]++;
    sums[y[i]] += P[i * k + y[i]];
  }
  const thresholds = sums.map((sum, c) => (labelled[c] === 0 ? 0 : sum / labelled[c]));
  const confident = Int32Array.from({ length: n }, (_, i) =>
    confidentClass(P.subarray(i * k, (i + 1) * k), thresholds, labelled),
  );
  const counts = Array.from({ length: k }, () => new Array<number>(k).fill(0));
  for (let i = 0; i < n; i++) if (confident[i] >= 0) counts[y[i]][confident[i]]++;
  const joint = counts.map((row, given) => {
    const seen = row.reduce((a, b) => a + b, 0);
    // Of a label that is never confident nothing speaks against it.
    if (seen === 0) return row.map((_, c) => (c === given ? labelled[given] / n : 0));
    return row.map((count) => ((count / seen) * labelled[given]) / n);
  });
  const errors = joint.reduce(
    (sum, row, given) => row.reduce((a, share, c) => (c === given ? a : a + share), sum),
    0,
  );
  return { joint: { thresholds: Array.from(thresholds), counts, joint, errors }, confident };
}

/** The most probable of the classes that reach their threshold, the first of equals; −1 for none. */
function confidentClass(p: Float64Array, thresholds: Float64Array, labelled: Float64Array): number {
  let best = -1;
  for (let c = 0; c < p.length; c++) {
    if (labelled[c] === 0 || p[c] < thresholds[c]) continue;
    if (best < 0 || p[c] > p[best]) best = c;
  }
  return best;
}
