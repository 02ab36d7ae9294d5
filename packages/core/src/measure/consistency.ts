import type { Random } from "../base/random.ts";
import type { Estimate } from "./bootstrap.ts";
import { BINS, rangeOf } from "./calibration.ts";
import type { ScoredRows } from "./rows.ts";
import { emptySums, HAPPENED, SUMS, sumBins, type View } from "./views.ts";

/** What a calibration error would read for perfect calibration, and how often as much as it does. */
export interface Expected {
  readonly expected: Estimate;
  /** Share of simulated samples with an error at least as large; null where rows were drawn in groups. */
  readonly pValue: number | null;
}

/** Statistics of views, from their bins' sums. */
export type ViewStatistics = (sums: readonly Float64Array[], out: Float64Array) => void;

/** The views of the most probable class, and of each class. */
export interface Views {
  readonly top: readonly View[];
  readonly classes: readonly View[];
}

/** 100 to 500 simulated samples, the fewer the more rows and classes. */
const samplesOf = (n: number, k: number): number =>
  Math.min(500, Math.max(100, Math.floor(2e7 / (n * (k + 2)))));

/**
 * Consistency resampling (Bröcker & Smith 2007, "Increasing the Reliability of Reliability Diagrams", §3): labels are drawn
 * from the probabilities themselves, and each statistic is taken of the drawn labels (docs/math.md §6.2).
 *
 * values: the statistics of the true labels. ratios: by class, what is in the rows' weights beside their own (null for 1).
 * Then labels are drawn as they were before, in proportion to P_ic / ratio_c, and bring their ratio with them.
 */
export function consistency(
  rows: ScoredRows,
  views: Views,
  statistics: ViewStatistics,
  values: Float64Array,
  ratios: Float64Array | null,
  random: Random,
): Expected[] {
  const draw = ratios === null ? plainDraws(rows, views) : weightedDraws(rows, views, ratios);
  const samples = samplesOf(rows.n, rows.k);
  const drawn = Array.from(values, () => new Float64Array(samples));
  const out = new Float64Array(values.length);
  for (let r = 0; r < samples; r++) {
    statistics(draw(random), out);
    for (let j = 0; j < values.length; j++) drawn[j][r] = out[j];
  }
  const grouped = rows.units < rows.n;
  return drawn.map((errors, j) => ({
    expected: rangeOf(errors),
    pValue: grouped ? null : shareAbove(errors, values[j]),
  }));
}

/** (1 + the number of those at least as large) / (1 + their number): never 0. Rounding is no difference. */
function shareAbove(errors: Float64Array, value: number): number {
  let above = 1;
  for (const error of errors) if (error >= value - 1e-12) above++;
  return above / (1 + errors.length);
}

type Draw = (random: Random) => readonly Float64Array[];

/** Weights stay, and with them all sums but those of what happened. */
function plainDraws(rows: ScoredRows, { top, classes }: Views): Draw {
  const sums = [...top, ...classes].map((view) => {
    const own = emptySums(BINS);
    sumBins(view, rows.s, own);
    return own;
  });
  return (random) => {
    for (const of of sums) for (let at = HAPPENED; at < of.length; at += SUMS) of[at] = 0;
    drawLabels(rows, rows.P, random, (i, label) => {
      const weight = rows.s[i];
      if (label === rows.predicted[i]) {
        for (let v = 0; v < top.length; v++) sums[v][SUMS * top[v].bin[i] + HAPPENED] += weight;
      }
      sums[top.length + label][SUMS * classes[label].bin[i] + HAPPENED] += weight;
    });
    return sums;
  };
}

/** The weight of a row goes with its label, and all sums are taken anew. */
function weightedDraws(rows: ScoredRows, { top, classes }: Views, ratios: Float64Array): Draw {
  const { n, k, y, s, P, predicted } = rows;
  const Q = unweighted(P, k, ratios);
  const w = new Float64Array(n);
  const views = [...top, ...classes].map((view) => ({ ...view, happened: new Uint8Array(n) }));
  const sums = views.map(() => emptySums(BINS));
  return (random) => {
    for (const { happened } of views) happened.fill(0);
    drawLabels(rows, Q, random, (i, label) => {
      w[i] = (s[i] / ratios[y[i]]) * ratios[label];
      for (let v = 0; v < top.length; v++) views[v].happened[i] = label === predicted[i] ? 1 : 0;
      views[top.length + label].happened[i] = 1;
    });
    for (const [v, view] of views.entries()) sumBins(view, w, sums[v]);
    return sums;
  };
}

/** Q_ic ∝ P_ic / ratio_c, rows of sum 1: the probabilities before rows were weighted by class. A ratio of 0 has none. */
export function unweighted(P: Float64Array, k: number, ratios: Float64Array): Float64Array {
  const Q = P.map((p, at) => (ratios[at % k] > 0 ? p / ratios[at % k] : 0));
  for (let start = 0; start < Q.length; start += k) {
    let total = 0;
    for (let c = start; c < start + k; c++) total += Q[c];
    for (let c = start; c < start + k; c++) Q[c] /= total;
  }
  return Q;
}

/** A class of each row from P: the most probable first, for it is drawn most. */
function drawLabels(
  { n, k, predicted }: ScoredRows,
  P: Float64Array,
  random: Random,
  take: (row: number, label: number) => void,
): void {
  for (let i = 0; i < n; i++) {
    const top = predicted[i];
    let left = random.uint32() / 0x100000000 - P[i * k + top];
    let label = top;
    for (let c = 0; c < k && left >= 0; c++) {
      if (c === top) continue;
      label = c;
      left -= P[i * k + c];
    }
    take(i, label);
  }
}
