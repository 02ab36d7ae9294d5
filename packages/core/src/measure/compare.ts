import { checkInteger, checkKeys, dataError } from "../base/checks.ts";
import { createRandom } from "../base/random.ts";
import { normalTail } from "../base/tails.ts";
import { areaUnderCurve } from "./auc.ts";
import { bootstrap, type Estimate, percentileInterval, type Statistics } from "./bootstrap.ts";
import {
  type DecidedPair,
  discordantLabels,
  LABEL_SCORES,
  labelGains,
  labelScores,
  outcomesOf,
} from "./compare-labels.ts";
import { type McNemar, mcnemar } from "./mcnemar.ts";
import { sortOrder } from "./order.ts";
import { type ScoredRows, scoreRows } from "./rows.ts";

/** One metric of two models on the same rows. */
export interface PairedMetric {
  readonly a: number;
  readonly b: number;
  /** How much better B is, with a 95 % interval of the paired bootstrap: above 0 is better, also for losses. */
  readonly gain: Estimate;
}

/** Whether two areas under the ROC curve differ (DeLong, DeLong & Clarke-Pearson 1988). */
export interface DeLong {
  /** AUC of B less that of A. */
  readonly difference: number;
  readonly standardError: number;
  readonly z: number;
  /** Two-sided. */
  readonly p: number;
}

/** Two models on the same rows (docs/math.md §10.8). Plain data, ready for JSON. */
export interface PairedMetrics {
  readonly rows: number;
  readonly logLoss: PairedMetric;
  readonly accuracy: PairedMetric;
  readonly brier: PairedMetric;
  /** Mean over classes of each against the rest; null where only one class is present. */
  readonly auc: PairedMetric | null;
  /** Null where rows have weights or groups, which it does not know. */
  readonly mcnemar: McNemar | null;
  /** Of two classes; null for more, and where rows have weights or groups. */
  readonly delong: DeLong | null;
  readonly replicates: number;
  /** Mean cost of a row by each model's own decision; where costs are compared. */
  readonly cost?: PairedMetric;
  /** Share of rows that each model decides; where one leaves some to a person. Accuracy is of those, McNemar of those that both decide. */
  readonly coverage?: PairedMetric;
}

export interface CompareOptions {
  /** Rows of one group were drawn together: the bootstrap draws whole groups. */
  readonly group?: Int32Array | null;
  /** Default 0. */
  readonly seed?: number;
  /** Bootstrap samples. Default 2,000 up to 10,000 rows, 400 above. */
  readonly replicates?: number;
  /** What the models decide: accuracy, McNemar's test, coverage and cost are of it. Default: the most probable class. */
  readonly labels?: DecidedPair;
}

const KNOWN = ["group", "seed", "replicates", "labels"];
const SMALL_ROWS = 10_000;
/** Positions of the bootstrapped gains. */
const [LOG_LOSS, ACCURACY, BRIER, AUC] = [0, 1, 2, 3];
const SCORES = 4;

/**
 * How much better logits ZB are than ZA, both n×k, for the same classes y and weights s (null for 1).
 *
 * Throws a RangeError for inputs that do not fit each other, a SoftmaxError ("data") without rows.
 */
export function compareLogits(
  ZA: Float64Array,
  ZB: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  options: CompareOptions = {},
): PairedMetrics {
  checkKeys("compare", options, KNOWN);
  const group = options.group ?? null;
  const a = scoreRows(ZA, y, s, k, group);
  const b = scoreRows(ZB, y, s, k, group);
  if (a.n === 0) throw dataError("there is no row to compare on");
  const replicates = options.replicates ?? (a.n <= SMALL_ROWS ? 2000 : 400);
  checkInteger("replicates", replicates, 2, 1_000_000);
  const [rankA, rankB] = [rank(a), rank(b)];
  const { labels } = options;
  const outcomes =
    labels === undefined ? null : outcomesOf(labels, a, rowsOfWeight(s, y), y.length);
  const gains = gainsOf(a, b, rankA, rankB);
  const size = outcomes === null ? SCORES : SCORES + LABEL_SCORES.length;
  const statistics: Statistics = (w, out) => {
    gains(w, out.subarray(0, SCORES));
    if (outcomes !== null) out.set(labelGains(outcomes, w), SCORES);
  };
  const values = new Float64Array(size);
  statistics(a.s, values);
  const samples = bootstrap(a, statistics, size, replicates, createRandom(options.seed ?? 0));
  const paired = (at: number, ofA: number, ofB: number): PairedMetric => ({
    a: ofA,
    b: ofB,
    gain: percentileInterval(values[at], samples[at]),
  });
  const plain = s === null && group === null;
  const [ofA, ofB] = outcomes?.map((own) => labelScores(own, a.s)) ?? [];
  const ofLabels = (score: (typeof LABEL_SCORES)[number]): PairedMetric => {
    const at = LABEL_SCORES.indexOf(score);
    return paired(SCORES + at, ofA![at], ofB![at]);
  };
  const leaves = labels?.models.some((model) => model.labels.some((c) => c < 0)) ?? false;
  return {
    rows: a.n,
    logLoss: paired(LOG_LOSS, mean(a.loss, a.s), mean(b.loss, b.s)),
    accuracy:
      outcomes === null
        ? paired(ACCURACY, mean(hitsOf(a), a.s), mean(hitsOf(b), b.s))
        : ofLabels("accuracy"),
    brier: paired(BRIER, mean(a.brier, a.s), mean(b.brier, b.s)),
    auc: rankA === null || rankB === null ? null : paired(AUC, rankA.area, rankB.area),
    mcnemar: plain
      ? mcnemar(...(outcomes === null ? discordant(a, b) : discordantLabels(outcomes)))
      : null,
    delong: plain && k === 2 && rankA !== null && rankB !== null ? delong(a, rankA, rankB) : null,
    replicates,
    ...(labels === undefined || labels.costs === null ? {} : { cost: ofLabels("cost") }),
    ...(leaves ? { coverage: ofLabels("coverage") } : {}),
  };
}

const rowsOfWeight = (s: Float64Array | null, y: Int32Array): Int32Array =>
  Int32Array.from(y.keys()).filter((i) => s === null || s[i] > 0);

const hitsOf = ({ predicted, y }: ScoredRows): Float64Array =>
  Float64Array.from(predicted, (label, i) => (label === y[i] ? 1 : 0));

function mean(values: Float64Array, s: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += s[i] * values[i];
    total += s[i];
  }
  return sum / total;
}

/** Equal values differ by 0, also ∞. */
const differences = (a: Float64Array, b: Float64Array): Float64Array =>
  a.map((value, i) => (value === b[i] ? 0 : value - b[i]));

interface Ranked {
  readonly area: number;
  /** Of each row on the area, to first order. */
  readonly influence: Float64Array;
}

/** Mean area of each class against the rest; of two classes both are the same. */
function rank({ n, k, y, s, logP }: ScoredRows): Ranked | null {
  const present = [...new Set(y)];
  if (present.length < 2) return null;
  const influence = new Float64Array(n);
  const values = new Float64Array(n);
  let area = 0;
  for (const c of present) {
    for (let i = 0; i < n; i++) values[i] = logP[i * k + c];
    area += areaUnderCurve(values, sortOrder(values), y, s, c, influence, 1 / present.length)!;
  }
  return { area: area / present.length, influence };
}

/** The gains as functions of the row weights, in time linear in n; AUC to first order. */
function gainsOf(
  a: ScoredRows,
  b: ScoredRows,
  rankA: Ranked | null,
  rankB: Ranked | null,
): Statistics {
  const loss = differences(a.loss, b.loss);
  const brier = differences(a.brier, b.brier);
  const hit = differences(hitsOf(b), hitsOf(a));
  const shift = rankA === null || rankB === null ? 0 : rankB.area - rankA.area;
  const influence = a.loss.map((_, i) =>
    rankA === null || rankB === null ? 0 : rankB.influence[i] - rankA.influence[i],
  );
  return (w, out) => {
    let total = 0;
    out.fill(0);
    for (let i = 0; i < a.n; i++) {
      const weight = w[i];
      total += weight;
      if (weight === 0) continue;
      out[LOG_LOSS] += weight * loss[i];
      out[ACCURACY] += weight * hit[i];
      out[BRIER] += weight * brier[i];
      out[AUC] += weight * influence[i];
    }
    for (const at of [LOG_LOSS, ACCURACY, BRIER]) out[at] /= total;
    out[AUC] += shift;
  };
}

function discordant(a: ScoredRows, b: ScoredRows): [onlyA: number, onlyB: number] {
  let onlyA = 0;
  let onlyB = 0;
  for (let i = 0; i < a.n; i++) {
    const [inA, inB] = [a.predicted[i] === a.y[i], b.predicted[i] === a.y[i]];
    if (inA && !inB) onlyA++;
    if (inB && !inA) onlyB++;
  }
  return [onlyA, onlyB];
}

/** Variance: Σ over both classes of n_c/(n_c − 1) Σ (I_i^B − I_i^A)², with I the influences of §7.2. */
function delong({ n, y }: ScoredRows, rankA: Ranked, rankB: Ranked): DeLong | null {
  const squares = new Float64Array(2);
  const counts = new Float64Array(2);
  for (let i = 0; i < n; i++) {
    const moved = rankB.influence[i] - rankA.influence[i];
    squares[y[i]] += moved * moved;
    counts[y[i]]++;
  }
  if (counts.some((count) => count < 2)) return null;
  const variance = squares.reduce(
    (sum, square, c) => sum + (square * counts[c]) / (counts[c] - 1),
    0,
  );
  const standardError = Math.sqrt(variance);
  const difference = rankB.area - rankA.area;
  const z = difference === 0 ? 0 : difference / standardError;
  return { difference, standardError, z, p: 2 * normalTail(Math.abs(z)) };
}
