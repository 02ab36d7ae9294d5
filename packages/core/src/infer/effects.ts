import { quadratic } from "./covariance.ts";
import type { Design, Term } from "./design.ts";
import { probabilitiesAt, type Sample } from "./passes.ts";

/** One average marginal effect, in units of the data. */
export interface Effect {
  readonly class: number;
  readonly term: Term;
  /** Position among the levels; −1 of a number. */
  readonly level: number;
  readonly estimate: number;
  readonly standardError: number;
}

/**
 * Average marginal effects of every column on the probability of each class, with standard errors by the delta method: the rows
 * are taken as fixed, the coefficients as drawn with covariance V (docs/math.md §10.6). Yields between columns.
 */
export function* averageEffects(
  sample: Sample,
  theta: Float64Array,
  V: Float64Array,
): Generator<void, Effect[], void> {
  const effects: Effect[] = [];
  const add = (term: Term, level: number, unit: number, { mean, slopes }: Averages): void => {
    const D = theta.length;
    mean.forEach((value, c) => {
      const variance = quadratic(V, slopes.subarray(c * D, (c + 1) * D));
      const standardError = Math.sqrt(Math.max(0, variance)) / unit;
      effects.push({ class: c, term, level, estimate: value / unit, standardError });
    });
  };
  for (const term of sample.design.terms) {
    if (term.kind === "categorical") {
      const reference = atLevel(sample, theta, term, -1);
      for (let l = 0; l < term.levels.length; l++) {
        add(term, l, 1, less(atLevel(sample, theta, term, l), reference));
        yield;
      }
    } else {
      add(term, -1, sample.design.deviation[term.first], slopesOf(sample, theta, term.first));
      yield;
    }
  }
  return effects;
}

/** A mean over the rows for each of the k classes, and its derivatives by θ, k × D. */
interface Averages {
  readonly mean: Float64Array;
  readonly slopes: Float64Array;
}

/** Mean of P_c where every row had this level of the term (−1: the reference). */
function atLevel(sample: Sample, theta: Float64Array, term: Term, level: number): Averages {
  const { design, s, q } = sample;
  const moved = withLevel(design, term, level);
  const { mean, slopes, z, P } = room(q, theta.length);
  const total = s.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < design.rows; i++) {
    probabilitiesAt(moved, i, theta, q, z, P);
    const share = s[i] / total;
    for (let c = 0; c <= q; c++) {
      mean[c] += share * P[c];
      for (let e = 0; e < q; e++) {
        const weight = share * P[c] * ((c === e ? 1 : 0) - P[e]);
        addRow(slopes, c * theta.length + e * design.width, moved, i, weight);
      }
    }
  }
  return { mean, slopes };
}

/** The design with one level of a term in every row. */
function withLevel(design: Design, term: Term, level: number): Design {
  const { perRow, rows } = design;
  const slot = 1 + design.terms.indexOf(term);
  const features = design.features.slice();
  const values = design.values.slice();
  for (let i = 0; i < rows; i++) {
    features[i * perRow + slot] = level < 0 ? 0 : term.first + level;
    values[i * perRow + slot] = level < 0 ? 0 : 1;
  }
  return { ...design, features, values };
}

/**
 * Mean of f_c = ∂P_c/∂x_j = P_c (β_c − β̄), β_c = θ_cj, β̄ = Σ_a P_a β_a, and
 *
 *   ∂f_c/∂θ_el = x_l P_c [([c = e] − P_e)(β_c − β̄) − P_e (β_e − β̄)] + [l = j] P_c ([c = e] − P_e)
 */
function slopesOf({ design, s, q }: Sample, theta: Float64Array, j: number): Averages {
  const D = theta.length;
  const { mean, slopes, z, P } = room(q, D);
  const beta = Float64Array.from({ length: q + 1 }, (_, c) =>
    c === q ? 0 : theta[c * design.width + j],
  );
  const total = s.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < design.rows; i++) {
    probabilitiesAt(design, i, theta, q, z, P);
    const share = s[i] / total;
    const centre = beta.reduce((sum, b, c) => sum + P[c] * b, 0);
    for (let c = 0; c <= q; c++) {
      mean[c] += share * P[c] * (beta[c] - centre);
      for (let e = 0; e < q; e++) {
        const moved = (c === e ? 1 : 0) - P[e];
        const along = moved * (beta[c] - centre) - P[e] * (beta[e] - centre);
        const start = c * D + e * design.width;
        addRow(slopes, start, design, i, share * P[c] * along);
        slopes[start + j] += share * P[c] * moved;
      }
    }
  }
  return { mean, slopes };
}

const room = (q: number, D: number) => ({
  mean: new Float64Array(q + 1),
  slopes: new Float64Array((q + 1) * D),
  z: new Float64Array(q),
  P: new Float64Array(q + 1),
});

/** out[start …] += weight · x_i */
function addRow(
  out: Float64Array,
  start: number,
  { perRow, features, values }: Design,
  i: number,
  weight: number,
): void {
  for (let at = i * perRow; at < (i + 1) * perRow; at++) {
    out[start + features[at]] += weight * values[at];
  }
}

const less = (a: Averages, b: Averages): Averages => ({
  mean: a.mean.map((value, c) => value - b.mean[c]),
  slopes: a.slopes.map((value, at) => value - b.slopes[at]),
});
