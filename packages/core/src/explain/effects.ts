import { checkLength } from "../base/checks.ts";
import type { Matrix, RowRange } from "../base/matrix.ts";
import { windowsOf } from "../base/stored.ts";
import {
  type ColumnEncoder,
  type Encoder,
  encodedWidth,
  layoutOf,
  type Place,
} from "../encode/encoder.ts";
import type { NumericEncoder } from "../encode/numeric.ts";
import { levelsOf, type Response, responseOf } from "./response.ts";
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
  /** Mean over the rows (of many, 20,000 evenly spaced) of the contribution's distance from its mean; one a label. */
  readonly meanAbsolute: readonly number[];
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
  const ranges = rangesOf(places, X);
  const absolute = meanAbsolutes(places, denseWidth, W, outputs, X, mean);
  const list = encoder.columns.map((column, p): ColumnEffect => {
    const place = places[p];
    const own = (sums: Float64Array): number[] =>
      Array.from(sums.subarray(p * outputs, (p + 1) * outputs));
    const response = responseOf(encoder, W, outputs, p);
    const shape =
      response === null ? SHAPELESS : shapeOf(response, { mean: own(mean), range: ranges[p] });
    const [deviations, meanAbsolute] = [own(deviation), own(absolute)];
    const importance = Math.max(...deviations);
    const { name, kind } = column;
    const terms =
      column.kind === "text"
        ? termEffects(column, place, denseWidth + codesWidth, W, labels, X)
        : null;
    return { name, kind, labels, importance, deviations, meanAbsolute, ...shape, terms };
  });
  return list.sort((a, b) => b.importance - a.importance);
}

/** What effects are seen against, one entry a label. */
interface View {
  /** The column's mean contribution. */
  readonly mean: readonly number[];
  /** Least and largest standardised value. */
  readonly range: readonly [number, number];
}

type ShapeOfEffect = Pick<ColumnEffect, "perUnit" | "curve" | "levels">;

const SHAPELESS: ShapeOfEffect = { perUnit: null, curve: null, levels: [] };

function shapeOf(response: Response, view: View): ShapeOfEffect {
  const { column, at } = response;
  const levels = levelsOf(column).map(({ level, role, meaning }): LevelEffect => {
    return { level, role, logOdds: at(meaning).map((v, c) => v - view.mean[c]) };
  });
  if (column.kind === "numeric") return { ...bendOf(column, response, view), levels };
  if (column.kind === "date") return { ...bendOf(column.days, response, view), levels };
  return { ...SHAPELESS, levels };
}

/** The slope of a line, or the corner points of a curve. */
function bendOf(
  { line, knots }: NumericEncoder,
  { slope, curve }: Response,
  { mean, range }: View,
): Pick<ColumnEffect, "perUnit" | "curve"> {
  if (knots.length === 0) return { perUnit: slope, curve: null };
  const [low, high] = range.map((z) => line[1] + z * line[2]);
  const near = 1e-9 * (high - low);
  const snapped = (x: number): number => knots.find((q) => Math.abs(q - x) <= near) ?? x;
  const inside = Array.from(knots).filter((x) => x > low + near && x < high - near);
  const points = [snapped(low), ...inside, snapped(high)];
  const at = (x: number): number[] => curve!(x).map((v, c) => v - mean[c]);
  return { perUnit: null, curve: points.map((x) => ({ x, logOdds: at(x) })) };
}

/** Least and largest standardised value of each column; 0 and 0 where it has none. */
function rangesOf(places: readonly Place[], X: Matrix): readonly (readonly [number, number])[] {
  const width = X.dense?.width ?? 0;
  const ranges = places.map((): [number, number] => [0, 0]);
  for (const { X: here, first, range } of windowsOf(X, everyRow(X))) {
    for (const [p, { denseStart, denseWidth }] of places.entries()) {
      if (denseWidth === 0) continue;
      const { data } = here.dense!;
      let [low, high] = range.start === 0 ? [data[denseStart], data[denseStart]] : ranges[p];
      for (let i = range.start - first; i < range.end - first; i++) {
        const z = data[i * width + denseStart];
        if (z < low) low = z;
        if (z > high) high = z;
      }
      ranges[p] = [low, high];
    }
  }
  return ranges;
}

const everyRow = ({ rows }: Matrix): readonly RowRange[] =>
  rows === 0 ? [] : [{ start: 0, end: rows }];

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
  for (const { X: here, first, range } of windowsOf(X, everyRow(X))) {
    for (let i = range.start; i < range.end; i++) {
      sums.fill(0);
      addRow(places, denseWidth, W, outputs, here, i - first, sums);
      for (let at = 0; at < sums.length; at++) {
        const delta = sums[at] - mean[at];
        mean[at] += delta / (i + 1);
        squares[at] += delta * (sums[at] - mean[at]);
      }
    }
  }
  return { mean, deviation: squares.map((sum) => Math.sqrt(sum / Math.max(1, X.rows))) };
}

/** Rows over which mean distances are taken, at most: evenly spaced ones of more. */
const DISTANCE_ROWS = 20_000;

/** Mean distance of the contributions from their means over the rows. */
function meanAbsolutes(
  places: readonly Place[],
  denseWidth: number,
  W: Float64Array,
  outputs: number,
  X: Matrix,
  mean: Float64Array,
): Float64Array {
  const total = new Float64Array(mean.length);
  const sums = new Float64Array(mean.length);
  const step = Math.max(1, Math.ceil(X.rows / DISTANCE_ROWS));
  let rows = 0;
  for (const { X: here, first, range } of windowsOf(X, everyRow(X))) {
    for (let i = step * rows; i < range.end; i += step, rows++) {
      sums.fill(0);
      addRow(places, denseWidth, W, outputs, here, i - first, sums);
      for (let at = 0; at < sums.length; at++) total[at] += Math.abs(sums[at] - mean[at]);
    }
  }
  return total.map((sum) => sum / Math.max(1, rows));
}
