import { logSumExpOf } from "../base/losses.ts";
import { log } from "../base/math.ts";
import { countRows, type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import { availableThreads } from "../base/platform.ts";
import type { Calibrator } from "../calibrate/calibrator.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { bagFitBytes } from "../model/bag.ts";
import { isDualProblem } from "../model/dual-solve.ts";
import { logCountFactors } from "../model/log-count-ratios.ts";
import { pairLogits } from "../model/logits.ts";
import type { OptimizerOptions } from "../model/method.ts";
import { networkFitBytes, networkSizes } from "../model/network.ts";
import { sharesMemory, trainerBytes } from "../model/place.ts";
import { REMEMBERED } from "../model/rows.ts";
import {
  type BagOptions,
  createTrainer,
  type FitTask,
  type FittedWeights,
  type Trainer,
} from "../model/trainer.ts";
import type { Plan, Split } from "./folds.ts";
import type { HiddenPlan } from "./hidden-options.ts";
import type { Journal } from "./journal.ts";
import { PathRecord } from "./records.ts";

/** All arrays by position in the Matrix. */
export interface PathInput {
  readonly X: Matrix;
  readonly y: Int32Array;
  readonly k: number;
  /** Row weights, or null for 1. */
  readonly s: Float64Array | null;
  /** Weight of each class in training, or null for 1. */
  readonly classWeights: Float64Array | null;
  readonly plan: Plan;
  /** Group of each position, or null: paired errors count groups. */
  readonly group: Int32Array | null;
  /** How weights are sought, and the seed of what is random in it. */
  readonly method: OptimizerOptions;
  readonly seed: number;
  readonly kernels: Kernels;
  readonly worker: boolean;
  readonly threads?: number | undefined;
  readonly signal: AbortSignal | null;
  /** The share a of a penalty λ that is L1; 0 for L2 alone. */
  readonly l1Ratio: number;
  /** Whether the weights of terms are penalised by what naive Bayes would give them, learned from each fit's rows. */
  readonly bayes: boolean;
  /** γ of the focal loss that is fitted; null: the log loss. */
  readonly focal: number | null;
  /** The weights are those of a bag of embeddings, and a path goes along its epochs; null: along penalties. */
  readonly bag: BagOptions | null;
  /** Hidden layers before the softmax, whose early stops a path goes along; null for none. */
  readonly hidden?: HiddenPlan | null;
  /** Versions in which each row is learned from (classifier/versions.ts), behind the rows of the plan. Default 1. */
  readonly versions?: number;
  /** Losses of the judged rows by another way of training, at its temperature: where this one lies far behind, it ends without a candidate. Default: none. */
  readonly rival?: Float64Array | null;
  /** Where the fits of this encoding are kept. Default: nowhere. */
  readonly journal?: Journal | null;
}

/** What a fit is to be at a point of the path: a penalty, or the epochs of a bag. */
export function tuningOf(
  { bag, l1Ratio, seed, focal }: Pick<PathInput, "bag" | "l1Ratio" | "seed" | "focal">,
  point: number,
): Pick<FitTask, "l1" | "l2" | "bag" | "focal"> {
  if (bag !== null) return { l2: 0, bag: { ...bag, seed, epochs: point } };
  return { ...penaltyParts(point, l1Ratio), ...(focal === null ? {} : { focal }) };
}

/** Factors of the penalty for a fit on the rows of `ranges`; null for 1. */
export const factorsOf = (
  { X, y, s, k, bayes }: PathInput,
  ranges: readonly RowRange[],
): Float64Array | null => (bayes ? logCountFactors(X, y, s, ranges, outputsOf(k)) : null);

/** λ1 = a λ and λ2 = (1 − a) λ. */
export const penaltyParts = (penalty: number, l1Ratio: number): { l1: number; l2: number } => ({
  l1: l1Ratio * penalty,
  l2: (1 - l1Ratio) * penalty,
});

/** Fits one split at one point of the path after another, and scores its judged rows. */
export interface SplitFitter {
  /** Trains at the point from the last weights and writes the judged rows' logits, rows × k, to Z. */
  fitAndScore(point: number, Z: Float64Array): Promise<void>;
  close(): Promise<void>;
}

/** Logits that a model of k classes computes: one for two classes, else k. */
export const outputsOf = (k: number): number => (k === 2 ? 1 : k);

/** The weight of each position in training: row weight × class weight, or null where all are 1. */
export function trainingWeights(
  y: Int32Array,
  s: Float64Array | null,
  classWeights: Float64Array | null,
): Float64Array | null {
  if (classWeights === null) return s;
  return Float64Array.from(y, (c, i) => classWeights[c] * (s === null ? 1 : s[i]));
}

/** Trainers that fit folds beside each other, at most, and what all but the first may take of the kernels' memory. */
const MOST_BESIDE = 4;
export const ROOM_BESIDE = 2 ** 29;

/** How many trainers to open: sparse rows are fitted by one thread, so that there is one for each of several folds. */
export function trainersFor(input: PathInput): number {
  const { X, k, kernels, worker, threads, plan, bag, hidden } = input;
  const beside =
    worker && bag === null && hidden == null && isDualProblem({ X, outputs: outputsOf(k) });
  if (!beside || !sharesMemory(kernels)) return 1;
  const room = 1 + Math.floor(ROOM_BESIDE / trainerBytes(X, outputsOf(k)));
  return Math.min(threads ?? availableThreads(), plan.splits.length, MOST_BESIDE, room);
}

/**
 * One fitter a split; those of splits whose training rows hold every class take turns with the trainers. `key`: what a
 * journal knows them by.
 */
export async function openSplits(
  input: PathInput,
  trainers: readonly Trainer[],
  key: string,
): Promise<{ fitters: SplitFitter[]; absent: Set<number> }> {
  const fitters: SplitFitter[] = [];
  const absent = new Set<number>();
  const lacking = input.plan.splits.map(({ train }) => absentClasses(input, train));
  const turnOf = (f: number): number => f % trainers.length;
  for (const [f, split] of input.plan.splits.entries()) {
    const missing = lacking[f];
    const turns = lacking.filter((none, g) => none.length === 0 && turnOf(g) === turnOf(f)).length;
    for (const c of missing) absent.add(c);
    fitters.push(
      missing.length === 0
        ? await fullSplit(input, trainers[turnOf(f)], split, `${key}-${f}`, turns <= REMEMBERED)
        : await partialSplit(input, split, missing, `${key}-${f}`),
    );
  }
  return { fitters, absent };
}

/** Classes without a row of weight. */
export function absentClasses({ y, s, k }: PathInput, ranges: readonly RowRange[]): number[] {
  const seen = new Uint8Array(k);
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i++) if (s === null || s[i] > 0) seen[y[i]] = 1;
  }
  return Array.from(seen.keys()).filter((c) => seen[c] === 0);
}

/**
 * A split on the rows of all classes, in a journal under `key`. `remembered`: whether its fits find what the ones before them on these rows
 * left in the trainer.
 */
async function fullSplit(
  input: PathInput,
  trainer: Trainer,
  split: Split,
  key: string,
  remembered: boolean,
): Promise<SplitFitter> {
  const { k, classWeights, method, seed, journal = null } = input;
  const sizes = {
    logits: (split.judge.end - split.judge.start) * k,
    weights: (matrixWidth(input.X) + 1) * outputsOf(k),
  };
  const record = journal && (await PathRecord.open(journal, key, sizes));
  let weights: Float64Array | null = null;
  const factors = factorsOf(input, split.train);
  const tolerance = input.X.csr === null ? "fold" : "coarse";
  const fit = async (point: number, recorded = {}): Promise<FittedWeights> => {
    const fitted = await trainer.fit({
      ranges: split.train,
      ...tuningOf(input, point),
      factors,
      start: weights,
      tolerance,
      method,
      seed,
      ...recorded,
    });
    weights = fitted.weights;
    return fitted;
  };
  // What a fit with an L1 part leaves in the trainer is in no journal.
  const again = remembered && input.l1Ratio > 0 ? (record?.points ?? []) : [];
  let behind = record !== null;
  return {
    async fitAndScore(point, Z) {
      const known = record?.next(point) ?? null;
      if (known !== null) {
        Z.set(known);
        return;
      }
      // Without a wait where nothing is fitted again: splits take their turns with a trainer in order.
      if (behind) {
        if (again.length === 0) weights = record?.weights ?? null;
        for (const before of again) await fit(before);
      }
      const fitted = await fit(point, record?.request(behind));
      behind = false;
      const raw = await trainer.logits(fitted.weights, [split.judge]);
      widen(raw, k, Z);
      if (classWeights !== null) unweight(Z, classWeights);
      await record?.add(point, Z, fitted.weights, (remembered && fitted.after) || null);
    },
    close: async () => record?.flush(),
  };
}

/**
 * A split whose training rows lack a class: that class is left out of the fit and gets the constant probability
 * 1/(2n), because its free intercept would diverge; all such classes together get at most 1/2. Where no training row has
 * weight, all classes are alike.
 */
async function partialSplit(
  input: PathInput,
  split: Split,
  missing: readonly number[],
  key: string,
): Promise<SplitFitter> {
  const { k } = input;
  const present = Array.from({ length: k }, (_, c) => c).filter((c) => !missing.includes(c));
  const trained = countRows(split.train) / (input.versions ?? 1);
  const constant = 1 / (2 * Math.max(trained, missing.length));
  const rows = split.judge.end - split.judge.start;
  const inner = present.length > 1 ? await reducedSplit(input, split, present, key) : null;
  const Zp = new Float64Array(rows * present.length);
  return {
    async fitAndScore(point, Z) {
      if (present.length === 0) {
        Z.fill(0);
        return;
      }
      await inner?.fitAndScore(point, Zp);
      for (let i = 0; i < rows; i++) {
        const row = Zp.subarray(i * present.length, (i + 1) * present.length);
        const shift = missingLogit(row, missing.length, constant);
        present.forEach((c, at) => {
          Z[i * k + c] = row[at];
        });
        for (const c of missing) Z[i * k + c] = shift;
      }
    },
    close: async () => inner?.close(),
  };
}

/** The logit that gives each of so many missing classes a constant probability, beside those of the present ones. */
export const missingLogit = (present: Float64Array, missing: number, constant: number): number =>
  logSumExpOf(present) + log(constant) - log(1 - constant * missing);

/** The split on its present classes alone, with a trainer of its own. */
async function reducedSplit(
  input: PathInput,
  split: Split,
  present: readonly number[],
  key: string,
): Promise<SplitFitter> {
  const position = new Int32Array(input.k);
  present.forEach((c, at) => {
    position[c] = at;
  });
  const classWeights =
    input.classWeights === null ? null : Float64Array.from(present, (c) => input.classWeights![c]);
  const reduced = {
    ...input,
    y: Int32Array.from(input.y, (c) => position[c]),
    k: present.length,
    classWeights,
  };
  const trainer = await openTrainer(reduced);
  const fitter = await fullSplit(reduced, trainer, split, key, true);
  return {
    fitAndScore: fitter.fitAndScore,
    async close() {
      trainer.close();
      await fitter.close();
    },
  };
}

export function openTrainer(input: PathInput): Promise<Trainer> {
  const { X, y, k, s, classWeights, kernels, worker, threads, signal } = input;
  const moreBytes = bagRoom(input) + hiddenRoom(input);
  return createTrainer({
    X,
    y,
    outputs: outputsOf(k),
    rowWeights: trainingWeights(y, s, classWeights),
    kernels,
    worker,
    moreBytes,
    ...(threads === undefined ? {} : { threads }),
    ...(signal === null ? {} : { signal }),
  });
}

/** Of the kernels' memory, for the factors of a bag. */
export const bagRoom = ({ X, k, bag }: Pick<PathInput, "X" | "k" | "bag">): number =>
  bag === null ? 0 : bagFitBytes({ X, outputs: outputsOf(k) }, bag);

/** The same for a network. */
const hiddenRoom = ({ X, k, hidden }: Pick<PathInput, "X" | "k" | "hidden">): number =>
  hidden == null ? 0 : networkFitBytes(networkSizes(matrixWidth(X), X.rows, outputsOf(k), hidden));

/** Two classes: one logit z inside, the pair (0, z) outside. */
export function widen(raw: Float64Array, k: number, Z: Float64Array): void {
  Z.set(raw);
  if (k === 2) pairLogits(Z, raw.length);
}

/** Takes class weighting back out of logits: Z_ic −= log w_c. */
export function unweight(Z: Float64Array, classWeights: Float64Array): void {
  const k = classWeights.length;
  const shift = classWeights.map((w) => log(w));
  for (let at = 0; at < Z.length; at++) Z[at] -= shift[at % k];
}

/** The calibrator with class weighting taken back out before it: Z_ic − log w_c, then as it was. */
export function withoutClassWeights(
  calibrator: Calibrator,
  classWeights: Float64Array,
): Calibrator {
  if (calibrator.method !== undefined) {
    return { ...calibrator, offsets: classWeights.map((w) => 0 - log(w)) };
  }
  const { temperature, shifts } = calibrator;
  const back = classWeights.map((w, c) => (shifts?.[c] ?? 0) - log(w) / temperature);
  return { temperature, shifts: back };
}
