import {
  type Classifier,
  type Journal,
  type MultiLabelTrainOptions,
  type Report,
  type Row,
  type RowStorage,
  type Table,
  type TextChoice,
  type TrainedMultiLabel,
  type TrainOptions,
  type TuneLimits,
  train as trainOnTable,
  tune as tuneOnTable,
  VERSION,
} from "@softmax/core";
import { type CheckpointFolder, type Identity, openCheckpoint } from "./data/checkpoint.ts";
import { FILE } from "./data/images.ts";
import { readTable, readUnpacked } from "./data/read.ts";
import type { ReadOptions, Source, TableSource } from "./data/source.ts";
import { collectGarbage } from "./data/store/collect.ts";
import {
  isBeyond,
  isMuch,
  type MemoryLimit,
  readStored,
  type StoredSource,
  storageWithin,
} from "./data/store/store.ts";
import { TEXT } from "./data/text-table.ts";
import { HELD, heldInMemory, noTarget } from "./errors.ts";
import { stemmerName } from "./stemmers.ts";

export interface TrainFileOptions
  extends Omit<TrainOptions, "target" | "test" | "dataHash" | "rejected" | "checkpoint"> {
  /** The column to predict. Sources of texts with labels have one by themselves: `label`. */
  readonly target?: string | number;
  /** A table to test on besides: the metrics on it are in `report.test`. */
  readonly test?: Source;
  /** How to read the file, and the test file. */
  readonly read?: ReadOptions;
  /** Where the training keeps what it has done, so that another process can go on with it: a folder, or a journal. */
  readonly checkpoint?: CheckpointFolder | Journal;
  /**
   * Memory that may be taken: larger files and encodings go to a disk, and the model is the same to the byte. Default: no limit but
   * what there is.
   */
  readonly memory?: MemoryLimit;
  /** Searches for options that lower the out-of-fold log loss, for so many seconds or ways of training (docs/tune.md). */
  readonly tune?: Omit<TuneLimits, "clock">;
}

/** Options of a training with several labels a row. */
export type MultiLabelTrainFileOptions = Omit<
  MultiLabelTrainOptions,
  "test" | "dataHash" | "rejected"
> &
  Pick<TrainFileOptions, "test" | "read">;

export interface Trained {
  readonly classifier: Classifier;
  readonly report: Report;
  /** Part that judged each used row, in file order; −1 for rows that were only trained on. */
  readonly folds: Int32Array;
}

/**
 * Trains a classifier on a file, a folder of images or texts, a query, bytes or rows, and says how good it is.
 *
 *     const { classifier, report } = await train("penguins.csv", { target: "species" });
 *
 * With the option `multiLabel` each row may have any number of labels:
 *
 *     const { classifier } = await train("posts.csv", { target: "tags", multiLabel: { separator: ";" } });
 *
 * Throws a SoftmaxError "data" for what cannot be read or learned from, TypeError and RangeError for wrong options.
 */
export function train(
  data: Source | readonly Row[],
  options: MultiLabelTrainFileOptions,
): Promise<TrainedMultiLabel>;
export function train(data: Source | readonly Row[], options?: TrainFileOptions): Promise<Trained>;
export async function train(
  data: Source | readonly Row[],
  options: TrainFileOptions | MultiLabelTrainFileOptions = {},
): Promise<Trained | TrainedMultiLabel> {
  const source = Array.isArray(data) ? { rows: data as readonly Row[] } : (data as Source);
  const { source: _, ...trained } = isMultiLabel(options)
    ? await trainLabelsOn(source, options)
    : await trainOn(source, options);
  return trained;
}

const isMultiLabel = (
  options: TrainFileOptions | MultiLabelTrainFileOptions,
): options is MultiLabelTrainFileOptions => options.multiLabel !== undefined;

/** `train` of several labels a row, with what was read. */
export async function trainLabelsOn(
  data: Source,
  { test, read, ...options }: MultiLabelTrainFileOptions,
): Promise<TrainedMultiLabel & { readonly source: TableSource }> {
  const source = await readTable(data, read);
  const tested = await readTest(test, read, source);
  const trained = await trainOnTable(source.table, {
    ...options,
    ...(options.texts === undefined ? {} : { texts: withStemmer(options.texts) }),
    ...(tested === null ? {} : { test: tested.table }),
    rejected: source.ledger.rejected,
    dataHash: source.sha256,
  });
  return { ...trained, report: withTestHash(trained.report, tested), source };
}

/** `train`, with what was read. */
export async function trainOn(
  data: Source,
  { checkpoint, ...options }: TrainFileOptions,
): Promise<Trained & { readonly source: TableSource }> {
  if (checkpoint === undefined) return trainFrom(data, options, async () => undefined);
  if (!("folder" in checkpoint)) return trainFrom(data, options, async () => checkpoint);
  const opened = await openCheckpoint(checkpoint);
  try {
    return await trainFrom(data, options, opened.begin);
  } finally {
    await opened.settle();
  }
}

type FromOptions = Omit<TrainFileOptions, "checkpoint">;

/** `begin` gives the journal of what the training is of. */
type Begin = (identity: Identity) => Promise<Journal | undefined>;

async function trainFrom(
  data: Source,
  { memory, ...options }: FromOptions,
  begin: Begin,
): Promise<Trained & { readonly source: TableSource }> {
  const { signal } = options;
  const read = signal === undefined ? (options.read ?? {}) : { signal, ...options.read };
  if (memory === undefined) {
    return trainRead(await readTable(data, read), { ...options, read }, begin);
  }
  const source = await readWithin(data, read, memory, options);
  const stored = "storage" in source ? source : null;
  try {
    const storage = stored?.storage ?? storageWithin(memory);
    const told = stored === null ? options : { ...options, onProgress: collecting(options) };
    return await trainRead(source, { ...told, read, storage }, begin);
  } finally {
    stored?.close();
  }
}

/** Has what a phase of the work leaves behind collected when the next one begins. */
function collecting({ onProgress }: FromOptions): NonNullable<FromOptions["onProgress"]> {
  let last = "";
  return (progress) => {
    if (progress.doing !== last) collectGarbage();
    last = progress.doing;
    onProgress?.(progress);
  };
}

/** Large files are read so that they need not stand in memory, others as ever. */
async function readWithin(
  data: Source,
  read: ReadOptions,
  memory: MemoryLimit,
  { missing, sets, learningCurve, infer, tune }: FromOptions,
): Promise<TableSource | StoredSource> {
  const path = typeof data === "string" ? data : "path" in data ? data.path : null;
  // These take the table apart.
  const isWhole =
    sets !== undefined || tune !== undefined || learningCurve === true || infer === true;
  if (path === null || !(await isBeyond(path, memory))) return readTable(data, read);
  if (isWhole) return heldWhole(await readTable(data, read), HELD.together);
  if (read.sandbox !== undefined) return heldWhole(await readTable(data, read), HELD.sandbox);
  const found = await readStored(path, read, memory, missing);
  if (typeof found === "string") return heldWhole(await readTable(found, read), HELD.format);
  if ("table" in found) return found;
  const source = await readUnpacked(found, read);
  return isMuch(found.bytes.length, memory) ? heldWhole(source, HELD.format) : source;
}

const heldWhole = (source: TableSource, why: string): TableSource => ({
  ...source,
  remarks: [...source.remarks, heldInMemory(source.name, why)],
});

async function trainRead(
  source: TableSource,
  {
    test,
    read,
    target,
    tune,
    ...options
  }: Omit<FromOptions, "memory"> & { readonly storage?: RowStorage },
  begin: Begin,
): Promise<Trained & { readonly source: TableSource }> {
  const { table, ledger, sha256 } = source;
  const wanted = target ?? source.target;
  if (wanted === undefined) {
    throw noTarget(
      source.name,
      table.columns.map((column) => column.name),
    );
  }
  const tested = await readTest(test, read, source);
  const asked = {
    ...options,
    ...(wanted === source.target && table.images === undefined ? textDefaults(options) : {}),
    ...(table.images === undefined ? {} : imageDefaults(options, source, read)),
    ...(options.texts === undefined ? {} : { texts: withStemmer(options.texts) }),
    target: wanted,
    ...(tested === null ? {} : { test: tested.table }),
    rejected: ledger.rejected,
    dataHash: sha256,
  };
  const searched = tune === undefined ? [] : [["search", "yes"] as const];
  const checkpoint = await begin([
    ...identityOf(asked, tested?.sha256 ?? null),
    ...networksOf(table),
    ...searched,
  ]);
  const kept = { ...asked, ...(checkpoint === undefined ? {} : { checkpoint }) };
  const trained = await (tune === undefined
    ? trainOnTable(table, kept)
    : tuneOnTable(table, { ...kept, tune: { ...tune, clock: CLOCK } }));
  return { ...trained, report: withTestHash(trained.report, tested), source };
}

/** The clock of this process. */
const CLOCK: NonNullable<TuneLimits["clock"]> = {
  now: () => performance.now() / 1000,
  alarm(seconds, ring) {
    const timer = setTimeout(ring, Math.max(0, 1000 * seconds - performance.now()));
    return () => clearTimeout(timer);
  },
};

/** The table to test on, read as the other. */
async function readTest(
  test: Source | undefined,
  read: ReadOptions | undefined,
  { table }: TableSource,
): Promise<TableSource | null> {
  if (test === undefined) return null;
  const knownColumns = table.columns.map((column) => column.name);
  return readTable(test, { ...read, knownColumns });
}

const withTestHash = <R extends Pick<Report, "provenance">>(
  report: R,
  tested: TableSource | null,
): R =>
  tested === null
    ? report
    : { ...report, provenance: { ...report.provenance, testHash: tested.sha256 } };

/** Options that change no number, and those that are told otherwise. */
const NEUTRAL: readonly (keyof TrainOptions)[] = [
  "signal",
  "onProgress",
  "worker",
  "threads",
  "test",
  "dataHash",
  "storage",
];

/** What must be the same for a training to go on. `Intl` cuts some texts into words. */
function identityOf({ dataHash, ...options }: TrainOptions, testHash: string | null): Identity {
  const given = Object.entries(options).filter(
    ([name, value]) => value !== undefined && !NEUTRAL.some((other) => other === name),
  );
  return [
    ["software", `softmax ${VERSION}`],
    ["Unicode library", process.versions.icu ?? ""],
    ["data", dataHash ?? ""],
    ...(testHash === null ? [] : [["test data", testHash] as const]),
    ...given.map(([name, value]) => [`"${name}"`, JSON.stringify(value)] as const),
  ];
}

/** The networks whose features a table holds. */
const networksOf = ({ images = [] }: Table): Identity =>
  images.flatMap(({ features }) =>
    features === undefined ? [] : [["network", JSON.stringify(features.info)] as const],
  );

/** Where the source says what is label and what is text, texts are read as texts and no label or text means missing. */
function textDefaults({
  numeric = [],
  categorical = [],
  ignore = [],
  text,
  missing = [],
}: Partial<TrainOptions>): Pick<TrainOptions, "text" | "missing"> {
  const otherwise = [...numeric, ...categorical, ...ignore].includes(TEXT);
  return { text: text ?? (otherwise ? [] : [TEXT]), missing };
}

/** Paths of images say which image it is, not what is in it. */
function imageDefaults(
  { ignore = [] }: Partial<TrainOptions>,
  { table, dialect }: TableSource,
  read: ReadOptions | undefined,
): Pick<TrainOptions, "ignore"> {
  const paths = read?.images ?? (dialect.format === "images" ? FILE : undefined);
  const isThere = table.columns.some(({ name }) => name === paths);
  return { ignore: isThere ? [...ignore, paths as string] : ignore };
}

/** A language's stemmer by its name in models. */
const withStemmer = (texts: TextChoice): TextChoice =>
  typeof texts.stemmer === "string" ? { ...texts, stemmer: stemmerName(texts.stemmer) } : texts;
