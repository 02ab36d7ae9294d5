import { takeSteps } from "../base/breathe.ts";
import { rowLosses } from "../base/losses.ts";
import type { RowRange } from "../base/matrix.ts";
import { createRandom, shuffle } from "../base/random.ts";
import type { Row, Table } from "../base/table.ts";
import { crossFitted } from "./choose.ts";
import { type JudgedLosses, type LearningCurve, summarise } from "./curve-summary.ts";
import type { Plan, Split } from "./folds.ts";
import { partOption } from "./journal.ts";
import { checkTrainOptions, type TrainOptions } from "./options.ts";
import { judgeOf } from "./path.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { Workbench } from "./workbench.ts";

/** Shares of the training rows. */
const SHARES = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2];
const MOST_DRAWS = 4;
/** Training rows a class of a point, at least. */
const LEAST_A_CLASS = 5;

/**
 * How the out-of-fold log loss falls as training rows grow, and whether more rows would help.
 *
 * Each point goes through all of training (encodings, penalties, calibrator, each chosen on the other parts' rows) with a share of
 * each split's training rows, and judges the same rows. What the encoder learns without labels comes from all rows. A share
 * of 1/m is drawn up to four times, in disjoint parts. Takes about four times as long as `train`; options and errors are its.
 */
export async function learningCurve(
  data: Table | readonly Row[],
  options: TrainOptions,
): Promise<LearningCurve> {
  checkTrainOptions(options);
  return growCurve(prepare(data, options), options, null);
}

/** full: honest logits of the judged rows by position, where they are known already. */
export async function growCurve(
  prepared: Prepared,
  options: TrainOptions,
  full: Float64Array | null,
): Promise<LearningCurve> {
  const { onProgress, ...quiet } = options;
  const mixed = interleave(prepared, options.seed ?? 1);
  const { plan, k } = prepared;
  const trainRows = meanRows(plan.splits);
  const shares = SHARES.filter((share) => share * trainRows >= LEAST_A_CLASS * k);
  const points: JudgedLosses[] = [];
  for (const [at, share] of shares.entries()) {
    const parts = Math.round(1 / share);
    const draws = Math.min(MOST_DRAWS, parts);
    const losses: Float64Array[] = [];
    let rows = 0;
    for (let draw = 0; draw < draws; draw++) {
      onProgress?.({ fraction: 0.95 + (0.05 * at) / shares.length, doing: "learning curve" });
      const splits = partOfSplits(mixed.plan, Math.floor((draw * parts) / draws), parts);
      const own = { ...quiet, ...partOption(options.checkpoint, `curve-${at}-${draw}`) };
      losses.push(await judgedLosses({ ...mixed, plan: { ...mixed.plan, splits } }, own));
      rows += meanRows(splits) / draws;
    }
    points.push({ share, rows, losses });
  }
  const last =
    full === null
      ? await judgedLosses(prepared, quiet)
      : byRow(prepared, rowLosses(full, prepared.y.subarray(0, plan.judged), plan.judged, k));
  points.push({ share: 1, rows: trainRows, losses: [last] });
  return summarise(points, judgesOf(prepared), options.seed ?? 1);
}

const countOf = (ranges: readonly RowRange[]): number =>
  ranges.reduce((sum, { start, end }) => sum + end - start, 0);

const meanRows = (splits: readonly Split[]): number =>
  splits.reduce((sum, { train }) => sum + countOf(train), 0) / splits.length;

/** Losses of the judged rows by all of training but its last fit, in the order of the used rows. */
async function judgedLosses(prepared: Prepared, options: TrainOptions): Promise<Float64Array> {
  const { k, shifted, plan, y } = prepared;
  const bench = new Workbench(prepared, options);
  try {
    const candidates = await bench.tryAll();
    const judge = judgeOf(bench.input());
    const Z = await takeSteps(
      crossFitted(candidates, judge, { k, shifted, calibration: options.calibration }),
      options.signal,
    );
    return byRow(prepared, rowLosses(Z, y.subarray(0, plan.judged), plan.judged, k));
  } finally {
    bench.close();
  }
}

/** Judged rows in the order of the used rows, which no layout changes. */
function byRow({ plan }: Prepared, losses: Float64Array): Float64Array {
  const out = new Float64Array(plan.order.length);
  losses.forEach((loss, at) => {
    out[plan.order[at]] = loss;
  });
  return out.filter((_, row) => plan.partOf[row] >= 0);
}

/** Weight and group of each judged row in the same order. */
function judgesOf(prepared: Prepared): { s: Float64Array | null; group: Int32Array | null } {
  const { plan, s, group } = prepared;
  const n = plan.order.length;
  const weight = new Float64Array(n);
  const groups = new Int32Array(n);
  plan.order.forEach((row, at) => {
    weight[row] = s === null ? 1 : s[at];
    groups[row] = group === null ? row : group[at];
  });
  const judged = (_: number, row: number): boolean => plan.partOf[row] >= 0;
  return {
    s: s === null ? null : weight.filter(judged),
    group: group === null ? null : groups.filter(judged),
  };
}

/** Stretches of rows that are trained on together. */
const segmentsOf = ({ method, splits, judged, order }: Plan): readonly RowRange[] =>
  method === "cross-validation"
    ? splits.map(({ judge }) => judge)
    : [{ start: judged, end: order.length }];

/** Part `part` of `parts` of every stretch that a split trains on. */
function partOfSplits(plan: Plan, part: number, parts: number): Split[] {
  const segments = segmentsOf(plan);
  return plan.splits.map(({ judge }) => ({
    judge,
    train: segments
      .filter(({ start, end }) => end <= judge.start || start >= judge.end)
      .map(({ start, end }) => ({
        start: start + Math.floor((part * (end - start)) / parts),
        end: start + Math.floor(((part + 1) * (end - start)) / parts),
      }))
      .filter(({ start, end }) => end > start),
  }));
}

/** The rows of each stretch in a new order, of which every part has nearly the classes' shares, or whole groups. */
function interleave(prepared: Prepared, seed: number): Prepared {
  const { plan, order, y, s, group } = prepared;
  const random = createRandom(seed);
  const from = Int32Array.from(order.keys());
  for (const { start, end } of segmentsOf(plan)) {
    const rows = shuffle(from.slice(start, end), random);
    const key = group === null ? classPlaces(rows, y) : groupPlaces(rows, group);
    const sorted = [...rows.keys()].sort((a, b) => key[a] - key[b] || a - b);
    from.set(
      sorted.map((at) => rows[at]),
      start,
    );
  }
  const moved = <T extends Int32Array | Float64Array>(values: T): T =>
    values.map((_, at) => values[from[at]]) as T;
  return {
    ...prepared,
    order: moved(order),
    y: moved(y),
    s: s === null ? null : moved(s),
    group: group === null ? null : moved(group),
    plan: { ...plan, order: moved(plan.order) },
  };
}

/** Of the j-th row of a class with m rows: (j + ½)/m, so that classes are spread evenly. */
function classPlaces(rows: Int32Array, y: Int32Array): Float64Array {
  const totals = new Map<number, number>();
  for (const row of rows) totals.set(y[row], (totals.get(y[row]) ?? 0) + 1);
  const seen = new Map<number, number>();
  return Float64Array.from(rows, (row) => {
    const before = seen.get(y[row]) ?? 0;
    seen.set(y[row], before + 1);
    return (before + 0.5) / totals.get(y[row])!;
  });
}

/** Groups in the order in which the shuffled rows name them. */
function groupPlaces(rows: Int32Array, group: Int32Array): Float64Array {
  const places = new Map<number, number>();
  return Float64Array.from(rows, (row) => {
    if (!places.has(group[row])) places.set(group[row], places.size);
    return places.get(group[row])!;
  });
}
