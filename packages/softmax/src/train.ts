import {
  type Classifier,
  type MultiLabelTrainOptions,
  type Report,
  type Row,
  type TextChoice,
  type TrainedMultiLabel,
  type TrainOptions,
  train as trainOnTable,
} from "@softmax/core";
import { readTable } from "./data/read.ts";
import type { ReadOptions, Source, TableSource } from "./data/source.ts";
import { TEXT } from "./data/text-table.ts";
import { noTarget } from "./errors.ts";
import { stemmerName } from "./stemmers.ts";

export interface TrainFileOptions
  extends Omit<TrainOptions, "target" | "test" | "dataHash" | "rejected"> {
  /** The column to predict. Sources of texts with labels have one by themselves: `label`. */
  readonly target?: string | number;
  /** A table to test on besides: the metrics on it are in `report.test`. */
  readonly test?: Source;
  /** How to read the file, and the test file. */
  readonly read?: ReadOptions;
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
 * Trains a classifier on a file, a folder of texts, a query, bytes or rows, and says how good it is.
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
  { test, read, target, ...options }: TrainFileOptions,
): Promise<Trained & { readonly source: TableSource }> {
  const source = await readTable(data, read);
  const { table, ledger, sha256 } = source;
  const wanted = target ?? source.target;
  if (wanted === undefined) {
    throw noTarget(
      source.name,
      table.columns.map((column) => column.name),
    );
  }
  const tested = await readTest(test, read, source);
  const trained = await trainOnTable(table, {
    ...options,
    ...(wanted === source.target ? textDefaults(options) : {}),
    ...(options.texts === undefined ? {} : { texts: withStemmer(options.texts) }),
    target: wanted,
    ...(tested === null ? {} : { test: tested.table }),
    rejected: ledger.rejected,
    dataHash: sha256,
  });
  return { ...trained, report: withTestHash(trained.report, tested), source };
}

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

/** A language's stemmer by its name in models. */
const withStemmer = (texts: TextChoice): TextChoice =>
  typeof texts.stemmer === "string" ? { ...texts, stemmer: stemmerName(texts.stemmer) } : texts;
