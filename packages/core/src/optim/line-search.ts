import type { Objective } from "./contracts.ts";
import { dot } from "./vectors.ts";

/** A point with the objective's value and gradient there. */
export interface Point {
  readonly x: Float64Array;
  readonly g: Float64Array;
  value: number;
}

const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;
const MAX_EVALUATIONS = 40;
/** Where the step can lower the value by less than its rounding. */
const MAX_EVALUATIONS_IN_NOISE = 6;
/** Relative rounding of a value: that of float32 rows summed in float64 (measured: 6e-9) and more than of float64's. */
const VALUE_NOISE = 1e-8;

interface Probe {
  readonly step: number;
  readonly slope: number;
}

/**
 * A step t along d from x that satisfies the strong Wolfe conditions (Nocedal & Wright 2006, §3.1)
 *
 *   f(x + t d) ≤ f(x) + c₁ t φ′,   |∇f(x + t d)ᵀd| ≤ c₂ |φ′|,   φ′ = ∇f(x)ᵀd < 0,
 *
 * where values that differ by less than their rounding are judged by the slope (Hager & Zhang 2005, §3.2). Steps are
 * bracketed and interpolated by slopes, which keep their digits near the optimum when values have lost theirs.
 * Leaves the point in `next`; pauses after every evaluation. Returns false where there is no such step.
 */
export function* searchLine(
  objective: Objective,
  from: Point,
  direction: Float64Array,
  firstStep: number,
  next: Point,
): Generator<void, boolean, void> {
  const slope0 = dot(from.g, direction);
  const noise = VALUE_NOISE * Math.abs(from.value);
  let low: Probe = { step: 0, slope: slope0 };
  let high: Probe | null = null;
  let step = firstStep;
  const most = -slope0 < noise ? MAX_EVALUATIONS_IN_NOISE : MAX_EVALUATIONS;
  for (let evaluation = 0; evaluation < most; evaluation++) {
    for (let i = 0; i < direction.length; i++) next.x[i] = from.x[i] + step * direction[i];
    next.value = objective.valueGradient(next.x, next.g);
    yield;
    const slope = dot(next.g, direction);
    const decreased =
      next.value <= from.value + SUFFICIENT_DECREASE * step * slope0 ||
      (next.value <= from.value + noise && slope <= (2 * SUFFICIENT_DECREASE - 1) * slope0);
    if (decreased && Math.abs(slope) <= -CURVATURE * slope0) return true;

    const probe = { step, slope };
    if (!decreased || slope >= 0) high = probe;
    else low = probe;
    step = high === null ? beyond(low, slope0) : between(low, high);
    if (high !== null && high.step - low.step <= 1e-14 * high.step) return false;
  }
  return false;
}

/** The next step where the slope is still steep: the secant's zero, 2 to 10 times as far. */
function beyond(low: Probe, slope0: number): number {
  const secant = slope0 / (slope0 - low.slope);
  return low.step * (secant > 2 && secant < 10 ? secant : secant >= 10 ? 10 : secant > 0 ? 2 : 10);
}

/** The secant's zero inside the bracket, kept a tenth of it away from the ends. */
function between(low: Probe, high: Probe): number {
  const width = high.step - low.step;
  if (!Number.isFinite(high.slope)) return low.step + width / 10;
  const share = high.slope > 0 ? low.slope / (low.slope - high.slope) : 0.5;
  return low.step + width * Math.min(0.9, Math.max(0.1, share));
}
