import type { TableColumn } from "../base/table.ts";
import { type Reading, readCodes, readNumbers } from "./cells.ts";
import type { ColumnReport } from "./describe.ts";
import { sortedNumbers } from "./numeric.ts";

/** Rows outside the largest class from which a suspicion means something. */
const ENOUGH_ROWS = 20;
/** Share of the baseline's mistakes that an honest column is expected to leave. */
const HONEST_SHARE = 0.01;

/** Rows of the smaller class from which a perfect order means something: fewer are often told apart honestly. */
const ENOUGH_ORDERED = 100;
const SUSPICIOUS_AUC = 0.999;
/** Cells of a table of values by classes at most. */
const MOST_CELLS = 1e7;

/** The labels that a column is held against. */
interface Target {
  readonly classes: readonly string[];
  /** Class of each row of the table. */
  readonly y: Int32Array;
  /** Rows with a label. */
  readonly rows: Int32Array;
}

/**
 * Whether a column alone predicts the target suspiciously well. One of
 *
 *  - naming for each value the class of most rows that hold it makes at most a hundredth of the mistakes of always naming
 *    the largest class; a value of a single row counts as a mistake;
 *  - of two classes, the numbers of one are nearly all below those of the other: AUC ≥ 0.999 or ≤ 0.001.
 */
export function isLeak(
  column: TableColumn,
  { kind, distinct }: Pick<ColumnReport, "kind" | "distinct">,
  reading: Reading,
  target: Target,
): boolean {
  const k = target.classes.length;
  if (kind === "numeric" && k === 2 && ordersClasses(column, reading, target)) return true;
  if (distinct > target.rows.length / 2 || (distinct + 1) * k > MOST_CELLS) return false;
  return namesClasses(column, reading, target);
}

function namesClasses(
  column: TableColumn,
  reading: Reading,
  { classes, y, rows }: Target,
): boolean {
  const position = new Map<string | null, number>();
  const codes = readCodes(column, reading, rows, (text) => {
    const known = position.get(text) ?? position.size;
    position.set(text, known);
    return known;
  });
  const k = classes.length;
  const counts = new Int32Array(position.size * k);
  for (let i = 0; i < rows.length; i++) counts[codes[i] * k + y[rows[i]]]++;
  return namesTooWell(counts, k, rows.length);
}

/** counts: rows by value and class. */
function namesTooWell(counts: Int32Array, k: number, n: number): boolean {
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
  return baseline >= ENOUGH_ROWS && n - right <= HONEST_SHARE * baseline;
}

function ordersClasses(column: TableColumn, reading: Reading, { y, rows }: Target): boolean {
  const values = readNumbers(column, reading, rows);
  const of = (c: number): Float64Array => sortedNumbers(values.filter((_, i) => y[rows[i]] === c));
  const [low, high] = [of(0), of(1)];
  if (Math.min(low.length, high.length) < ENOUGH_ORDERED) return false;
  const share = shareBelow(low, high);
  return share >= SUSPICIOUS_AUC || share <= 1 - SUSPICIOUS_AUC;
}

/** Share of pairs with a < b, equal ones counted half: the area under the ROC curve. Both ascending. */
function shareBelow(a: Float64Array, b: Float64Array): number {
  let below = 0;
  let upTo = 0;
  let pairs = 0;
  for (const v of b) {
    while (below < a.length && a[below] < v) below++;
    upTo = Math.max(upTo, below);
    while (upTo < a.length && a[upTo] === v) upTo++;
    pairs += (below + upTo) / 2;
  }
  return pairs / (a.length * b.length);
}
