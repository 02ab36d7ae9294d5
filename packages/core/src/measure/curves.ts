import { type Estimate, effectiveSize, wilsonInterval, Z_95 } from "./bootstrap.ts";
import type { View } from "./views.ts";

/** One point of a reliability diagram: rows of like probability. */
export interface ReliabilityPoint {
  /** Range and weighted mean of the probability. */
  readonly from: number;
  readonly to: number;
  readonly probability: number;
  /** Share of the rows of which it came true, with Wilson's interval. */
  readonly happened: Estimate;
  /** Where that share would lie in 95 % of samples, were every probability exactly right. */
  readonly consistent: readonly [low: number, high: number];
  readonly rows: number;
  /** Share of all weight. */
  readonly share: number;
}

/** The reliability diagram of a view: the bins that hold rows, ascending (docs/math.md §6.9). */
export function reliabilityCurve(view: View, s: Float64Array): ReliabilityPoint[] {
  const total = s.reduce((sum, weight) => sum + weight, 0);
  const members: number[][] = [];
  view.bin.forEach((b, i) => {
    members[b] ??= [];
    members[b].push(i);
  });
  return members.filter((list) => list !== undefined).map((list) => point(view, s, list, total));
}

function point(
  { probability, happened }: View,
  s: Float64Array,
  list: readonly number[],
  total: number,
): ReliabilityPoint {
  const weights = Float64Array.from(list, (i) => s[i]);
  const weight = weights.reduce((sum, si) => sum + si, 0);
  let [mean, share, variance, from, to] = [0, 0, 0, 1, 0];
  for (const i of list) {
    const p = probability[i];
    const part = s[i] / weight;
    mean += part * p;
    share += part * happened[i];
    variance += part * part * p * (1 - p);
    from = Math.min(from, p);
    to = Math.max(to, p);
  }
  const half = Z_95 * Math.sqrt(variance);
  return {
    from,
    to,
    probability: mean,
    happened: wilsonInterval(Math.min(1, share), effectiveSize(weights)),
    consistent: [Math.max(0, mean - half), Math.min(1, mean + half)],
    rows: list.length,
    share: weight / total,
  };
}
