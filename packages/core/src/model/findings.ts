import type { Matrix, RowRange } from "../base/matrix.ts";
import { windowsOf } from "../base/stored.ts";
import { cholesky, solveLower, solveUpper } from "../optim/cholesky.ts";
import type { Findings, FitTask, Problem } from "./contracts.ts";
import { sampleRows } from "./evenly.ts";
import { denseCovariance } from "./moments.ts";
import type { FitRows } from "./rows.ts";
import type { Scales } from "./scales.ts";

/** Dense columns above which none is sought that others add up to. */
const MAX_WIDTH = 400;
/** A column's variance, as a share, that others may leave unexplained and still be called its whole. */
const COLLINEAR = 1e-9;
/** The same of every row's value, in deviations. */
const COLLINEAR_ROW = 1e-6;

export function findOddities(
  problem: Problem,
  { ranges, l1 = 0, l2 }: FitTask,
  { rowWeights: s, scales, shares }: FitRows,
): Findings {
  const width = problem.X.dense?.width ?? 0;
  const columns = Array.from({ length: width }, (_, j) => j);
  return {
    constant: columns.filter((j) => scales.constant[j] === 1),
    collinear: collinearColumns(problem.X, s, ranges, scales),
    separating: l1 + l2 > 0 ? [] : separatingColumns(problem, s, ranges, shares),
  };
}

/** Pivoting by position: a column is collinear if those kept before it leave none of its variance. */
function collinearColumns(
  X: Matrix,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  scales: Scales,
): Findings["collinear"] {
  const d = X.dense?.width ?? 0;
  if (d < 2 || d > MAX_WIDTH) return [];
  const covariance = denseCovariance(X, s, sampleRows(ranges, Math.max(4000, 8 * d)), scales);
  const kept: number[] = [];
  const found: { column: number; others: number[] }[] = [];
  let L = new Float64Array(0);
  for (let j = 0; j < d; j++) {
    if (scales.constant[j] === 1) continue;
    const m = kept.length;
    const a = Float64Array.from(kept, (l) => covariance[j * d + l]);
    solveLower(L, m, a);
    const explained = a.reduce((sum, value) => sum + value * value, 0);
    if (1 - explained / covariance[j * d + j] < COLLINEAR) {
      solveUpper(L, m, a);
      if (addsUp(X, s, ranges, scales, j, kept, a)) {
        found.push({ column: j, others: kept.filter((_, at) => Math.abs(a[at]) > COLLINEAR_ROW) });
        continue;
      }
    }
    kept.push(j);
    L = factor(covariance, d, kept, L);
  }
  return found;
}

/** The Cholesky factor of the kept columns' covariance, one row longer than L. */
function factor(
  covariance: Float64Array,
  d: number,
  kept: readonly number[],
  L: Float64Array,
): Float64Array<ArrayBuffer> {
  const m = kept.length;
  const longer = new Float64Array(m * m);
  for (let i = 0; i < m - 1; i++) {
    for (let j = 0; j <= i; j++) longer[i * m + j] = L[i * (m - 1) + j];
  }
  const row = Float64Array.from(kept, (l) => covariance[kept[m - 1] * d + l]);
  const head = row.subarray(0, m - 1);
  solveLower(L, m - 1, head);
  const rest = row[m - 1] - head.reduce((sum, value) => sum + value * value, 0);
  const last = Float64Array.of(Math.max(rest, COLLINEAR));
  cholesky(last, 1);
  longer.set(head, (m - 1) * m);
  longer[m * m - 1] = last[0];
  return longer;
}

/** Whether z_ij = Σ_l a_l z_il in every row, in units of the deviations. */
function addsUp(
  X: Matrix,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  { mean, deviation }: Scales,
  j: number,
  others: readonly number[],
  a: Float64Array,
): boolean {
  for (const { X: here, first, range } of windowsOf(X, ranges)) {
    const { width, data } = here.dense!;
    const scaled = (i: number, l: number): number =>
      (data[(i - first) * width + l] - mean[l]) / deviation[l];
    for (let i = range.start; i < range.end; i++) {
      if (s?.[i] === 0) continue;
      let rest = scaled(i, j);
      for (let at = 0; at < a.length; at++) rest -= a[at] * scaled(i, others[at]);
      if (!(Math.abs(rest) < COLLINEAR_ROW)) return false;
    }
  }
  return true;
}

/**
 * Dense columns and indicators for which max x over class c ≤ min x over the others, or the reverse: moving the weight of
 * class c along them lowers the loss for ever (Albert & Anderson 1984, quasi-complete separation by one column).
 */
function separatingColumns(
  { X, y, outputs }: Problem,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  shares: Float64Array,
): Findings["separating"] {
  const d = (X.dense?.width ?? 0) + (X.codes?.width ?? 0);
  const present = Array.from(shares.keys()).filter((c) => shares[c] > 0);
  const { low, high } = rangesByClass(X, y, s, ranges, shares.length, d);
  const found: { column: number; class: number }[] = [];
  const classes = outputs === 1 ? present.slice(-1) : present;
  for (let j = 0; j < d && present.length > 1; j++) {
    for (const c of classes) {
      const others = present.filter((other) => other !== c);
      const otherLow = Math.min(...others.map((o) => low[o * d + j]));
      const otherHigh = Math.max(...others.map((o) => high[o * d + j]));
      const lowest = low[c * d + j];
      const highest = high[c * d + j];
      const varies = Math.min(lowest, otherLow) < Math.max(highest, otherHigh);
      if (varies && (highest <= otherLow || lowest >= otherHigh))
        found.push({ column: j, class: c });
    }
  }
  return found;
}

/** Smallest and largest value of each dense column and indicator in each class, classes × d. */
function rangesByClass(
  X: Matrix,
  y: Int32Array,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  classes: number,
  d: number,
): { low: Float64Array; high: Float64Array } {
  const width = X.dense?.width ?? 0;
  const low = new Float64Array(classes * d).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(classes * d).fill(Number.NEGATIVE_INFINITY);
  const row = new Float64Array(d);
  for (const { X: here, first, range } of windowsOf(X, ranges)) {
    for (let i = range.start; i < range.end; i++) {
      if (s?.[i] === 0) continue;
      row.fill(0);
      const own = i - first;
      for (let j = 0; j < width; j++) row[j] = here.dense!.data[own * width + j];
      if (here.codes !== null) {
        const { perRow, data } = here.codes;
        for (let at = own * perRow; at < (own + 1) * perRow; at++) {
          if (data[at] >= 0) row[width + data[at]] = 1;
        }
      }
      for (let j = 0, at = y[i] * d; j < d; j++, at++) {
        if (row[j] < low[at]) low[at] = row[j];
        if (row[j] > high[at]) high[at] = row[j];
      }
    }
  }
  return { low, high };
}
