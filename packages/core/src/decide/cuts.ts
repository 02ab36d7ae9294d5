import { sortOrder } from "../base/order.ts";

/**
 * Where to cut a list of rows in two: those with the largest values, and the rest. What thresholds and floors are chosen by.
 *
 * Weights may be 0: such rows are as if they were not there.
 */
export interface Cut {
  /** Halfway between the last value that is in and the first that is out; half of the last where none is out. */
  readonly at: number;
  readonly merit: number;
}

/** Positions of the values, the largest first, equals in their own order. */
export const descending = (values: Float64Array): Int32Array =>
  sortOrder(values.map((value) => -value));

/**
 * The cut of largest merit, the highest of equals; at least one value is in, and equal values are together. Rows are taken in one
 * after another by `take`, and `merit` says what the cut behind them is worth. Null where no row has weight.
 */
export function bestCut(
  values: Float64Array,
  order: Int32Array,
  w: Float64Array,
  take: (row: number) => void,
  merit: () => number,
): Cut | null {
  let best: Cut | null = null;
  let start = nextWith(w, order, 0);
  while (start < order.length) {
    const value = values[order[start]];
    let end = start;
    while (end < order.length && values[order[end]] === value) {
      if (w[order[end]] > 0) take(order[end]);
      end = nextWith(w, order, end + 1);
    }
    const worth = merit();
    if (best === null || worth > best.merit) {
      best = { at: between(value, end < order.length ? values[order[end]] : 0), merit: worth };
    }
    start = end;
  }
  return best;
}

/** The first place from `at` on that holds a row with weight. */
function nextWith(w: Float64Array, order: Int32Array, at: number): number {
  let next = at;
  while (next < order.length && w[order[next]] === 0) next++;
  return next;
}

/** Halfway, but above `low` where rounding would reach it: what is at least this is `high` or more. */
function between(high: number, low: number): number {
  const middle = low + (high - low) / 2;
  return middle > low ? middle : high;
}
