import { exp, log } from "../base/math.ts";
import { HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, type TemperatureCalibrator } from "./kinds.ts";

/** Below this decrement (in nats, relative) rounding hides what a step gains: full steps, while they still shrink. */
const NEAR = 1e-9;
const DONE = 1e-22;
const MAX_STEPS = 100;
const LOWEST_BETA = 1 / HIGHEST_TEMPERATURE;
const HIGHEST_BETA = 1 / LOWEST_TEMPERATURE;

/** Rows to fit on, their total weight, and room for their probabilities. */
interface Problem {
  readonly Z: Float64Array;
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  readonly k: number;
  readonly total: number;
  readonly P: Float64Array;
}

/**
 * Intercept shifts a_c, and with `temperature` also β = 1/T in [0.2, 5], that minimise the mean log loss
 * (docs/math.md §5.3), so that the mean probability of each class equals its share:
 *
 *   min over x = (a, β) of L = Σ_i s_i [log Σ_c exp(u_ic) − u_i,y(i)] / S,   u_ic = β Z_ic + a_c,   S = Σ_i s_i
 *
 * Convex: Newton's method with conjugate gradients and backtracking, until the Newton decrement gᵀH⁻¹g is rounding;
 * mean probabilities then meet the shares within 1e-10. Without `temperature` β stays 1. Shifts have mean 0. A class without a row of weight has no finite optimum: its odds
 * against the most frequent class stay as they are. Z: finite, n×k.
 */
export function fitShifts(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  temperature: boolean,
): TemperatureCalibrator {
  const total = s === null ? y.length : s.reduce((sum, weight) => sum + weight, 0);
  const problem: Problem = { Z, y, s, k, total, P: new Float64Array(Z.length) };
  const shares = new Float64Array(k);
  for (let i = 0; i < y.length; i++) shares[y[i]] += s === null ? 1 : s[i];
  const free = Uint8Array.from(shares, (share) => (share > 0 ? 1 : 0));
  free[shares.indexOf(Math.max(...shares))] = 0; // all shifts alike change nothing: one is fixed
  const x = minimise(problem, Uint8Array.of(...free, temperature ? 1 : 0));
  const shifts = x.slice(0, k);
  const mean = shifts.reduce((sum, shift) => sum + shift, 0) / k;
  return { temperature: 1 / x[k], shifts: shifts.map((shift) => shift - mean) };
}

/** x = (a_0 … a_{k−1}, β) at the minimum over the entries that are free. */
function minimise(problem: Problem, free: Uint8Array): Float64Array {
  let x: Float64Array = new Float64Array(problem.k + 1);
  x[problem.k] = 1;
  const g = new Float64Array(x.length);
  let value = evaluate(problem, x, g);
  let before = Number.POSITIVE_INFINITY;
  for (let step = 0; step < MAX_STEPS; step++) {
    const direction = newtonDirection(problem, g, freeAt(x, g, free));
    const decrement = -dot(g, direction);
    const near = decrement <= NEAR * (1 + Math.abs(value));
    if (!(decrement > DONE) || (near && decrement > before / 4)) break;
    before = near ? decrement : Number.POSITIVE_INFINITY;
    const next = near
      ? fullStep(problem, x, g, direction)
      : search(problem, x, g, value, direction);
    if (next === null) break;
    ({ x, value } = next);
  }
  return x;
}

interface Point {
  readonly x: Float64Array;
  readonly value: number;
}

/** x + scale · direction, with β held within its bounds. */
function stepTo(x: Float64Array, direction: Float64Array, scale: number): Float64Array {
  const next = x.map((xj, j) => xj + scale * direction[j]);
  const beta = x.length - 1;
  next[beta] = Math.min(HIGHEST_BETA, Math.max(LOWEST_BETA, next[beta]));
  return next;
}

function fullStep(problem: Problem, x: Float64Array, g: Float64Array, d: Float64Array): Point {
  const next = stepTo(x, d, 1);
  return { x: next, value: evaluate(problem, next, g) };
}

/** The free entries, without β where it stands at a bound and its slope points beyond. */
function freeAt(x: Float64Array, g: Float64Array, free: Uint8Array): Uint8Array {
  const beta = x.length - 1;
  const held = (x[beta] <= LOWEST_BETA && g[beta] > 0) || (x[beta] >= HIGHEST_BETA && g[beta] < 0);
  return free.map((isFree, j) => (j === beta && held ? 0 : isFree));
}

/** Halves the step until L falls enough (Armijo); g becomes the new gradient. Null where no step lowers L. */
function search(
  problem: Problem,
  x: Float64Array,
  g: Float64Array,
  value: number,
  direction: Float64Array,
): Point | null {
  const gradient = g.slice();
  for (let scale = 1; scale > 1e-9; scale /= 2) {
    const next = stepTo(x, direction, scale);
    const promised = gradient.reduce((sum, slope, j) => sum + slope * (next[j] - x[j]), 0);
    const reached = evaluate(problem, next, g);
    if (reached <= value + 1e-4 * promised) return { x: next, value: reached };
  }
  return null;
}

/** Returns L at x, fills g with its gradient and P with softmax(u). */
function evaluate(problem: Problem, x: Float64Array, g: Float64Array): number {
  const { Z, y, s, k, total, P } = problem;
  g.fill(0);
  let loss = 0;
  for (let i = 0, start = 0; i < y.length; i++, start += k) {
    const weight = (s === null ? 1 : s[i]) / total;
    if (weight === 0) continue;
    loss += weight * softmaxRow(Z, x, start, k, y[i], P);
    for (let c = 0; c < k; c++) {
      const residual = weight * (P[start + c] - (c === y[i] ? 1 : 0));
      g[c] += residual;
      g[k] += residual * Z[start + c];
    }
  }
  return loss;
}

/** P = softmax(β Z + a) of the row at `start`; returns its log loss. */
function softmaxRow(
  Z: Float64Array,
  x: Float64Array,
  start: number,
  k: number,
  label: number,
  P: Float64Array,
): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < k; c++) top = Math.max(top, (P[start + c] = x[k] * Z[start + c] + x[c]));
  const own = P[start + label];
  let sum = 0;
  for (let c = start; c < start + k; c++) sum += P[c] = exp(P[c] - top);
  for (let c = start; c < start + k; c++) P[c] /= sum;
  return top - own + log(sum);
}

/** −H⁻¹ g over the active entries, by conjugate gradients preconditioned with the diagonal of H. */
function newtonDirection(problem: Problem, g: Float64Array, active: Uint8Array): Float64Array {
  const diagonal = hessianDiagonal(problem);
  const direction = new Float64Array(g.length);
  const r = g.map((slope, j) => (active[j] === 0 ? 0 : -slope));
  const precondition = (): Float64Array => r.map((value, j) => value / diagonal[j]);
  let z = precondition();
  let p = z;
  let rz = dot(r, z);
  const enough = rz * Math.max(1e-14, Math.min(0.01, rz));
  for (let step = 0; step < 2 * g.length && rz > enough; step++) {
    const Hp = hessianVector(problem, p).map((value, j) => (active[j] === 0 ? 0 : value));
    const curvature = dot(p, Hp);
    if (!(curvature > 0)) break;
    const alpha = rz / curvature;
    for (let j = 0; j < g.length; j++) {
      direction[j] += alpha * p[j];
      r[j] -= alpha * Hp[j];
    }
    z = precondition();
    const before = rz;
    rz = dot(r, z);
    p = z.map((value, j) => value + (rz / before) * p[j]);
  }
  return direction;
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, j) => sum + value * b[j], 0);

/** H v = Σ_i s_i/S (P_ic (t_ic − t̄_i)) by c, and its product with Z_i for β; t_ic = v_c + v_β Z_ic, t̄_i = Σ_c P_ic t_ic. */
function hessianVector(problem: Problem, v: Float64Array): Float64Array {
  const { Z, y, s, k, total, P } = problem;
  const H = new Float64Array(k + 1);
  for (let i = 0, start = 0; i < y.length; i++, start += k) {
    const weight = (s === null ? 1 : s[i]) / total;
    if (weight === 0) continue;
    let mean = 0;
    for (let c = 0; c < k; c++) mean += P[start + c] * (v[c] + v[k] * Z[start + c]);
    for (let c = 0; c < k; c++) {
      const h = weight * P[start + c] * (v[c] + v[k] * Z[start + c] - mean);
      H[c] += h;
      H[k] += h * Z[start + c];
    }
  }
  return H;
}

/** The diagonal of H, kept above 0. */
function hessianDiagonal(problem: Problem): Float64Array {
  const { Z, y, s, k, total, P } = problem;
  const diagonal = new Float64Array(k + 1).fill(1e-300);
  for (let i = 0, start = 0; i < y.length; i++, start += k) {
    const weight = (s === null ? 1 : s[i]) / total;
    if (weight === 0) continue;
    let mean = 0;
    for (let c = 0; c < k; c++) mean += P[start + c] * Z[start + c];
    for (let c = 0; c < k; c++) {
      const p = P[start + c];
      diagonal[c] += weight * p * (1 - p);
      diagonal[k] += weight * p * (Z[start + c] - mean) * (Z[start + c] - mean);
    }
  }
  return diagonal;
}
