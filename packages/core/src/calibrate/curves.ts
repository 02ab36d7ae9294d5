import type { Work } from "../base/breathe.ts";
import { log } from "../base/math.ts";
import { massBins, sortOrder } from "../base/order.ts";
import type { FitRows } from "./affine.ts";
import type { HistogramCalibrator, IsotonicCalibrator, RisingCurve, StepCurve } from "./kinds.ts";
import { classOfCurve, countingWeights, curvesOf, logOdds, logProbabilities } from "./scores.ts";

/** Bins of a histogram at most. */
const MOST_BINS = 15;

/**
 * Isotonic calibration (Zadrozny & Elkan 2002; docs/math.md §5.7): of a class against the rest the rising function of its log-odds
 * with the least squared error, by pooling adjacent violators; straight lines between blocks. Two classes need one curve, of
 * more each has its own, and the k probabilities are divided by their sum.
 */
export function* fitIsotonic(...rows: FitRows): Work<IsotonicCalibrator> {
  return { method: "isotonic", offsets: null, curves: yield* curvesFor(rows, risingCurve) };
}

/**
 * Histogram binning (Zadrozny & Elkan 2001; docs/math.md §5.8): the log-odds of a class against the rest are cut into bins of equal
 * weight, up to 15 and no more than the cube root of the rows; each bin has its share of the class.
 */
export function* fitHistogram(...rows: FitRows): Work<HistogramCalibrator> {
  return { method: "histogram", offsets: null, curves: yield* curvesFor(rows, stepCurve) };
}

/** Log-odds of the rows that count, ascending, with [y = c] and weights of mean 1. */
export interface Sorted {
  readonly scores: Float64Array;
  readonly hits: Uint8Array;
  readonly weights: Float64Array;
}

function* curvesFor<Curve>(
  [Z, y, s, k]: FitRows,
  fit: (rows: Sorted) => Curve,
): Work<readonly Curve[]> {
  const { weights, rows } = countingWeights(Z, y, s, k);
  const curves: Curve[] = [];
  for (let m = 0; m < curvesOf(k); m++) {
    const c = classOfCurve(m, k);
    const all = logOdds(Z, y.length, k, c);
    const sorted = {
      scores: new Float64Array(rows),
      hits: new Uint8Array(rows),
      weights: new Float64Array(rows),
    };
    let at = 0;
    for (const i of sortOrder(all)) {
      if (!(weights[i] > 0)) continue;
      sorted.scores[at] = all[i];
      sorted.hits[at] = y[i] === c ? 1 : 0;
      sorted.weights[at++] = weights[i];
    }
    curves.push(fit(sorted));
    yield;
  }
  return curves;
}

/** Neighbours of one value: their first and last score, their weight and that of their hits. */
interface Block {
  readonly first: number;
  readonly last: number;
  readonly weight: number;
  readonly hits: number;
}

/** Pooling adjacent violators (Barlow et al. 1972); equal scores are one block from the start. */
export function risingCurve(rows: Sorted): RisingCurve {
  const blocks: Block[] = [];
  for (const block of equalScores(rows)) {
    let last = block;
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.hits * last.weight < last.hits * before.weight) break;
      last = join(before, last);
      blocks.pop();
    }
    blocks.push(last);
  }
  const means = meansInside(blocks);
  const points = blocks.flatMap(({ first, last }, b) =>
    first === last
      ? [[first, means[b]]]
      : [
          [first, means[b]],
          [last, means[b]],
        ],
  );
  return {
    scores: Float64Array.from(points, ([score]) => score),
    values: Float64Array.from(points, ([, value]) => value),
  };
}

const join = (a: Block, b: Block): Block => ({
  first: a.first,
  last: b.last,
  weight: a.weight + b.weight,
  hits: a.hits + b.hits,
});

function equalScores({ scores, hits, weights }: Sorted): Block[] {
  const blocks: Block[] = [];
  for (let i = 0; i < scores.length; i++) {
    const own = {
      first: scores[i],
      last: scores[i],
      weight: weights[i],
      hits: hits[i] * weights[i],
    };
    const before = blocks.at(-1);
    if (before !== undefined && before.last === scores[i])
      blocks[blocks.length - 1] = join(before, own);
    else blocks.push(own);
  }
  return blocks;
}

/** Share of hits of each block, inside (0, 1) but not past the neighbour's. */
function meansInside(blocks: readonly Block[]): number[] {
  const means = blocks.map(shareInside);
  const last = means.length - 1;
  if (last > 0) {
    means[0] = Math.min(means[0], means[1]);
    means[last] = Math.max(means[last], means[last - 1]);
  }
  return means;
}

/**
 * The share of hits; (h + ½)/(w + 1) where no row or every row is one (Krichevsky & Trofimov 1981), so that no log loss is
 * infinite: what has not happened in w rows may happen in the next.
 */
const shareInside = ({ hits, weight }: Pick<Block, "hits" | "weight">): number =>
  hits <= 0 || hits >= weight ? (hits + 0.5) / (weight + 1) : hits / weight;

export function stepCurve({ scores, hits, weights }: Sorted): StepCurve {
  const n = scores.length;
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const bin = massBins(scores, order, weights, binsFor(n));
  const edges: number[] = [];
  const values: number[] = [];
  for (let start = 0, end = 0; start < n; start = end) {
    const sums = { hits: 0, weight: 0 };
    for (; end < n && bin[end] === bin[start]; end++) {
      sums.hits += hits[end] * weights[end];
      sums.weight += weights[end];
    }
    values.push(shareInside(sums));
    if (end < n) edges.push(between(scores[end - 1], scores[end]));
  }
  return { edges: Float64Array.from(edges), values: Float64Array.from(values) };
}

/** The largest b with b³ ≤ n, from 1 to 15. */
function binsFor(n: number): number {
  let bins = 1;
  while (bins < MOST_BINS && (bins + 1) * (bins + 1) * (bins + 1) <= n) bins++;
  return bins;
}

/** A number from a on, below b > a. */
const between = (a: number, b: number): number => {
  const middle = a + (b - a) / 2;
  return middle < b ? middle : a;
};

/** In place: two classes to (0, log-odds), more to the log of each class's probability against the rest. */
export function mapCurves(
  calibrator: IsotonicCalibrator | HistogramCalibrator,
  Z: Float64Array,
  n: number,
  k: number,
): void {
  const [own, rest] = [new Float64Array(k), new Float64Array(k)];
  const read = valueAt(calibrator);
  for (let i = 0; i < n; i++) {
    logProbabilities(Z, i * k, k, own, rest);
    for (let m = 0; m < curvesOf(k); m++) {
      const c = classOfCurve(m, k);
      const q = read(m, own[c] - rest[c]);
      Z[i * k + c] = k === 2 ? log(q) - log(1 - q) : log(q);
    }
    if (k === 2) Z[2 * i] = 0;
  }
}

function valueAt(
  calibrator: IsotonicCalibrator | HistogramCalibrator,
): (curve: number, score: number) => number {
  if (calibrator.method === "isotonic") return (m, score) => onRising(calibrator.curves[m], score);
  return (m, score) => {
    const { edges, values } = calibrator.curves[m];
    return values[countBelow(edges, score)];
  };
}

function onRising({ scores, values }: RisingCurve, score: number): number {
  const at = countBelow(scores, score);
  if (at === scores.length) return values[at - 1];
  if (at === 0 || scores[at] === score) return values[at];
  const share = (score - scores[at - 1]) / (scores[at] - scores[at - 1]);
  return values[at - 1] + share * (values[at] - values[at - 1]);
}

/** How many of the ascending numbers are below x. */
function countBelow(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
