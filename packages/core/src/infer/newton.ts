import { dataError } from "../base/checks.ts";
import { log } from "../base/math.ts";
import { cholesky, solveLower, solveUpper } from "../optim/cholesky.ts";
import { type Curvature, curvatureAt, equationsOf, logLikelihood, type Sample } from "./passes.ts";
import { findRay, separationError } from "./separation.ts";

/** The maximum of the likelihood. */
export interface Maximum {
  readonly theta: Float64Array;
  /** At theta. */
  readonly curvature: Curvature;
  readonly iterations: number;
}

/** A step that moves no logit further than this is the last: the next would be its square. */
const LAST_REACH = 1e-8;
const MAX_ITERATIONS = 200;
/** Iterations after which a step that still reaches 1 makes one look for a ray, and how often. */
const LOOK_AFTER = 8;
const LOOK_EVERY = 4;

/**
 * max Σ_i s_i log P_i,y(i) by Newton's method with halved steps, from `start`.
 *
 * A step whose reach, max_i (max_c Δz_ic − min_c Δz_ic), is below 1 proves that a maximum exists; on separated data there is
 * no such step (docs/math.md §10.3). There a ray of divergence is sought, and the error names it. Yields between passes.
 */
export function* maximise(sample: Sample, start: Float64Array): Generator<void, Maximum, void> {
  let theta: Float64Array = start.slice();
  for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
    const curvature = curvatureAt(sample, theta);
    yield;
    const step = newtonStep(curvature);
    const reach = reachOf(sample, step);
    if (reach < LAST_REACH) {
      add(theta, 1, step);
      const last = curvatureAt(sample, theta);
      return { theta, curvature: last, iterations: iteration };
    }
    const isLost = !Number.isFinite(reach);
    if (isLost || (reach >= 1 && iteration >= LOOK_AFTER && iteration % LOOK_EVERY === 0)) {
      const ray = findRay(sample, theta);
      if (ray !== null) throw separationError(sample, ray);
      if (isLost) break;
      yield;
    }
    theta = halved(sample, theta, step, curvature);
    yield;
  }
  throw dataError(
    "the likelihood has no maximum that Newton's method finds: some coefficients grow without end; leave out columns that nearly separate the classes",
  );
}

/** The class shares, in the intercepts. */
export function sharesStart({ design, y, s, q }: Sample): Float64Array {
  const totals = new Float64Array(q + 1);
  for (let i = 0; i < y.length; i++) totals[y[i]] += s[i];
  const theta = new Float64Array(q * design.width);
  for (let a = 0; a < q; a++) theta[a * design.width] = log(totals[a] / totals[q]);
  return theta;
}

/** H⁻¹ g */
function newtonStep({ gradient, information }: Curvature): Float64Array {
  const L = information.slice();
  const step = gradient.slice();
  cholesky(L, step.length);
  solveLower(L, step.length, step);
  solveUpper(L, step.length, step);
  return step;
}

/** The largest change of a log-odds between two classes in any row. */
function reachOf({ design, q }: Sample, step: Float64Array): number {
  const z = new Float64Array(q);
  let most = 0;
  for (let i = 0; i < design.rows; i++) {
    equationsOf(design, i, step, q, z);
    let low = 0;
    let high = 0;
    for (const change of z) {
      if (change < low) low = change;
      if (change > high) high = change;
      if (Number.isNaN(change)) return Number.POSITIVE_INFINITY;
    }
    most = Math.max(most, high - low);
  }
  return most;
}

/** θ + t Δ, t = 1, ½, ¼, … the first that gains at least a share of what the slope promises, up to rounding. */
function halved(
  sample: Sample,
  theta: Float64Array,
  step: Float64Array,
  { value, gradient }: Curvature,
): Float64Array {
  const slope = gradient.reduce((sum, g, j) => sum + g * step[j], 0);
  const rounding = 1e-13 * Math.abs(value);
  for (let t = 1; t > 1e-9; t /= 2) {
    const next = theta.slice();
    add(next, t, step);
    if (logLikelihood(sample, next) >= value + 1e-4 * t * slope - rounding) return next;
  }
  return theta;
}

function add(x: Float64Array, t: number, step: Float64Array): void {
  for (let j = 0; j < x.length; j++) x[j] += t * step[j];
}
