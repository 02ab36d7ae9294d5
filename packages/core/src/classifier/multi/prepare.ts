import { dataError } from "../../base/checks.ts";
import type { Row, Table, TableColumn } from "../../base/table.ts";
import { MISSING_TEXTS } from "../../encode/cells.ts";
import {
  type LabelPlaces,
  type LabelSets,
  presentText,
  readLabelSets,
} from "../../encode/label-sets.ts";
import { classNamed } from "../../encode/labels.ts";
import { asTable } from "../../encode/rows.ts";
import { namedColumn } from "../../encode/schema.ts";
import { askedOf, checkNames, understandInputs } from "../../encode/understand.ts";
import type { TrainOptions } from "../options.ts";
import { inputOptions, type LaidOut, labelled, layOut, type Prepared } from "../prepare.ts";
import { headSchema } from "./model.ts";
import { type MultiLabelTrainOptions, plainOptions, settingsOf, targetsOf } from "./options.ts";

/** A table understood and laid out, with the labels of its rows. */
export interface PreparedLabels {
  readonly laid: LaidOut;
  readonly places: LabelPlaces;
  readonly labels: readonly string[];
  /** Used rows × labels: 1 where a row has a label. */
  readonly truth: Uint8Array;
  /** Labels that some rows have and some have not, by number. */
  readonly varying: readonly number[];
  /** Those of them that fewer rows have, or lack, than there are parts: they get neither a calibrator nor a threshold of their own. */
  readonly rare: readonly number[];
  readonly missing: readonly string[];
  readonly columns: Prepared["schema"]["columns"];
  readonly remarks: readonly string[];
}

export function prepareLabels(
  data: Table | readonly Row[],
  options: MultiLabelTrainOptions,
): PreparedLabels {
  const table = asTable(data);
  checkNames(table);
  const missing = [...(options.missing ?? MISSING_TEXTS)];
  const targets = targetColumns(table, targetsOf(options));
  const places = placesOf(table, targets, missing, options);
  const plain = plainOptions(options);
  const asked = askedOf(table, inputOptions(plain));
  const all = readLabelSets(table, places, targets, missing);
  const { sets, remarks } = frequentOnly(all, settingsOf(options).leastRows ?? 0);
  const { labels, rows, truth } = sets;
  const L = labels.length;
  const counts = countsOf(truth, L);
  const varying = labels.flatMap((_, l) => (counts[l] > 0 && counts[l] < rows.length ? [l] : []));
  if (varying.length === 0) {
    throw dataError("every row has the same labels: there is nothing to tell apart");
  }
  const found = understandInputs(table, {
    ...{ targets, asked, missing, rows },
    leaksOf: varying.map((l) => ({
      name: labels[l],
      classes: ["", labels[l]],
      y: ofTable(truth, L, l, rows, table.rows),
      rows,
    })),
  });
  const columns = found.inputs;
  const schema = headSchema({ missing, columns }, places, labels[varying[0]]);
  const unlabelled = table.rows - rows.length;
  const strata = { y: strataOf(truth, L, counts), k: L + 1 };
  const laid = layOut(table, { ...found, schema, rows, unlabelled }, strata, plain);
  const rare = varying.filter(
    (l) => Math.min(counts[l], rows.length - counts[l]) < laid.plan.parts,
  );
  return { laid, places, labels, truth, varying, rare, missing, columns, remarks };
}

function targetColumns(
  table: Table,
  targets: readonly (string | number)[],
): readonly TableColumn[] {
  const columns = targets.map((target) => namedColumn(table, "target", target));
  const twice = columns.find((column, at) => columns.indexOf(column) < at);
  if (twice !== undefined) throw dataError(`"target" names the column "${twice.name}" twice`);
  return columns;
}

function placesOf(
  table: Table,
  columns: readonly TableColumn[],
  missing: readonly string[],
  options: MultiLabelTrainOptions,
): LabelPlaces {
  const { separator = null, present = [] } = settingsOf(options);
  const names = columns.map(({ name }) => name);
  const values = new Map<string, string>();
  for (const [name, value] of present) {
    const column = columns[classNamed("present", name, names)];
    if (values.has(name)) throw dataError(`"present" names the column "${name}" twice`);
    values.set(name, presentText(table, column, value, missing));
  }
  return {
    columns: names,
    separator,
    present: separator === null ? names.map((name) => values.get(name) ?? null) : [],
  };
}

/** Rows that have each label. */
export function countsOf(truth: Uint8Array, L: number): Int32Array {
  const counts = new Int32Array(L);
  truth.forEach((has, at) => {
    counts[at % L] += has;
  });
  return counts;
}

/** Without the labels that fewer rows have. */
function frequentOnly(
  sets: LabelSets,
  leastRows: number,
): { readonly sets: Omit<LabelSets, "unknown">; readonly remarks: readonly string[] } {
  const { labels, rows, truth } = sets;
  const L = labels.length;
  const counts = countsOf(truth, L);
  const kept = labels.flatMap((_, l) => (counts[l] >= leastRows ? [l] : []));
  const left = labels.filter((_, l) => counts[l] < leastRows);
  if (left.length === 0) return { sets, remarks: [] };
  if (kept.length === 0) throw dataError(`no label is on ${leastRows} rows or more`);
  const own = new Uint8Array(rows.length * kept.length);
  for (let i = 0; i < rows.length; i++) {
    kept.forEach((l, at) => {
      own[i * kept.length + at] = truth[i * L + l];
    });
  }
  return {
    sets: { labels: kept.map((l) => labels[l]), rows, truth: own },
    remarks: [`${labelList(left)}: on fewer than ${leastRows} rows, and so left out`],
  };
}

/** `labels "a", "b" and 3 more` */
export function labelList(labels: readonly string[]): string {
  const shown = labels.slice(0, 3).map((label) => `"${label}"`);
  const more = labels.length - shown.length;
  const names = more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
  return `${labels.length === 1 ? "the label" : "the labels"} ${names}`;
}

/** Of each row of the table whether it has label l. */
function ofTable(
  truth: Uint8Array,
  L: number,
  l: number,
  rows: Int32Array,
  all: number,
): Int32Array {
  const y = new Int32Array(all).fill(-1);
  rows.forEach((row, i) => {
    y[row] = truth[i * L + l];
  });
  return y;
}

/**
 * What folds are to hold alike: of each row the rarest of its labels (the first of equals), 0 for a row without. One label's
 * strata are its two classes.
 */
export function strataOf(truth: Uint8Array, L: number, counts: Int32Array): Int32Array {
  return Int32Array.from({ length: truth.length / L }, (_, i) => {
    let rarest = -1;
    for (let l = 0; l < L; l++) {
      if (truth[i * L + l] === 1 && (rarest < 0 || counts[l] < counts[rarest])) rarest = l;
    }
    return rarest + 1;
  });
}

/** One label by itself, as two classes of the rows laid out; and the options that it is trained with. */
export function preparedLabel(
  { laid, places, labels, truth, rare, missing, columns }: PreparedLabels,
  l: number,
  options: MultiLabelTrainOptions,
): { readonly prepared: Prepared; readonly own: Omit<TrainOptions, "target"> } {
  const { decide, classWeights } = options;
  const weights = ownWeights(classWeights, labels, l);
  const isRare = rare.includes(l);
  const own = {
    ...plainOptions(options),
    ...(isRare ? ({ calibration: "none" } as const) : {}),
    ...(decide === undefined || isRare ? {} : { decide }),
    ...(weights === undefined ? {} : { classWeights: weights }),
    positive: labels[l],
  };
  const schema = headSchema({ missing, columns }, places, labels[l]);
  const L = labels.length;
  const y = Int32Array.from({ length: laid.used.length }, (_, i) => truth[i * L + l]);
  return { prepared: labelled(laid, schema, y, own), own };
}

function ownWeights(
  given: MultiLabelTrainOptions["classWeights"],
  labels: readonly string[],
  l: number,
): MultiLabelTrainOptions["classWeights"] {
  if (given === undefined || given === "balanced") return given;
  for (const [label] of given) classNamed("classWeights", label, labels);
  const own = given.filter(([label]) => label === labels[l]);
  return own.length === 0 ? undefined : own;
}
