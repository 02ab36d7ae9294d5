import { checkKind } from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import { temperatureOf } from "../calibrate/calibrator.ts";
import { everyRow } from "../encode/cells.ts";
import { encode } from "../encode/encoder.ts";
import { readTexts } from "../encode/text/rows.ts";
import type { ColumnEffect } from "../explain/effects.ts";
import { directionOf, type Reasons, reasonsOf, textExplainer } from "../explain/reasons.ts";
import {
  excerptOf,
  type JudgedText,
  mostProbable,
  type TextsReport,
  textsToLookAt,
} from "../explain/texts.ts";
import { heap } from "../kernels/kernels.ts";
import { sharedKernels } from "../kernels/shared.ts";
import type { Model } from "./model.ts";

/** Rows encoded at a time: bounds the memory. */
const BLOCK_ROWS = 1024;

/** Reasons of the rows of a table for a class each. */
export function explainRows(model: Model, table: Table, classes: readonly number[]): Reasons[] {
  const k = model.schema.classes.length;
  const every = everyRow(table.rows);
  const reasons: Reasons[] = [];
  for (let start = 0; start < table.rows; start += BLOCK_ROWS) {
    const rows = every.subarray(start, start + BLOCK_ROWS);
    const X = encode(model.encoder, table, heap, "f64", rows);
    for (const [at, row] of rows.entries()) {
      reasons.push(reasonsOf(model, { table, row, X, at }, classes[row], k));
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
  const P = new Float64Array(Z.length);
  sharedKernels().softmax(Z, y.length, k, 1, P);
  const best = mostProbable(P, y.length, k);
  const column = table.columns.find((one) => one.name === name)!;
  const textOf = (i: number): string | null =>
    readTexts(column, rows.subarray(i, i + 1)).next().value ?? null;
  const excerptFor = excerpts(model, name);
  const judged = (i: number): JudgedText => ({
    row: rows[i] + 1,
    label: classes[y[i]],
    predicted: classes[best[i]],
    probability: P[i * k + best[i]],
    labelProbability: P[i * k + y[i]],
    excerpt: excerptFor(textOf(i), best[i]),
  });
  const { typical, doubtful, mislabelled } = textsToLookAt({ P, y, k, textOf });
  return {
    column: name,
    typical: typical.map(judged),
    doubtful: doubtful.map(judged),
    mislabelled: mislabelled.map(judged),
  };
}

function excerpts({ encoder, weights, calibrator, schema }: Model, name: string) {
  const at = encoder.columns.findIndex((column) => column.name === name);
  const k = schema.classes.length;
  return (text: string | null, c: number) => {
    const direction = directionOf(c, k, temperatureOf(calibrator));
    return excerptOf(textExplainer(encoder, weights, direction)(at, text)!);
  };
}
