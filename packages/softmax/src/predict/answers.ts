import {
  type Classifier,
  type NumberColumn,
  type Table,
  type TextColumn,
  topK,
} from "@softmax/core";
import { freeName } from "../data/names.ts";

/** What is said of each row beside its label and the confidence in it. */
export interface AnswerColumns {
  /** A column of probabilities a class. */
  readonly probabilities?: boolean;
  /** A column of logits a class. */
  readonly logits?: boolean;
  /** The most probable classes with their probabilities. Default: as many as the model's decision names. */
  readonly top?: number;
  /** Divides the calibrated logits. */
  readonly temperature?: number;
  /** Stands for the label where the model leaves a row to a person. Default: nothing. */
  readonly undecided?: string;
}

/** The table with the answers' columns after its own; names that are taken get a number. */
export function withAnswers(table: Table, classifier: Classifier, wanted: AnswerColumns): Table {
  const { classes } = classifier;
  const { temperature, undecided } = wanted;
  const { P, labels, answers, sets } = classifier.answerMatrix(
    table,
    temperature === undefined ? {} : { temperature },
  );
  const { rows } = table;
  const k = classes.length;
  const added = columnsBeside(table);
  if (undecided === undefined) added.texts("prediction", labels, classes);
  else {
    const codes = labels.map((c) => (c < 0 ? k : c));
    added.texts("prediction", codes, [...classes, undecided]);
  }
  added.numbers("confidence", (i) => P[i * k + answers[i]]);
  if (sets !== null) {
    const { codes, dictionary } = setTexts(P, sets, classes);
    added.texts("set", codes, dictionary);
  }
  if (wanted.probabilities === true) {
    for (const [c, label] of classes.entries()) {
      added.numbers(`probability_${label}`, (i) => P[i * k + c]);
    }
  }
  if (wanted.logits === true) {
    const Z = classifier.logitMatrix(table);
    for (const [c, label] of classes.entries())
      added.numbers(`logit_${label}`, (i) => Z[i * k + c]);
  }
  const top = Math.min(wanted.top ?? topOf(classifier), k);
  const ranked = top === 0 ? new Int32Array(0) : topK(P, top, { columns: k });
  for (let rank = 0; rank < top; rank++) {
    const codes = Int32Array.from({ length: rows }, (_, i) => ranked[i * top + rank]);
    added.texts(`top${rank + 1}`, codes, classes);
    added.numbers(`top${rank + 1}_probability`, (i) => P[i * k + codes[i]]);
  }
  return { ...table, columns: [...table.columns, ...added.columns] };
}

/** Columns that are added to those of a table; a name that is taken gets a number. */
function columnsBeside({ rows, columns: present }: Table) {
  const columns: (TextColumn | NumberColumn)[] = [];
  const taken = new Set(present.map((column) => column.name));
  const name = (wanted: string): string => {
    const free = freeName(wanted, taken);
    taken.add(free);
    return free;
  };
  return {
    columns,
    texts(wanted: string, codes: Int32Array, dictionary: readonly string[]): void {
      columns.push({ kind: "text", name: name(wanted), codes, dictionary });
    },
    numbers(wanted: string, of: (i: number) => number): void {
      const values = new Float64Array(rows);
      for (let i = 0; i < rows; i++) values[i] = of(i);
      columns.push({ kind: "number", name: name(wanted), values });
    },
  };
}

/** How many labels a model's decision names beside the one. */
const topOf = ({ model }: Classifier): number =>
  model.decision?.rule === "top" ? model.decision.count : 0;

/** Each set as a JSON list, the most probable label first. */
function setTexts(
  P: Float64Array,
  sets: Uint8Array,
  classes: readonly string[],
): { codes: Int32Array; dictionary: string[] } {
  const k = classes.length;
  const position = new Map<string, number>();
  const codes = Int32Array.from({ length: sets.length / k }, (_, i) => {
    const order = topK(P.subarray(i * k, (i + 1) * k), k);
    const inside = Array.from(order).filter((c) => sets[i * k + c] === 1);
    const text = JSON.stringify(inside.map((c) => classes[c]));
    if (!position.has(text)) position.set(text, position.size);
    return position.get(text) as number;
  });
  return { codes, dictionary: [...position.keys()] };
}
