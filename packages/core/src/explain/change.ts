import { truth } from "../encode/boolean.ts";
import type { NumericEncoder } from "../encode/numeric.ts";
import { type CellColumn, levelsOf, type Meaning, type Response } from "./response.ts";

/** What training saw of a column of numbers or days. */
export interface Seen {
  readonly low: number;
  readonly high: number;
  /** Decimals that its values have, at most; null where they are many. */
  readonly decimals: number | null;
}

/** A value that a cell may take. */
export interface Point {
  readonly value: Meaning;
  /** How far it is from the cell, in deviations of the training rows (docs/math.md §8.10). */
  readonly cost: number;
  /** What it adds to each logit of the model; in a search by how much each rival falls behind. */
  readonly gain: Float64Array;
}

/** All values between two points, along which cost and gains are straight; from the nearer to the farther. */
export interface Stretch {
  readonly from: Point;
  readonly to: Point;
}

/** The ways in which one column may change. */
export interface Ways {
  readonly column: CellColumn;
  readonly points: readonly Point[];
  readonly stretches: readonly Stretch[];
}

/** A level costs as much as one deviation, and so does a cell that is filled. */
const LEVEL_COST = 1;
/** Values of all columns together that are taken one by one, about; of one column at least and at most. */
const ALL_VALUES = 20_000;
const LEAST_VALUES = 64;
const MOST_VALUES = 2000;
/** Decimals of values that are kept to at most. */
const MOST_DECIMALS = 6;

/** Values taken one by one of each of so many columns; of more there are stretches, and of dates wider steps. */
export const valuesOfEach = (columns: number): number =>
  Math.min(MOST_VALUES, Math.max(LEAST_VALUES, Math.floor(ALL_VALUES / columns)));

/** Decimals of the values, where they are few. */
export function decimalsOf(values: Iterable<number>): number | null {
  let most = 0;
  for (const value of values) {
    while (most <= MOST_DECIMALS && Number(value.toFixed(most)) !== value) most++;
    if (most > MOST_DECIMALS) return null;
  }
  return most;
}

/** What a model itself knows of the values seen: the knots and frequent values of a curve are some of them. Null for a line. */
export function seenByCurve({ knots, frequent }: NumericEncoder): Seen | null {
  if (knots.length === 0) return null;
  const values = [...knots, ...frequent];
  return { low: Math.min(...values), high: Math.max(...values), decimals: decimalsOf(values) };
}

/**
 * The ways of a column whose cell means `now`. Missing is no way, nor is what training did not see; nothing is where that is not
 * known of numbers. Up to `most` values are taken one by one.
 */
export function waysOf(response: Response, now: Meaning, seen: Seen | null, most: number): Ways {
  const { column, at } = response;
  const before = at(now);
  const gain = (logits: readonly number[]): Float64Array =>
    Float64Array.from(logits, (v, o) => v - before[o]);
  if (column.kind === "categorical" || column.kind === "boolean") {
    const points = levelsOf(column)
      .filter(({ role, meaning }) => role === "level" && !sameLevel(column, meaning, now))
      .map(({ meaning }) => ({
        value: meaning,
        cost: costOf(column, now, meaning),
        gain: gain(at(meaning)),
      }));
    return { column, points, stretches: [] };
  }
  if (seen === null) return { column, points: [], stretches: [] };
  const numbers = column.kind === "date" ? column.days : column;
  const point = (value: number): Point => ({
    value,
    cost: costOf(column, now, value),
    gain: gain(at(value)),
  });
  const listed = column.kind === "date" ? daysOf(seen, now as number, most) : valuesOf(seen, most);
  if (listed !== null) {
    const points = listed.filter((value) => value !== now).map(point);
    return { column, points: points.sort((a, b) => a.cost - b.cost), stretches: [] };
  }
  return { column, ...bends(numbers, now as number, seen, point) };
}

/** The ways with gains of another kind: `gainOf` changes of the model's logits. */
export function waysTowards(ways: Ways, gainOf: (logits: Float64Array) => Float64Array): Ways {
  const towards = (point: Point): Point => ({ ...point, gain: gainOf(point.gain) });
  return {
    column: ways.column,
    points: ways.points.map(towards),
    stretches: ways.stretches.map(({ from, to }) => ({ from: towards(from), to: towards(to) })),
  };
}

/** JSON's true is the "yes" of a text file. */
const sameLevel = ({ kind }: CellColumn, level: Meaning, now: Meaning): boolean =>
  level === now ||
  (kind === "boolean" && now !== null && truth(String(level)) === truth(String(now)));

/** What a change of a cell from what it means to another meaning costs. */
export function costOf(column: CellColumn, now: Meaning, to: Meaning): number {
  if (column.kind === "categorical" || column.kind === "boolean") return LEVEL_COST;
  const numbers = column.kind === "date" ? column.days : column;
  return distanceFrom(numbers, now as number)(to as number);
}

/** Distance in deviations; from a missing cell that of the median, where it stands, and a level's cost for filling it. */
function distanceFrom({ line }: NumericEncoder, now: number): (value: number) => number {
  const [median, , deviation] = line;
  return Number.isNaN(now)
    ? (value) => LEVEL_COST + Math.abs(value - median) / deviation
    : (value) => Math.abs(value - now) / deviation;
}

/** Every value with the decimals seen; null where they are too many. */
function valuesOf({ low, high, decimals }: Seen, most: number): number[] | null {
  if (decimals === null) return null;
  const scale = Number(`1e${decimals}`);
  const [first, last] = [Math.round(low * scale), Math.round(high * scale)];
  if (!(last - first < most)) return null;
  return Array.from({ length: last - first + 1 }, (_, i) => Number(`${first + i}e-${decimals}`));
}

/** Days at whole steps from the cell's, or every few minutes of times without a date. */
function daysOf({ low, high }: Seen, now: number, most: number): number[] {
  const timesOnly = low >= 0 && high <= 1;
  const step = timesOnly ? 5 / 1440 : Math.max(1, Math.ceil((high - low) / most));
  const start = Number.isNaN(now) ? Math.ceil(low) : now;
  const first = Math.ceil((low - start) / step);
  const last = Math.floor((high - start) / step);
  return Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, i) => start + (first + i) * step,
  );
}

/** The points at which a curve bends or jumps, and the stretches between them. */
function bends(
  { knots, frequent, line }: NumericEncoder,
  now: number,
  { low, high }: Seen,
  point: (value: number) => Point,
): Pick<Ways, "points" | "stretches"> {
  const start = Number.isNaN(now) ? line[0] : now;
  const inside = [...knots, ...frequent, start].filter((x) => x > low && x < high);
  const edges = [...new Set([low, ...inside, high])].sort((a, b) => a - b);
  const isJump = (x: number): boolean => frequent.includes(x);
  // At a frequent value the logits jump: a stretch ends just before it.
  const beside = (x: number, towards: number): number => (isJump(x) ? x + 1e-6 * (towards - x) : x);
  const stretches = edges.slice(1).map((b, i): Stretch => {
    const a = edges[i];
    const [near, far] = Math.abs(a - start) <= Math.abs(b - start) ? [a, b] : [b, a];
    return { from: point(beside(near, far)), to: point(beside(far, near)) };
  });
  const points = edges.filter((x) => x !== now).map(point);
  return { points: points.sort((a, b) => a.cost - b.cost), stretches };
}
