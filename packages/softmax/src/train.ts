import {
  type Classifier,
  type Report,
  type Row,
  type TextChoice,
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
 * Throws a SoftmaxError "data" for what cannot be read or learned from, TypeError and RangeError for wrong options.
 */
export async function train(
  data: Source | readonly Row[],
  options: TrainFileOptions = {},
): Promise<Trained> {
  const source = Array.isArray(data) ? { rows: data as readonly Row[] } : (data as Source);
  const { source: _, ...trained } = await trainOn(source, options);
  return trained;
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
  const tested =
    test === undefined
      ? {}
      : {
          test: (
            await readTable(test, {
              ...read,
              knownColumns: table.columns.map((column) => column.name),
            })
          ).table,
        };
  const trained = await trainOnTable(table, {
    ...options,
    ...(wanted === source.target ? textDefaults(options) : {}),
    ...(options.texts === undefined ? {} : { texts: withStemmer(options.texts) }),
    target: wanted,
    ...tested,
    rejected: ledger.rejected,
    dataHash: sha256,
  });
  return { ...trained, source };
}

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
