import { createRandom } from "../base/random.ts";
import { bootstrap, type Estimate, percentileInterval } from "./bootstrap.ts";
import { balancedAccuracy, macroF1, newTallies, type Tallies } from "./confusion.ts";
import { type RiskCoverage, riskCoverage } from "./risk.ts";
import { scoreRows } from "./rows.ts";

/** What a decision may be meant to be good at. */
export type Aim =
  | "accuracy"
  | "balancedAccuracy"
  | "macroF1"
  | "precision"
  | "recall"
  | "f1"
  | "cost"
  | "topAccuracy";

/** How good labels are, each number with a 95 % interval. All but `cost` and `coverage` are of the rows decided; 0 where undefined. */
export interface LabelScores {
  /** Share of rows that are decided, not left to a person. */
  readonly coverage: Estimate;
  readonly accuracy: Estimate;
  readonly balancedAccuracy: Estimate;
  readonly macroF1: Estimate;
  /** Of the class of interest; null where there is none. */
  readonly precision: Estimate | null;
  readonly recall: Estimate | null;
  readonly f1: Estimate | null;
  /** Mean cost of a row; of the rows decided where leaving one has no cost. Null where nothing costs. */
  readonly cost: Estimate | null;
  /** Share of rows whose label is among the top; null where one label is given. */
  readonly topAccuracy: Estimate | null;
}

/** Labels by a decision, beside those of argmax and of the best constant one. Plain data. */
export interface DecidedMetrics {
  readonly rows: number;
  readonly aim: Aim;
  readonly decided: LabelScores;
  readonly argmax: LabelScores;
  /** One label for every row, the one that suits the aim best by the training shares; its number. */
  readonly baseline: LabelScores;
  readonly baselineLabel: number;
  /** Gain in the aim over argmax, on the same rows: above 0 is better, for costs too. */
  readonly gain: Estimate;
  /** The same over the baseline; of recall at a precision it is the gain in precision, since one label recalls all. */
  readonly baselineGain: Estimate;
  /** True unless the interval of `baselineGain` lies above 0. */
  readonly noBetterThanBaseline: boolean;
  /** Weight of the rows of class r that are decided as c, at [r][c]; the last column: left to a person. */
  readonly confusion: readonly (readonly number[])[];
  /** Of the class that is or would be decided on; the risk is the mean cost, without costs the share of errors. */
  readonly riskCoverage: RiskCoverage;
  readonly replicates: number;
}

/** Labels to measure, row by row, with what they are measured by. */
export interface DecidedRows {
  /** Calibrated logits, n×k. */
  readonly Z: Float64Array;
  readonly y: Int32Array;
  /** Row weights, or null for 1. */
  readonly s: Float64Array | null;
  readonly k: number;
  readonly group: Int32Array | null;
  /** The class that is, or would be, decided on. */
  readonly answers: Int32Array;
  /** The class decided on; −1 for rows left to a person. */
  readonly labels: Int32Array;
  /** k×k, row r the true class; null for 1 where a class is wrong. */
  readonly costs: Float64Array | null;
  /** Factors of each row's cost, or null for 1. */
  readonly rowCosts: Float64Array | null;
  /** Of leaving a row to a person; null where none is stated. */
  readonly abstainCost: number | null;
  readonly aim: Aim;
  /** The class of interest; −1 for none. */
  readonly positive: number;
  /** Labels given for a row. */
  readonly top: number;
  /** Weighted number of training rows of each class. */
  readonly shares: Float64Array;
  readonly seed: number;
}

/** The rows with weight, and what their labels cost. */
type Rows = ReturnType<typeof rowsOf>;

/** One way of labelling the rows, with room for its tallies. */
interface Labelling {
  /** The class decided on; k for rows left to a person. */
  readonly slot: Int32Array;
  /** 1 where a row is decided, and where it is decided right. */
  readonly kept: Float64Array;
  readonly right: Float64Array;
  readonly cost: Float64Array;
  /** 1 where the true class is among those given. */
  readonly hit: Float64Array;
  readonly tallies: Tallies;
}

const SMALL_ROWS = 10_000;
const NAMES = [
  "coverage",
  "accuracy",
  "balancedAccuracy",
  "macroF1",
  "precision",
  "recall",
  "f1",
  "cost",
  "topAccuracy",
] as const satisfies readonly (keyof LabelScores)[];
const SCORES = NAMES.length;
const at = (name: (typeof NAMES)[number]): number => NAMES.indexOf(name);

/** Scores, and what they gain over argmax and over a constant label, with bootstrap intervals (docs/math.md §11.5). */
export function measureDecided(input: DecidedRows): DecidedMetrics {
  const { aim, positive, seed } = input;
  const rows = rowsOf(input);
  const baselineLabel = constantLabel(input);
  const ways = [
    labelling(rows, input, rows.labels, topOf(rows, input.top)),
    labelling(rows, input, rows.scored.predicted, topOf(rows, 1)),
    labelling(rows, input, new Int32Array(rows.n).fill(baselineLabel), frequent(rows, input)),
  ];
  const gains = (out: Float64Array): void => {
    const sign = aim === "cost" ? -1 : 1;
    const overBaseline = aim === "recall" ? "precision" : aim;
    out[3 * SCORES] = sign * (out[at(aim)] - out[SCORES + at(aim)]);
    out[3 * SCORES + 1] = sign * (out[at(overBaseline)] - out[2 * SCORES + at(overBaseline)]);
  };
  const statistics = (w: Float64Array, out: Float64Array): void => {
    ways.forEach((way, j) => {
      scoresOf(rows, way, input, w, out.subarray(j * SCORES, (j + 1) * SCORES));
    });
    gains(out);
  };
  const size = 3 * SCORES + 2;
  const replicates = rows.n <= SMALL_ROWS ? 1000 : 200;
  const values = new Float64Array(size);
  statistics(rows.s, values);
  const samples = bootstrap(rows.scored, statistics, size, replicates, createRandom(seed));
  const estimate = (j: number): Estimate => percentileInterval(values[j], samples[j]);
  const scores = (way: number): LabelScores =>
    scoresFrom(input, positive, (j) => estimate(way * SCORES + j));
  const baselineGain = estimate(size - 1);
  return {
    rows: rows.n,
    aim,
    decided: scores(0),
    argmax: scores(1),
    baseline: scores(2),
    baselineLabel,
    gain: estimate(size - 2),
    baselineGain,
    noBetterThanBaseline: !(baselineGain.low > 0),
    confusion: confusionOf(rows, input.k),
    riskCoverage: riskOf(rows, input),
    replicates,
  };
}

function rowsOf({ Z, y, s, k, group, answers, labels, rowCosts }: DecidedRows) {
  const scored = scoreRows(Z, y, s, k, group);
  const used = Int32Array.from(y.keys()).filter((i) => s === null || s[i] > 0);
  return {
    scored,
    n: scored.n,
    y: scored.y,
    s: scored.s,
    answers: used.map((i) => answers[i]),
    labels: used.map((i) => labels[i]),
    factor: Float64Array.from(used, (i) => rowCosts?.[i] ?? 1),
  };
}

const hasCosts = ({ costs, abstainCost, rowCosts }: DecidedRows): boolean =>
  costs !== null || abstainCost !== null || rowCosts !== null;

/** What deciding on class c costs where class r is true. */
const costOf = ({ costs, k }: DecidedRows, r: number, c: number): number =>
  costs === null ? Number(r !== c) : costs[r * k + c];

function labelling(
  { y, factor }: Rows,
  input: DecidedRows,
  labels: Int32Array,
  hit: Float64Array,
): Labelling {
  const { k, abstainCost } = input;
  return {
    slot: labels.map((c) => (c < 0 ? k : c)),
    kept: Float64Array.from(labels, (c) => Number(c >= 0)),
    right: Float64Array.from(labels, (c, i) => Number(c === y[i])),
    cost: Float64Array.from(labels, (c, i) =>
      c < 0 ? (abstainCost ?? 0) : factor[i] * costOf(input, y[i], c),
    ),
    hit,
    tallies: { ...newTallies(k), predicted: new Float64Array(k + 1) },
  };
}

/** 1 where fewer than `count` classes stand before the true one. */
const topOf = ({ scored: { logP }, y, n }: Rows, count: number): Float64Array => {
  const k = logP.length / Math.max(1, n);
  return Float64Array.from(y, (own, i) => {
    const p = logP.subarray(i * k, (i + 1) * k);
    let before = 0;
    for (let c = 0; c < k; c++) if (p[c] > p[own] || (p[c] === p[own] && c < own)) before++;
    return before < count ? 1 : 0;
  });
};

/** 1 where the true class is among the most frequent in training. */
function frequent({ y }: Rows, { shares, top }: DecidedRows): Float64Array {
  const order = Array.from(shares.keys()).sort((a, b) => shares[b] - shares[a] || a - b);
  const named = new Set(order.slice(0, top));
  return Float64Array.from(y, (c) => (named.has(c) ? 1 : 0));
}

/** The label that suits the aim best where nothing is known of a row. */
function constantLabel(input: DecidedRows): number {
  const { aim, positive, shares, k } = input;
  if (positive >= 0 && (aim === "f1" || aim === "recall" || aim === "precision")) return positive;
  const worth = Array.from({ length: k }, (_, c) =>
    aim === "cost"
      ? -shares.reduce((sum, share, r) => sum + share * costOf(input, r, c), 0)
      : shares[c],
  );
  return worth.indexOf(Math.max(...worth));
}

/** The scores of one labelling with the weights w, in the order of NAMES. */
function scoresOf(
  { n, y }: Rows,
  { slot, kept, right: isRight, cost, hit, tallies }: Labelling,
  { positive, abstainCost }: DecidedRows,
  w: Float64Array,
  out: Float64Array,
): void {
  const { own, predicted, right } = tallies;
  for (const sums of [own, predicted, right]) sums.fill(0);
  let all = 0;
  let costs = 0;
  let hits = 0;
  // No branch on what is random: mispredicted branches would double the time.
  for (let i = 0; i < n; i++) {
    const weight = w[i];
    all += weight;
    costs += weight * cost[i];
    hits += weight * hit[i];
    own[y[i]] += weight * kept[i];
    right[y[i]] += weight * isRight[i];
    predicted[slot[i]] += weight;
  }
  const decided = sumOf(own);
  out[at("coverage")] = decided / all;
  out[at("accuracy")] = ratio(sumOf(right), decided);
  out[at("balancedAccuracy")] = decided === 0 ? 0 : balancedAccuracy(tallies);
  out[at("macroF1")] = decided === 0 ? 0 : macroF1(tallies);
  if (positive >= 0) {
    const [p, o, r] = [predicted[positive], own[positive], right[positive]];
    out[at("precision")] = ratio(r, p);
    out[at("recall")] = ratio(r, o);
    out[at("f1")] = ratio(2 * r, o + p);
  }
  out[at("cost")] = ratio(costs, abstainCost === null ? decided : all);
  out[at("topAccuracy")] = hits / all;
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

function scoresFrom(
  input: DecidedRows,
  positive: number,
  estimate: (score: number) => Estimate,
): LabelScores {
  const orNull = (name: (typeof NAMES)[number], holds: boolean): Estimate | null =>
    holds ? estimate(at(name)) : null;
  return {
    coverage: estimate(at("coverage")),
    accuracy: estimate(at("accuracy")),
    balancedAccuracy: estimate(at("balancedAccuracy")),
    macroF1: estimate(at("macroF1")),
    precision: orNull("precision", positive >= 0),
    recall: orNull("recall", positive >= 0),
    f1: orNull("f1", positive >= 0),
    cost: orNull("cost", hasCosts(input)),
    topAccuracy: orNull("topAccuracy", input.top > 1),
  };
}

function confusionOf({ n, y, s, labels }: Rows, k: number): number[][] {
  const matrix = Array.from({ length: k }, () => new Array<number>(k + 1).fill(0));
  for (let i = 0; i < n; i++) matrix[y[i]][labels[i] < 0 ? k : labels[i]] += s[i];
  return matrix;
}

function riskOf({ scored, answers, y, s, factor }: Rows, input: DecidedRows): RiskCoverage {
  const { k } = input;
  const confidence = Float64Array.from(answers, (c, i) => scored.P[i * k + c]);
  const losses = Float64Array.from(answers, (c, i) => factor[i] * costOf(input, y[i], c));
  return riskCoverage(confidence, losses, s);
}
