import { sortOrder } from "./order.ts";
import { type ScoredRows, scoreRows } from "./rows.ts";

/**
 * What each threshold on a class's probability does: the points of its ROC and precision–recall curves (docs/math.md §6.4).
 * Plain data.
 */
export interface OperatingPoints {
  /** The class, by its number. */
  readonly label: number;
  /** Weight of the rows of the class, and of the others. */
  readonly positives: number;
  readonly negatives: number;
  /** Falling. Rows whose probability is at least the threshold are taken for the class. */
  readonly thresholds: readonly number[];
  /** Weight of the rows taken that are of the class, and of those that are not. */
  readonly truePositives: readonly number[];
  readonly falsePositives: readonly number[];
}

/** A point is kept where either weight has grown by a share of 1 in so many since the one before: at most twice as many. */
const STEPS = 200;
/** Classes that have points of their own, at most. */
const MOST_CLASSES = 12;

/**
 * The points of the class of interest, or of every class where there is none; nothing where there are more than twelve classes.
 * Z: logits, n×k; s: row weights or null for 1. Throws a RangeError for inputs that do not fit each other (see scoreRows).
 */
export function operatingPoints(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  positive: number | null,
): OperatingPoints[] {
  if (positive === null && k > MOST_CLASSES) return [];
  const rows = scoreRows(Z, y, s, k, null);
  const classes = positive === null ? Array.from({ length: k }, (_, c) => c) : [positive];
  return classes.map((c) => pointsOf(rows, c));
}

function pointsOf({ n, k, y, s, P }: ScoredRows, label: number): OperatingPoints {
  const p = Float64Array.from({ length: n }, (_, i) => P[i * k + label]);
  const order = sortOrder(p).reverse();
  const positives = s.reduce((sum, weight, i) => (y[i] === label ? sum + weight : sum), 0);
  const negatives = s.reduce((sum, weight, i) => (y[i] === label ? sum : sum + weight), 0);
  const thresholds: number[] = [];
  const truePositives: number[] = [];
  const falsePositives: number[] = [];
  const step = { positives: positives / STEPS, negatives: negatives / STEPS };
  let taken = 0;
  let wrong = 0;
  for (let start = 0, end = 0; start < n; start = end) {
    const threshold = p[order[start]];
    for (; end < n && p[order[end]] === threshold; end++) {
      const i = order[end];
      if (y[i] === label) taken += s[i];
      else wrong += s[i];
    }
    const last = thresholds.length - 1;
    const grown =
      last < 0 ||
      taken - truePositives[last] >= step.positives ||
      wrong - falsePositives[last] >= step.negatives;
    if (!grown && end < n) continue;
    thresholds.push(threshold);
    truePositives.push(taken);
    falsePositives.push(wrong);
  }
  return { label, positives, negatives, thresholds, truePositives, falsePositives };
}
