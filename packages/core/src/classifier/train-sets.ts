import { dataError } from "../base/checks.ts";
import { pickTable, type Row, type Table } from "../base/table.ts";
import type { SplitSets } from "../decide/sets.ts";
import { asTable } from "../encode/rows.ts";
import { Classifier } from "./classifier.ts";
import { evaluate } from "./evaluate.ts";
import { partOption } from "./journal.ts";
import type { CrossSets, SetFold } from "./model.ts";
import type { TrainOptions } from "./options.ts";
import type { Report, RowLedger } from "./report.ts";
import type { SetOptions, SetsReport } from "./set-options.ts";
import {
  crossSets,
  equalParts,
  foldOf,
  type JudgedLogits,
  labelledRows,
  setAside,
  splitSets,
} from "./sets.ts";

export interface TrainedAndJudged {
  readonly classifier: Classifier;
  readonly report: Report;
  readonly folds: Int32Array;
  readonly judged: JudgedLogits;
}

type Train = (data: Table, options: TrainOptions) => Promise<TrainedAndJudged>;

/** Part of a row that was set aside. */
const ASIDE = -2;

/**
 * Trains with `train`, and gives the classifier sets with a coverage (docs/math.md §11.6): from rows that are kept from all of the
 * training, or from the models of folds that are each trained, with all that is chosen in it, without the fold.
 */
export async function trainWithSets(
  train: Train,
  table: Table,
  options: TrainOptions,
  sets: SetOptions,
): Promise<TrainedAndJudged> {
  return sets.cvPlus === true
    ? withFolds(train, table, options, sets)
    : withRowsAside(train, table, options, sets);
}

async function withRowsAside(
  train: Train,
  table: Table,
  options: TrainOptions,
  sets: SetOptions,
): Promise<TrainedAndJudged> {
  const seed = options.seed ?? 1;
  const { rest, aside } = setAside(table, sets, seed);
  const trained = await train(pickTable(table, rest), options);
  const kept = pickTable(table, aside);
  const found = splitSets(trained.classifier, sets, kept, trained.judged, seed);
  const labelled = found.report.rows;
  const { rows } = trained.report;
  const ledger = {
    ...rows,
    read: rows.read + kept.rows,
    used: rows.used + labelled,
    unlabelled: rows.unlabelled + kept.rows - labelled,
  };
  const folds = withAside(trained, table, aside);
  return withSets({ ...trained, folds }, options, ledger, found);
}

/** Parts of all rows with a label, in the table's order. */
function withAside(
  { classifier, folds }: TrainedAndJudged,
  table: Table,
  aside: Int32Array,
): Int32Array {
  const isAside = new Set(aside);
  let next = 0;
  return labelledRows(table, classifier.model.schema).rows.map((row) =>
    isAside.has(row) ? ASIDE : folds[next++],
  );
}

async function withFolds(
  train: Train,
  table: Table,
  options: TrainOptions,
  sets: SetOptions,
): Promise<TrainedAndJudged> {
  const seed = options.seed ?? 1;
  const parts = equalParts(table, seed);
  const progressOf =
    (step: number): NonNullable<TrainOptions["onProgress"]> =>
    ({ fraction, doing }) =>
      options.onProgress?.({ fraction: (step + fraction) / (parts.length + 1), doing });
  const trained = await train(table, { ...options, onProgress: progressOf(0) });
  const {
    test: _test,
    decide: _decide,
    dataHash: _hash,
    learningCurve: _curve,
    ...plain
  } = options;
  const folds: SetFold[] = [];
  for (const [p, part] of parts.entries()) {
    const held = new Set(part);
    const others = Int32Array.from({ length: table.rows }, (_, i) => i).filter((i) => !held.has(i));
    const own = {
      ...plain,
      rejected: 0,
      onProgress: progressOf(p + 1),
      ...partOption(options.checkpoint, `fold-${p}`),
    };
    const { classifier } = await trainFold(train, pickTable(table, others), own);
    folds.push(foldOf(classifier, pickTable(table, part), sets.method ?? "aps"));
  }
  return withSets(trained, options, trained.report.rows, crossSets(folds, sets));
}

/** A fold's training may lack what the whole has, such as a second class. */
async function trainFold(
  train: Train,
  table: Table,
  options: TrainOptions,
): Promise<TrainedAndJudged> {
  try {
    return await train(table, options);
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause) || cause.code !== "data") throw cause;
    throw dataError(`the model of a fold for "sets.cvPlus" cannot be trained: ${cause.message}`);
  }
}

function withSets(
  trained: TrainedAndJudged,
  options: TrainOptions,
  rows: RowLedger,
  { sets, report }: { readonly sets: SplitSets | CrossSets; readonly report: SetsReport },
): TrainedAndJudged {
  const classifier = new Classifier({ ...trained.classifier.model, sets });
  const { test } = trained.report;
  const onTest =
    test === null || options.test === undefined
      ? null
      : { ...test, ...setsOn(classifier, asTable(options.test as Table | readonly Row[])) };
  return {
    ...trained,
    classifier,
    report: { ...trained.report, rows, test: onTest, sets: report },
  };
}

const setsOn = (classifier: Classifier, table: Table) => {
  const { sets } = evaluate(classifier, table);
  return sets === undefined ? {} : { sets };
};
