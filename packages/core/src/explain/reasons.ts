import type { Matrix } from "../base/matrix.ts";
import type { Table, TableColumn } from "../base/table.ts";
import { type Calibrator, shiftsOf, temperatureOf } from "../calibrate/calibrator.ts";
import { type ColumnEncoder, type Encoder, layoutOf } from "../encode/encoder.ts";
import { requiredColumns } from "../encode/schema.ts";
import { contributions } from "./effects.ts";
import { type TextPart, textParts } from "./parts.ts";

/** What speaks for a label in one row: plain data. */
export interface Reasons {
  /**
   * Log-odds of the label against the others (docs/math.md §8.7): its calibrated logit less the mean of the others', the
   * model's own logits where the calibrator is none of a temperature. The intercept and the contributions of the columns sum to it,
   * exactly but for rounding.
   */
  readonly logOdds: number;
  readonly intercept: number;
  /** The same for every class by itself, in the model's order. */
  readonly classes: readonly ClassReason[];
  /** In the model's order. */
  readonly columns: readonly ColumnReason[];
}

/** The logit of a class, calibrated as the log-odds are: the intercept and what the columns add to it, exactly but for rounding. */
export interface ClassReason {
  readonly label: string;
  readonly logit: number;
  readonly intercept: number;
}

export interface ColumnReason {
  readonly name: string;
  readonly kind: ColumnEncoder["kind"];
  /** The cell as the table holds it; null where it is missing. */
  readonly value: string | number | null;
  /** What the column adds to the log-odds. */
  readonly contribution: number;
  /** What it adds to the logit of each of `classes`; with two classes the first one's is 0. */
  readonly logits: readonly number[];
  /** Of a text: its consecutive parts, whose weights sum to the contribution; null for other kinds. */
  readonly parts: readonly TextPart[] | null;
}

/** What reasons need of a model. */
export interface Explained {
  readonly encoder: Encoder;
  /** (d+1) × outputs, the last row the intercepts; one output for two classes. */
  readonly weights: Float64Array;
  readonly calibrator: Calibrator;
  /** Added to calibrated logits, where there are any. */
  readonly priorShifts?: Float64Array;
}

/** A row of a table, and where X holds it. */
export interface ExplainedRow {
  readonly table: Table;
  readonly row: number;
  readonly X: Matrix;
  readonly at: number;
}

/** What speaks for the label c of `labels` in a row. */
export function reasonsOf(
  { encoder, weights, calibrator, priorShifts }: Explained,
  { table, row, X, at }: ExplainedRow,
  c: number,
  labels: readonly string[],
): Reasons {
  const k = labels.length;
  const temperature = temperatureOf(calibrator);
  const shifts = shiftsOf(calibrator);
  const direction = directionOf(c, k, temperature);
  const outputs = direction.length;
  const sums = contributions(encoder, weights, outputs, X, at);
  const cells = requiredColumns(table, encoder.columns);
  const partsOf = textExplainer(encoder, weights, direction);
  const columns = encoder.columns.map((column, p): ColumnReason => {
    const value = column.kind === "image" ? null : cellOf(cells.get(column.name)!, row);
    const contribution = along(direction, sums, p);
    const { name, kind } = column;
    const logits = logitsAt(sums, p, k, temperature);
    return { name, kind, value, contribution, logits, parts: partsOf(p, value) };
  });
  const last = weights.length / outputs - 1;
  const shift = shiftOf(shifts, c, k) + shiftOf(priorShifts ?? null, c, k);
  const intercept = along(direction, weights, last) + shift;
  const logOdds = columns.reduce((sum, { contribution }) => sum + contribution, intercept);
  const intercepts = logitsAt(weights, last, k, temperature);
  const classes = labels.map((label, own): ClassReason => {
    const intercept = intercepts[own] + (shifts?.[own] ?? 0) + (priorShifts?.[own] ?? 0);
    return {
      label,
      intercept,
      logit: columns.reduce((sum, { logits }) => sum + logits[own], intercept),
    };
  });
  return { logOdds, intercept, classes, columns };
}

/** Row j of M in logits of k classes, divided by the temperature: with two classes the pair (0, z). */
export function logitsAt(M: Float64Array, j: number, k: number, temperature: number): number[] {
  if (k === 2) return [0, M[j] / temperature];
  return Array.from(M.subarray(j * k, (j + 1) * k), (z) => z / temperature);
}

/** What the parts of a column's text add to the log-odds; null where the column is no text. */
export function textExplainer(
  encoder: Encoder,
  W: Float64Array,
  direction: Float64Array,
): (column: number, text: string | number | null) => TextPart[] | null {
  const { places, denseWidth, codesWidth } = layoutOf(encoder);
  return (p, text) => {
    const column = encoder.columns[p];
    if (column.kind !== "text") return null;
    if (text === null) return [];
    const first = denseWidth + codesWidth + places[p].csrStart;
    return textParts(column, String(text), (j) => along(direction, W, first + j));
  };
}

/**
 * v: by how much the log-odds of class c against the others grow with each logit of the model: [c' = c] − [c' ≠ c]/(k − 1),
 * divided by the temperature. With two classes the model's only logit is that of the second.
 */
export function directionOf(c: number, k: number, temperature: number): Float64Array {
  const all = Float64Array.from({ length: k }, (_, other) => signOf(other, c, k) / temperature);
  return k === 2 ? all.subarray(1) : all;
}

const signOf = (other: number, c: number, k: number): number => (other === c ? 1 : -1 / (k - 1));

/** Σ_o v_o M_jo */
function along(v: Float64Array, M: Float64Array, j: number): number {
  let sum = 0;
  for (let o = 0; o < v.length; o++) sum += v[o] * M[j * v.length + o];
  return sum;
}

const shiftOf = (shifts: Float64Array | null, c: number, k: number): number =>
  shifts === null ? 0 : shifts.reduce((sum, s, other) => sum + s * signOf(other, c, k), 0);

function cellOf(column: TableColumn, row: number): string | number | null {
  if (column.kind === "number") {
    const value = column.values[row];
    return Number.isNaN(value) ? null : value;
  }
  const code = column.codes[row];
  return code < 0 ? null : column.dictionary[code];
}
