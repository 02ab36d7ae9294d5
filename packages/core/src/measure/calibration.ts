import type { Random } from "../base/random.ts";
import { type Estimate, effectiveSize, quantile, wilsonInterval } from "./bootstrap.ts";
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
 * What the calibration error would read, were every confidence exactly right: mean and 95 % range over `replicates`
 * simulated samples in which row i is a hit with probability confidence_i (Bröcker & Smith 2007).
 */
export function expectedError(
  { n, s, confidence }: ScoredRows,
  bin: Uint8Array,
  replicates: number,
  random: Random,
): Estimate {
  const errors = new Float64Array(replicates);
  const total = s.reduce((sum, weight) => sum + weight, 0);
  const gaps = new Float64Array(BINS);
  for (let r = 0; r < replicates; r++) {
    gaps.fill(0);
    for (let i = 0; i < n; i++) {
      const hit = random.uint32() < confidence[i] * 0x100000000 ? 1 : 0;
      gaps[bin[i]] += s[i] * (hit - confidence[i]);
    }
    errors[r] = calibrationError(gaps, total);
  }
  const value = errors.reduce((sum, error) => sum + error, 0) / replicates;
  errors.sort();
  return { value, low: quantile(errors, 0.025), high: quantile(errors, 0.975) };
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
