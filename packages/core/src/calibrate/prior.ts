import { checkLength, damagedFile, dataError } from "../base/checks.ts";
import { exp, log } from "../base/math.ts";

/** Ratios nearer to 1 than this are rounding: the priors are the same. */
const SAME = 1e-12;
const MAX_STEPS = 10_000;
const TOLERANCE = 1e-10;

/** π_c = share_c / Σ share */
export function priorOf(shares: Float64Array): Float64Array {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/**
 * What takes calibrated logits from the prior of the class shares to another (docs/math.md §5.12; Saerens, Latinne &
 * Decaestecker 2002, eq. 2.4): log(π'_c / π_c). Null where both are the same.
 */
export function priorShifts(prior: Float64Array, shares: Float64Array): Float64Array | null {
  checkLength("prior", prior.length, shares.length);
  const trained = priorOf(shares);
  const ratios = prior.map((to, c) => to / trained[c]);
  if (ratios.every((ratio) => Math.abs(ratio - 1) <= SAME)) return null;
  return ratios.map((ratio) => log(ratio));
}

/** The prior that these shifts lead to from the class shares. */
export const shiftedPrior = (shifts: Float64Array, shares: Float64Array): Float64Array =>
  priorOf(priorOf(shares).map((share, c) => share * exp(shifts[c])));

/** Adds one number a class to n×k logits; `out` may be Z. */
export function addShifts(shifts: Float64Array, Z: Float64Array, out: Float64Array): void {
  const k = shifts.length;
  for (let start = 0; start < Z.length; start += k) {
    for (let c = 0; c < k; c++) out[start + c] = Z[start + c] + shifts[c];
  }
}

/** Shifts that a model file holds for k classes. Throws a SoftmaxError ("model") for anything else. */
export function checkPriorShifts(value: unknown, k: number): Float64Array {
  const fits = value instanceof Float64Array && value.length === k && value.every(Number.isFinite);
  if (!fits) throw damagedFile("its prior shifts are not one finite number a class");
  return value;
}

/**
 * By class, what a row's weight is to be multiplied by for rows to look as if drawn at another prior: π'_c / π_c, π the shares of
 * the rows themselves. The sum of the weights stays where every class has rows; a class without any cannot be made up for
 * and has 0.
 */
export function ratiosAt(prior: Float64Array, y: Int32Array, s: Float64Array | null): Float64Array {
  const own = new Float64Array(prior.length);
  for (let i = 0; i < y.length; i++) own[y[i]] += s === null ? 1 : s[i];
  return priorOf(own).map((share, c) => (share > 0 ? prior[c] / share : 0));
}

export interface EstimatedPrior {
  readonly prior: Float64Array;
  readonly steps: number;
  readonly converged: boolean;
}

/**
 * The prior under which rows without labels are the most probable (Saerens, Latinne & Decaestecker 2002, eq. 2.9), by
 * expectation–maximisation from the class shares π of the training:
 *
 *   P'_ic ∝ P_ic π'_c / π_c,     π'_c ← (1/n) Σ_i P'_ic
 *
 * until no entry moves by more than 1e-10, at most 10,000 times. The likelihood is concave in π': its maximum is found.
 * It assumes that rows of a class look as in training, and only their number differs. No entry is below 1/(2n).
 * Z: n×k logits calibrated at π.
 */
export function mostLikelyPrior(Z: Float64Array, shares: Float64Array): EstimatedPrior {
  const k = shares.length;
  const n = Z.length / k;
  if (n === 0) throw dataError("there is no row to estimate a prior from");
  const trained = priorOf(shares);
  const likelihoods = likelihoodRatios(Z, trained);
  let prior = trained;
  for (let step = 1; step <= MAX_STEPS; step++) {
    const next = meanPosterior(likelihoods, prior);
    const moved = next.reduce((most, p, c) => Math.max(most, Math.abs(p - prior[c])), 0);
    prior = next;
    if (moved <= TOLERANCE) return { prior: floored(prior, n), steps: step, converged: true };
  }
  return { prior: floored(prior, n), steps: MAX_STEPS, converged: false };
}

const floored = (prior: Float64Array, n: number): Float64Array =>
  priorOf(prior.map((p) => Math.max(p, 1 / (2 * n))));

/** P_ic / π_c, each row up to a factor. */
function likelihoodRatios(Z: Float64Array, trained: Float64Array): Float64Array {
  const k = trained.length;
  const ratios = new Float64Array(Z.length);
  for (let start = 0; start < Z.length; start += k) {
    let top = Number.NEGATIVE_INFINITY;
    for (let c = start; c < start + k; c++) top = Math.max(top, Z[c]);
    for (let c = 0; c < k; c++) ratios[start + c] = exp(Z[start + c] - top) / trained[c];
  }
  return ratios;
}

function meanPosterior(ratios: Float64Array, prior: Float64Array): Float64Array {
  const k = prior.length;
  const sums = new Float64Array(k);
  for (let start = 0; start < ratios.length; start += k) {
    let total = 0;
    for (let c = 0; c < k; c++) total += ratios[start + c] * prior[c];
    for (let c = 0; c < k; c++) sums[c] += (ratios[start + c] * prior[c]) / total;
  }
  return priorOf(sums);
}
