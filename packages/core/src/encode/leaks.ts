import type { TableColumn } from "../base/table.ts";
import { type Reading, readCodes } from "./cells.ts";

/** A column that all but gives the answer away. */
export interface Leak {
  /** Rows that the column alone gets wrong. */
  readonly errors: number;
  readonly rows: number;
}

/** Rows outside the largest class from which a suspicion means something. */
const ENOUGH_ROWS = 20;
/** Share of the baseline's mistakes that an honest column is expected to leave. */
const HONEST_SHARE = 0.01;

/**
 * Whether one column alone predicts the target suspiciously well: naming for each of its values the class of most other
 * rows with that value makes less than a hundredth of the mistakes of always naming the largest class. A value of a
 * single row counts as a mistake; so continuous columns are cut into runs at `cuts` quantiles first.
 */
export function leakOf(
  column: TableColumn,
  reading: Reading,
  rows: Int32Array,
  y: Int32Array,
  k: number,
): Leak | null {
  const position = new Map<string | null, number>();
  const codes = readCodes(column, reading, rows, (text) => {
    const known = position.get(text);
    if (known !== undefined) return known;
    position.set(text, position.size);
    return position.size - 1;
  });
  if (position.size > rows.length / 2 || position.size * k > 1e7) return null;
  const counts = new Int32Array(position.size * k);
  for (let i = 0; i < rows.length; i++) counts[codes[i] * k + y[rows[i]]]++;
  return suspicious(counts, k, rows.length);
}

function suspicious(counts: Int32Array, k: number, n: number): Leak | null {
  const totals = new Int32Array(k);
  let right = 0;
  for (let at = 0; at < counts.length; at += k) {
    let most = 0;
    let sum = 0;
    for (let c = 0; c < k; c++) {
      totals[c] += counts[at + c];
      sum += counts[at + c];
      most = Math.max(most, counts[at + c]);
    }
    if (sum > 1) right += most;
  }
  const baseline = n - totals.reduce((a, b) => Math.max(a, b), 0);
  const errors = n - right;
  return baseline >= ENOUGH_ROWS && errors <= HONEST_SHARE * baseline ? { errors, rows: n } : null;
}
