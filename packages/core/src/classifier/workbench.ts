import { abortedError, counted, dataError } from "../base/checks.ts";
import type { CsrBlock, Matrix } from "../base/matrix.ts";
import {
  type Encoder,
  encode,
  encodedBytes,
  encodedWidth,
  fitEncoder,
  layoutOf,
} from "../encode/encoder.ts";
import { TextCorpus } from "../encode/text/corpus.ts";
import { textOptionsOf } from "../encode/text/shapes.ts";
import { heap, type Kernels } from "../kernels/kernels.ts";
import { createReferenceKernels } from "../kernels/reference.ts";
import { createKernels, type KernelOptions } from "../kernels/wasm.ts";
import { usualEpochs } from "../model/bag.ts";
import { largestPenalty, penaltiesFrom } from "../model/fit-path.ts";
import { checkedOptimizer } from "../model/method.ts";
import { trainerBytes } from "../model/place.ts";
import type { BagOptions, FittedWeights, Trainer } from "../model/trainer.ts";
import type { Candidate } from "./candidates.ts";
import type { TrainOptions } from "./options.ts";
import { penaltyGrid, runPath } from "./path.ts";
import type { Prepared } from "./prepare.ts";
import { focalGammaOf } from "./prior-options.ts";
import {
  bagRoom,
  factorsOf,
  openTrainer,
  outputsOf,
  type PathInput,
  ROOM_BESIDE,
  trainersFor,
  tuningOf,
} from "./splits.ts";

/** Penalties on the path. */
const PENALTIES = 30;
/** The same with texts, whose loss changes slowly with the penalty and whose encodings are several. */
const TEXT_PENALTIES = 8;
/**
 * Epochs on the path of a bag, as shares of what is usual for so many rows: 1, 2, 3, 5, 10, 25 and 50 of many. Probabilities
 * want fewer than labels do: on rt-polarity the out-of-fold log loss is 0.50, 0.49, 0.65 and 0.92 after 2, 3, 5 and 10.
 */
const EPOCHS = [0.2, 0.4, 0.6, 1, 2, 5, 10];
/** Weights that a bag is multiplied out to, at most: 256 MiB of a model file. */
const MOST_BAG_WEIGHTS = 2 ** 25;
/** The least penalty of a path with an L1 part, as a share of the largest. */
const LEAST_SHARE = 1e-4;
/** Above this many products n·d·k the Matrix is float32: precision follows size alone. */
const F32_ABOVE = 2 ** 28;
/** Trainers whose rows lie in one memory at most, that of the whole and one for some classes, and more for their threads. */
const ROOM = 3;
const MORE_ROOM = 2 ** 29;
/** Of a row's class and weight, which may stand beside X. */
const LABEL_BYTES = 12;

/** The Matrix of one encoding at a time, with its trainer. */
export class Workbench {
  readonly #prepared: Prepared;
  readonly #options: TrainOptions;
  readonly #absent = new Set<number>();
  readonly #corpus: TextCorpus;
  #shape = -1;
  #encoder: Encoder | null = null;
  #kernels: Kernels | null = null;
  #X: Matrix | null = null;
  /** The first is that of the last fit too; more fit folds beside it. */
  #trainers: readonly Trainer[] = [];

  constructor(prepared: Prepared, options: TrainOptions) {
    this.#prepared = prepared;
    this.#options = options;
    this.#corpus = new TextCorpus(prepared.used, textOptionsOf(options.texts ?? {}));
  }

  get X(): Matrix {
    return this.#X as Matrix;
  }

  get encoder(): Encoder {
    return this.#encoder as Encoder;
  }

  get kernels(): Kernels {
    return this.#kernels as Kernels;
  }

  input(): PathInput {
    const { y, k, s, classWeights, plan, group } = this.#prepared;
    const { worker, threads, signal, seed } = this.#options;
    return {
      X: this.X,
      y,
      k,
      s,
      classWeights,
      plan,
      group,
      method: checkedOptimizer(this.#options),
      seed: seed ?? 1,
      kernels: this.kernels,
      worker: worker ?? true,
      threads,
      signal: signal ?? null,
      l1Ratio: this.#l1Ratio,
      bayes: this.#prepared.shapes[this.#shape]?.text?.bayes ?? false,
      focal: focalGammaOf(this.#options),
      bag: this.#bag,
    };
  }

  /** Judged logits along the path of one encoding. */
  async tryShape(shape: number): Promise<readonly Candidate[]> {
    await this.#open(shape);
    const { shapes, plan } = this.#prepared;
    const { l2, onProgress } = this.#options;
    const grid = l2 === undefined ? await this.#grid() : [l2];
    const fits = grid.length * plan.splits.length;
    const { candidates, absent } = await runPath(
      this.input(),
      this.#trainers,
      shape,
      grid,
      (i, fitted) => {
        const share = (i * plan.splits.length + fitted) / fits;
        onProgress?.({
          fraction: (0.9 * (shape + share)) / shapes.length,
          doing: shapes[shape].name,
        });
      },
    );
    for (const c of absent) this.#absent.add(c);
    return candidates;
  }

  /** The chosen encoding and penalty on all rows. */
  async refit({ shape, l2, epochs }: Candidate): Promise<FittedWeights> {
    await this.#open(shape);
    const [trainer] = this.#trainers;
    const input = this.input();
    const { method, seed } = input;
    const ranges = [{ start: 0, end: this.X.rows }];
    return trainer.fit({
      ranges,
      factors: factorsOf(input, ranges),
      ...tuningOf(input, epochs ?? l2),
      start: null,
      tolerance: this.X.csr === null ? "final" : "fold",
      method,
      seed,
    });
  }

  remarks(): string[] {
    const { classes } = this.#prepared.schema;
    return [...this.#absent].map(
      (c) =>
        `class "${classes[c]}" was absent from some fold's training rows; it was scored there with a constant small probability`,
    );
  }

  close(): void {
    for (const trainer of [...this.#trainers].reverse()) trainer.close();
    this.#trainers = [];
    this.#shape = -1;
  }

  get #l1Ratio(): number {
    return this.#options.l1Ratio ?? 0;
  }

  get #bag(): BagOptions | null {
    const { embeddings } = this.#options.texts ?? {};
    return embeddings === undefined ? null : { dimension: embeddings };
  }

  /** Penalties of the path, or epochs of a bag; with an L1 part from the least at which all weights are 0 (docs/math.md §2.15). */
  async #grid(): Promise<number[]> {
    if (this.#bag !== null) return this.#epochs();
    if (this.#l1Ratio === 0)
      return penaltyGrid(this.X, this.X.csr === null ? PENALTIES : TEXT_PENALTIES);
    const { steepest = 0 } = await this.#trainers[0].fit({
      ranges: [{ start: 0, end: this.X.rows }],
      l1: Number.MAX_VALUE,
      l2: 0,
      start: null,
      tolerance: "fold",
    });
    return penaltiesFrom(largestPenalty(steepest, this.#l1Ratio), LEAST_SHARE, PENALTIES);
  }

  #epochs(): number[] {
    const { epochs } = this.#options.texts ?? {};
    if (epochs !== undefined) return [epochs];
    const usual = usualEpochs(this.X.rows);
    return EPOCHS.map((share) => Math.round(share * usual));
  }

  async #open(shape: number): Promise<void> {
    if (this.#shape === shape && this.#trainers.length > 0) return;
    this.close();
    if (this.#options.signal?.aborted === true) throw abortedError();
    const { kernels } = this.#options;
    const { table, schema, used, order, shapes, k } = this.#prepared;
    this.#encoder = fitEncoder(table, schema, used, shapes[shape], this.#corpus);
    const texts = this.#encoder.columns.filter((column) => column.kind === "text");
    const csr = texts.length === 0 ? null : this.#corpus.place(texts, order);
    const wide = encodedWidth(this.#encoder) - (csr?.width ?? 0) + 1;
    if (this.#bag !== null) checkBagSize(encodedWidth(this.#encoder), outputsOf(k));
    const products = (order.length * wide + (csr?.values.length ?? 0)) * outputsOf(k);
    const precision = products > F32_ABOVE ? "f32" : "f64";
    this.#kernels =
      kernels === "reference"
        ? createReferenceKernels()
        : createKernels(sizesOf(this.#encoder, order.length, k, precision, csr, this.#bag));
    this.#X = encode(this.#encoder, table, this.#kernels.allocate, precision, order, csr);
    const input = this.input();
    this.#trainers = await Promise.all([
      openTrainer(input),
      ...Array.from({ length: trainersFor(input) - 1 }, () =>
        openTrainer({ ...input, threads: 1 }),
      ),
    ]);
    this.#shape = shape;
  }
}

function checkBagSize(features: number, outputs: number): void {
  const size = (features + 1) * outputs;
  if (size <= MOST_BAG_WEIGHTS) return;
  throw dataError(
    `embeddings of ${counted(features, "term")} and ${outputs} classes stand for ${size} weights, of which ${MOST_BAG_WEIGHTS} are possible; raise "texts.leastTexts", lower "texts.mostTerms", or set "texts.hashBits"`,
  );
}

/** Texts want more than the usual room beside the rows: a copy by columns, and weights of many features. */
function sizesOf(
  encoder: Encoder,
  n: number,
  k: number,
  precision: "f64" | "f32",
  csr: CsrBlock | null,
  bag: BagOptions | null,
): KernelOptions {
  const bytes = encodedBytes(encoder, n, precision) + LABEL_BYTES * n;
  if (csr === null) return { bytes };
  const { denseWidth, codesWidth, perRow } = layoutOf(encoder);
  const number = precision === "f64" ? 8 : 4;
  const sizes: Matrix = {
    rows: n,
    dense: denseWidth === 0 ? null : { width: denseWidth, data: heap[precision](0) },
    codes: perRow === 0 ? null : { width: codesWidth, perRow, data: heap.i32(0) },
    csr: { ...csr, values: precision === "f64" ? csr.values : new Float32Array(csr.values.length) },
  };
  const texts = 4 * (csr.starts.length + csr.columns.length) + number * csr.values.length;
  const own = trainerBytes(sizes, outputsOf(k)) + bagRoom({ X: sizes, k, bag });
  return { bytes: bytes + texts + 4096, scratchBytes: ROOM * own + MORE_ROOM + ROOM_BESIDE };
}
