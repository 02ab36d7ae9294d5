import { checkKeys, checkNumber } from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import { temperatureOf } from "../calibrate/calibrator.ts";
import { ARGMAX, answers, decide } from "../decide/decision.ts";
import { everyRow } from "../encode/cells.ts";
import { encode } from "../encode/encoder.ts";
import { backboneRemark } from "../encode/image/backbone.ts";
import { classNamed } from "../encode/labels.ts";
import { rowsToTable } from "../encode/rows.ts";
import { requiredColumns } from "../encode/schema.ts";
import { strayRemarks } from "../encode/strays.ts";
import { segmenterRemark } from "../encode/text/text.ts";
import { type ColumnOdds, columnOdds, oddsView } from "../explain/odds.ts";
import type { Reasons } from "../explain/reasons.ts";
import { heap } from "../kernels/kernels.ts";
import { sharedKernels, sharedSingleRow } from "../kernels/shared.ts";
import { pairLogits } from "../model/logits.ts";
import {
  type Counterfactual,
  type CounterfactualOptions,
  checkCounterfactualOptions,
  counterfactualOf,
} from "./counterfactual.ts";
import { asRow, explainRows } from "./explain.ts";
import { checkNoHidden, hiddenLogits } from "./hidden-model.ts";
import { insideSets } from "./inside-sets.ts";
import { makeHonest } from "./logits.ts";
import { type Model, packModel, unpackModel } from "./model.ts";
import { rowScorer, type ScoreRow } from "./single.ts";
import { outputsOf } from "./splits.ts";

export interface LabelProbability {
  readonly label: string;
  readonly probability: number;
}

export interface Prediction {
  /** The class decided on, by default the most probable, the first of equals; null where the model leaves the row to a person. */
  readonly label: string | null;
  /** The probability of that class, or of the one that would have been decided on. */
  readonly confidence: number;
  /** Every class, the most probable first. */
  readonly probabilities: readonly LabelProbability[];
  /** The most probable labels, where the model's decision is to name several. */
  readonly top?: readonly string[];
  /** The labels of the row's set, the most probable first, where the model has sets. */
  readonly set?: readonly string[];
}

/** What is predicted of n rows, in numbers of classes, with probabilities as they lie in memory. */
export interface AnswerMatrix {
  /** n×k, row-major. */
  readonly P: Float64Array;
  /** The class decided on, −1 where the row is left to a person. */
  readonly labels: Int32Array;
  /** The class that is, or would have been, decided on. */
  readonly answers: Int32Array;
  /** n×k: 1 where a class is in the row's set; null where the model has no sets. */
  readonly sets: Uint8Array | null;
}

/** What is predicted of n rows, in numbers of classes. */
export interface Answers extends Omit<AnswerMatrix, "P"> {
  /** k numbers a row. */
  readonly probabilities: readonly Float64Array[];
}

/** A prediction, and what speaks for its label, or for the one asked about. */
export interface Explanation extends Prediction, Reasons {
  /**
   * The label that the reasons speak for: the one asked about, else that of the prediction, or the one that a row left to a person
   * would have got.
   */
  readonly explained: string;
}

export interface PredictOptions {
  /** Divides the calibrated logits: below 1 sharper, above 1 softer than calibrated. Default 1. */
  readonly temperature?: number;
}

export interface OddsOptions {
  /** The label that odds are against. Default: the others together, by the geometric mean of their probabilities. */
  readonly against?: string;
}

export interface ExplainOptions {
  /** The label to speak of. Default: the one that is predicted, row by row; left to a person, the one it would have got. */
  readonly label?: string;
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
  /** Of the models of folds, where sets rest on them. */
  readonly #folds = new Map<Model, Classifier>();
  /** The same at the prior of the training, where it is for another and has sets. */
  #atTraining: Classifier | null = null;

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
    if (!Array.isArray(rows)) return this.predict([rows as Row], options)[0];
    const answers = this.answer(rows, options);
    return answers.probabilities.map((_, i) => this.#describe(answers, i));
  }

  /**
   * What is predicted, in numbers of classes. Labels and sets rest on the calibrated probabilities, whatever `temperature` makes of
   * those that are returned.
   */
  answer(rows: Table | readonly Row[], options: PredictOptions = {}): Answers {
    const { P, ...rest } = this.answerMatrix(rows, options);
    return { probabilities: rowsOf(P, this.classes.length), ...rest };
  }

  /** `answer` without an array a row, for many of them. */
  answerMatrix(rows: Table | readonly Row[], options: PredictOptions = {}): AnswerMatrix {
    const { decision = ARGMAX, sets } = this.model;
    const k = this.classes.length;
    const shown = this.probabilityMatrix(rows, options);
    const P = (options.temperature ?? 1) === 1 ? shown : this.probabilityMatrix(rows);
    const labels = decide(decision, P, k);
    return {
      P: shown,
      labels,
      answers: decision.abstention === undefined ? labels : answers(decision, P, k),
      sets:
        sets === undefined
          ? null
          : insideSets(sets, this.#setProbabilities(rows, P), this.classes, (m) =>
              this.#fold(m, rows),
            ),
    };
  }

  /**
   * Predictions with what each column, and in texts each word, adds to the log-odds of the label against the others
   * (docs/math.md §8.7); of a row that is left to a person the label that it would have got. Where the model reads one column of texts, a plain text stands for its row.
   */
  explain(row: Row | string, options?: ExplainOptions): Explanation;
  explain(rows: Table | readonly (Row | string)[], options?: ExplainOptions): Explanation[];
  explain(
    given: Row | string | Table | readonly (Row | string)[],
    options: ExplainOptions = {},
  ): Explanation | Explanation[] {
    if (typeof given === "string" || isRow(given)) return this.explain([given], options)[0];
    checkKeys("explain", options, ["label"]);
    const { model } = this;
    const rows = isTable(given) ? given : given.map((row) => asRow(model, row));
    const answers = this.answer(rows);
    if (answers.probabilities.length === 0) return [];
    const table = isTable(rows) ? rows : rowsToTable(rows, model.schema);
    const asked =
      options.label === undefined ? -1 : classNamed("label", options.label, this.classes);
    const explained = Array.from(answers.answers, (c) => (asked < 0 ? c : asked));
    const reasons = explainRows(model, table, explained);
    return reasons.map((reason, i) => ({
      ...this.#describe(answers, i),
      explained: this.classes[explained[i]],
      ...reason,
    }));
  }

  /**
   * What each input column does to the odds of each label, in steps in the units of the data, from the model alone: against the
   * others, or against the label named (docs/math.md §8.9).
   */
  odds(options: OddsOptions = {}): ColumnOdds[] {
    checkKeys("odds", options, ["against"]);
    const { against } = options;
    const { model, classes } = this;
    checkNoHidden("odds", model);
    const base = against === undefined ? null : classNamed("against", against, classes);
    return columnOdds(model, oddsView(classes, temperatureOf(model.calibrator), base));
  }

  /**
   * The smallest change of a row that gives it another label, the label named, or that label with a probability: never beyond
   * what training saw (docs/math.md §8.10). Throws a SoftmaxError "data" where a column or label is unknown.
   */
  counterfactual(row: Row, options: CounterfactualOptions = {}): Counterfactual {
    checkCounterfactualOptions(options);
    checkNoHidden("counterfactual", this.model);
    return counterfactualOf(this.model, row, (changed) => this.predict(changed), options);
  }

  /** Calibrated probabilities: k numbers a row, in the order of `classes`. */
  probabilities(rows: Table | readonly Row[], options: PredictOptions = {}): Float64Array[] {
    return rowsOf(this.probabilityMatrix(rows, options), this.classes.length);
  }

  /** Calibrated probabilities, n×k row-major. */
  probabilityMatrix(rows: Table | readonly Row[], options: PredictOptions = {}): Float64Array {
    checkKeys("predict", options, ["temperature"]);
    const temperature = checkNumber("temperature", options.temperature ?? 1, 1e-6, 1e6);
    const k = this.classes.length;
    const one = isTable(rows) || rows.length !== 1 ? null : this.#logitsOfOne(rows[0]);
    if (one !== null && temperature === 1) return sharedSingleRow()!.softmax(one, k).slice();
    const Z = one?.slice() ?? this.logitMatrix(rows);
    sharedKernels().softmax(Z, Z.length / k, k, temperature, Z);
    return Z;
  }

  /** Calibrated logits, of which `probabilities` is the softmax: k numbers a row, in the order of `classes`. */
  logits(rows: Table | readonly Row[]): Float64Array[] {
    return rowsOf(this.logitMatrix(rows), this.classes.length);
  }

  /**
   * A sentence for each column with cells that are not of its kind and so count as missing, and for each column of texts that this
   * engine cuts otherwise than the one that trained, or of images whose network something else runs.
   */
  remarks(rows: Table | readonly Row[]): string[] {
    const { schema, encoder } = this.model;
    const table = isTable(rows) ? rows : rowsToTable(rows, schema);
    const others = encoder.columns.flatMap((column) => {
      if (column.kind === "text") return segmenterRemark(column) ?? [];
      return column.kind === "image" ? (backboneRemark(column, table) ?? []) : [];
    });
    return [...others, ...strayRemarks(table, schema)];
  }

  /** Calibrated logits, n×k row-major. */
  logitMatrix(rows: Table | readonly Row[]): Float64Array {
    const { schema } = this.model;
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
    makeHonest(this.model, Z, table.rows, k);
    return Z;
  }

  /** Calibrated logits of one row, the quick way; null where that is not open to it. */
  #logitsOfOne(row: Row): Float64Array | null {
    if (this.#scoreRow === undefined) this.#scoreRow = rowScorer(this.model);
    return this.#scoreRow?.(row) ?? null;
  }

  /** Raw logits of some rows of a table. */
  #score(table: Table, rows: Int32Array, Z: Float64Array): void {
    const { encoder, weights, hidden } = this.model;
    const k = this.classes.length;
    const outputs = outputsOf(k);
    const X = encode(encoder, table, heap, "f64", rows);
    const range = { start: 0, end: rows.length };
    const raw = Z.subarray(0, rows.length * outputs);
    if (hidden !== undefined) hiddenLogits(hidden, X, weights, raw);
    else sharedKernels().logits(X, range, weights, outputs, raw);
    if (outputs !== k) pairLogits(Z, rows.length);
  }

  #describe({ probabilities: all, labels, answers, sets }: Answers, i: number): Prediction {
    const { classes } = this;
    const p = all[i];
    const order = [...p.keys()].sort((a, b) => p[b] - p[a] || a - b);
    const { decision } = this.model;
    const inside = sets?.subarray(i * p.length, (i + 1) * p.length);
    return {
      label: labels[i] < 0 ? null : classes[labels[i]],
      confidence: p[answers[i]],
      probabilities: order.map((c) => ({ label: classes[c], probability: p[c] })),
      ...(decision?.rule === "top"
        ? { top: order.slice(0, decision.count).map((c) => classes[c]) }
        : {}),
      ...(inside === undefined
        ? {}
        : { set: order.filter((c) => inside[c] === 1).map((c) => classes[c]) }),
    };
  }

  /** What sets rest on: P, or the probabilities at the prior of the training, where scores were taken. */
  #setProbabilities(rows: Table | readonly Row[], P: Float64Array): Float64Array {
    const { priorShifts, ...model } = this.model;
    if (priorShifts === undefined) return P;
    this.#atTraining ??= new Classifier(model);
    return this.#atTraining.probabilityMatrix(rows);
  }

  /** The classifier of a fold of the sets, and what it says of rows. */
  #fold(
    model: Model,
    rows: Table | readonly Row[],
  ): { classes: readonly string[]; P: Float64Array } {
    let classifier = this.#folds.get(model);
    if (classifier === undefined) this.#folds.set(model, (classifier = new Classifier(model)));
    return { classes: classifier.classes, P: classifier.probabilityMatrix(rows) };
  }
}

const isTable = (rows: Table | readonly unknown[]): rows is Table => !Array.isArray(rows);

/** No cell is a list, so what has a list of columns is a table. */
const isRow = (given: Row | Table | readonly unknown[]): given is Row =>
  !Array.isArray(given) && !Array.isArray((given as Partial<Table> | null)?.columns);

const rowsOf = (Z: Float64Array, k: number): Float64Array[] =>
  Array.from({ length: Z.length / k }, (_, i) => Z.subarray(i * k, (i + 1) * k));
