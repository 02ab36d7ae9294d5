import { exp, log, log1p, log1pExp, logistic } from "../base/math.ts";
import type { CsrBlock } from "../base/matrix.ts";
import { type Dual, NOTHING } from "../kernels/dual.ts";
import type { Problem } from "./contracts.ts";
import type { FitRows } from "./rows.ts";

/** Of a class's dual variable that is all but 0. */
const NONE = -40;

/** Where the last fit on some rows ended. */
export interface Ended {
  readonly weights: Float64Array;
  readonly l2: number;
  readonly factors: Float64Array | null;
  /** Of the rows in the order of `weightedRows`. */
  readonly t: Float64Array;
  /** Null where they are to be computed anew. */
  readonly Q: Float64Array | null;
}

interface Opening {
  readonly l2: number;
  readonly factors: Float64Array | null;
  readonly weights: Float64Array;
  readonly start: Ended | null;
}

/** Puts weights, dual variables and curvatures in place. */
export function openDual(
  dual: Dual,
  { X, y, outputs: k }: Problem,
  rows: FitRows,
  of: Int32Array,
  { l2, factors, weights, start }: Opening,
): void {
  const { W, F, t, Q, b, R, H, stride, pitch } = dual;
  const d = weights.length / k - 1;
  W.fill(0);
  b.fill(NOTHING);
  for (let c = 0; c < k; c++) b[c] = weights[d * k + c];
  if (F !== null) spread(factors!, F, k, pitch, (p) => 1 / p);
  if (start !== null) spread(weights.subarray(0, d * k), W, k, pitch, (w) => w);
  R.fill(0);
  H.fill(0);
  const kept = start === null ? 0 : l2 / start.l2;
  of.forEach((row, at) => {
    const own = t.subarray(row * stride, (row + 1) * stride);
    if (start === null) setCertain(own, y[row], k);
    else shrinkResidual(own, start.t.subarray(at * stride, (at + 1) * stride), y[row], k, kept);
    const s = rows.rowWeights === null ? 1 : rows.rowWeights[row];
    addResidual(R, own, y[row], k, s);
  });
  const known = start?.Q ?? null;
  if (known === null) setCurvatures(X.csr as CsrBlock, of, rows.rowWeights, dual);
  else placeRows(known, Q, of, F === null ? 1 : stride);
}

/** d×k numbers, each row `pitch` after the one before. */
function spread(
  from: Float64Array,
  to: Float64Array,
  k: number,
  pitch: number,
  map: (value: number) => number,
): void {
  for (let j = 0, at = 0; at < from.length; j += pitch) {
    for (let c = 0; c < k; c++, at++) to[j + c] = map(from[at]);
  }
}

/** a = the row's class alone: weights of 0. */
function setCertain(t: Float64Array, y: number, k: number): void {
  if (k === 1) {
    t[0] = y === 1 ? -NONE : NONE;
    return;
  }
  t.fill(NOTHING);
  t.fill(NONE, 0, k);
  t[y] = 0;
}

/** a' = (1 − ρ) [c = y] + ρ a, which leaves the weights as they are where the penalty falls to ρ of what it was. */
function shrinkResidual(
  t: Float64Array,
  from: Float64Array,
  y: number,
  k: number,
  kept: number,
): void {
  t.set(from);
  if (kept === 1) return;
  if (k === 1) {
    // Of class 1 the residual is 1 − a = σ(−t), of class 0 it is a = σ(t): ρ σ(u) = σ(u'), u' = u + log ρ − log(1 + (1 − ρ) e^u)
    const u = y === 1 ? -t[0] : t[0];
    const moved = u + log(kept) - log1pExp(u + log1p(-kept));
    t[0] = y === 1 ? -moved : moved;
    return;
  }
  const shift = log(kept);
  for (let c = 0; c < k; c++) {
    t[c] = c === y ? log(1 - kept + kept * exp(t[c])) : Math.max(NOTHING, t[c] + shift);
  }
}

function addResidual(R: Float64Array, t: Float64Array, y: number, k: number, s: number): void {
  if (k === 1) {
    R[0] += y === 1 ? s * logistic(-t[0]) : -s * logistic(t[0]);
    return;
  }
  for (let c = 0; c < k; c++) R[c] += s * ((c === y ? 1 : 0) - exp(t[c]));
}

/** The rows `of` of an array of `width` numbers a row, one below the other. */
export function pickRows(from: Float64Array, of: Int32Array, width: number): Float64Array {
  const picked = new Float64Array(of.length * width);
  for (let at = 0; at < of.length; at++) {
    for (let c = 0; c < width; c++) picked[at * width + c] = from[of[at] * width + c];
  }
  return picked;
}

/** The inverse of `pickRows`. */
export function placeRows(
  picked: Float64Array,
  to: Float64Array,
  of: Int32Array,
  width: number,
): void {
  for (let at = 0; at < of.length; at++) {
    for (let c = 0; c < width; c++) to[of[at] * width + c] = picked[at * width + c];
  }
}

/** Q_ic = s_i Σ_j x_ij² F_jc, F 1 where there are no factors. */
function setCurvatures(
  { starts, columns, values }: CsrBlock,
  of: Int32Array,
  s: Float64Array | null,
  { F, Q, stride, pitch }: Dual,
): void {
  for (const row of of) {
    const weight = s === null ? 1 : s[row];
    if (F === null) {
      let sum = 0;
      for (let e = starts[row]; e < starts[row + 1]; e++) sum += values[e] * values[e];
      Q[row] = weight * sum;
      continue;
    }
    const own = Q.subarray(row * stride, (row + 1) * stride).fill(0);
    for (let e = starts[row]; e < starts[row + 1]; e++) {
      const square = weight * values[e] * values[e];
      const at = columns[e] * pitch;
      for (let c = 0; c < stride; c++) own[c] += square * F[at + c];
    }
  }
}
