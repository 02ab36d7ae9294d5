import type { ConfidentJoint } from "./confident.ts";
import type { ColumnReason } from "./reasons.ts";

/** Rows that are worth a look, by what models said of them that had not seen them. Plain data. */
export interface RowsReport {
  /** For each class those with the highest probability of it, the surest first. */
  readonly typical: readonly JudgedRow[];
  /** Whose two most probable classes are nearest to each other. */
  readonly doubtful: readonly JudgedRow[];
  /** Confidently of another class than their label, the least probable label first: it may be wrong. */
  readonly mislabelled: readonly JudgedRow[];
  /** How many rows are confidently of another class than their label. */
  readonly suspects: number;
  /** Share of all labels that seem wrong, and the pairs of classes that make it up, the most frequent first. */
  readonly errors: number;
  readonly pairs: readonly LabelPair[];
}

/** Rows labelled as one class that seem to be of another: those confidently so, and the estimated share of all rows. */
export interface LabelPair {
  readonly label: string;
  readonly likely: string;
  readonly rows: number;
  readonly share: number;
}

/** A row of the training table. Probabilities are out of fold; contributions are those of the model trained on all rows. */
export interface JudgedRow {
  /** Row of the table, from 1. */
  readonly row: number;
  readonly label: string;
  readonly predicted: string;
  readonly probability: number;
  /** Of its own label. */
  readonly labelProbability: number;
  /** The columns that add most to the log-odds of the predicted label or take most from them, the strongest first. */
  readonly cells: readonly JudgedCell[];
}

export type JudgedCell = Pick<ColumnReason, "name" | "value" | "contribution">;

const PAIRS = 20;

/** The most frequent pairs off the diagonal. */
export function labelPairs(
  { counts, joint }: ConfidentJoint,
  classes: readonly string[],
): LabelPair[] {
  const pairs = joint.flatMap((row, given) =>
    row.flatMap((share, c) =>
      c === given || share === 0
        ? []
        : [{ label: classes[given], likely: classes[c], rows: counts[given][c], share }],
    ),
  );
  return pairs.sort((a, b) => b.share - a.share).slice(0, PAIRS);
}

/** Columns shown of a row, and characters of a cell, at most. */
const CELLS = 4;
const CHARACTERS = 80;

/** The strongest columns of a row; long texts are cut. */
export const strongestCells = (columns: readonly ColumnReason[]): JudgedCell[] =>
  [...columns]
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, CELLS)
    .map(({ name, value, contribution }) => ({
      name,
      value: typeof value === "string" ? cut(value) : value,
      contribution,
    }));

const cut = (text: string): string => {
  const characters = [...text];
  return characters.length > CHARACTERS ? `${characters.slice(0, CHARACTERS - 1).join("")}…` : text;
};
