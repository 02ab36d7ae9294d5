import { checkInteger, checkLength, unusableRow } from "../base/checks.ts";
import { exp, log1p } from "../base/math.ts";

/** The rows that have weight, with all that metrics need to know of each. */
export interface ScoredRows {
  readonly n: number;
  readonly k: number;
  /** Class of each row. */
  readonly y: Int32Array;
  /** Weight of each row, above 0. */
  readonly s: Float64Array;
  /** The unit that each row was drawn with, 0…units−1: its group, or itself. */
  readonly unit: Int32Array;
  readonly units: number;
  /** Log probabilities and probabilities, n×k. */
  readonly logP: Float64Array;
  readonly P: Float64Array;
  /** The most probable class (the first of equals) and its probability. */
  readonly predicted: Int32Array;
  readonly confidence: Float64Array;
  /** Log loss −log P_i,y(i) in nats, and Brier score Σ_c (P_ic − [c = y(i)])², halved for two classes. */
  readonly loss: Float64Array;
  readonly brier: Float64Array;
}

/**
 * Scores n×k logits against labels. Rows of weight 0 are left out. Throws a RangeError for a class outside 0…k−1, a
 * logit that is NaN or +∞, a row without a logit above −∞, and a weight that is negative or not finite.
 */
export function scoreRows(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  group: Int32Array | null,
): ScoredRows {
  checkInteger("k", k, 1, 2 ** 24);
  checkLength("Z", Z.length, y.length * k);
  if (s !== null) checkLength("weights", s.length, y.length);
  if (group !== null) checkLength("group", group.length, y.length);
  const used = usedRows(y, s, k);
  const n = used.length;
  const { unit, units } = unitsOf(used, group);
  const rows: ScoredRows = {
    n,
    k,
    y: used.map((i) => y[i]),
    s: new Float64Array(n).fill(1),
    unit,
    units,
    logP: new Float64Array(n * k),
    P: new Float64Array(n * k),
    predicted: new Int32Array(n),
    confidence: new Float64Array(n),
    loss: new Float64Array(n),
    brier: new Float64Array(n),
  };
  for (let at = 0; at < n; at++) {
    if (s !== null) rows.s[at] = s[used[at]];
    scoreRow(rows, at, Z, used[at]);
  }
  return rows;
}

function usedRows(y: Int32Array, s: Float64Array | null, k: number): Int32Array {
  const used = new Int32Array(y.length);
  let n = 0;
  for (let i = 0; i < y.length; i++) {
    const weight = s === null ? 1 : s[i];
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) throw unusableRow(i, "weight", weight);
    if (weight === 0) continue;
    if (!(y[i] >= 0 && y[i] < k)) throw unusableRow(i, "class", y[i]);
    used[n++] = i;
  }
  return used.subarray(0, n);
}

/** The rows of n that have weight, with their weights and units. Throws a RangeError for weights that cannot be. */
export function usedUnits(
  n: number,
  s: Float64Array | null,
  group: Int32Array | null,
): Pick<ScoredRows, "n" | "s" | "unit" | "units"> & { readonly used: Int32Array } {
  if (s !== null) checkLength("weights", s.length, n);
  if (group !== null) checkLength("group", group.length, n);
  const used = usedRows(new Int32Array(n), s, 1);
  const weights = Float64Array.from(used, (i) => s?.[i] ?? 1);
  return { used, n: used.length, s: weights, ...unitsOf(used, group) };
}

function unitsOf(used: Int32Array, group: Int32Array | null): Pick<ScoredRows, "unit" | "units"> {
  if (group === null) return { unit: used.map((_, at) => at), units: used.length };
  const ids = new Map<number, number>();
  const unit = used.map((i) => {
    const id = ids.get(group[i]) ?? ids.size;
    ids.set(group[i], id);
    return id;
  });
  return { unit, units: ids.size };
}

function scoreRow(rows: ScoredRows, at: number, Z: Float64Array, i: number): void {
  const { k, logP, P } = rows;
  const start = at * k;
  let top = 0;
  for (let c = 1; c < k; c++) if (Z[i * k + c] > Z[i * k + top]) top = c;
  const m = Z[i * k + top];
  let rest = 0;
  for (let c = 0; c < k; c++) {
    const d = Z[i * k + c] - m;
    logP[start + c] = d;
    P[start + c] = c === top ? 1 : exp(d);
    if (c !== top) rest += P[start + c];
  }
  if (!(rest >= 0) || !Number.isFinite(m)) throw unusableRow(i, "logit", m);
  const logSum = log1p(rest);
  for (let c = 0; c < k; c++) {
    logP[start + c] -= logSum;
    P[start + c] /= 1 + rest;
  }
  const own = start + rows.y[at];
  rows.predicted[at] = top;
  rows.confidence[at] = P[start + top];
  rows.loss[at] = 0 - logP[own];
  rows.brier[at] = brierOf(P, start, k, own);
}

/** The own class's shortfall is summed from the others, which keeps it exact near probability 1. */
function brierOf(P: Float64Array, start: number, k: number, own: number): number {
  let others = 0;
  let squares = 0;
  for (let c = start; c < start + k; c++) {
    if (c === own) continue;
    others += P[c];
    squares += P[c] * P[c];
  }
  const brier = squares + others * others;
  return k === 2 ? brier / 2 : brier;
}
