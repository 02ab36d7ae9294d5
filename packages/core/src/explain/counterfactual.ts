import { type Point, type Seen, valuesOfEach, waysOf, waysTowards } from "./change.ts";
import type { Meaning, Response } from "./response.ts";
import { cheapest, type Goal } from "./search.ts";

/** A column that may change. */
export interface ChangingColumn {
  readonly response: Response;
  /** What the row's cell means. */
  readonly now: Meaning;
  /** What training saw of it; null where that is not known, and of columns of levels. */
  readonly seen: Seen | null;
}

/** A class to reach, and by how much its rivals fall behind with a change of the model's logits. */
export interface ClassGoal {
  readonly target: number;
  readonly goal: Goal;
  readonly gainOf: (logits: Float64Array) => Float64Array;
}

export interface Reached {
  readonly target: number;
  readonly changes: readonly { readonly name: string; readonly point: Point }[];
}

/** By how much a winner must lead: rounding must not decide. */
const LEAD = 1e-9;
/** A change of a logit beyond which nothing changes any more. */
const FURTHEST = 100;
const HALVINGS = 80;
/** Comparisons of gains before the search ends with what it has: a second or less. */
const MOST_WORK = 50_000_000;

/** Reaches one of the classes by the cheapest change of at most `most` columns: null where none does; and whether that is certain. */
export function reachClass(
  columns: readonly ChangingColumn[],
  goals: readonly ClassGoal[],
  most: number,
): { reached: Reached | null; exact: boolean } {
  let reached: Reached | null = null;
  let cost = Number.POSITIVE_INFINITY;
  let exact = true;
  let work = MOST_WORK;
  const each = valuesOfEach(columns.length);
  const all = columns.map(({ response, now, seen }) => waysOf(response, now, seen, each));
  for (const [i, { target, goal, gainOf }] of goals.entries()) {
    const ways = all.map((one) => waysTowards(one, gainOf));
    const found = cheapest(ways, goal, { most, below: cost, work: work / (goals.length - i) });
    work -= found.work;
    exact &&= found.exact;
    if (found.changes === null) continue;
    cost = found.cost;
    const changes = found.changes.map(({ way, point }) => {
      return { name: ways[way].column.name, point };
    });
    reached = { target, changes };
  }
  return { reached, exact };
}

/**
 * Of several classes: the largest of the logits u, which are the model's divided by the temperature and shifted, wins, by `margin`
 * at least. `level`: the logit of the probability to reach, null where winning is enough.
 */
export function logitGoal(
  u: Float64Array,
  target: number,
  level: number | null,
  temperature: number,
  margin: number,
): ClassGoal {
  const rivals = Array.from(u.keys()).filter((c) => c !== target);
  const lead = margin + LEAD * u.reduce((most, z) => Math.max(most, Math.abs(z)), 1);
  const needs = Float64Array.from(rivals, (c) => u[c] - u[target] + (level ?? 0) + lead);
  return {
    target,
    goal: { needs, together: level !== null },
    gainOf: (logits) =>
      Float64Array.from(rivals, (c) => (logits[target] - logits[c]) / temperature),
  };
}

/**
 * Of two classes, whatever follows the model's one logit z: the least change of it towards the target with which `holds`, which
 * never ceases to hold further on. Null where nothing does it.
 */
export function pairGoal(
  z: number,
  target: number,
  holds: (z: number) => boolean,
): ClassGoal | null {
  const sign = target === 1 ? 1 : -1;
  const gainOf = ([change]: Float64Array): Float64Array => Float64Array.of(sign * change);
  const goalOf = (need: number): ClassGoal => {
    return { target, goal: { needs: Float64Array.of(need), together: false }, gainOf };
  };
  if (holds(z)) return goalOf(0);
  let inside = FURTHEST + Math.abs(z);
  if (!holds(z + sign * inside)) return null;
  let outside = 0;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (inside + outside) / 2;
    if (holds(z + sign * middle)) inside = middle;
    else outside = middle;
  }
  return goalOf(inside + LEAD * Math.max(1, Math.abs(z)));
}
