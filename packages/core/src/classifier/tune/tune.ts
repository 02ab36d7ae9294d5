import type { Row, Table } from "../../base/table.ts";
import { asTable } from "../../encode/rows.ts";
import type { ColumnKind, ColumnSchema } from "../../encode/schema.ts";
import { partOption } from "../journal.ts";
import type { TrainOptions } from "../options.ts";
import type { Report } from "../report.ts";
import { type Trained, train } from "../train.ts";
import { hashOf, keptIn, NOTHING_KEPT } from "./kept.ts";
import { checkTuneOptions, type TuneOptions } from "./options.ts";
import { evaluationOf, judgeFound } from "./outcome.ts";
import type { TuneCounts, TuneOutcome, TuneReport } from "./report.ts";
import { type Found, search } from "./search.ts";
import { keyOf, spaceOf, withTuned } from "./space.ts";
import { outerSplit } from "./split.ts";
import { SearchTime } from "./time.ts";
import { trialsOf } from "./ways.ts";

/** What `tune` returns; in the report `tune` says what was tried and found. */
export interface Tuned extends Trained {
  readonly report: Report & { readonly tune: TuneReport };
}

/**
 * `train`, with options that a search has found (docs/tune.md).
 *
 * A fifth of the rows is held out. On the others ways of training are judged by out-of-fold log loss, the default first, until
 * the time is over or so many were tried. The best takes the place of the default where its loss is lower by more than one paired
 * standard error, unless it is higher by more than one on the rows held out. What ships is trained on all rows, by
 * `train` with the options of `report.tune.options`, to the same bytes.
 *
 * `report.evaluation` is of the rows held out, by fits that saw none of them. Options that are given are not searched.
 *
 * Throws as `train` does; "aborted" where `signal` says so. `tune.stop` ends the search alone.
 */
export async function tune(data: Table | readonly Row[], options: TuneOptions): Promise<Tuned> {
  checkTuneOptions(options);
  const { tune: limits, checkpoint, ...base } = options;
  const table = asTable(data);
  const outer = outerSplit(table, base);
  const time = new SearchTime(limits, base.signal);
  const { prepared } = outer;
  const { columns, classes } = prepared.schema;
  const own = optionsInside(base);
  const found = await search({
    ...{ table: outer.search, rounds: outer.rounds, options: own, limits, time },
    space: spaceOf(base, {
      kinds: searchedKinds(columns, table, base),
      rows: outer.search.rows,
      classes: classes.length,
    }),
    kept: checkpoint === undefined ? NOTHING_KEPT : keptIn(checkpoint),
    onProgress: (doing) => base.onProgress?.({ fraction: time.share(), doing }),
  });
  const { seconds } = limits;
  const about = {
    ...(seconds === undefined ? {} : { seconds }),
    rows: { search: outer.search.rows, heldOut: outer.heldOut.y.length },
    rounds: outer.rounds.map(({ rows, firstSplit }) => ({
      rows: rows.length,
      oneFold: firstSplit,
    })),
  };
  const judged = await judgeFound(outer, own, found);
  const shipped = judged?.options ?? {};
  const key = `tuned-${hashOf(keyOf(shipped))}`;
  const isNetwork = withTuned(base, shipped).hidden !== undefined;
  const trained = await train(table, {
    ...withTuned(base, shipped),
    ...(isNetwork ? {} : partOption(checkpoint, key)),
  });
  const report: TuneReport = {
    ended: found.ended,
    ...about,
    counts: countsOf(found),
    options: shipped,
    kept: judged === null ? keptWhy(found) : judged.kept,
    found: judged?.finding ?? null,
    candidates: trialsOf(found.ways),
  };
  const evaluation =
    judged === null
      ? trained.report.evaluation
      : evaluationOf(outer, judged, trained.classifier.model, base.seed ?? 1);
  const remarks = [...trained.report.remarks, ...foldRemarks(base, report)];
  return { ...trained, report: { ...trained.report, evaluation, remarks, tune: report } };
}

/** What is said of all rows out of fold, by options that most of them had a say in. */
function foldRemarks({ decide, learningCurve }: TrainOptions, { kept }: TuneReport): string[] {
  const what = [
    ...(decide === undefined ? [] : ["what the decision does"]),
    ...(learningCurve === true ? ["the learning curve"] : []),
  ];
  if (kept !== null || what.length === 0) return [];
  return [
    `${what.join(" and ")} is measured out of fold on all rows, of which four fifths had a say in the search: it reads a little too good`,
  ];
}

/** Kinds of the columns whose encoding is searched: images that a network has read have one way of being taken. */
function searchedKinds(
  columns: readonly ColumnSchema[],
  { images = [] }: Table,
  options: TrainOptions,
): Set<ColumnKind> {
  const isRead = images.some(({ features }) => features !== undefined);
  const isFixed = isRead && options.images?.features === undefined;
  return new Set(columns.map(({ kind }) => kind).filter((kind) => kind !== "image" || !isFixed));
}

/** Options that are about the model that ships alone. */
const OUTSIDE: readonly (keyof TrainOptions)[] = [
  ...(["positive", "test", "infer", "learningCurve", "prior", "adjust"] as const),
  ...(["decide", "onProgress", "rejected", "dataHash"] as const),
];

/** Those of the fits of a search. */
function optionsInside(base: TrainOptions): TrainOptions {
  const kept = Object.entries(base).filter(([name]) => !OUTSIDE.some((other) => other === name));
  const { ignore = [], decide, target } = base;
  const aside = decide?.costColumn === undefined ? [] : [decide.costColumn];
  return { ...Object.fromEntries(kept), target, ignore: [...ignore, ...aside] };
}

/** Why the default ships where nothing was judged beside it. */
const keptWhy = ({ ways, ended }: Found): TuneReport["kept"] =>
  ended === "time" || ways[0].verdicts.length === 0 ? "no time" : "nothing better";

function countsOf({ ways: [, ...others] }: Found): TuneCounts {
  const count = (wanted: TuneOutcome): number =>
    others.filter(({ outcome }) => outcome === wanted).length;
  return {
    tried: others.length,
    finished: count("finished"),
    dropped: count("dropped"),
    killed: count("killed"),
    failed: count("failed"),
    unfinished: count("unfinished"),
  };
}
