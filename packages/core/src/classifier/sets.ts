import { dataError } from "../base/checks.ts";
import { createRandom, shuffle } from "../base/random.ts";
import { pickTable, type Table } from "../base/table.ts";
import {
  ABOVE_ALL,
  chooseRegularisation,
  fitSets,
  type SetMethod,
  type SetScore,
  type SplitSets,
  setScores,
  setsOf,
} from "../decide/sets.ts";
import { textsOf } from "../encode/labels.ts";
import { namedColumn, type Schema } from "../encode/schema.ts";
import { measureSets, type SetMetrics } from "../measure/sets.ts";
import type { Judge } from "./candidates.ts";
import type { Classifier } from "./classifier.ts";
import { probabilitiesOf } from "./decide.ts";
import type { CrossSets, SetFold } from "./model.ts";
import { withPrior } from "./prior.ts";
import type { SetOptions, SetsReport } from "./set-options.ts";

const MOST_ASIDE = 5000;
const PARTS = 5;
/** Apart from the seed of the folds. */
const SEED = 0x5e75;

/** Rows of a table in two: those to train on, in their order, and those set aside, drawn by chance. */
export function setAside(
  table: Table,
  { aside = 0.2 }: SetOptions,
  seed: number,
): { readonly rest: Int32Array; readonly aside: Int32Array } {
  const count = Math.min(MOST_ASIDE, Math.round(aside * table.rows));
  const parts = shuffled(table.rows, seed);
  return { rest: parts.slice(count).sort(), aside: parts.slice(0, count) };
}

/** Rows of a table in parts of equal size, drawn by chance. */
export function equalParts(table: Table, seed: number): readonly Int32Array[] {
  const order = shuffled(table.rows, seed);
  return Array.from({ length: PARTS }, (_, p) => order.filter((_, at) => at % PARTS === p).sort());
}

const shuffled = (rows: number, seed: number): Int32Array =>
  shuffle(
    Int32Array.from({ length: rows }, (_, i) => i),
    createRandom(seed + SEED),
  );

/** The rows of a table that have a label; y: their class, −1 for one that the model does not know. */
export function labelledRows(table: Table, schema: Schema): { rows: Int32Array; y: Int32Array } {
  const column = namedColumn(table, "target", schema.target);
  const { texts, codes } = textsOf(table, column, schema.missing);
  const place = texts.map((label) => schema.classes.indexOf(label));
  const rows = Int32Array.from(codes.keys()).filter((i) => codes[i] >= 0);
  return { rows, y: rows.map((i) => place[codes[i]]) };
}

/** Judged rows, on which the penalty of RAPS is chosen. */
export interface JudgedLogits {
  /** Honest logits, n×k. */
  readonly Z: Float64Array;
  readonly y: Int32Array;
}

/** Sets from rows that no part of the classifier has seen; they rest on probabilities at the prior of the training. */
export function splitSets(
  classifier: Classifier,
  options: SetOptions,
  aside: Table,
  judged: JudgedLogits,
  seed: number,
): { sets: SplitSets; report: SetsReport } {
  const { schema } = classifier.model;
  const { rows, y } = labelledRows(aside, schema);
  if (rows.length < 2) {
    throw dataError('"sets" found fewer than 2 rows with a label to set aside; raise "sets.aside"');
  }
  const k = schema.classes.length;
  const P = probabilitiesOf(withPrior(classifier, null).logitMatrix(pickTable(aside, rows)), k);
  const { coverage, perClass = false } = options;
  const score = scoreOf(options, judged, k);
  const sets = fitSets(score, P, y, k, coverage, perClass);
  const inside = crossFittedSets(score, P, y, k, options);
  return {
    sets,
    report: {
      ...score,
      coverage,
      from: "split",
      guaranteed: coverage,
      perClass,
      rows: rows.length,
      quantiles: Array.from(sets.quantiles, (q) => (q < ABOVE_ALL ? q : null)),
      measured: measureSets(inside, y, null, k, null, seed),
    },
  };
}

function scoreOf(
  { method = "aps", coverage }: SetOptions,
  { Z, y }: JudgedLogits,
  k: number,
): SetScore {
  if (method !== "raps") return { method };
  return chooseRegularisation(probabilitiesOf(Z, k), y, k, coverage);
}

/** The sets of each part's rows by the quantiles of the others; rows come in the order of chance. */
function crossFittedSets(
  score: SetScore,
  P: Float64Array,
  y: Int32Array,
  k: number,
  { coverage, perClass = false }: SetOptions,
): Uint8Array {
  const inside = new Uint8Array(P.length);
  const partOf = (row: number): number => row % PARTS;
  for (let p = 0; p < PARTS; p++) {
    const others = P.filter((_, at) => partOf(Math.floor(at / k)) !== p);
    const classes = y.filter((_, i) => partOf(i) !== p);
    const all = setsOf(fitSets(score, others, classes, k, coverage, perClass), P, k);
    for (let i = p; i < y.length; i += PARTS) {
      inside.set(all.subarray(i * k, (i + 1) * k), i * k);
    }
  }
  return inside;
}

/** A fold of CV+: the model that was trained without its rows, and their scores by it. */
export function foldOf(given: Classifier, held: Table, method: SetMethod): SetFold {
  const classifier = withPrior(given, null);
  const { model } = classifier;
  const { rows, y } = labelledRows(held, model.schema);
  const k = model.schema.classes.length;
  const P = probabilitiesOf(classifier.logitMatrix(pickTable(held, rows)), k);
  const all = setScores({ method }, P, k);
  const scores = Float64Array.from(y, (c, i) => (c < 0 ? ABOVE_ALL : all[i * k + c])).sort();
  return { model, scores };
}

export function crossSets(
  folds: readonly SetFold[],
  { coverage, method = "aps" }: SetOptions,
): { sets: CrossSets; report: SetsReport } {
  const rows = folds.reduce((sum, { scores }) => sum + scores.length, 0);
  return {
    sets: { method, coverage, folds },
    report: {
      method,
      coverage,
      from: "cv+",
      guaranteed: crossGuarantee(coverage, rows, folds.length),
      perClass: false,
      rows,
      quantiles: null,
      measured: null,
    },
  };
}

/** 1 − 2α − min{2(1 − 1/K)/(n/K + 1), (1 − K/n)/(K + 1)}, not below 0 (Barber et al. 2021, theorem 4). */
export function crossGuarantee(coverage: number, n: number, K: number): number {
  const less = Math.min((2 * (1 - 1 / K)) / (n / K + 1), (1 - K / n) / (K + 1));
  return Math.max(0, 1 - 2 * (1 - coverage) - less);
}

/** How the sets of a classifier fare on a table whose rows all have labels. */
export function measureOn(
  classifier: Classifier,
  table: Table,
  { y, s, group }: Pick<Judge, "y" | "s" | "group">,
  seed: number,
): SetMetrics {
  const inside = classifier.answer(table).sets as Uint8Array;
  return measureSets(inside, y, s, classifier.classes.length, group, seed);
}
