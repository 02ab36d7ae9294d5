import { checkKeys, checkNumber } from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import { applyCalibrator } from "../calibrate/calibrator.ts";
import { ARGMAX, decide } from "../decide/decision.ts";
import { everyRow } from "../encode/cells.ts";
import { encode } from "../encode/encoder.ts";
import { rowsToTable } from "../encode/rows.ts";
import { requiredColumns } from "../encode/schema.ts";
import { strayRemarks } from "../encode/strays.ts";
import { segmenterRemark } from "../encode/text/text.ts";
import { heap } from "../kernels/kernels.ts";
import { sharedKernels, sharedSingleRow } from "../kernels/shared.ts";
import { pairLogits } from "../model/logits.ts";
import { type Model, packModel, unpackModel } from "./model.ts";
import { rowScorer, type ScoreRow } from "./single.ts";
import { outputsOf } from "./splits.ts";

export interface LabelProbability {
  readonly label: string;
  readonly probability: number;
}

export interface Prediction {
  /** The class decided on: the most probable, the first of equals. */
  readonly label: string;
  /** The probability of that class. */
  readonly confidence: number;
  /** Every class, the most probable first. */
  readonly probabilities: readonly LabelProbability[];
}

export interface PredictOptions {
  /** Divides the calibrated logits: below 1 sharper, above 1 softer than calibrated. Default 1. */
  readonly temperature?: number;
}

/** Rows encoded and scored at a time: bounds the memory of a prediction. */
const BLOCK_ROWS = 4096;

/**
 * A trained classifier: the whole way from a row to a label, with the schema that governs reading.
 *
 * Rows are objects by column name, in any order. Columns that the model does not read are ignored, the target may be
 * absent; missing columns are a SoftmaxError "data" that names them. A cell that is not of its column's kind counts as
 * missing, alone and in a batch alike; `remarks` tells of such cells.
 */
export class Classifier {
  /** The learned numbers and words; plain data. */
  readonly model: Model;
  /** Made when the first single row comes; null where rows take the way of a batch. */
  #scoreRow: ScoreRow | null | undefined;

  constructor(model: Model) {
    this.model = model;
  }

  /** Reads a model file's bytes. Throws a SoftmaxError "model" where they are damaged, foreign or too new. */
  static async load(bytes: Uint8Array): Promise<Classifier> {
    return new Classifier(unpackModel(bytes));
  }

  /** The model file's bytes: a valid safetensors file (docs/model-file.md). */
  save(): Uint8Array {
    return packModel(this.model);
  }

  /** The labels, in the order of all probabilities and logits. */
  get classes(): readonly string[] {
    return this.model.schema.classes;
  }

  /** The columns that the model reads. */
  get columns(): readonly string[] {
    return this.model.schema.columns.map((column) => column.name);
  }

  get target(): string {
    return this.model.schema.target;
  }

  predict(row: Row, options?: PredictOptions): Prediction;
  predict(rows: readonly Row[], options?: PredictOptions): Prediction[];
  predict(rows: Row | readonly Row[], options: PredictOptions = {}): Prediction | Prediction[] {
    if (!Array.isArray(rows)) return this.#describe(this.probabilities([rows as Row], options)[0]);
    return this.probabilities(rows, options).map((p) => this.#describe(p));
  }

  /** Calibrated probabilities: k numbers a row, in the order of `classes`. */
  probabilities(rows: Table | readonly Row[], options: PredictOptions = {}): Float64Array[] {
    checkKeys("predict", options, ["temperature"]);
    const temperature = checkNumber("temperature", options.temperature ?? 1, 1e-6, 1e6);
    const k = this.classes.length;
    const one = isTable(rows) || rows.length !== 1 ? null : this.#logitsOfOne(rows[0]);
    if (one !== null && temperature === 1) return [sharedSingleRow()!.softmax(one, k).slice()];
    const Z = one?.slice() ?? this.logitMatrix(rows);
    sharedKernels().softmax(Z, Z.length / k, k, temperature, Z);
    return rowsOf(Z, k);
  }

  /** Calibrated logits, of which `probabilities` is the softmax: k numbers a row, in the order of `classes`. */
  logits(rows: Table | readonly Row[]): Float64Array[] {
    return rowsOf(this.logitMatrix(rows), this.classes.length);
  }

  /**
   * A sentence for each column with cells that are not of its kind and so count as missing, and for each column of texts that this
   * engine cuts otherwise than the one that trained.
   */
  remarks(rows: Table | readonly Row[]): string[] {
    const { schema, encoder } = this.model;
    const cuts = encoder.columns.flatMap((column) =>
      column.kind === "text" ? (segmenterRemark(column) ?? []) : [],
    );
    return [...cuts, ...strayRemarks(isTable(rows) ? rows : rowsToTable(rows, schema), schema)];
  }

  /** Calibrated logits, n×k row-major. */
  logitMatrix(rows: Table | readonly Row[]): Float64Array {
    const { schema, calibrator } = this.model;
    if (!isTable(rows) && rows.length === 0) return new Float64Array(0);
    const table = isTable(rows) ? rows : rowsToTable(rows, schema);
    requiredColumns(table, schema.columns);
    const k = this.classes.length;
    const Z = new Float64Array(table.rows * k);
    const every = everyRow(table.rows);
    for (let start = 0; start < table.rows; start += BLOCK_ROWS) {
      const rows = every.subarray(start, start + BLOCK_ROWS);
      this.#score(table, rows, Z.subarray(start * k, (start + rows.length) * k));
    }
    applyCalibrator(calibrator, Z, table.rows, k, Z);
    return Z;
  }

  /** Calibrated logits of one row, the quick way; null where that is not open to it. */
  #logitsOfOne(row: Row): Float64Array | null {
    if (this.#scoreRow === undefined) this.#scoreRow = rowScorer(this.model);
    return this.#scoreRow?.(row) ?? null;
  }

  /** Raw logits of some rows of a table. */
  #score(table: Table, rows: Int32Array, Z: Float64Array): void {
    const { encoder, weights } = this.model;
    const k = this.classes.length;
    const outputs = outputsOf(k);
    const X = encode(encoder, table, heap, "f64", rows);
    const range = { start: 0, end: rows.length };
    sharedKernels().logits(X, range, weights, outputs, Z.subarray(0, rows.length * outputs));
    if (outputs !== k) pairLogits(Z, rows.length);
  }

  #describe(p: Float64Array): Prediction {
    const order = [...p.keys()].sort((a, b) => p[b] - p[a] || a - b);
    const probabilities = order.map((c) => ({ label: this.classes[c], probability: p[c] }));
    const decided = decide(ARGMAX, p, p.length)[0];
    return { label: this.classes[decided], confidence: p[decided], probabilities };
  }
}

const isTable = (rows: Table | readonly Row[]): rows is Table => !Array.isArray(rows);

const rowsOf = (Z: Float64Array, k: number): Float64Array[] =>
  Array.from({ length: Z.length / k }, (_, i) => Z.subarray(i * k, (i + 1) * k));
