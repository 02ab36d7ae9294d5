import { sortOrder } from "../base/order.ts";

/** One point of a risk–coverage curve. */
export interface RiskPoint {
  /** Share of rows that are decided: those of at least this confidence. */
  readonly coverage: number;
  readonly confidence: number;
  /** Mean loss of the rows decided. */
  readonly risk: number;
}

/** What is gained by leaving the least sure rows to a person (El-Yaniv & Wiener 2010; docs/math.md §11.4). */
export interface RiskCoverage {
  /** From the surest rows to all, at most 50 of them. */
  readonly points: readonly RiskPoint[];
  /** Area below the curve: its mean height over the shares decided. */
  readonly area: number;
  /** The same, were rows ordered by their losses themselves: no confidence does better. */
  readonly least: number;
}

const POINTS = 50;

/**
 * Risk of the rows that are decided against their share, the surest first; rows of equal confidence come together.
 * losses: of each row (0 or 1 for an error, or a cost); w: its weight, above 0.
 */
export function riskCoverage(
  confidence: Float64Array,
  losses: Float64Array,
  w: Float64Array,
): RiskCoverage {
  const { points, area } = curveOf(confidence, losses, w);
  const least = curveOf(
    losses.map((loss) => -loss),
    losses,
    w,
  ).area;
  const wanted = new Set(
    Array.from({ length: POINTS }, (_, j) => {
      const share = (j + 1) / POINTS;
      const at = points.findIndex(({ coverage }) => coverage >= share - 1e-12);
      return at < 0 ? points.length - 1 : at;
    }),
  );
  return { points: points.filter((_, at) => wanted.has(at)), area, least };
}

function curveOf(confidence: Float64Array, losses: Float64Array, w: Float64Array) {
  const order = sortOrder(confidence.map((value) => -value));
  const total = w.reduce((sum, weight) => sum + weight, 0);
  const points: RiskPoint[] = [];
  let [decided, lost, area] = [0, 0, 0];
  for (let start = 0, end = 0; start < order.length; start = end) {
    const value = confidence[order[start]];
    const before = decided;
    for (; end < order.length && confidence[order[end]] === value; end++) {
      decided += w[order[end]];
      lost += w[order[end]] * losses[order[end]];
    }
    area += (lost / decided) * ((decided - before) / total);
    points.push({ coverage: decided / total, confidence: value, risk: lost / decided });
  }
  return { points, area };
}
