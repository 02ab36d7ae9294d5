import { checkLength } from "../base/checks.ts";
import type { Matrix } from "../base/matrix.ts";
import type { CategoricalEncoder } from "../encode/categorical.ts";
import {
  type ColumnEncoder,
  type Encoder,
  encodedWidth,
  layoutOf,
  type Place,
} from "../encode/encoder.ts";
import { type NumericEncoder, valueAt } from "../encode/numeric.ts";
import { type LabelTerms, termEffects } from "./terms.ts";

/**
 * What a model does with an input column, in the units of the data (docs/math.md §8.5).
 *
 * Log-odds are those of each of `labels`: with two classes of the second against the first, else of every class. All but
 * `perUnit` are differences from the column's mean contribution over the rows.
 */
export interface ColumnEffect {
  readonly name: string;
  readonly kind: ColumnEncoder["kind"];
  readonly labels: readonly string[];
  /** The largest of `deviations`: how much the column moves the logits, in log-odds. */
  readonly importance: number;
  /** Standard deviation of the column's contribution over the rows; one a label. */
  readonly deviations: readonly number[];
  /** Of a straight line: log-odds a unit (a day, for dates); one a label. */
  readonly perUnit: readonly number[] | null;
  /** Of a curve: corner points over the range of the rows. Between them it is straight. Dates: days since 1970. */
  readonly curve: readonly CurvePoint[] | null;
  /** Levels, and of numeric columns missing and frequent values. */
  readonly levels: readonly LevelEffect[];
  /** Of texts: the terms that move each label most; null for other kinds. */
  readonly terms: readonly LabelTerms[] | null;
}

export interface CurvePoint {
  readonly x: number;
  /** One a label. */
  readonly logOdds: readonly number[];
}

export interface LevelEffect {
  /** The level's text; null where `role` says what stands for it. */
  readonly level: string | null;
  readonly role: "level" | "other" | "missing";
  /** One a label. */
  readonly logOdds: readonly number[];
}

/** Logits of a model: one for two classes. */
const outputsOf = (classes: readonly string[]): number =>
  classes.length === 2 ? 1 : classes.length;

/**
 * Contribution of each column to each logit of row `row` of X, columns × outputs: Σ_j x_j W_jc over the column's
 * features j. With the intercepts (the last row of W) they sum to the logits, exactly but for rounding.
 */
export function contributions(
  encoder: Encoder,
  W: Float64Array,
  outputs: number,
  X: Matrix,
  row: number,
): Float64Array {
  const { places, denseWidth } = layoutOf(encoder);
  checkLength("weights", W.length, (encodedWidth(encoder) + 1) * outputs);
  const sums = new Float64Array(places.length * outputs);
  addRow(places, denseWidth, W, outputs, X, row, sums);
  return sums;
}

function addRow(
  places: readonly Place[],
  denseWidth: number,
  W: Float64Array,
  outputs: number,
  X: Matrix,
  row: number,
  sums: Float64Array,
): void {
  const { dense, codes } = X;
  for (let p = 0; p < places.length; p++) {
    const place = places[p];
    const end = place.denseStart + place.denseWidth;
    for (let j = place.denseStart; j < end; j++) {
      const x = dense!.data[row * denseWidth + j];
      for (let c = 0; c < outputs; c++) sums[p * outputs + c] += x * W[j * outputs + c];
    }
    addTerms(place, denseWidth + (codes?.width ?? 0), W, outputs, X, row, sums, p * outputs);
    const code = place.slot < 0 ? -1 : codes!.data[row * codes!.perRow + place.slot];
    if (code < 0) continue;
    const j = denseWidth + code;
    for (let c = 0; c < outputs; c++) sums[p * outputs + c] += W[j * outputs + c];
  }
}

function addTerms(
  { csrStart, csrWidth }: Place,
  first: number,
  W: Float64Array,
  outputs: number,
  { csr }: Matrix,
  row: number,
  sums: Float64Array,
  at: number,
): void {
  if (csrWidth === 0) return;
  const { starts, columns, values } = csr!;
  for (let entry = starts[row]; entry < starts[row + 1]; entry++) {
    const feature = columns[entry] - csrStart;
    if (feature < 0 || feature >= csrWidth) continue;
    const j = first + columns[entry];
    for (let c = 0; c < outputs; c++) sums[at + c] += values[entry] * W[j * outputs + c];
  }
}

/** Columns, and features, with a weight that is not 0. W: weights, (d+1)×outputs. */
export function usedColumns(
  encoder: Encoder,
  W: Float64Array,
  outputs: number,
): { columns: number; features: number } {
  const { places, denseWidth, codesWidth } = layoutOf(encoder);
  const usedFrom = (first: number, width: number): number => {
    let used = 0;
    for (let j = first; j < first + width; j++) {
      if (W.subarray(j * outputs, (j + 1) * outputs).some((w) => w !== 0)) used++;
    }
    return used;
  };
  const features = places.map(
    (place) =>
      usedFrom(place.denseStart, place.denseWidth) +
      usedFrom(denseWidth + place.codesStart, place.codesWidth) +
      usedFrom(denseWidth + codesWidth + place.csrStart, place.csrWidth),
  );
  return {
    columns: features.filter((used) => used > 0).length,
    features: features.reduce((sum, used) => sum + used, 0),
  };
}

/**
 * The effect of every column of a model, the most important first. W: weights, (d+1)×outputs; X: the rows over which
 * effects are centred and importance is measured, encoded by `encoder`.
 */
export function effects(
  encoder: Encoder,
  W: Float64Array,
  classes: readonly string[],
  X: Matrix,
): ColumnEffect[] {
  const outputs = outputsOf(classes);
  checkLength("weights", W.length, (encodedWidth(encoder) + 1) * outputs);
  const { places, denseWidth, codesWidth } = layoutOf(encoder);
  const { mean, deviation } = momentsOf(places, denseWidth, W, outputs, X);
  const labels = outputs === 1 ? [classes[1]] : classes;
  const list = encoder.columns.map((column, p): ColumnEffect => {
    const place = places[p];
    const range = (at: number): readonly number[] =>
      Array.from({ length: outputs }, (_, c) => W[at * outputs + c]);
    const view: View = {
      dense: (j) => range(place.denseStart + j),
      indicator: (j) => range(denseWidth + place.codesStart + j),
      mean: Array.from(mean.subarray(p * outputs, (p + 1) * outputs)),
      range: rangeOf(place, X),
    };
    const deviations = Array.from(deviation.subarray(p * outputs, (p + 1) * outputs));
    const importance = Math.max(...deviations);
    const { name, kind } = column;
    const terms =
      column.kind === "text"
        ? termEffects(column, place, denseWidth + codesWidth, W, labels, X)
        : null;
    return { name, kind, labels, importance, deviations, ...shapeOf(column, view), terms };
  });
  return list.sort((a, b) => b.importance - a.importance);
}

/** The weights of one column, one entry a label. */
interface View {
  dense(j: number): readonly number[];
  indicator(j: number): readonly number[];
  /** The column's mean contribution. */
  readonly mean: readonly number[];
  /** Least and largest standardised value. */
  readonly range: readonly [number, number];
}

type ShapeOfEffect = Pick<ColumnEffect, "perUnit" | "curve" | "levels">;

function shapeOf(column: ColumnEncoder, view: View): ShapeOfEffect {
  switch (column.kind) {
    case "numeric":
      return numericEffect(column, view);
    case "date":
      return numericEffect(column.days, view);
    case "text":
      return { perUnit: null, curve: null, levels: [] };
    case "categorical":
      return { perUnit: null, curve: null, levels: categoricalLevels(column, view) };
    case "boolean": {
      const zero = view.mean.map(() => 0);
      const levels = column.words.map((word, value) =>
        level(word, "level", value === 1 ? view.indicator(0) : zero, view),
      );
      if (column.missing) levels.push(level(null, "missing", view.indicator(1), view));
      return { perUnit: null, curve: null, levels };
    }
  }
}

const level = (
  text: string | null,
  role: LevelEffect["role"],
  total: readonly number[],
  { mean }: View,
): LevelEffect => ({ level: text, role, logOdds: total.map((w, c) => w - mean[c]) });

function categoricalLevels(
  { levels, other, missing }: CategoricalEncoder,
  view: View,
): LevelEffect[] {
  const list = levels.map((text, j) => level(text, "level", view.indicator(j), view));
  if (other) list.push(level(null, "other", view.indicator(levels.length), view));
  if (missing)
    list.push(level(null, "missing", view.indicator(levels.length + (other ? 1 : 0)), view));
  return list;
}

function numericEffect(encoder: NumericEncoder, view: View): ShapeOfEffect {
  const { line, knots, frequent, missing } = encoder;
  const at = (x: number): number[] => {
    const features = valueAt(encoder, x);
    return view.mean.map((_, c) => features.reduce((sum, f, j) => sum + f * view.dense(j)[c], 0));
  };
  const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((v, c) => v + b[c]);
  const levels = Array.from(frequent, (v, j) =>
    level(String(v), "level", plus(at(v), view.indicator(j)), view),
  );
  if (missing) {
    const total = plus(at(line[0]), view.indicator(frequent.length));
    levels.push(level(null, "missing", total, view));
  }
  if (knots.length === 0) {
    return { perUnit: view.dense(0).map((w) => w / line[2]), curve: null, levels };
  }
  const [low, high] = view.range.map((z) => line[1] + z * line[2]);
  const near = 1e-9 * (high - low);
  const snapped = (x: number): number => knots.find((q) => Math.abs(q - x) <= near) ?? x;
  const inside = Array.from(knots).filter((x) => x > low + near && x < high - near);
  const curve = [snapped(low), ...inside, snapped(high)].map((x) => ({
    x,
    logOdds: at(x).map((v, c) => v - view.mean[c]),
  }));
  return { perUnit: null, curve, levels };
}

function rangeOf({ denseStart, denseWidth }: Place, { dense, rows }: Matrix): [number, number] {
  if (denseWidth === 0 || rows === 0) return [0, 0];
  const { data, width } = dense!;
  let [low, high] = [data[denseStart], data[denseStart]];
  for (let i = 1; i < rows; i++) {
    const z = data[i * width + denseStart];
    if (z < low) low = z;
    if (z > high) high = z;
  }
  return [low, high];
}

/** Mean and deviation of the contributions over the rows, by Welford's update. */
function momentsOf(
  places: readonly Place[],
  denseWidth: number,
  W: Float64Array,
  outputs: number,
  X: Matrix,
): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(places.length * outputs);
  const squares = new Float64Array(mean.length);
  const sums = new Float64Array(mean.length);
  for (let i = 0; i < X.rows; i++) {
    sums.fill(0);
    addRow(places, denseWidth, W, outputs, X, i, sums);
    for (let at = 0; at < sums.length; at++) {
      const delta = sums[at] - mean[at];
      mean[at] += delta / (i + 1);
      squares[at] += delta * (sums[at] - mean[at]);
    }
  }
  return { mean, deviation: squares.map((sum) => Math.sqrt(sum / Math.max(1, X.rows))) };
}
