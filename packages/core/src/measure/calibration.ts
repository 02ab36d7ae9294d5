import type { Random } from "../base/random.ts";
import { type Estimate, effectiveSize, wilsonInterval, Z_95 } from "./bootstrap.ts";
import { massBins, sortOrder } from "./order.ts";
import type { ScoredRows } from "./rows.ts";

/** Bins of the calibration error, of equal weight. */
export const BINS = 15;

/** One point of a reliability diagram: rows of like confidence. */
export interface ReliabilityBin {
  /** Range and mean of the confidence. */
  readonly from: number;
  readonly to: number;
  readonly confidence: number;
  /** Share of the rows whose most probable class was right, with Wilson's interval. */
  readonly accuracy: Estimate;
  readonly rows: number;
  /** Share of all weight. */
  readonly share: number;
}

/** Bin of each row by its top-class confidence. */
export const confidenceBins = ({ confidence, s }: ScoredRows): Uint8Array =>
  massBins(confidence, sortOrder(confidence), s, BINS);

/** Expected calibration error Σ_b |Σ_{i in b} w_i (hit_i − p_i)| / Σ w, from the sums by bin. */
export function calibrationError(gaps: Float64Array, total: number): number {
  let sum = 0;
  for (const gap of gaps) sum += Math.abs(gap);
  return sum / total;
}

/**
 * What the calibration error would read, were every confidence exactly right: the mean over simulated samples in which
 * row i is a hit with probability confidence_i (docs/math.md §6.2), and the range mean ± 1.96 standard deviations.
 * 40 to 400 samples, the fewer the more rows.
 */
export function expectedError(
  { n, s, confidence }: ScoredRows,
  bin: Uint8Array,
  random: Random,
): Estimate {
  const samples = Math.min(400, Math.max(40, Math.floor(4e6 / n)));
  const errors = new Float64Array(samples);
  const threshold = confidence.map((p) => p * 0x100000000);
  const expected = new Float64Array(BINS);
  let total = 0;
  for (let i = 0; i < n; i++) {
    expected[bin[i]] += s[i] * confidence[i];
    total += s[i];
  }
  const hits = new Float64Array(BINS);
  for (let r = 0; r < samples; r++) {
    hits.fill(0);
    for (let i = 0; i < n; i++) if (random.uint32() < threshold[i]) hits[bin[i]] += s[i];
    errors[r] = calibrationError(
      hits.map((sum, b) => sum - expected[b]),
      total,
    );
  }
  return rangeOf(errors);
}

/** Mean ± 1.96 standard deviations, not below 0. */
export function rangeOf(values: Float64Array): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const half = Z_95 * Math.sqrt(squares / (values.length - 1));
  return { value: mean, low: Math.max(0, mean - half), high: mean + half };
}

/** Calibration error of the probability of class c against [y = c], in bins of equal weight of it. */
export function classError(
  { n, k, y, s, P }: ScoredRows,
  values: Float64Array,
  order: Int32Array,
  c: number,
): number {
  const bin = massBins(values, order, s, BINS);
  const gaps = new Float64Array(BINS);
  let total = 0;
  for (let i = 0; i < n; i++) {
    gaps[bin[i]] += s[i] * ((y[i] === c ? 1 : 0) - P[i * k + c]);
    total += s[i];
  }
  return calibrationError(gaps, total);
}

/** The reliability diagram of the top-class confidence: the bins that hold rows, ascending. */
export function reliabilityBins(rows: ScoredRows, bin: Uint8Array): ReliabilityBin[] {
  const total = rows.s.reduce((sum, weight) => sum + weight, 0);
  const members: number[][] = Array.from({ length: BINS }, () => []);
  for (let i = 0; i < rows.n; i++) members[bin[i]].push(i);
  return members.filter((list) => list.length > 0).map((list) => reliabilityBin(rows, list, total));
}

function reliabilityBin(rows: ScoredRows, list: number[], total: number): ReliabilityBin {
  const s = Float64Array.from(list, (i) => rows.s[i]);
  const confidence = Float64Array.from(list, (i) => rows.confidence[i]);
  const weight = s.reduce((sum, si) => sum + si, 0);
  let hits = 0;
  let mean = 0;
  for (const [at, i] of list.entries()) {
    if (rows.predicted[i] === rows.y[i]) hits += s[at];
    mean += (s[at] / weight) * confidence[at];
  }
  return {
    from: confidence.reduce((a, b) => Math.min(a, b)),
    to: confidence.reduce((a, b) => Math.max(a, b)),
    confidence: mean,
    accuracy: wilsonInterval(hits / weight, effectiveSize(s)),
    rows: list.length,
    share: weight / total,
  };
}
