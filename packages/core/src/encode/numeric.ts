import type { Floats } from "../base/matrix.ts";

/**
 * A numeric column as a line, or as a piecewise-linear curve (docs/math.md, encoders).
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
  const sorted = values.filter((v) => !Number.isNaN(v)).sort();
  const median = middle(sorted);
  const filled = values.map((v) => (Number.isNaN(v) ? median : v));
  const { mean, deviation } = moments(filled);
  const { knots, frequent } = curves ? shapeOf(sorted) : NO_CURVE;
  return {
    kind: "numeric",
    name,
    line: Float64Array.of(median, mean, deviation),
    knots,
    rampMeans: rampMeans(knots, filled),
    frequent,
    missing: sorted.length < values.length,
  };
}

const NO_CURVE = { knots: new Float64Array(0), frequent: new Float64Array(0) };

/** Whether a curve would differ from a line. */
export const bends = (sorted: Float64Array): boolean => shapeOf(sorted).knots.length > 0;

function shapeOf(sorted: Float64Array): { knots: Float64Array; frequent: Float64Array } {
  const distinct = distinctOf(sorted);
  if (distinct.length <= 2) return NO_CURVE;
  if (distinct.length <= FEW_VALUES) return { knots: distinct, frequent: NO_CURVE.frequent };
  const frequent = frequentOf(sorted, distinct);
  const rest = frequent.length === 0 ? sorted : sorted.filter((v) => !frequent.includes(v));
  const knots = distinctOf(
    Float64Array.from(QUANTILES, (p) => rest[Math.ceil(p * rest.length) - 1]),
  );
  return { knots: knots.length < 2 ? NO_CURVE.knots : knots, frequent };
}

/** The middle of ascending values: the mean of the two middle ones where their number is even. */
export function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half];
  return sorted[half - 1] + (sorted[half] - sorted[half - 1]) / 2;
}

/** Mean and population deviation, without overflow or cancellation; deviation 1 where the values do not vary. */
function moments(values: Float64Array): { mean: number; deviation: number } {
  const n = values.length;
  const first = values[0];
  let shift = 0;
  for (const v of values) shift += (v - first) / n;
  const mean = first + shift;
  let largest = 0;
  for (const v of values) largest = Math.max(largest, Math.abs(v - mean));
  if (largest === 0) return { mean, deviation: 1 };
  let squares = 0;
  for (const v of values) squares += ((v - mean) / largest) * ((v - mean) / largest);
  return { mean, deviation: largest * Math.sqrt(squares / n) };
}

/** The different values of ascending ones. −0 and 0 are the same. */
export const distinctOf = (sorted: Float64Array): Float64Array =>
  sorted.filter((v, i) => i === 0 || v !== sorted[i - 1]);

function frequentOf(sorted: Float64Array, distinct: Float64Array): Float64Array {
  const counts = new Map<number, number>();
  for (const v of sorted) counts.set(v, (counts.get(v) ?? 0) + 1);
  return distinct.filter((v) => counts.get(v)! > FREQUENT_SHARE * sorted.length);
}

/** r_j(v) before centring. */
const ramp = (v: number, low: number, high: number): number =>
  v <= low ? 0 : v >= high ? 1 : (v - low) / (high - low);

function rampMeans(knots: Float64Array, values: Float64Array): Float64Array {
  const means = new Float64Array(Math.max(0, knots.length - 1));
  for (let j = 0; j < means.length; j++) {
    let sum = 0;
    for (const v of values) sum += ramp(v, knots[j], knots[j + 1]);
    means[j] = sum / values.length;
  }
  return means;
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
