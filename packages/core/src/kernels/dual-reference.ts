import { logSumExpOf } from "../base/losses.ts";
import { exp, log, log1pExp, logistic } from "../base/math.ts";
import type { Dual, DualRoom, DualRows, DualSums } from "./dual.ts";

/** Newton's method ends where the equations hold to this. */
const EXACT = 1e-12;
const MOST_STEPS = 100;
const MOST_MOVE = 4;

/** The specification: each row's step solved to rounding (docs/math.md §2.18). */
export function referenceDual(room: DualRoom, rows: DualRows, outputs: number): Dual {
  const step = outputs === 1 ? stepOne : stepAll;
  return {
    ...room,
    ascend(first, last, scale) {
      const sums = { gap: 0, loss: 0 };
      for (let at = first; at < last; at++) {
        step(room, rows, outputs, room.order[at], scale, sums);
      }
      return sums;
    },
  };
}

type Sums = { -readonly [name in keyof DualSums]: DualSums[name] };

function stepOne(
  room: DualRoom,
  { csr, y, s }: DualRows,
  _: number,
  row: number,
  scale: number,
  sums: Sums,
): void {
  const { pitch, W, F, t, Q, b, R, H } = room;
  const { starts, columns, values } = csr;
  const weight = s === null ? 1 : s[row];
  let z = b[0];
  for (let e = starts[row]; e < starts[row + 1]; e++) z += values[e] * W[columns[e] * pitch];
  const a = logistic(t[row]);
  const q = scale * Q[row];
  sums.gap += weight * (a * (t[row] - z) - log1pExp(t[row]) + log1pExp(z));
  sums.loss += weight * (log1pExp(z) - y[row] * z);
  // g(t) = t + q σ(t) − v rises by at least the move, so that its root lies between these
  const v = z + q * a;
  let [low, high] = [v - q, v];
  for (let i = 0; i < MOST_STEPS && high - low > EXACT * (1 + Math.abs(v)); i++) {
    const middle = (low + high) / 2;
    if (middle + q * logistic(middle) > v) high = middle;
    else low = middle;
  }
  t[row] = (low + high) / 2;
  const next = logistic(t[row]);
  for (let e = starts[row]; e < starts[row + 1]; e++) {
    const j = columns[e] * pitch;
    W[j] -= scale * weight * (next - a) * values[e] * (F === null ? 1 : F[j]);
  }
  const h = next * (1 - next);
  R[0] -= weight * (next - a);
  H[0] += (weight * h) / (1 + q * h);
}

function stepAll(
  room: DualRoom,
  { csr, y, s }: DualRows,
  k: number,
  row: number,
  scale: number,
  sums: Sums,
): void {
  const { W, F, t, Q, b, R, H, stride, pitch } = room;
  const { starts, columns, values } = csr;
  const weight = s === null ? 1 : s[row];
  const z = Float64Array.from({ length: k }, (_, c) => b[c]);
  for (let e = starts[row]; e < starts[row + 1]; e++) {
    for (let c = 0; c < k; c++) z[c] += values[e] * W[columns[e] * pitch + c];
  }
  const old = t.slice(row * stride, row * stride + k);
  const a = old.map(exp);
  const q = a.map((_, c) => scale * (F === null ? Q[row] : Q[row * stride + c]));
  const total = logSumExpOf(z);
  a.forEach((share, c) => {
    sums.gap += weight * share * (old[c] - (z[c] - total));
  });
  sums.loss += weight * (total - z[y[row]]);
  const next = solve(
    z.map((value, c) => value + q[c] * a[c]),
    q,
  );
  for (let c = 0; c < k; c++) {
    t[row * stride + c] = next[c];
    const after = exp(next[c]);
    R[c] -= weight * (after - a[c]);
    const h = after * (1 - after);
    H[c] += (weight * h) / (1 + q[c] * h);
    for (let e = starts[row]; e < starts[row + 1]; e++) {
      const at = columns[e] * pitch + c;
      W[at] -= scale * weight * (after - a[c]) * values[e] * (F === null ? 1 : F[at]);
    }
  }
}

/** t with t_c + q_c exp(t_c) = v_c + μ and Σ exp(t_c) = 1: by halving μ, which Σ exp(t_c) rises with. */
function solve(v: Float64Array, q: Float64Array): Float64Array {
  const at = (mu: number): Float64Array => v.map((value, c) => inner(value + mu, q[c]));
  let low = -logSumExpOf(v);
  let high = low + q.reduce((most, value) => Math.max(most, value), 0) + 1;
  for (let i = 0; i < MOST_STEPS && high - low > EXACT; i++) {
    const middle = (low + high) / 2;
    if (at(middle).reduce((sum, value) => sum + exp(value), 0) > 1) high = middle;
    else low = middle;
  }
  const t = at((low + high) / 2);
  const shift = logSumExpOf(t);
  return t.map((value) => value - shift);
}

/** The root of t + q exp(t) = v, by Newton's method from the right. */
function inner(v: number, q: number): number {
  let t = q === 0 ? v : Math.min(v, log(Math.max(Number.MIN_VALUE, Math.max(v, 1) / q)) + 1);
  for (let i = 0; i < MOST_STEPS; i++) {
    const a = q * exp(t);
    const move = (t + a - v) / (1 + a);
    t -= Math.max(-MOST_MOVE, Math.min(MOST_MOVE, move));
    if (Math.abs(move) < EXACT) break;
  }
  return t;
}
