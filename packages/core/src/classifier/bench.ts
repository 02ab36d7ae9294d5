import { abortedError, counted, dataError } from "../base/checks.ts";
import type { CsrBlock, Matrix, RowRange } from "../base/matrix.ts";
import { availableThreads } from "../base/platform.ts";
import {
  type Encoder,
  encode,
  encodedBytes,
  encodedWidth,
  fitEncoder,
  layoutOf,
} from "../encode/encoder.ts";
import { drawVersions } from "../encode/image/augment.ts";
import type { TextCorpus } from "../encode/text/corpus.ts";
import { heap, type Kernels } from "../kernels/kernels.ts";
import { createReferenceKernels } from "../kernels/reference.ts";
import { createKernels, type KernelOptions } from "../kernels/wasm.ts";
import { isDualProblem } from "../model/dual-solve.ts";
import { checkedOptimizer, isStochastic } from "../model/method.ts";
import { passProducts, sharesMemory, trainerBytes } from "../model/place.ts";
import type { BagOptions, Trainer } from "../model/trainer.ts";
import { openDarkroom } from "./darkroom.ts";
import { networkRoom, networkThreads, planOn } from "./hidden-bench.ts";
import { type HiddenPlan, isHidden, linearMethod } from "./hidden-options.ts";
import { journalPart } from "./journal.ts";
import { readsImages } from "./model.ts";
import type { TrainOptions } from "./options.ts";
import type { Prepared } from "./prepare.ts";
import { focalGammaOf } from "./prior-options.ts";
import {
  bagRoom,
  openTrainer,
  outputsOf,
  type PathInput,
  ROOM_BESIDE,
  trainersFor,
} from "./splits.ts";
import { encodeToSpool } from "./storage.ts";
import { rangesWithVersions, versionsOn, withVersions } from "./versions.ts";

/** Weights that a bag is multiplied out to, at most: 256 MiB of a model file. */
const MOST_BAG_WEIGHTS = 2 ** 25;
/** Above this many products n·d·k the Matrix is float32: precision follows size alone. */
const F32_ABOVE = 2 ** 28;
/** Trainers whose rows lie in one memory at most, that of the whole and one for some classes, and more for their threads. */
const ROOM = 3;
const MORE_ROOM = 2 ** 29;
/** Of a row's class and weight, which may stand beside X. */
const LABEL_BYTES = 12;
/**
 * Products of a pass over sparse rows below which they are fitted in this thread: workers take longer to start, and to compile
 * what they run, than they save. 1,000 short texts of two classes: 1.9 s of processor time for 3.9.
 */
const INLINE_BELOW = 2 ** 19;
/** Entries of sparse rows up to which a second encoding of them is held beside. */
const MOST_BESIDE = 2 ** 26;

/** The Matrix of one encoding, with its trainers. */
export interface Bench {
  readonly encoder: Encoder;
  readonly input: PathInput;
  /** The first is that of the last fit too; more fit folds beside it. */
  readonly trainers: readonly Trainer[];
  /** Gives back where the rows stand. */
  readonly release: () => void;
}

/** Throws SoftmaxError "aborted" where the signal says so, and "data" where a bag of embeddings is too large. */
export async function openBench(
  prepared: Prepared,
  options: TrainOptions,
  corpus: TextCorpus,
  shape: number,
): Promise<Bench> {
  const encoded = await encodeShape(prepared, options, corpus, shape);
  return benchOn(encoded, prepared, options, shape);
}

/** The Matrix of one encoding. */
export interface Encoded {
  readonly encoder: Encoder;
  /** In the memory of the kernels, or in a spool. */
  readonly X: Matrix;
  readonly kernels: Kernels;
  /** Gives the spool back, where there is one. */
  close(): void;
}

/** Encodes; throws as `openBench`. */
export async function encodeShape(
  { table, schema, used, order, shapes, k }: Prepared,
  options: TrainOptions,
  corpus: TextCorpus,
  shape: number,
): Promise<Encoded> {
  if (options.signal?.aborted === true) throw abortedError();
  const darkroom = await openDarkroom(shapes[shape].image, options);
  try {
    const images = await darkroom.learn({ table, schema, rows: used });
    const encoder = fitEncoder(table, schema, used, shapes[shape], corpus, images);
    const plan = planOn(shapes[shape], options, order.length);
    const versions =
      images.length === 0
        ? null
        : drawVersions(options.images ?? {}, order.length, options.seed ?? 1);
    const rows = { table, order: withVersions(order, versions?.count ?? 1) };
    const encoded = encodeWith(encoder, { ...rows, k }, plan, options, corpus);
    await darkroom.fill(encoded, { ...rows, versions });
    return encoded;
  } finally {
    darkroom.close();
  }
}

/** All of the Matrix but the features of images. */
function encodeWith(
  encoder: Encoder,
  { table, order, k }: Pick<Prepared, "table" | "order" | "k">,
  plan: HiddenPlan | null,
  options: TrainOptions,
  corpus: TextCorpus,
): Encoded {
  const texts = encoder.columns.filter((column) => column.kind === "text");
  const csr = texts.length === 0 ? null : corpus.place(texts, order);
  const wide = encodedWidth(encoder) - (csr?.width ?? 0) + 1;
  const bag = bagOf(options);
  if (bag !== null) checkBagSize(encodedWidth(encoder), outputsOf(k));
  const network = networkRoom(encodedWidth(encoder), order.length, k, plan);
  const products = (order.length * wide + (csr?.values.length ?? 0)) * outputsOf(k);
  const precision = products > F32_ABOVE ? "f32" : "f64";
  const { storage } = options;
  const bytes = encodedBytes(encoder, order.length, precision);
  const whole = csr !== null || readsImages(encoder);
  if (storage !== undefined && !whole && bytes > storage.bytes) {
    checkPasses(options, bytes, storage.bytes);
    const kernels = kernelsFor(options, { bytes: LABEL_BYTES * order.length });
    return { encoder, kernels, ...encodeToSpool(encoder, table, precision, order, storage) };
  }
  const kernels = kernelsFor(
    options,
    sizesOf(encoder, order.length, k, precision, csr, bag, network),
  );
  const X = encode(encoder, table, kernels.allocate, precision, order, csr, "later");
  return { encoder, X, kernels, close() {} };
}

/** Only whole passes read rows from a spool. */
function checkPasses(options: TrainOptions, bytes: number, most: number): void {
  const { l1Ratio = 0 } = options;
  const inMemory = isHidden(options)
    ? "hidden"
    : l1Ratio > 0
      ? "l1Ratio"
      : isStochastic(checkedOptimizer(options))
        ? "optimizer"
        : null;
  if (inMemory === null) return;
  const [wanted, allowed] = [bytes, most].map((size) => Math.ceil(size / 2 ** 20));
  throw dataError(
    `"${inMemory}" needs its rows in memory: they take ${wanted} MiB, of which ${allowed} are for them; allow more memory, or leave "${inMemory}" out`,
  );
}

const kernelsFor = ({ kernels }: TrainOptions, sizes: KernelOptions): Kernels =>
  kernels === "reference" ? createReferenceKernels() : createKernels(sizes);

/** Trainers of the prepared labels on a Matrix that stands. */
export async function benchOn(
  { encoder, X, kernels, close }: Encoded,
  prepared: Prepared,
  options: TrainOptions,
  shape: number,
): Promise<Bench> {
  const input = inputOf(prepared, options, shape, X, kernels);
  const trainers = await Promise.all([
    openTrainer(input),
    ...Array.from({ length: trainersFor(input) - 1 }, () => openTrainer({ ...input, threads: 1 })),
  ]);
  return { encoder, input, trainers, release: close };
}

export function closeBench({ trainers, release }: Bench): void {
  for (const trainer of [...trainers].reverse()) trainer.close();
  release();
}

/** Whether the fits of an encoding leave a core to those of another: sparse rows are fitted by one thread, here one split alone. */
export function leavesACore({ input }: Bench): boolean {
  const { X, k, kernels, worker, threads, plan, bag } = input;
  const alone = worker && bag === null && isDualProblem({ X, outputs: outputsOf(k) });
  if (!alone || !sharesMemory(kernels) || plan.splits.length > 1) return false;
  return (threads ?? availableThreads()) > 1 && X.csr!.values.length <= MOST_BESIDE;
}

export function bagOf({ texts }: TrainOptions): BagOptions | null {
  return texts?.embeddings === undefined ? null : { dimension: texts.embeddings };
}

function inputOf(
  prepared: Prepared,
  options: TrainOptions,
  shape: number,
  X: Matrix,
  kernels: Kernels,
): PathInput {
  const { k, classWeights, shapes, rival } = prepared;
  const { worker, signal, seed, l1Ratio } = options;
  const hidden = planOn(shapes[shape], options, prepared.order.length);
  const versions = versionsOn(shapes[shape], options.images);
  const threads = hidden === null ? options.threads : networkThreads(options.threads, X, k, hidden);
  return {
    ...rowsOf(prepared, versions, hidden !== null),
    ...{ X, k, classWeights, kernels, threads, hidden, versions },
    method: checkedOptimizer(linearMethod(options)),
    seed: seed ?? 1,
    worker: (worker ?? true) && !isSmall(X, outputsOf(k)),
    signal: signal ?? null,
    l1Ratio: l1Ratio ?? 0,
    bayes: shapes[shape].text?.bayes ?? false,
    focal: focalGammaOf(options),
    bag: bagOf(options),
    rival: rival ?? null,
    journal: journalPart(options.checkpoint, `encoding-${shape}`),
  };
}

/** Labels, weights, groups and splits of the rows in all their versions; of those a network draws some itself. */
function rowsOf(
  { y, s, group, plan, order }: Prepared,
  versions: number,
  isDrawn: boolean,
): Pick<PathInput, "y" | "s" | "group" | "plan"> {
  const train = (ranges: readonly RowRange[]): readonly RowRange[] =>
    rangesWithVersions(ranges, order.length, isDrawn ? 1 : versions);
  return {
    y: withVersions(y, versions),
    s: s && withVersions(s, versions),
    group: group && withVersions(group, versions),
    plan: {
      ...plan,
      splits: plan.splits.map((split) => ({ ...split, train: train(split.train) })),
    },
  };
}

const isSmall = (X: Matrix, outputs: number): boolean =>
  X.csr !== null && passProducts(X, outputs) < INLINE_BELOW;

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
  network: number,
): KernelOptions {
  const bytes = encodedBytes(encoder, n, precision) + LABEL_BYTES * n;
  if (csr === null) return { bytes, scratchBytes: MORE_ROOM + network };
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
