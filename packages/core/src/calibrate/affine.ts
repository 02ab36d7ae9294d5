import type { Work } from "../base/breathe.ts";
import { type DeviationProblem, fitDeviations } from "./deviations.ts";
import type { DirichletCalibrator, VectorCalibrator } from "./kinds.ts";
import { countingWeights, logProbabilities } from "./scores.ts";

/**
 * Penalties ρ (docs/math.md §5.4), in rows: how many rows say as much. Of a scale's square distance from 1; of the square of a
 * weight between two classes; of a shift's square.
 */
const SCALE_PENALTY = 1;
const CROSS_PENALTY = 100;
const SHIFT_PENALTY = 1;

/** Rows to fit on: n×k logits, class and weight (null for 1) of each. */
export type FitRows = readonly [Z: Float64Array, y: Int32Array, s: Float64Array | null, k: number];

/**
 * Vector scaling (Guo et al. 2017, §4.2; docs/math.md §5.4): u_ic = a_c (Z_ic − mean of row i) + b_c at least log loss, so
 * that the mean probability of each class equals its share. A class without a row of weight keeps a = 1, b = 0 beside the
 * most frequent.
 */
export function* fitVector(...[Z, y, s, k]: FitRows): Work<VectorCalibrator> {
  const base = centred(Z, k);
  const features = withOne(base, k);
  const shares = sharesOf(Z, y, s, k);
  const top = shares.indexOf(Math.max(...shares));
  const lists = Array.from(shares, (share, c) => (share === 0 ? [] : c === top ? [c] : [c, k]));
  const penalties = Float64Array.from(lists.flat(), (j) => (j < k ? SCALE_PENALTY : 0));
  const rows = countingWeights(Z, y, s, k);
  const x = yield* fitDeviations({ ...rows, y, k, base, features, width: k + 1, lists, penalties });
  const scales = new Float64Array(k).fill(1);
  const shifts = new Float64Array(k);
  place(x, lists, (c, j, value) => {
    if (j < k) scales[c] += value;
    else shifts[c] = value;
  });
  return { method: "vector", offsets: null, scales, shifts: centred(shifts, k) };
}

/**
 * Dirichlet calibration (Kull et al. 2019, with ODIR; docs/math.md §5.6): u_ic = Σ_j W_cj log p_ij + b_c at least log
 * loss plus the penalties of W's distance from the identity and of b. A class without a row of weight keeps its row of the
 * identity.
 */
export function* fitDirichlet(...[Z, y, s, k]: FitRows): Work<DirichletCalibrator> {
  const base = logProbabilityRows(Z, k);
  const features = withOne(base, k);
  const shares = sharesOf(Z, y, s, k);
  const every = Array.from({ length: k + 1 }, (_, j) => j);
  const lists = Array.from(shares, (share) => (share === 0 ? [] : every));
  const penalties = Float64Array.from(
    lists.flatMap((list, c) =>
      list.map((j) => (j === k ? SHIFT_PENALTY : j === c ? SCALE_PENALTY : CROSS_PENALTY)),
    ),
  );
  const rows = countingWeights(Z, y, s, k);
  const x = yield* fitDeviations({ ...rows, y, k, base, features, width: k + 1, lists, penalties });
  const weights = new Float64Array(k * k);
  for (let c = 0; c < k; c++) weights[c * k + c] = 1;
  const shifts = new Float64Array(k);
  place(x, lists, (c, j, value) => {
    if (j < k) weights[c * k + j] += value;
    else shifts[c] = value;
  });
  return { method: "dirichlet", offsets: null, weights, shifts };
}

/** Hands out the entries of x by class and feature. */
function place(
  x: Float64Array,
  lists: DeviationProblem["lists"],
  put: (c: number, j: number, value: number) => void,
): void {
  let at = 0;
  for (const [c, list] of lists.entries()) for (const j of list) put(c, j, x[at++]);
}

/** Weight of each class's rows that count. */
export function sharesOf(...[Z, y, s, k]: FitRows): Float64Array {
  const shares = new Float64Array(k);
  for (let i = 0; i < y.length; i++) {
    if (Z[i * k + y[i]] !== Number.NEGATIVE_INFINITY) shares[y[i]] += s === null ? 1 : s[i];
  }
  return shares;
}

/** Each row less the mean of its logits above −∞. */
function centred(Z: Float64Array, k: number): Float64Array {
  const out = new Float64Array(Z.length);
  for (let start = 0; start < Z.length; start += k) {
    const mean = finiteMean(Z, start, k);
    for (let at = start; at < start + k; at++) out[at] = Z[at] - mean;
  }
  return out;
}

function finiteMean(Z: Float64Array, start: number, k: number): number {
  let sum = 0;
  let count = 0;
  for (let at = start; at < start + k; at++) {
    if (Z[at] === Number.NEGATIVE_INFINITY) continue;
    sum += Z[at];
    count++;
  }
  return sum / count;
}

export function logProbabilityRows(Z: Float64Array, k: number): Float64Array {
  const out = new Float64Array(Z.length);
  for (let start = 0; start < Z.length; start += k) {
    logProbabilities(Z, start, k, out.subarray(start, start + k), null);
  }
  return out;
}

/** n×(k + 1): the rows, each with a 1 behind. */
function withOne(rows: Float64Array, k: number): Float64Array {
  const n = rows.length / k;
  const out = new Float64Array(n * (k + 1)).fill(1);
  for (let i = 0; i < n; i++) out.set(rows.subarray(i * k, (i + 1) * k), i * (k + 1));
  return out;
}

/** In place; −∞ stays −∞. */
export function mapVector(
  { scales, shifts }: VectorCalibrator,
  Z: Float64Array,
  n: number,
  k: number,
): void {
  for (let i = 0, at = 0; i < n; i++) {
    const mean = finiteMean(Z, at, k);
    for (let c = 0; c < k; c++, at++) {
      if (Z[at] !== Number.NEGATIVE_INFINITY) Z[at] = scales[c] * (Z[at] - mean) + shifts[c];
    }
  }
}

/** In place. */
export function mapDirichlet(
  { weights, shifts }: DirichletCalibrator,
  Z: Float64Array,
  n: number,
  k: number,
): void {
  const logP = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    logProbabilities(Z, i * k, k, logP, null);
    for (let c = 0; c < k; c++) {
      let sum = shifts[c];
      for (let j = 0; j < k; j++) sum += weights[c * k + j] * logP[j];
      Z[i * k + c] = sum;
    }
  }
}
