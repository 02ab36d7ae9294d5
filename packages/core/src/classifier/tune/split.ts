import { dataError } from "../../base/checks.ts";
import { pickTable, type Table } from "../../base/table.ts";
import { planFolds } from "../folds.ts";
import type { TrainOptions } from "../options.ts";
import { HOLD_OUT_ABOVE, type Prepared, prepare } from "../prepare.ts";

/** The rows of a search, and those that it never sees. */
export interface OuterSplit {
  /** Of the whole table. */
  readonly prepared: Prepared;
  /** What the search learns from, in the order of the table. */
  readonly search: Table;
  /** From the first to the last, in which all rows of the search judge. */
  readonly rounds: readonly Round[];
  readonly heldOut: HeldOut;
}

/** What ways of training are judged on before the better go on to the next round. */
export interface Round {
  /** Rows of the search. */
  readonly rows: Int32Array;
  /** Whether the rows of the first fold alone judge. */
  readonly firstSplit: boolean;
  /** Time that it takes, in proportion: rows times splits. */
  readonly cost: number;
}

export interface HeldOut {
  readonly table: Table;
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  readonly group: Int32Array | null;
  /** Cuts the rows for what is chosen on them: what is chosen for one part is chosen on the others. */
  readonly part: Int32Array;
  readonly parts: number;
}

/** Parts of the rows, of which one is held out. */
const OUTER_PARTS = 5;
/** Rows with a label without which a search tells nothing. */
const FEWEST_ROWS = 50;
/** A round takes a third of the rows of the next, and a third of its ways go on to it. */
export const ETA = 3;
/** Rows of a round in which one fold judges, and of each class on average, at least; and rounds of parts of the rows at most. */
const ROUND_ROWS = 2500;
const ROUND_ROWS_PER_CLASS = 50;
const MOST_PARTIAL = 3;

/**
 * A fifth of the rows is held out as in a cross-validation: classes alike, groups whole, the latest rows where there is a time. Throws
 * a SoftmaxError "data" where there are too few.
 */
export function outerSplit(table: Table, options: TrainOptions): OuterSplit {
  const prepared = prepare(table, { ...options, folds: OUTER_PARTS });
  const { plan, order, y, s, group, k } = prepared;
  const { start, end } = plan.splits[0].judge;
  if (order.length < FEWEST_ROWS) {
    throw dataError(
      `a search needs at least ${FEWEST_ROWS} rows with a label, got ${order.length}: train without it`,
    );
  }
  const inside = Int32Array.from(order.keys())
    .filter((at) => at < start || at >= end)
    .sort((a, b) => order[a] - order[b]);
  const common = { k, seed: options.seed ?? 1 };
  const own = { y: y.slice(start, end), group: group?.slice(start, end) ?? null };
  const [insideY, insideGroup] = [
    inside.map((at) => y[at]),
    group && inside.map((at) => group[at]),
  ];
  return {
    prepared,
    search: pickTable(
      table,
      inside.map((at) => order[at]),
    ),
    rounds: roundsOf({ ...common, y: insideY, group: insideGroup }, options),
    heldOut: {
      table: pickTable(table, order.slice(start, end)),
      ...own,
      s: s?.slice(start, end) ?? null,
      ...partsOf({ ...common, ...own }, OUTER_PARTS),
    },
  };
}

interface Rows {
  readonly y: Int32Array;
  readonly k: number;
  readonly group: Int32Array | null;
  readonly seed: number;
}

/** Rows in so many parts, classes alike and groups whole; in one where there is one group. */
function partsOf(rows: Rows, parts: number): Pick<HeldOut, "part" | "parts"> {
  const { y, group } = rows;
  if (new Set(group ?? y.keys()).size < 2) return { part: new Int32Array(y.length), parts: 1 };
  const alike = { time: null, holdOutAbove: Number.POSITIVE_INFINITY };
  const { partOf, parts: made } = planFolds({ ...rows, ...alike, folds: parts });
  return { part: partOf, parts: made };
}

/** Parts of the rows, each within the next, on which the first fold judges; then all, first by the first fold and then by all. */
function roundsOf(given: Rows, { classWeights, folds = 5, time }: TrainOptions): Round[] {
  const { y, group, k } = given;
  const n = y.length;
  const all = Int32Array.from(y.keys());
  const isCross = time === undefined && n <= HOLD_OUT_ABOVE;
  const least = Math.max(ROUND_ROWS, ROUND_ROWS_PER_CLASS * k);
  const last = { rows: all, firstSplit: false, cost: n * (isCross ? folds : 1) };
  if (n < least) return [last];
  // Parts of the rows may lack a class that has a weight of its own.
  const isWhole = Array.isArray(classWeights) || new Set(group ?? y.keys()).size < 2;
  const shares: number[] = [];
  for (let share = ETA; !isWhole && shares.length < MOST_PARTIAL && n >= least * share; ) {
    shares.unshift(share);
    share *= ETA;
  }
  const { part, parts } = partsOf(given, shares[0] ?? 1);
  const partial = shares.map((share) => all.filter((row) => part[row] * share < parts));
  const first = [...partial, ...(isCross ? [all] : [])];
  return [...first.map((rows) => ({ rows, firstSplit: true, cost: rows.length })), last];
}
