import { dataError } from "../base/checks.ts";
import type { RowRange } from "../base/matrix.ts";
import { createRandom, type Random, shuffle } from "../base/random.ts";

/**
 * Which rows judge, and what they judge.
 *
 * Rows are laid out so that those judged together are contiguous. Cross-validation has one split a part; a hold-out
 * has one split whose judged rows are cut into parts. What is chosen for the rows of a part (penalty, calibrator,
 * decision) is chosen on the rows of the other parts.
 */
export interface Plan {
  readonly method: "cross-validation" | "hold-out" | "latest rows";
  /** Position in the Matrix → index of the used row. */
  readonly order: Int32Array;
  /** Part of each used row, by its index; −1 for rows that are only trained on. */
  readonly partOf: Int32Array;
  readonly parts: number;
  readonly splits: readonly Split[];
  /** The judged positions, in order of position: `judged` rows starting at position 0. */
  readonly judged: number;
}

/** What a report calls the way in which rows judge. */
export const methodOf = ({ method, parts }: Plan): string =>
  method === "cross-validation" ? `${parts}-fold cross-validation` : method;

/** Ranges are positions in the Matrix. */
export interface Split {
  readonly train: readonly RowRange[];
  readonly judge: RowRange;
}

/** Logits and losses of the rows of a hold-out, at most: of two classes 87,381 rows, whose mean log loss is known to 0.002. */
const MOST_JUDGED = 2 ** 18;

export interface PlanOptions {
  /** Class of each used row. */
  readonly y: Int32Array;
  readonly k: number;
  /** Group of each used row, kept together; null for none. */
  readonly group: Int32Array | null;
  /** Time of each used row, the latest fifth judges; null for none. */
  readonly time: Float64Array | null;
  readonly seed: number;
  readonly folds: number;
  /**
   * Above this many rows one hold-out of a fifth, or less of very many, is judged instead of all rows, unless it has too few groups
   * to cut.
   */
  readonly holdOutAbove: number;
}

export function planFolds(options: PlanOptions): Plan {
  const { y, k, group, time, folds, holdOutAbove } = options;
  const n = y.length;
  if (n < 2) throw dataError(`training needs at least 2 rows with a label, got ${n}`);
  const random = createRandom(options.seed);
  const parts = Math.min(folds, n);
  if (time !== null) return holdOut("latest rows", latest(time, 1 / folds, parts), parts);

  const everyone = Int32Array.from({ length: n }, (_, i) => i);
  const most = Math.max(holdOutAbove, Math.floor(MOST_JUDGED / (k + 1)));
  const cuts = n <= holdOutAbove ? parts : Math.max(parts, Math.ceil(n / most));
  const fold = assign(everyone, y, k, group, cuts, random);
  const rows = everyone.filter((i) => fold[i] === 0);
  const fewGroups = group !== null && new Set(rows.map((i) => group[i])).size < parts;
  if (n <= holdOutAbove || fewGroups) return crossValidation(fold, cuts);

  const partOf = new Int32Array(n).fill(-1);
  const part = assign(rows, y, k, group, parts, random);
  rows.forEach((row, at) => {
    partOf[row] = part[at];
  });
  return holdOut("hold-out", partOf, parts);
}

function crossValidation(partOf: Int32Array, parts: number): Plan {
  const n = partOf.length;
  const { order, starts } = layOut(partOf, parts);
  const splits = Array.from({ length: parts }, (_, f) => ({
    judge: { start: starts[f], end: starts[f + 1] },
    train: [
      { start: 0, end: starts[f] },
      { start: starts[f + 1], end: n },
    ].filter((range) => range.end > range.start),
  })).filter((split) => split.judge.end > split.judge.start);
  return { method: "cross-validation", order, partOf, parts, splits, judged: n };
}

/**
 * The plan in which the first split alone judges, its rows cut into parts: one fit where a cross-validation has one a fold. `rows`: by
 * position. Plans of one split, and of too few groups to cut, stay as they are.
 */
export function firstSplitOf(
  plan: Plan,
  { y, k, group, seed }: Pick<PlanOptions, "y" | "k" | "group" | "seed">,
): Plan {
  const { splits, parts, order } = plan;
  const { end } = splits[0].judge;
  const rows = Int32Array.from({ length: end }, (_, at) => at);
  const alone = group === null ? end : new Set(group.subarray(0, end)).size;
  if (splits.length === 1 || alone < parts) return plan;
  const part = assign(rows, y, k, group, parts, createRandom(seed));
  const partOf = new Int32Array(order.length).fill(-1);
  for (const at of rows) partOf[order[at]] = part[at];
  return { ...plan, method: "hold-out", partOf, splits: [splits[0]], judged: end };
}

function holdOut(method: Plan["method"], partOf: Int32Array, parts: number): Plan {
  const { order, starts } = layOut(partOf, parts);
  const judged = starts[parts];
  const train = [{ start: judged, end: partOf.length }];
  if (judged === partOf.length) {
    throw dataError("no rows are left to train on: every row falls in the part set aside");
  }
  return {
    method,
    order,
    partOf,
    parts,
    splits: [{ train, judge: { start: 0, end: judged } }],
    judged,
  };
}

/** Positions by part, rows without one last, file order within each. */
function layOut(partOf: Int32Array, parts: number): { order: Int32Array; starts: number[] } {
  const starts = [0];
  const order = new Int32Array(partOf.length);
  let at = 0;
  for (let part = 0; part <= parts; part++) {
    const wanted = part === parts ? -1 : part;
    for (let i = 0; i < partOf.length; i++) if (partOf[i] === wanted) order[at++] = i;
    if (part < parts) starts.push(at);
  }
  return { order, starts };
}

/** Part (0…parts−1) of each entry of `rows`: stratified by class, or whole groups with classes spread evenly. */
function assign(
  rows: Int32Array,
  y: Int32Array,
  k: number,
  group: Int32Array | null,
  parts: number,
  random: Random,
): Int32Array {
  return group === null
    ? dealByClass(rows, y, k, parts, random)
    : dealGroups(rows, y, k, group, parts, random);
}

/** Deals each class's shuffled rows round the parts, each class going on where the last one stopped. */
function dealByClass(
  rows: Int32Array,
  y: Int32Array,
  k: number,
  parts: number,
  random: Random,
): Int32Array {
  const members: number[][] = Array.from({ length: k }, () => []);
  for (const [at, row] of rows.entries()) members[y[row]].push(at);
  const part = new Int32Array(rows.length);
  let next = 0;
  for (const ofClass of members) {
    for (const at of shuffle(ofClass, random)) part[at] = next++ % parts;
  }
  return part;
}

/**
 * The largest groups first, each to the part where Σ_c (rows of class c)² / (all rows of c) grows least, the rows of any
 * class counted as one more class: parts become alike in size, and none stays empty while groups are left.
 */
function dealGroups(
  rows: Int32Array,
  y: Int32Array,
  k: number,
  group: Int32Array,
  parts: number,
  random: Random,
): Int32Array {
  const members = new Map<number, number[]>();
  rows.forEach((row, at) => {
    const list = members.get(group[row]);
    if (list === undefined) members.set(group[row], [at]);
    else list.push(at);
  });
  if (members.size < 2)
    throw dataError("every row is in the same group: there is nothing to test on");
  const total = new Float64Array(k + 1).fill(1e-9);
  for (const row of rows) total[y[row]]++;
  total[k] = rows.length;
  const counts = Array.from({ length: parts }, () => new Float64Array(k + 1));
  const part = new Int32Array(rows.length);
  const ids = shuffle([...members.keys()], random).sort(
    (a, b) => members.get(b)!.length - members.get(a)!.length,
  );
  for (const id of ids) {
    const own = new Float64Array(k + 1);
    for (const at of members.get(id)!) own[y[rows[at]]]++;
    own[k] = members.get(id)!.length;
    let best = 0;
    let bestCost = Number.POSITIVE_INFINITY;
    for (let p = 0; p < parts; p++) {
      let cost = 0;
      for (let c = 0; c <= k; c++) cost += (own[c] * (own[c] + 2 * counts[p][c])) / total[c];
      if (cost < bestCost) {
        best = p;
        bestCost = cost;
      }
    }
    for (let c = 0; c <= k; c++) counts[best][c] += own[c];
    for (const at of members.get(id)!) part[at] = best;
  }
  return part;
}

/** The latest `share` of the rows, in consecutive parts; rows of one instant stay together. */
function latest(time: Float64Array, share: number, parts: number): Int32Array {
  const n = time.length;
  const byTime = Int32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => time[a] - time[b] || a - b,
  );
  let first = n - Math.max(1, Math.floor(n * share));
  while (first > 0 && time[byTime[first - 1]] === time[byTime[first]]) first--;
  const partOf = new Int32Array(n).fill(-1);
  for (let at = first; at < n; at++) {
    partOf[byTime[at]] = Math.floor(((at - first) * parts) / (n - first));
  }
  return partOf;
}
