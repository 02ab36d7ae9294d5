import { checkKeys } from "../../base/checks.ts";
import type { Row, Table } from "../../base/table.ts";
import { everyRow } from "../../encode/cells.ts";
import { encode } from "../../encode/encoder.ts";
import { classNamed } from "../../encode/labels.ts";
import { rowsToTable } from "../../encode/rows.ts";
import { requiredColumns, type Schema } from "../../encode/schema.ts";
import type { Reasons } from "../../explain/reasons.ts";
import { heap } from "../../kernels/kernels.ts";
import { sharedKernels } from "../../kernels/shared.ts";
import { pairLogits } from "../../model/logits.ts";
import { Classifier, type Explanation, type LabelProbability } from "../classifier.ts";
import { makeHonest } from "../logits.ts";
import { MULTI_LABEL_KIND, modelOfTree, readTree } from "../model.ts";
import { headModel, type MultiLabelModel, multiLabelOfTree, packMultiLabel } from "./model.ts";

/** The labels of a row, of which there may be none. */
export interface MultiLabelPrediction {
  /** Those that the row gets, in the model's order. */
  readonly labels: readonly string[];
  /** Every label with the probability that the row has it, in the model's order; each stands for itself, and they sum to nothing. */
  readonly probabilities: readonly LabelProbability[];
}

/** What is predicted of n rows, in numbers: L labels. */
export interface LabelAnswers {
  /** n×L: the probability that a row has a label. */
  readonly probabilities: Float64Array;
  /** n×L: 1 where a row gets a label. */
  readonly given: Uint8Array;
}

/** What speaks for a label of a row, and against it. */
export interface LabelExplanation extends MultiLabelPrediction, Reasons {
  readonly explained: string;
  /** That the row has it. */
  readonly probability: number;
}

export interface LabelExplainOptions {
  /** The label to speak of. */
  readonly label: string;
}

/** Rows encoded and scored at a time: bounds the memory of a prediction. */
const BLOCK_ROWS = 4096;

/**
 * A trained classifier that gives a row any number of labels: one schema and one encoder, and for each label a head of its own with
 * weights, calibrator and threshold (docs/math.md §6.11).
 *
 * Rows are read as by `Classifier`.
 */
export class MultiLabelClassifier {
  /** The learned numbers and words; plain data. */
  readonly model: MultiLabelModel;
  readonly #heads = new Map<number, Classifier>();

  constructor(model: MultiLabelModel) {
    this.model = model;
  }

  /** Reads a model file's bytes. Throws a SoftmaxError "model" where they are damaged, foreign, too new or of another kind. */
  static async load(bytes: Uint8Array): Promise<MultiLabelClassifier> {
    return new MultiLabelClassifier(multiLabelOfTree(readTree(bytes)));
  }

  /** The model file's bytes: a valid safetensors file (docs/model-file.md). */
  save(): Uint8Array {
    return packMultiLabel(this.model);
  }

  /** In the order of all probabilities and logits. */
  get labels(): readonly string[] {
    return this.model.labels;
  }

  /** The columns that the model reads. */
  get columns(): readonly string[] {
    return this.model.columns.map((column) => column.name);
  }

  /** The columns that held the labels. */
  get targets(): readonly string[] {
    return this.model.target.columns;
  }

  /** How columns are read; its classes are those of a label by itself. */
  get schema(): Schema {
    return this.head(this.labels[0]).model.schema;
  }

  predict(row: Row): MultiLabelPrediction;
  predict(rows: readonly Row[]): MultiLabelPrediction[];
  predict(rows: Row | readonly Row[]): MultiLabelPrediction | MultiLabelPrediction[] {
    if (!Array.isArray(rows)) return this.predict([rows as Row])[0];
    const answers = this.answer(rows);
    return Array.from({ length: rows.length }, (_, i) => this.#describe(answers, i));
  }

  /** Calibrated probabilities, n×L row-major: that a row has a label, in the order of `labels`. */
  probabilities(rows: Table | readonly Row[]): Float64Array {
    const L = this.labels.length;
    const P = this.#pairs(rows);
    return Float64Array.from({ length: P.length / 2 }, (_, at) => {
      const n = P.length / (2 * L);
      return P[2 * ((at % L) * n + Math.floor(at / L)) + 1];
    });
  }

  /** Calibrated log-odds of having each label, n×L row-major; `probabilities` are their sigmoids. */
  logits(rows: Table | readonly Row[]): Float64Array {
    const Z = this.#honest(rows);
    const L = this.labels.length;
    const n = Z.length / (2 * L);
    const out = new Float64Array(n * L);
    for (let l = 0; l < L; l++) {
      for (let i = 0; i < n; i++) out[i * L + l] = Z[2 * (l * n + i) + 1] - Z[2 * (l * n + i)];
    }
    return out;
  }

  /** What is predicted, in numbers of labels. */
  answer(rows: Table | readonly Row[]): LabelAnswers {
    const probabilities = this.probabilities(rows);
    return { probabilities, given: givenBy(this.model, probabilities) };
  }

  /**
   * What each column, and in texts each word, adds to the log-odds of a label (docs/math.md §8.7). Where the model reads one column
   * of texts, a plain text stands for its row. Throws a SoftmaxError "data" for an unknown label.
   */
  explain(row: Row | string, options: LabelExplainOptions): LabelExplanation;
  explain(
    rows: Table | readonly (Row | string)[],
    options: LabelExplainOptions,
  ): LabelExplanation[];
  explain(
    given: Row | string | Table | readonly (Row | string)[],
    options: LabelExplainOptions,
  ): LabelExplanation | LabelExplanation[] {
    checkKeys("explain", options, ["label"]);
    const { label } = options;
    const head = this.head(label);
    const isOne = !Array.isArray(given) && !isTable(given);
    const rows = isOne ? [given as Row | string] : (given as Table | readonly (Row | string)[]);
    const reasons: Explanation[] = head.explain(rows, { label });
    const answers = this.answer(isTable(rows) ? rows : rows.map((row) => this.#rowOf(row)));
    const l = this.labels.indexOf(label);
    const all = reasons.map(({ logOdds, intercept, classes, columns, explained }, i) => {
      const described = this.#describe(answers, i);
      const { probability } = described.probabilities[l];
      return { ...described, explained, probability, logOdds, intercept, classes, columns };
    });
    return isOne ? all[0] : all;
  }

  /**
   * The classifier of one label by itself: its two classes are "not X" and X. With it goes all that is for classifiers of one
   * label, such as odds and counterfactuals. Throws a SoftmaxError "data" for an unknown label.
   */
  head(label: string): Classifier {
    const l = classNamed("label", label, this.labels);
    const known = this.#heads.get(l);
    if (known !== undefined) return known;
    const head = new Classifier(headModel(this.model, l));
    this.#heads.set(l, head);
    return head;
  }

  /** A sentence for each column with cells that are not of its kind and so count as missing. */
  remarks(rows: Table | readonly Row[]): string[] {
    return this.head(this.labels[0]).remarks(rows);
  }

  #rowOf(row: Row | string): Row {
    return typeof row === "string" ? Object.fromEntries([[this.columns[0], row]]) : row;
  }

  #describe({ probabilities, given }: LabelAnswers, i: number): MultiLabelPrediction {
    const { labels } = this;
    const at = i * labels.length;
    return {
      labels: labels.filter((_, l) => given[at + l] === 1),
      probabilities: labels.map((label, l) => ({ label, probability: probabilities[at + l] })),
    };
  }

  /** Probabilities of not having and having a label, label after label: L × n × 2. */
  #pairs(rows: Table | readonly Row[]): Float64Array {
    const Z = this.#honest(rows);
    sharedKernels().softmax(Z, Z.length / 2, 2, 1, Z);
    return Z;
  }

  /** The calibrated logits of the same. */
  #honest(rows: Table | readonly Row[]): Float64Array {
    const { columns, heads } = this.model;
    if (!isTable(rows) && rows.length === 0) return new Float64Array(0);
    const table = isTable(rows) ? rows : rowsToTable(rows, this.schema);
    requiredColumns(table, columns);
    const L = heads.length;
    const n = table.rows;
    const Z = new Float64Array(2 * n * L);
    const every = everyRow(n);
    for (let start = 0; start < n; start += BLOCK_ROWS) {
      this.#score(table, every.subarray(start, start + BLOCK_ROWS), Z);
    }
    heads.forEach((head, l) => {
      const own = Z.subarray(2 * l * n, 2 * (l + 1) * n);
      pairLogits(own, n);
      makeHonest(head, own, n, 2);
    });
    return Z;
  }

  /** Raw logits of some rows: those of label l go to the first n of its 2n places. */
  #score(table: Table, rows: Int32Array, Z: Float64Array): void {
    const { encoder, weights, heads } = this.model;
    const L = heads.length;
    const X = encode(encoder, table, heap, "f64", rows);
    const raw = new Float64Array(rows.length * L);
    sharedKernels().logits(X, { start: 0, end: rows.length }, weights, L, raw);
    rows.forEach((row, at) => {
      for (let l = 0; l < L; l++) Z[2 * l * table.rows + row] = raw[at * L + l];
    });
  }
}

/** n×L: 1 where the probability of having a label gives it. */
export function givenBy(
  { heads }: Pick<MultiLabelModel, "heads">,
  probabilities: Float64Array,
): Uint8Array {
  const L = heads.length;
  return Uint8Array.from(probabilities, (p, at) => {
    const { threshold } = heads[at % L];
    return Number(threshold === undefined ? p > 0.5 : p >= threshold);
  });
}

const isTable = (rows: unknown): rows is Table =>
  !Array.isArray(rows) && Array.isArray((rows as Partial<Table> | null)?.columns);

/** Reads a model file of either kind. Throws a SoftmaxError "model" where its bytes are damaged, foreign or too new. */
export async function loadClassifier(
  bytes: Uint8Array,
): Promise<Classifier | MultiLabelClassifier> {
  const tree = readTree(bytes);
  return tree.kind === MULTI_LABEL_KIND
    ? new MultiLabelClassifier(multiLabelOfTree(tree))
    : new Classifier(modelOfTree(tree));
}
