import { checkInteger, checkKeys, dataError } from "../base/checks.ts";
import { pairedDifference, rowLosses, weightedMean } from "../base/losses.ts";
import { createRandom, shuffle } from "../base/random.ts";
import type { Row, Table } from "../base/table.ts";
import { temperatureOf } from "../calibrate/calibrator.ts";
import { ARGMAX, decide } from "../decide/decision.ts";
import { everyRow } from "../encode/cells.ts";
import { checkColumns } from "../encode/columns.ts";
import type { ColumnEncoder } from "../encode/encoder.ts";
import { checkedLabelsOf } from "../encode/labels.ts";
import { groupsOf, weightsOf } from "../encode/roles.ts";
import { asTable } from "../encode/rows.ts";
import { columnLogits, modelLogits } from "../explain/response.ts";
import { sharedKernels } from "../kernels/shared.ts";
import { type Estimate, Z_95 } from "../measure/bootstrap.ts";
import type { Classifier } from "./classifier.ts";
import { checkNoHidden } from "./hidden-model.ts";
import { calibratedLogits } from "./logits.ts";
import { outputsOf } from "./splits.ts";

export interface ImportanceOptions {
  /** Times that each column is shuffled. Default 10. */
  readonly repeats?: number;
  /** Default 1. */
  readonly seed?: number;
  /** A column of row weights, at least 0. Default: every row counts the same. */
  readonly weight?: string;
  /** A column of groups, which the intervals count as one. */
  readonly group?: string;
}

/** How much a classifier needs each column on some labelled rows: plain data (docs/math.md §8.12). */
export interface Importance {
  readonly rows: number;
  readonly repeats: number;
  /** Of the rows as they are. */
  readonly logLoss: number;
  readonly accuracy: number;
  /** The most important first. */
  readonly columns: readonly ColumnImportance[];
}

export interface ColumnImportance {
  readonly name: string;
  readonly kind: ColumnEncoder["kind"];
  /** By how much the log loss grows, in nats, where the column's cells are shuffled among the rows. */
  readonly logLoss: Estimate;
  /** By how much the accuracy of what is decided falls. */
  readonly accuracy: Estimate;
  /** The labels that contributions are to the logits of: with two classes the second, else every class. */
  readonly labels: readonly string[];
  /** Of the column's contributions over the rows: mean distance from their mean, and standard deviation; one a label. */
  readonly meanAbsolute: readonly number[];
  readonly deviations: readonly number[];
}

/**
 * Permutation importance of each column (Breiman 2001; Fisher, Rudin & Dominici 2019) on rows with labels: those without are
 * left out. The rows should be none of the training's, on which a model needs columns more than it should.
 */
export function importance(
  classifier: Classifier,
  data: Table | readonly Row[],
  options: ImportanceOptions = {},
): Importance {
  checkKeys("importance", options, ["repeats", "seed", "weight", "group"]);
  const repeats = checkInteger("repeats", options.repeats ?? 10, 1, 10_000);
  const seed = checkInteger("seed", options.seed ?? 1, 0, Number.MAX_SAFE_INTEGER);
  checkNoHidden("importance", classifier.model);
  const judged = judgedRows(classifier, asTable(data), options);
  const { schema, encoder } = classifier.model;
  const k = schema.classes.length;
  const outputs = outputsOf(k);
  const base = scoresOf(judged, judged.raw);
  const columns = encoder.columns.map(({ name, kind }, p): ColumnImportance => {
    const added = judged.pick(
      columnLogits(encoder, classifier.model.weights, outputs, p, judged.table),
    );
    const rises = shuffledRises(judged, base, added, repeats, seed);
    return {
      ...{ name, kind },
      logLoss: meanOf(judged, rises.losses),
      accuracy: meanOf(judged, rises.misses),
      labels: k === 2 ? [schema.classes[1]] : schema.classes,
      ...spreadOf(added, outputs, temperatureOf(classifier.model.calibrator), judged.s),
    };
  });
  return {
    ...{ rows: judged.rows.length, repeats },
    logLoss: weightedMean(base.losses, judged.s),
    accuracy: weightedMean(base.hits, judged.s),
    columns: columns.sort((a, b) => b.logLoss.value - a.logLoss.value),
  };
}

/** Labelled rows, and their logits before calibration. */
interface Judged {
  readonly classifier: Classifier;
  readonly table: Table;
  readonly rows: Int32Array;
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  readonly group: Int32Array | null;
  readonly raw: Float64Array;
  /** Of logits of all rows those of the labelled ones. */
  readonly pick: (all: Float64Array) => Float64Array;
}

function judgedRows(classifier: Classifier, table: Table, options: ImportanceOptions): Judged {
  const { schema, encoder, weights } = classifier.model;
  checkColumns(table, schema);
  const labels = checkedLabelsOf(table, schema);
  const rows = everyRow(table.rows).filter((i) => labels.y[i] >= 0);
  if (rows.length === 0) throw dataError(`no row has a label in column "${schema.target}"`);
  const outputs = outputsOf(schema.classes.length);
  const pick = (all: Float64Array): Float64Array => {
    const some = new Float64Array(rows.length * outputs);
    rows.forEach((row, at) => {
      some.set(all.subarray(row * outputs, (row + 1) * outputs), at * outputs);
    });
    return some;
  };
  return {
    ...{ classifier, table, rows, pick },
    y: rows.map((i) => labels.y[i]),
    s: weightsOf(table, schema, options.weight, rows),
    group: groupsOf(table, schema, options.group, rows),
    raw: pick(modelLogits(encoder, weights, outputs, table)),
  };
}

interface Scores {
  /** Log loss of each row, and 1 where its label is decided on; 0 where it is left to a person. */
  readonly losses: Float64Array;
  readonly hits: Float64Array;
}

function scoresOf({ classifier, y }: Judged, raw: Float64Array): Scores {
  const k = classifier.classes.length;
  const Z = calibratedLogits(classifier.model, raw);
  const losses = rowLosses(Z, y, y.length, k);
  const { decision } = classifier.model;
  if (decision !== undefined) sharedKernels().softmax(Z, y.length, k, 1, Z);
  const decided = decide(decision ?? ARGMAX, Z, k);
  return {
    losses,
    hits: Float64Array.from(y, (c, i) => (decided[i] === c ? 1 : 0)),
  };
}

/**
 * By how much each row's loss grows, and how often its label is lost, on average over the repeats. All columns are shuffled
 * in the same ways.
 */
function shuffledRises(
  judged: Judged,
  base: Scores,
  added: Float64Array,
  repeats: number,
  seed: number,
): { losses: Float64Array; misses: Float64Array } {
  const { raw, y } = judged;
  const n = y.length;
  const outputs = raw.length / n;
  const random = createRandom(seed);
  const order = everyRow(n);
  const losses = new Float64Array(n);
  const misses = new Float64Array(n);
  const moved = new Float64Array(raw.length);
  for (let r = 0; r < repeats; r++) {
    shuffle(order, random);
    for (let i = 0, at = 0; i < n; i++) {
      const from = order[i] * outputs;
      for (let c = 0; c < outputs; c++, at++) moved[at] = raw[at] + (added[from + c] - added[at]);
    }
    const scores = scoresOf(judged, moved);
    for (let i = 0; i < n; i++) {
      // Equal losses differ by 0, also infinite ones.
      if (scores.losses[i] !== base.losses[i]) losses[i] += scores.losses[i] - base.losses[i];
      misses[i] += base.hits[i] - scores.hits[i];
    }
  }
  return { losses: losses.map((rise) => rise / repeats), misses: misses.map((m) => m / repeats) };
}

/** The mean over the rows, with ± 1.96 standard errors. */
function meanOf({ s, group }: Judged, values: Float64Array): Estimate {
  const none = new Float64Array(values.length);
  const { mean, standardError } = pairedDifference(values, none, s, group);
  return { value: mean, low: mean - Z_95 * standardError, high: mean + Z_95 * standardError };
}

function spreadOf(
  added: Float64Array,
  outputs: number,
  temperature: number,
  s: Float64Array | null,
): Pick<ColumnImportance, "meanAbsolute" | "deviations"> {
  const meanAbsolute: number[] = [];
  const deviations: number[] = [];
  for (let c = 0; c < outputs; c++) {
    const own = Float64Array.from(
      { length: added.length / outputs },
      (_, i) => added[i * outputs + c] / temperature,
    );
    const mean = weightedMean(own, s);
    meanAbsolute.push(
      weightedMean(
        own.map((g) => Math.abs(g - mean)),
        s,
      ),
    );
    deviations.push(
      Math.sqrt(
        weightedMean(
          own.map((g) => (g - mean) * (g - mean)),
          s,
        ),
      ),
    );
  }
  return { meanAbsolute, deviations };
}
