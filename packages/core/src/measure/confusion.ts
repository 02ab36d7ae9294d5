import type { ScoredRows } from "./rows.ts";

/** How a class fared against the others. */
export interface ClassMetrics {
  /** Rows of the class, and their weight. */
  readonly rows: number;
  readonly weight: number;
  /** Share of the rows predicted as this class that are of it; 0 where none is predicted. */
  readonly precision: number;
  /** Share of the rows of this class that are predicted as it; 0 where it has no row. */
  readonly recall: number;
  /** Harmonic mean of the two: 2 · right / (rows of it + rows predicted as it). */
  readonly f1: number;
  /** Area under the ROC curve of the class against the rest; null where one side is empty. */
  readonly auc: number | null;
}

/** Weights by class: of its rows, of the rows predicted as it, of those that are both. */
export interface Tallies {
  readonly own: Float64Array;
  readonly predicted: Float64Array;
  readonly right: Float64Array;
}

export const newTallies = (k: number): Tallies => ({
  own: new Float64Array(k),
  predicted: new Float64Array(k),
  right: new Float64Array(k),
});

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** Mean recall of the classes that have rows. */
export function balancedAccuracy({ own, right }: Tallies): number {
  let sum = 0;
  let classes = 0;
  for (let c = 0; c < own.length; c++) {
    if (own[c] === 0) continue;
    sum += right[c] / own[c];
    classes++;
  }
  return sum / classes;
}

/** Mean F1 of the classes that have rows or are predicted. */
export function macroF1({ own, predicted, right }: Tallies): number {
  let sum = 0;
  let classes = 0;
  for (let c = 0; c < own.length; c++) {
    if (own[c] + predicted[c] === 0) continue;
    sum += (2 * right[c]) / (own[c] + predicted[c]);
    classes++;
  }
  return sum / classes;
}

export function classMetrics(rows: ScoredRows, areas: readonly (number | null)[]): ClassMetrics[] {
  const { y, s, predicted } = rows;
  const tallies = newTallies(rows.k);
  for (let i = 0; i < rows.n; i++) {
    tallies.own[y[i]] += s[i];
    tallies.predicted[predicted[i]] += s[i];
    if (predicted[i] === y[i]) tallies.right[y[i]] += s[i];
  }
  const counts = new Int32Array(rows.k);
  for (const label of rows.y) counts[label]++;
  return areas.map((auc, c) => {
    const [own, predicted, right] = [tallies.own[c], tallies.predicted[c], tallies.right[c]];
    return {
      rows: counts[c],
      weight: own,
      precision: ratio(right, predicted),
      recall: ratio(right, own),
      f1: ratio(2 * right, own + predicted),
      auc,
    };
  });
}

/** Weight of the rows of class r that are predicted as class c, at [r][c]. */
export function confusionMatrix({ n, k, y, s, predicted }: ScoredRows): number[][] {
  const matrix = Array.from({ length: k }, () => new Array<number>(k).fill(0));
  for (let i = 0; i < n; i++) matrix[y[i]][predicted[i]] += s[i];
  return matrix;
}
