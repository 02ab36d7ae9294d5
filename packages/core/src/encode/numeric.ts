import type { Floats } from "../base/matrix.ts";

/**
 * A numeric column as a line, or as a piecewise-linear curve (docs/math.md §8.2).
 *
 *   v = x, or the median where x is missing
 *   line  (v − mean) / deviation
 *   ramps r_j(v) = clip((v − q_j) / (q_{j+1} − q_j), 0, 1) − mean of it,  j = 0 … K−2
 *   one indicator: "missing", else one of the frequent values, else none
 *
 * Line and ramps are dense columns; a ramp's weight is the curve's rise from q_j to q_{j+1} beyond the line. Ramps are
 * centred but not scaled: measured, scaling costs accuracy on small tables, and not centring doubles the passes of a fit.
 */
export interface NumericEncoder {
  readonly kind: "numeric";
  readonly name: string;
  /** Median, mean and deviation (population, after imputation) of the training rows. */
  readonly line: Float64Array;
  /** K knots q, ascending; none for a line. */
  readonly knots: Float64Array;
  /** Mean of each of the K−1 ramps over the training rows. */
  readonly rampMeans: Float64Array;
  /** Values with an indicator of their own, ascending. */
  readonly frequent: Float64Array;
  /** Whether missing values have an indicator: some training row lacked the value. */
  readonly missing: boolean;
}

/** Up to this many distinct values, each is a knot: the curve is as free as one level a value. */
export const FEW_VALUES = 20;
/** A value of more than this share of the observed rows is frequent. */
const FREQUENT_SHARE = 0.1;
/** A line's value at most: float32 holds it, and its product with any weight that a fit gives. */
const FURTHEST = 1e30;
/** Quantiles of the knots: evenly spaced, and two in the upper tail, where amounts and durations stretch. */
const QUANTILES: readonly number[] = [
  ...Array.from({ length: 15 }, (_, j) => (j + 1) / 16),
  0.98,
  0.995,
];

export const denseWidth = (encoder: NumericEncoder): number =>
  1 + Math.max(0, encoder.knots.length - 1);
export const codesWidth = (encoder: NumericEncoder): number =>
  encoder.frequent.length + (encoder.missing ? 1 : 0);

/** values: one a training row, NaN where missing; at least one is not. */
export function fitNumeric(name: string, values: Float64Array, curves: boolean): NumericEncoder {
  const observed = spreadOf(values);
  const median = medianOf(observed);
  const missing = values.length - observed.rows;
  const filled = withMore(observed, median, missing);
  const { mean, deviation } = moments(filled);
  const { knots, frequent } = curves ? bendsOf(observed) : STRAIGHT;
  return {
    kind: "numeric",
    name,
    line: Float64Array.of(median, mean, deviation),
    knots,
    rampMeans: rampMeans(knots, filled),
    frequent,
    missing: missing > 0,
  };
}

/** Different values, ascending, each with its number of rows. What is learned from it does not depend on row order. */
interface Spread {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  readonly rows: number;
}

function spreadOf(cells: Float64Array): Spread {
  const sorted = sortedNumbers(cells);
  const values = distinctOf(sorted);
  const counts = new Float64Array(values.length);
  for (let i = 0, at = 0; i < sorted.length; i++) {
    if (sorted[i] !== values[at]) at++;
    counts[at]++;
  }
  return { values, counts, rows: sorted.length };
}

/** The numbers among the cells, ascending; NaN left out. */
export function sortedNumbers(cells: Float64Array): Float64Array {
  const kept = new Float64Array(cells.length);
  let count = 0;
  for (let i = 0; i < cells.length; i++) {
    const v = cells[i];
    if (!Number.isNaN(v)) kept[count++] = v;
  }
  return kept.subarray(0, count).sort();
}

/** The different values of ascending ones. */
export function distinctOf(sorted: Float64Array): Float64Array {
  const kept = new Float64Array(sorted.length);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) kept[count++] = sorted[i];
  }
  return kept.slice(0, count);
}

/** The order statistic number ⌈p·rows⌉: an actual value (inverse of the empirical distribution function). */
function quantile({ values, counts, rows }: Spread, p: number): number {
  const wanted = Math.max(1, Math.ceil(p * rows));
  let seen = 0;
  let at = -1;
  while (seen < wanted) seen += counts[++at];
  return values[at];
}

/** The middle value, or half-way between the two middle ones. */
function medianOf(spread: Spread): number {
  const low = quantile(spread, 0.5);
  const high = quantile(spread, (Math.floor(spread.rows / 2) + 1) / spread.rows);
  return low + (high - low) / 2;
}

/** The spread with `more` further rows of `value`. */
function withMore({ values, counts, rows }: Spread, value: number, more: number): Spread {
  if (more === 0) return { values, counts, rows };
  const found = values.findIndex((v) => v >= value);
  const known = values[found] === value;
  const grown = new Float64Array(known ? values.length : values.length + 1);
  const weights = new Float64Array(grown.length);
  const shift = known ? 0 : 1;
  for (let at = 0; at < values.length; at++) {
    const to = at < found ? at : at + shift;
    grown[to] = values[at];
    weights[to] = counts[at];
  }
  grown[found] = value;
  weights[found] += more;
  return { values: grown, counts: weights, rows: rows + more };
}

/** Mean and population deviation, without overflow or cancellation; deviation 1 where the values do not vary. */
function moments({ values, counts, rows }: Spread): { mean: number; deviation: number } {
  const first = values[0];
  let shift = 0;
  for (let at = 0; at < values.length; at++) shift += (values[at] - first) * (counts[at] / rows);
  const mean = first + shift;
  const largest = Math.max(mean - first, values[values.length - 1] - mean);
  if (largest === 0) return { mean, deviation: 1 };
  let squares = 0;
  for (let at = 0; at < values.length; at++) {
    const t = (values[at] - mean) / largest;
    squares += counts[at] * t * t;
  }
  // Among the smallest numbers there are, the product may be 0.
  return { mean, deviation: largest * Math.sqrt(squares / rows) || largest };
}

interface Bends {
  readonly knots: Float64Array;
  readonly frequent: Float64Array;
}

const STRAIGHT: Bends = { knots: new Float64Array(0), frequent: new Float64Array(0) };

function bendsOf(observed: Spread): Bends {
  const { values, counts, rows } = observed;
  if (values.length <= 2) return STRAIGHT;
  if (values.length <= FEW_VALUES) return { knots: values, frequent: STRAIGHT.frequent };
  const isFrequent = (at: number): boolean => counts[at] > FREQUENT_SHARE * rows;
  const rest = {
    values: values.filter((_, at) => !isFrequent(at)),
    counts: counts.filter((_, at) => !isFrequent(at)),
    rows: counts.reduce((sum, n, at) => (isFrequent(at) ? sum : sum + n), 0),
  };
  const knots = distinctOf(Float64Array.from(QUANTILES, (p) => quantile(rest, p)));
  return {
    knots: knots.length < 2 ? STRAIGHT.knots : knots,
    frequent: values.filter((_, at) => isFrequent(at)),
  };
}

/** Whether a curve through these values would differ from a line: there are more than two. */
export function canBend(values: Float64Array): boolean {
  const seen = new Set<number>();
  for (const v of values) {
    if (!Number.isNaN(v)) seen.add(v);
    if (seen.size > 2) return true;
  }
  return false;
}

/** r_j(v) before centring. */
const ramp = (v: number, low: number, high: number): number =>
  v <= low ? 0 : v >= high ? 1 : (v - low) / (high - low);

/** One pass: each value is inside one ramp, above all earlier ones and below all later ones. */
function rampMeans(knots: Float64Array, { values, counts, rows }: Spread): Float64Array {
  const ramps = Math.max(0, knots.length - 1);
  const inside = new Float64Array(ramps);
  const above = new Float64Array(ramps + 1);
  let j = 0;
  for (let at = 0; at < values.length; at++) {
    while (j < ramps && values[at] >= knots[j + 1]) j++;
    above[j] += counts[at];
    if (j < ramps) inside[j] += counts[at] * ramp(values[at], knots[j], knots[j + 1]);
  }
  let past = above[ramps];
  for (j = ramps - 1; j >= 0; j--) {
    inside[j] = (inside[j] + past) / rows;
    past += above[j];
  }
  return inside;
}

/** Writes the dense columns of one value: line, then ramps. */
export function writeDense(encoder: NumericEncoder, x: number, out: Floats, at: number): void {
  const { line, knots, rampMeans: means } = encoder;
  const v = Number.isNaN(x) ? line[0] : x;
  out[at] = Math.min(FURTHEST, Math.max(-FURTHEST, (v - line[1]) / line[2]));
  for (let j = 0; j < means.length; j++)
    out[at + 1 + j] = ramp(v, knots[j], knots[j + 1]) - means[j];
}

/** The dense columns of one value. */
export function valueAt(encoder: NumericEncoder, x: number): Float64Array {
  const out = new Float64Array(denseWidth(encoder));
  writeDense(encoder, x, out, 0);
  return out;
}

/** The indicator of a value, −1 for none: frequent values first, missing last. */
export function indicatorOf(encoder: NumericEncoder, x: number): number {
  if (Number.isNaN(x)) return encoder.missing ? encoder.frequent.length : -1;
  return encoder.frequent.indexOf(x);
}
