import type { Work } from "../base/breathe.ts";
import { log1pExp } from "../base/math.ts";
import { type FitRows, sharesOf } from "./affine.ts";
import { type DeviationProblem, fitDeviations } from "./deviations.ts";
import type { BetaCalibrator } from "./kinds.ts";
import { classOfCurve, countingWeights, curvesOf, logProbabilities } from "./scores.ts";

/** Penalty of (a − 1)² and (b − 1)², in rows (docs/math.md §5.4). */
const EXPONENT_PENALTY = 1;
/** Columns of the features: log(1 − p), log p, 1. */
const REST = 0;
const OWN = 1;
const ONE = 2;
const WIDTH = 3;

/**
 * Beta calibration (Kull, Silva Filho & Flach 2017; docs/math.md §5.5): of a class against the rest
 *
 *   log-odds = a log p − b log(1 − p) + c,   a, b ≥ 0, at least log loss
 *
 * Two classes need one such map; of more each has its own, and the k probabilities are divided by their sum. A class
 * without a row of weight, or that every row is of, keeps a = b = 1, c = 0.
 */
export function* fitBeta(...[Z, y, s, k]: FitRows): Work<BetaCalibrator> {
  const m = curvesOf(k);
  const [a, b, c] = [new Float64Array(m), new Float64Array(m), new Float64Array(m)];
  const shares = sharesOf(Z, y, s, k);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const { weights, rows } = countingWeights(Z, y, s, k);
  for (let curve = 0; curve < m; curve++) {
    const own = classOfCurve(curve, k);
    const isOpen = shares[own] > 0 && shares[own] < total;
    const labels = y.map((label) => (label === own ? 1 : 0));
    const features = featuresOf(Z, y.length, k, own);
    const found = isOpen
      ? yield* fitOne({ weights, rows, y: labels, features })
      : { a: 1, b: 1, c: 0 };
    a[curve] = found.a;
    b[curve] = found.b;
    c[curve] = found.c;
  }
  return { method: "beta", offsets: null, a, b, c };
}

interface Exponents {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

type Rows = Pick<DeviationProblem, "weights" | "rows" | "y" | "features">;

/** n×3: log(1 − p), log p and 1 of class c. */
function featuresOf(Z: Float64Array, n: number, k: number, c: number): Float64Array {
  const features = new Float64Array(n * WIDTH);
  const [own, rest] = [new Float64Array(k), new Float64Array(k)];
  for (let i = 0; i < n; i++) {
    logProbabilities(Z, i * k, k, own, rest);
    features[i * WIDTH + REST] = rest[c];
    features[i * WIDTH + OWN] = own[c];
    features[i * WIDTH + ONE] = 1;
  }
  return features;
}

/** The least loss with a, b ≥ 0: with both free, or else the better of those with one or both held at 0. */
function* fitOne(rows: Rows): Work<Exponents> {
  const free = yield* fitHeld(rows, true, true);
  if (free.a >= 0 && free.b >= 0) return free;
  const held = [
    yield* fitHeld(rows, false, true),
    yield* fitHeld(rows, true, false),
    yield* fitHeld(rows, false, false),
  ];
  return held
    .filter(({ a, b }) => a >= 0 && b >= 0)
    .reduce((best, next) => (next.loss < best.loss ? next : best));
}

/** With a, or b, held at 0 unless it is free. The logits of the rest and of the class are b log(1 − p) and a log p + c. */
function* fitHeld(
  rows: Rows,
  aFree: boolean,
  bFree: boolean,
): Work<Exponents & { readonly loss: number }> {
  const { features, y } = rows;
  const base = Float64Array.from({ length: 2 * y.length }, (_, at) => {
    const isOwn = at % 2 === 1;
    if (isOwn ? !aFree : !bFree) return 0;
    return features[((at - (at % 2)) / 2) * WIDTH + (isOwn ? OWN : REST)];
  });
  const lists = [bFree ? [REST] : [], aFree ? [OWN, ONE] : [ONE]];
  const penalties = Float64Array.from(lists.flat(), (j) => (j === ONE ? 0 : EXPONENT_PENALTY));
  const x = yield* fitDeviations({ ...rows, k: 2, base, width: WIDTH, lists, penalties });
  const found = {
    a: aFree ? 1 + x[x.length - 2] : 0,
    b: bFree ? 1 + x[0] : 0,
    c: x[x.length - 1],
  };
  return { ...found, loss: lossOf(rows, found) };
}

/** The objective, penalty and all. */
function lossOf({ features, y, weights, rows }: Rows, { a, b, c }: Exponents): number {
  let sum = (EXPONENT_PENALTY * ((a - 1) * (a - 1) + (b - 1) * (b - 1))) / 2;
  for (let i = 0; i < y.length; i++) {
    if (weights[i] === 0) continue;
    const at = i * WIDTH;
    const z = a * features[at + OWN] - b * features[at + REST] + c;
    sum += weights[i] * log1pExp(y[i] === 1 ? -z : z);
  }
  return sum / rows;
}

/** In place: two classes to (0, log-odds), more to the log of each class's probability against the rest. */
export function mapBeta({ a, b, c }: BetaCalibrator, Z: Float64Array, n: number, k: number): void {
  const [own, rest] = [new Float64Array(k), new Float64Array(k)];
  for (let i = 0; i < n; i++) {
    logProbabilities(Z, i * k, k, own, rest);
    for (let curve = 0; curve < a.length; curve++) {
      const label = classOfCurve(curve, k);
      const z = a[curve] * own[label] - b[curve] * rest[label] + c[curve];
      Z[i * k + label] = k === 2 ? z : -log1pExp(-z);
    }
    if (k === 2) Z[2 * i] = 0;
  }
}
