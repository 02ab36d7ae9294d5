import { checkKind } from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import { temperatureOf } from "../calibrate/calibrator.ts";
import { everyRow } from "../encode/cells.ts";
import { encode } from "../encode/encoder.ts";
import { readTexts } from "../encode/text/rows.ts";
import { confidentJoint } from "../explain/confident.ts";
import type { ColumnEffect } from "../explain/effects.ts";
import { mostProbable, rowsToLookAt } from "../explain/looks.ts";
import { directionOf, type Reasons, reasonsOf, textExplainer } from "../explain/reasons.ts";
import { type JudgedRow, labelPairs, type RowsReport, strongestCells } from "../explain/rows.ts";
import { excerptOf, type JudgedText, type TextsReport, textsToLookAt } from "../explain/texts.ts";
import { heap } from "../kernels/kernels.ts";
import { sharedKernels } from "../kernels/shared.ts";
import { localWeights } from "./hidden-explain.ts";
import type { Model } from "./model.ts";

/** Rows encoded at a time: bounds the memory. */
const BLOCK_ROWS = 1024;

/** Reasons of rows of a table for a class each. */
export function explainRows(
  model: Model,
  table: Table,
  classes: readonly number[],
  rows: Int32Array = everyRow(table.rows),
): Reasons[] {
  const labels = model.schema.classes;
  const reasons: Reasons[] = [];
  for (let start = 0; start < rows.length; start += BLOCK_ROWS) {
    const block = rows.subarray(start, start + BLOCK_ROWS);
    const X = encode(model.encoder, table, heap, "f64", block);
    const weightsAt = model.hidden === undefined ? () => model.weights : localWeights(model, X);
    for (const [at, row] of block.entries()) {
      const explained = { ...model, weights: weightsAt(at) };
      reasons.push(reasonsOf(explained, { table, row, X, at }, classes[start + at], labels));
    }
  }
  return reasons;
}

/** A row by column name; a plain text stands for the row of a model that reads one column of texts. */
export function asRow({ schema }: Model, row: Row | string): Row {
  if (typeof row !== "string") return row;
  const [only, ...others] = schema.columns;
  const isSole = only?.kind === "text" && others.length === 0;
  checkKind("explain", "a row by column name (only of a sole column of texts a text)", row, isSole);
  return Object.fromEntries([[only.name, row]]);
}

/** Rows that judged: honest logits Z, n×k, class y and row of the table. */
export interface JudgedRows {
  readonly table: Table;
  readonly Z: Float64Array;
  readonly y: Int32Array;
  readonly rows: Int32Array;
}

/** Texts to look at of the column that moves predictions most; undefined where no column is text. */
export function textsReport(
  model: Model,
  effects: readonly ColumnEffect[],
  { table, Z, y, rows }: JudgedRows,
): TextsReport | undefined {
  const name = effects.find(({ kind }) => kind === "text")?.name;
  if (name === undefined) return undefined;
  const { classes } = model.schema;
  const k = classes.length;
  const judged = judgedBy(classes, { Z, y, rows });
  const { P } = judged;
  const column = table.columns.find((one) => one.name === name)!;
  const textOf = (i: number): string | null =>
    readTexts(column, rows.subarray(i, i + 1)).next().value ?? null;
  const excerptFor = excerpts(model, name);
  // A text may be in several lists, and a long one takes a while.
  const known = new Map<number, JudgedText>();
  const shown = (i: number): JudgedText => {
    const judgedText = known.get(i) ?? {
      ...judged.row(i),
      excerpt: excerptFor(textOf(i), judged.best[i]),
    };
    known.set(i, judgedText);
    return judgedText;
  };
  const { typical, doubtful, mislabelled } = textsToLookAt({ P, y, k, textOf });
  return {
    column: name,
    typical: typical.map(shown),
    doubtful: doubtful.map(shown),
    mislabelled: mislabelled.map(shown),
  };
}

/** Rows to look at, and how many labels seem wrong; undefined where every column is text, whose texts say more. */
export function rowsReport(
  model: Model,
  { table, Z, y, rows }: JudgedRows,
): RowsReport | undefined {
  const { schema, encoder } = model;
  if (encoder.columns.every(({ kind }) => kind === "text")) return undefined;
  const k = schema.classes.length;
  const judged = judgedBy(schema.classes, { Z, y, rows });
  const { P, best } = judged;
  const { joint, confident } = confidentJoint(P, y, k);
  const all = Array.from(y.keys());
  const suspects = all.filter((i) => confident[i] >= 0 && confident[i] !== y[i]);
  const looks = rowsToLookAt({ P, y, k, rows: all, suspects, sameAs: (i) => i });
  const shown = (list: readonly number[]): JudgedRow[] => {
    const at = Int32Array.from(list, (i) => rows[i]);
    const reasons = explainRows(
      model,
      table,
      list.map((i) => best[i]),
      at,
    );
    return list.map((i, j) => ({ ...judged.row(i), cells: strongestCells(reasons[j].columns) }));
  };
  return {
    typical: shown(looks.typical),
    doubtful: shown(looks.doubtful),
    mislabelled: shown(looks.mislabelled),
    suspects: suspects.length,
    errors: joint.errors,
    pairs: labelPairs(joint, schema.classes),
  };
}

/** What the honest logits say of each row. */
function judgedBy(classes: readonly string[], { Z, y, rows }: Omit<JudgedRows, "table">) {
  const k = classes.length;
  const P = new Float64Array(Z.length);
  sharedKernels().softmax(Z, y.length, k, 1, P);
  const best = mostProbable(P, y.length, k);
  const row = (i: number): Omit<JudgedRow, "cells"> => ({
    row: rows[i] + 1,
    label: classes[y[i]],
    predicted: classes[best[i]],
    probability: P[i * k + best[i]],
    labelProbability: P[i * k + y[i]],
  });
  return { P, best, row };
}

function excerpts({ encoder, weights, calibrator, schema }: Model, name: string) {
  const at = encoder.columns.findIndex((column) => column.name === name);
  const k = schema.classes.length;
  return (text: string | null, c: number) => {
    const direction = directionOf(c, k, temperatureOf(calibrator));
    return excerptOf(textExplainer(encoder, weights, direction)(at, text)!);
  };
}
