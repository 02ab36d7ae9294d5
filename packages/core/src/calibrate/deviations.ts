import type { Work } from "../base/breathe.ts";
import { exp, log } from "../base/math.ts";
import { cholesky, solveLower, solveUpper } from "../optim/cholesky.ts";
import { type CurvedObjective, newtonCg } from "../optim/newton-cg.ts";

/**
 * A linear map of features that deviates from a given one (docs/math.md §5.4):
 *
 *   min over x of (1/N) Σ_i s_i [log Σ_c exp(u_ic) − u_i,y(i)] + (1/2N) Σ_r ρ_r x_r²,   u_ic = B_ic + Σ_{j in J_c} x_cj F_ij
 *
 * with Σ s_i = N the number of rows that count. The penalty is the same for any N: it says as much as ρ rows would.
 */
export interface DeviationProblem {
  /** Weights of mean 1 over the rows that count, 0 for others; and how many count. */
  readonly weights: Float64Array;
  readonly rows: number;
  readonly y: Int32Array;
  readonly k: number;
  /** B, n×k: the logits where x = 0; −∞ stays −∞. */
  readonly base: Float64Array;
  /** F, n×width. */
  readonly features: Float64Array;
  readonly width: number;
  /** J_c: the features of class c, whose entries of x stand one after the other. */
  readonly lists: readonly (readonly number[])[];
  /** ρ, one an entry of x. */
  readonly penalties: Float64Array;
}

/** Newton steps before the variables are chosen anew, and how often that is done. */
const STAGE_STEPS = 8;
const MAX_STAGES = 25;
/** Of the gradient in variables in which the Hessian is near the identity: u then errs by about as much. */
const TOLERANCE = 1e-11;

/** x at the minimum, by Newton's method with conjugate gradients (§2.9) in variables scaled by the Hessian's blocks by class. */
export function* fitDeviations(problem: DeviationProblem): Work<Float64Array> {
  const x = new Float64Array(problem.penalties.length);
  const g = new Float64Array(x.length);
  const state: State = {
    ...problem,
    starts: startsOf(problem.lists),
    P: new Float64Array(problem.base.length),
    at: x.slice(),
  };
  for (let stage = 0; stage < MAX_STAGES; stage++) {
    evaluate(state, x, g);
    const factors = blockFactors(state);
    const origin = x.slice();
    const v = new Float64Array(x.length);
    const stop = { tolerance: TOLERANCE, maxIterations: STAGE_STEPS };
    const { reason } = yield* newtonCg(inVariables(state, origin, factors), v, stop);
    place(v, origin, factors, x);
    if (reason !== "maxIterations") break;
  }
  return x;
}

/** The problem, where class c's entries start, and P = softmax(u) at the point last evaluated. */
interface State extends DeviationProblem {
  readonly starts: Int32Array;
  readonly P: Float64Array;
  readonly at: Float64Array;
}

function startsOf(lists: DeviationProblem["lists"]): Int32Array {
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, c) => {
    starts[c + 1] = starts[c] + list.length;
  });
  return starts;
}

/** Σ_{j in J_c} x_cj F_ij */
function along({ lists, starts, features, width }: State, x: Float64Array, i: number, c: number) {
  const list = lists[c];
  let sum = 0;
  for (let a = 0; a < list.length; a++) sum += x[starts[c] + a] * features[i * width + list[a]];
  return sum;
}

/** g_cj += r F_ij for j in J_c */
function spread(state: State, g: Float64Array, i: number, c: number, r: number): void {
  const { lists, starts, features, width } = state;
  const list = lists[c];
  for (let a = 0; a < list.length; a++) g[starts[c] + a] += r * features[i * width + list[a]];
}

/** Returns the objective at x, fills g with its gradient and P with softmax(u). */
function evaluate(state: State, x: Float64Array, g: Float64Array): number {
  const { weights, rows, y, k, penalties, P } = state;
  state.at.set(x);
  let value = 0;
  for (let r = 0; r < x.length; r++) {
    value += (penalties[r] * x[r] * x[r]) / (2 * rows);
    g[r] = (penalties[r] * x[r]) / rows;
  }
  for (let i = 0; i < y.length; i++) {
    const weight = weights[i] / rows;
    if (weight === 0) continue;
    value += weight * lossOfRow(state, x, i);
    for (let c = 0; c < k; c++) {
      const residual = P[i * k + c] - (c === y[i] ? 1 : 0);
      if (residual !== 0) spread(state, g, i, c, weight * residual);
    }
  }
  return value;
}

/** P_i = softmax(u_i); returns the row's log loss. */
function lossOfRow(state: State, x: Float64Array, i: number): number {
  const { base, y, k, P } = state;
  const start = i * k;
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < k; c++) {
    const b = base[start + c];
    P[start + c] = b === Number.NEGATIVE_INFINITY ? b : b + along(state, x, i, c);
    if (P[start + c] > top) top = P[start + c];
  }
  const own = P[start + y[i]];
  let sum = 0;
  for (let at = start; at < start + k; at++) sum += P[at] = exp(P[at] - top);
  for (let at = start; at < start + k; at++) P[at] /= sum;
  return top - own + log(sum);
}

/** out = H v: of the rows Σ_i s_i P_ic (t_ic − t̄_i) F_ij by (c, j), t_ic = Σ_j v_cj F_ij, t̄_i = Σ_c P_ic t_ic */
function hessianVector(state: State, v: Float64Array, out: Float64Array): void {
  const { weights, rows, y, k, penalties, P } = state;
  const t = new Float64Array(k);
  for (let r = 0; r < v.length; r++) out[r] = (penalties[r] * v[r]) / rows;
  for (let i = 0; i < y.length; i++) {
    const weight = weights[i] / rows;
    if (weight === 0) continue;
    let mean = 0;
    for (let c = 0; c < k; c++) {
      const p = P[i * k + c];
      if (p !== 0) mean += p * (t[c] = along(state, v, i, c));
    }
    for (let c = 0; c < k; c++) {
      const p = P[i * k + c];
      if (p !== 0) spread(state, out, i, c, weight * p * (t[c] - mean));
    }
  }
}

/** Of a block that no row has a say in. */
const RIDGE = 1e-12;

/** L with L Lᵀ = the Hessian's block of each class. */
function blockFactors(state: State): readonly Float64Array[] {
  const { weights, rows, y, k, penalties, P, lists, starts } = state;
  const blocks = lists.map(({ length }) => new Float64Array(length * length));
  for (let i = 0; i < y.length; i++) {
    for (let c = 0; c < k; c++) {
      const p = P[i * k + c];
      const h = (weights[i] / rows) * p * (1 - p);
      if (h > 0) addSquare(state, blocks[c], i, c, h);
    }
  }
  blocks.forEach((block, c) => {
    const m = lists[c].length;
    for (let a = 0; a < m; a++) block[a * m + a] += penalties[starts[c] + a] / rows + RIDGE;
    cholesky(block, m);
  });
  return blocks;
}

/** A += h f fᵀ, lower triangle, f the features of class c in row i. */
function addSquare(state: State, A: Float64Array, i: number, c: number, h: number): void {
  const { features: F, width, lists } = state;
  const list = lists[c];
  const m = list.length;
  for (let a = 0; a < m; a++) {
    const scaled = h * F[i * width + list[a]];
    for (let b = 0; b <= a; b++) A[a * m + b] += scaled * F[i * width + list[b]];
  }
}

/** The objective as a function of v, x = origin + L⁻ᵀ v by class. */
function inVariables(
  state: State,
  origin: Float64Array,
  factors: readonly Float64Array[],
): CurvedObjective {
  const x = origin.slice();
  const pulled = new Float64Array(origin.length);
  const none = new Float64Array(origin.length);
  return {
    dimension: origin.length,
    valueGradient(v, g) {
      place(v, origin, factors, x);
      const value = evaluate(state, x, g);
      byClass(factors, solveLower, g);
      return value;
    },
    hessianVector(v, d, out) {
      place(v, origin, factors, x);
      if (!x.every((value, r) => value === state.at[r])) evaluate(state, x, out);
      place(d, none, factors, pulled);
      hessianVector(state, pulled, out);
      byClass(factors, solveLower, out);
    },
  };
}

/** x = origin + L⁻ᵀ v by class. */
function place(
  v: Float64Array,
  origin: Float64Array,
  factors: readonly Float64Array[],
  x: Float64Array,
): void {
  x.set(v);
  byClass(factors, solveUpper, x);
  for (let r = 0; r < x.length; r++) x[r] += origin[r];
}

function byClass(
  factors: readonly Float64Array[],
  solve: typeof solveLower,
  v: Float64Array,
): void {
  let start = 0;
  for (const L of factors) {
    const d = Math.round(Math.sqrt(L.length));
    if (d > 0) solve(L, d, v.subarray(start, start + d));
    start += d;
  }
}
