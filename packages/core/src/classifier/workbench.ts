import { type Matrix, matrixWidth } from "../base/matrix.ts";
import type { Encoder } from "../encode/encoder.ts";
import { TextCorpus } from "../encode/text/corpus.ts";
import { textOptionsOf } from "../encode/text/shapes.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { usualEpochs } from "../model/bag.ts";
import { largestPenalty, penaltiesFrom } from "../model/fit-path.ts";
import type { FittedWeights, Trainer } from "../model/trainer.ts";
import { type Bench, closeBench, leavesACore, openBench } from "./bench.ts";
import { type Candidate, choicesOf, chooseCandidate, keepChoices } from "./candidates.ts";
import { type FittedNetworks, refitNetworks, runNetworks } from "./hidden-path.ts";
import type { Journal } from "./journal.ts";
import type { TrainOptions } from "./options.ts";
import { judgeOf, penaltyGrid, refinePath, runPath } from "./path.ts";
import type { Prepared } from "./prepare.ts";
import { fitRecorded } from "./records.ts";
import { factorsOf, outputsOf, type PathInput, tuningOf } from "./splits.ts";

/** Penalties on the path. */
const PENALTIES = 30;
/** The same with texts, whose loss changes slowly with the penalty and whose encodings are several. */
const TEXT_PENALTIES = 8;
/** The same with images, whose features are many and dense. */
const IMAGE_PENALTIES = 12;
/**
 * Epochs on the path of a bag, as shares of what is usual for so many rows: 1, 2, 3, 5, 10, 25 and 50 of many. Probabilities
 * want fewer than labels do: on rt-polarity the out-of-fold log loss is 0.50, 0.49, 0.65 and 0.92 after 2, 3, 5 and 10.
 */
const EPOCHS = [0.2, 0.4, 0.6, 1, 2, 5, 10];
/** The least penalty of a path with an L1 part, as a share of the largest. */
const LEAST_SHARE = 1e-4;

/** Shares of the work that are the paths of all encodings, and what is between the penalties of some. */
const TRYING = 0.8;
const REFINING = 0.1;
/** Entries of sparse rows up to which an encoding stays open while others are gone over once more. */
const MOST_KEPT = 2 ** 24;

/** The encodings that are tried: one at a time, or two where the fits of one leave a core idle. */
export class Workbench {
  readonly #prepared: Prepared;
  readonly #options: TrainOptions;
  readonly #absent = new Set<number>();
  readonly #corpus: TextCorpus;
  /** By encoding, those that are open. */
  readonly #benches = new Map<number, Bench>();
  /** The encoding opened last, or refitted. */
  #shape = -1;
  /** By encoding, the share of its path that is done. */
  readonly #done: Float64Array;

  constructor(prepared: Prepared, options: TrainOptions) {
    this.#prepared = prepared;
    this.#options = options;
    this.#corpus = new TextCorpus(prepared.used, textOptionsOf(options.texts ?? {}));
    this.#done = new Float64Array(prepared.shapes.length);
  }

  get X(): Matrix {
    return this.input().X;
  }

  get encoder(): Encoder {
    return this.#bench.encoder;
  }

  get kernels(): Kernels {
    return this.input().kernels;
  }

  input(): PathInput {
    return this.#bench.input;
  }

  /** Judged logits along the paths of all encodings, and between the penalties of those that are chosen. */
  async tryAll(): Promise<Candidate[]> {
    const found = await this.#tryEach();
    const judge = judgeOf(this.input());
    const chosen = [...choicesOf(found.flat(), judge)];
    if (chosen.length === 0) return [];
    // What is open comes first, and last what will be wanted open for the last fit.
    const last = chooseCandidate(chosen, judge, judge.parts).shape;
    const rank = (shape: number): number => (this.#benches.has(shape) ? 0 : shape === last ? 2 : 1);
    const wanted = [...new Set(chosen.map(({ shape }) => shape))];
    wanted.sort((a, b) => rank(a) - rank(b));
    for (const [at, shape] of wanted.entries()) {
      this.#makeRoom(shape);
      const bench = await this.#open(shape);
      const tell = (share: number): void =>
        this.#tell(TRYING + (REFINING * (at + share)) / wanted.length, shape);
      found[shape] = await refineOn(bench, found[shape], this.#options, tell);
    }
    for (const ofShape of found) keepChoices(ofShape, judge);
    return found.flat();
  }

  async #tryEach(): Promise<(readonly Candidate[])[]> {
    const count = this.#prepared.shapes.length;
    const found: (readonly Candidate[])[] = [];
    let next = 1;
    const tryFrom = async (first: number): Promise<void> => {
      for (let shape = first; shape < count; shape = next++) {
        found[shape] = await this.#try(shape, await this.#open(shape));
        if (next < count) this.#close(shape);
      }
    };
    const beside = leavesACore(await this.#open(0));
    await Promise.all([tryFrom(0), ...(beside ? [tryFrom(next++)] : [])]);
    return found;
  }

  /** The chosen encoding and penalty on all rows. */
  async refit({ shape, l2, epochs }: Candidate): Promise<FittedWeights | FittedNetworks> {
    for (const other of [...this.#benches.keys()]) if (other !== shape) this.#close(other);
    const bench = await this.#open(shape);
    const { input, trainers } = bench;
    const { hidden } = input;
    if (hidden != null) return refitNetworks({ ...input, hidden }, trainers[0], epochs!);
    return refitOn(bench, { l2, epochs }, this.#options.checkpoint, `last-${shape}`);
  }

  remarks(): string[] {
    const { classes } = this.#prepared.schema;
    return [...this.#absent].map(
      (c) =>
        `class "${classes[c]}" was absent from some fold's training rows; it was scored there with a constant small probability`,
    );
  }

  close(): void {
    for (const shape of [...this.#benches.keys()]) this.#close(shape);
  }

  get #bench(): Bench {
    return this.#benches.get(this.#shape) as Bench;
  }

  async #open(shape: number): Promise<Bench> {
    const bench =
      this.#benches.get(shape) ??
      (await openBench(this.#prepared, this.#options, this.#corpus, shape));
    this.#benches.set(shape, bench);
    this.#shape = shape;
    return bench;
  }

  /** Closes what would take too much memory beside an encoding that is to be opened. */
  #makeRoom(shape: number): void {
    if (this.#benches.has(shape)) return;
    for (const [other, { input }] of [...this.#benches]) {
      if ((input.X.csr?.values.length ?? 0) > MOST_KEPT) this.#close(other);
    }
  }

  #tell(fraction: number, shape: number): void {
    this.#options.onProgress?.({ fraction, doing: this.#prepared.shapes[shape].name });
  }

  #close(shape: number): void {
    const bench = this.#benches.get(shape);
    if (bench !== undefined) closeBench(bench);
    this.#benches.delete(shape);
  }

  /** Judged logits along the path of one encoding. */
  async #try(shape: number, bench: Bench): Promise<readonly Candidate[]> {
    const { shapes } = this.#prepared;
    const { candidates, absent } = await runOn(bench, shape, this.#options, (share) => {
      this.#done[shape] = share;
      const done = this.#done.reduce((a, b) => a + b, 0);
      this.#tell((TRYING * done) / shapes.length, shape);
    });
    this.#done[shape] = 1;
    for (const c of absent) this.#absent.add(c);
    return candidates;
  }
}

/** Judged logits along the path of an encoding, and the classes that some split had no training row of. */
export async function runOn(
  { encoder, input, trainers }: Bench,
  shape: number,
  options: TrainOptions,
  onShare: (share: number) => void,
): ReturnType<typeof runPath> {
  const { hidden } = input;
  if (hidden != null) return runNetworks({ ...input, hidden }, trainers[0], shape, onShare);
  const { l2 } = options;
  const grid = l2 === undefined ? await gridOf(encoder, input, trainers[0], options) : [l2];
  const splits = input.plan.splits.length;
  return runPath(input, trainers, shape, grid, (i, fitted) =>
    onShare((i * splits + fitted) / (grid.length * splits)),
  );
}

/** The candidates of an encoding with those between the penalties of its path (`refinePath`). */
export async function refineOn(
  { encoder, input, trainers }: Bench,
  candidates: readonly Candidate[],
  options: TrainOptions,
  onShare: (share: number) => void = () => {},
): Promise<readonly Candidate[]> {
  if (options.l2 !== undefined || input.hidden != null) return candidates;
  const grid = await gridOf(encoder, input, trainers[0], options);
  return refinePath(input, trainers, grid, candidates, onShare);
}

/** A fit on all rows, at a penalty or for some epochs; kept in a journal under `key`, where there is one. */
export function refitOn(
  { input, trainers }: Bench,
  { l2, epochs }: { readonly l2: number; readonly epochs?: number | undefined },
  journal?: Journal,
  key = "last",
): Promise<FittedWeights> {
  const { method, seed, X } = input;
  const ranges = [{ start: 0, end: X.rows }];
  const point = epochs ?? l2;
  const request = {
    ranges,
    factors: factorsOf(input, ranges),
    ...tuningOf(input, point),
    start: null,
    tolerance: X.csr === null ? "final" : "fold",
    method,
    seed,
  } as const;
  const weights = (matrixWidth(X) + 1) * outputsOf(input.k);
  return fitRecorded(journal, key, point, trainers[0], request, weights);
}

/** Penalties of the path, or epochs of a bag; with an L1 part from the least at which all weights are 0 (docs/math.md §2.15). */
async function gridOf(
  { columns }: Encoder,
  { X, bag, l1Ratio }: PathInput,
  trainer: Trainer,
  options: TrainOptions,
): Promise<number[]> {
  if (bag !== null) return epochsOf(X.rows, options);
  const images = columns.some(({ kind }) => kind === "image") ? IMAGE_PENALTIES : PENALTIES;
  if (l1Ratio === 0) return penaltyGrid(X, X.csr === null ? images : TEXT_PENALTIES);
  const { steepest = 0 } = await trainer.fit({
    ranges: [{ start: 0, end: X.rows }],
    l1: Number.MAX_VALUE,
    l2: 0,
    start: null,
    tolerance: "fold",
  });
  return penaltiesFrom(largestPenalty(steepest, l1Ratio), LEAST_SHARE, PENALTIES);
}

function epochsOf(rows: number, { texts }: TrainOptions): number[] {
  if (texts?.epochs !== undefined) return [texts.epochs];
  const usual = usualEpochs(rows);
  return EPOCHS.map((share) => Math.round(share * usual));
}
