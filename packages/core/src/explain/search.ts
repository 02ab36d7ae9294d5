import { exp, log } from "../base/math.ts";
import type { Point, Stretch, Ways } from "./change.ts";

/** Changes that reach a goal, one a column. */
export interface Found {
  readonly cost: number;
  /** Null where the search found none. */
  readonly changes: readonly ChosenPoint[] | null;
  /** Whether no cheaper ones exist. */
  readonly exact: boolean;
  /** Comparisons of gains that it took. */
  readonly work: number;
}

export interface SearchLimits {
  /** Columns that change at most. */
  readonly most: number;
  /** Only what costs less counts. */
  readonly below: number;
  /** Comparisons of gains before the search ends with what it has. */
  readonly work: number;
}

/** A point of one of the ways that were given, by its number. */
export interface ChosenPoint {
  readonly way: number;
  readonly point: Point;
}

/** What is to be reached: gain_r ≥ needs_r for every rival r, or all together: Σ_r exp(needs_r − gain_r) ≤ 1. */
export interface Goal {
  readonly needs: Float64Array;
  readonly together: boolean;
}

/**
 * The cheapest change within the limits that reaches the goal: branch and bound over the columns' points, with one column free to stop anywhere on its stretches (docs/math.md §8.10). With one rival nothing
 * cheaper exists, since costs and gains are straight between points: at the optimum one column at most is between two.
 */
export function cheapest(ways: readonly Ways[], goal: Goal, limits: SearchLimits): Found {
  const rivals = goal.needs.length;
  if (reaches(new Float64Array(rivals), goal)) {
    return { cost: 0, changes: [], exact: true, work: 0 };
  }
  const useful = ways
    .map((given, way) => ({ way, ...usefulWays(given, rivals) }))
    .filter(({ points }) => points.length > 0)
    .sort((a, b) => bestRate(b) - bestRate(a));
  const search = new Search(useful, goal, limits);
  search.descend();
  search.visit([], 0, 0, goal.needs);
  const { cost, changes, work } = search;
  const alone = Math.min(limits.most, useful.length) <= 1;
  const whole = rivals === 1 || alone || useful.every((one) => one.stretches.length === 0);
  // What costs no more than the bound cannot be beaten, however it was found; nor can anything where the bound is too dear.
  const least = cost <= search.leastCost(goal.needs) * (1 + 1e-9);
  return { cost, changes, work, exact: least || (whole && work <= limits.work) };
}

/** A search under way, and the best that it has found. */
class Search {
  cost: number;
  changes: readonly ChosenPoint[] | null = null;
  work = 0;
  readonly #useful: readonly NumberedWays[];
  readonly #goal: Goal;
  readonly #limits: SearchLimits;
  /** For each rival all columns' hull edges, and whether a column is taken. */
  readonly #edges: readonly (readonly Edge[])[];
  readonly #taken: Uint8Array;

  constructor(useful: readonly NumberedWays[], goal: Goal, limits: SearchLimits) {
    this.#useful = useful;
    this.#goal = goal;
    this.#limits = limits;
    this.cost = limits.below;
    this.#edges = Array.from(goal.needs, (_, r) => hullEdges(useful, r));
    this.#taken = new Uint8Array(useful.reduce((most, { way }) => Math.max(most, way + 1), 0));
  }

  /** A first change to beat: the columns' points that fill most of the needs, one after another, until one more column ends it. */
  descend(): void {
    let needs = this.#goal.needs;
    let spent = 0;
    const chosen: ChosenPoint[] = [];
    for (let more = this.#limits.most; more > 0 && this.changes === null; more--) {
      this.#end(chosen, spent, needs);
      const best = this.#mostFilling(needs);
      if (best === null) break;
      this.#taken[best.way] = 1;
      chosen.push(best);
      spent += best.point.cost;
      needs = needs.map((need, r) => need - best.point.gain[r]);
    }
    this.#taken.fill(0);
  }

  #mostFilling(needs: Float64Array): ChosenPoint | null {
    let best: ChosenPoint | null = null;
    let most = 0;
    for (const { way, points } of this.#useful) {
      if (this.#taken[way] === 1) continue;
      this.work += points.length;
      for (const point of points) {
        const filled = point.gain.reduce(
          (sum, g, r) => sum + Math.min(g, Math.max(0, needs[r])),
          0,
        );
        if (filled > most) [best, most] = [{ way, point }, filled];
      }
    }
    return best;
  }

  /** Ends with one more column, or adds one at a point and goes on: those from the `first`, so that no set comes twice. */
  visit(chosen: readonly ChosenPoint[], first: number, spent: number, needs: Float64Array): void {
    this.#end(chosen, spent, needs);
    if (chosen.length + 1 >= this.#limits.most) return;
    for (let next = first; next < this.#useful.length; next++) {
      const { way, points } = this.#useful[next];
      this.#taken[way] = 1;
      for (const point of points) {
        if (spent + point.cost >= this.cost || this.work > this.#limits.work) break;
        const left = needs.map((need, r) => need - point.gain[r]);
        if (spent + point.cost + this.leastCost(left) >= this.cost) continue;
        this.visit([...chosen, { way, point }], next + 1, spent + point.cost, left);
      }
      this.#taken[way] = 0;
    }
  }

  /** The cheapest last column. */
  #end(chosen: readonly ChosenPoint[], spent: number, needs: Float64Array): void {
    for (const one of this.#useful) {
      if (this.#taken[one.way] === 1) continue;
      this.work += one.points.length + one.stretches.length;
      const end = cheapestEnd(one, { ...this.#goal, needs }, this.cost - spent);
      if (end === null) continue;
      this.cost = spent + end.cost;
      this.changes = [...chosen, { way: one.way, point: end }];
    }
  }

  /** No change of the columns not yet taken that fills the needs costs less: of each rival alone, along the hulls. */
  leastCost(needs: Float64Array): number {
    let least = 0;
    for (const [r, edges] of this.#edges.entries()) {
      let left = needs[r];
      let cost = 0;
      for (const { way, rate, width } of edges) {
        if (left <= 0) break;
        this.work++;
        if (this.#taken[way] === 1) continue;
        const part = Math.min(width, left / rate);
        cost += part;
        left -= part * rate;
      }
      // What rounding leaves is no need.
      if (left > 1e-9 * Math.abs(needs[r])) return Number.POSITIVE_INFINITY;
      least = Math.max(least, cost);
    }
    return least;
  }
}

/** The ways of a column that can help, and the most that each rival can fall behind by them. */
interface UsefulWays {
  readonly points: readonly Point[];
  readonly stretches: readonly Stretch[];
  readonly most: Float64Array;
}

type NumberedWays = UsefulWays & { readonly way: number };

const bestRate = ({ points }: UsefulWays): number =>
  points.reduce((best, { gain, cost }) => Math.max(best, Math.max(...gain) / cost), 0);

/** Points with which others are compared, where there are several rivals: the last. */
const DOMINATING = 8;

/** Points with some gain, none that another beats in cost and every gain; the cheapest first. */
function usefulWays({ points, stretches }: Ways, rivals: number): UsefulWays {
  const helps = ({ gain }: Point): boolean => gain.some((g) => g > 0);
  const ends = stretches.flatMap(({ from, to }) => [from, to]);
  const sorted = [...points, ...ends]
    .filter(helps)
    .sort((a, b) => a.cost - b.cost || b.gain[0] - a.gain[0]);
  const kept: Point[] = [];
  for (const point of sorted) {
    const rest = rivals === 1 ? kept.slice(-1) : kept.slice(-DOMINATING);
    if (!rest.some(({ gain }) => gain.every((g, r) => g >= point.gain[r]))) kept.push(point);
  }
  const most = new Float64Array(rivals);
  for (const { gain } of kept) gain.forEach((g, r) => (most[r] = Math.max(most[r], g)));
  return { points: kept, stretches: stretches.filter((s) => helps(s.from) || helps(s.to)), most };
}

/** A step of a column's concave hull of gain over cost: `rate` gained a unit of cost, over `width` of it. */
interface Edge {
  readonly way: number;
  readonly rate: number;
  readonly width: number;
}

/** All columns' hull edges for rival r, the best rate first. */
function hullEdges(ways: readonly NumberedWays[], r: number): Edge[] {
  const edges = ways.flatMap(({ points, way }): Edge[] => {
    const corners = [{ cost: 0, gain: 0 }];
    for (const point of points) {
      const next = { cost: point.cost, gain: point.gain[r] };
      if (next.gain <= corners[corners.length - 1].gain) continue;
      while (corners.length > 1 && !isConcave(corners, next)) corners.pop();
      corners.push(next);
    }
    return corners.slice(1).map((corner, i) => {
      const width = corner.cost - corners[i].cost;
      return { way, width, rate: (corner.gain - corners[i].gain) / width };
    });
  });
  return edges.sort((a, b) => b.rate - a.rate);
}

interface Corner {
  readonly cost: number;
  readonly gain: number;
}

function isConcave(corners: readonly Corner[], next: Corner): boolean {
  const [a, b] = corners.slice(-2);
  return (b.gain - a.gain) * (next.cost - b.cost) > (next.gain - b.gain) * (b.cost - a.cost);
}

/** The cheapest point of a column, of cost below `below`, that fills what is needed. */
function cheapestEnd(
  { points, stretches, most }: UsefulWays,
  goal: Goal,
  below: number,
): Point | null {
  if (goal.needs.some((need, r) => need > most[r])) return null;
  let best: Point | null = null;
  let cost = below;
  for (const point of points) {
    if (point.cost >= cost) break;
    if (!reaches(point.gain, goal)) continue;
    [best, cost] = [point, point.cost];
  }
  for (const stretch of stretches) {
    if (stretch.from.cost >= cost) continue;
    const share = firstShare(stretch, goal);
    if (share === null) continue;
    const point = pointAt(stretch, share);
    if (point.cost < cost) [best, cost] = [point, point.cost];
  }
  return best;
}

/** Whether the gains fill the needs. */
export function reaches(gain: Float64Array, { needs, together }: Goal): boolean {
  return slack(gain, needs, together) >= 0;
}

function slack(gain: Float64Array, needs: Float64Array, together: boolean): number {
  let least = Number.POSITIVE_INFINITY;
  for (let r = 0; r < needs.length; r++) least = Math.min(least, gain[r] - needs[r]);
  if (!together || needs.length === 1) return least;
  let sum = 0;
  for (let r = 0; r < needs.length; r++) sum += exp(least - (gain[r] - needs[r]));
  return least - log(sum);
}

function pointAt({ from, to }: Stretch, share: number): Point {
  const mix = (a: number, b: number): number => (share === 1 ? b : a + share * (b - a));
  return {
    value: mix(from.value as number, to.value as number),
    cost: mix(from.cost, to.cost),
    gain: from.gain.map((g, r) => mix(g, to.gain[r])),
  };
}

/** The least share of a stretch, from its near end, that fills the needs; null where none does. */
function firstShare(stretch: Stretch, goal: Goal): number | null {
  const { from, to } = stretch;
  let [low, high] = [0, 1];
  for (let r = 0; r < goal.needs.length; r++) {
    const rise = to.gain[r] - from.gain[r];
    const need = goal.needs[r] - from.gain[r];
    if (rise > 0) low = Math.max(low, need / rise);
    else if (rise < 0) high = Math.min(high, need / rise);
    else if (need > 0) return null;
  }
  if (low > high) return null;
  return goal.together && goal.needs.length > 1 ? firstTogether(stretch, goal, low, high) : low;
}

const HALVINGS = 60;

/** The same where the rivals count together: the slack is concave along a stretch. */
function firstTogether(stretch: Stretch, goal: Goal, low: number, high: number): number | null {
  const at = (share: number): number =>
    slack(pointAt(stretch, share).gain, goal.needs, goal.together);
  if (at(low) >= 0) return low;
  let [a, b] = [low, high];
  for (let i = 0; i < HALVINGS && at(b) < 0; i++) {
    const third = (b - a) / 3;
    if (at(a + third) >= 0) b = a + third;
    else if (at(a + third) < at(b - third)) a += third;
    else b -= third;
  }
  if (at(b) < 0) return null;
  let inside = b;
  let outside = low;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (inside + outside) / 2;
    if (at(middle) >= 0) inside = middle;
    else outside = middle;
  }
  return inside;
}
