import { dataError } from "../base/checks.ts";
import { cholesky, solveLower, solveUpper } from "../optim/cholesky.ts";
import type { Design, Term } from "./design.ts";
import { addOuter, addScore, equationsOf, probabilitiesAt, type Sample } from "./passes.ts";

/** A direction along which the likelihood never falls and somewhere rises: no maximum exists. */
export interface Ray {
  /** q × p, in the design's scaled features. */
  readonly direction: Float64Array;
  /** Whether every row's own class gains on every other (complete separation), or some stay even (quasi-complete). */
  readonly complete: boolean;
}

/** A wrong class less probable than this may be on its way to 0. */
const FADING = 1e-3;
/** Weight of what must stay even, and how even it must be in the end, as a share of the largest margin. */
const EVEN_WEIGHT = 1e8;
const EVEN = 1e-5;
const NEGATIVE = 1e-6;
/** Share of the first largest margin below which nothing is left. */
const VANISHED = 1e-8;
const MOST_ROUNDS = 300;

/**
 * A ray of divergence (Albert & Anderson 1984): a direction δ ≠ 0 with margins
 *
 *   m_ic = x_i·(δ_y(i) − δ_c) ≥ 0   for all rows i and wrong classes c,
 *
 * or null where none is found. At θ far out the probabilities say where it can be: wrong classes that are still probable must
 * have the margin 0, those that fade may have any from 0 on. The iterative rectifier (Correia, Guimarães & Zylkin 2019,
 * "Verifying the existence of maximum likelihood estimates for generalized linear models", §3) then projects in turn on
 * the margins that some δ has, by least squares, and on the ones that are allowed, from those of θ on. What it ends with is
 * checked.
 */
export function findRay(sample: Sample, theta: Float64Array): Ray | null {
  const fading = fadingOf(sample, theta);
  if (!fading.includes(1)) return null;
  const L = crossProducts(sample, fading);
  const D = theta.length;
  cholesky(L, D);
  const k = sample.q + 1;
  let aim = allowed(marginsOf(sample, theta), fading);
  let first: number | null = null;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const direction = towards(sample, aim);
    solveLower(L, D, direction);
    solveUpper(L, D, direction);
    const margins = marginsOf(sample, direction);
    const largest = margins.reduce((a, b) => Math.max(a, b), 0);
    first ??= largest;
    if (!(largest > VANISHED * first)) return null;
    if (isRay(margins, fading, largest)) {
      const least = margins.reduce(
        (low, m, at) => (at % k === sample.y[Math.floor(at / k)] ? low : Math.min(low, m)),
        largest,
      );
      return { direction, complete: least > EVEN * largest };
    }
    aim = allowed(margins, fading);
  }
  return null;
}

/** The nearest margins that a ray may have. */
const allowed = (margins: Float64Array, fading: Uint8Array): Float64Array =>
  margins.map((m, at) => (fading[at] === 1 ? Math.max(0, m) : 0));

/** n × k: 1 where a wrong class fades. */
function fadingOf({ design, y, q }: Sample, theta: Float64Array): Uint8Array {
  const k = q + 1;
  const z = new Float64Array(q);
  const P = new Float64Array(k);
  const fading = new Uint8Array(design.rows * k);
  for (let i = 0; i < design.rows; i++) {
    probabilitiesAt(design, i, theta, q, z, P);
    for (let c = 0; c < k; c++) if (c !== y[i] && P[c] < FADING) fading[i * k + c] = 1;
  }
  return fading;
}

/** Σ_i Σ_{c ≠ y(i)} v_ic (e_y − e_c)(e_y − e_c)ᵀ ⊗ x xᵀ, v = 1 where c fades and EVEN_WEIGHT elsewhere. */
function crossProducts({ design, y, q }: Sample, fading: Uint8Array): Float64Array {
  const k = q + 1;
  const D = q * design.width;
  const H = new Float64Array(D * D);
  const Q = new Float64Array(q * q);
  for (let i = 0; i < design.rows; i++) {
    Q.fill(0);
    for (let c = 0; c < k; c++) {
      if (c === y[i]) continue;
      const v = fading[i * k + c] === 1 ? 1 : EVEN_WEIGHT;
      if (y[i] < q) Q[y[i] * q + y[i]] += v;
      if (c < q) Q[c * q + c] += v;
      if (y[i] < q && c < q) Q[Math.max(c, y[i]) * q + Math.min(c, y[i])] -= v;
    }
    addOuter(H, design, i, Q, q);
  }
  return H;
}

/** Σ_i Σ_c aim_ic (e_y − e_c) ⊗ x */
function towards({ design, y, q }: Sample, aim: Float64Array): Float64Array {
  const k = q + 1;
  const g = new Float64Array(q * design.width);
  const r = new Float64Array(q);
  for (let i = 0; i < design.rows; i++) {
    r.fill(0);
    for (let c = 0; c < k; c++) {
      if (c === y[i]) continue;
      if (y[i] < q) r[y[i]] += aim[i * k + c];
      if (c < q) r[c] -= aim[i * k + c];
    }
    addScore(g, design, i, r, q);
  }
  return g;
}

/** n × k margins; 0 at the own class. */
function marginsOf({ design, y, q }: Sample, direction: Float64Array): Float64Array {
  const k = q + 1;
  const z = new Float64Array(k);
  const margins = new Float64Array(design.rows * k);
  for (let i = 0; i < design.rows; i++) {
    equationsOf(design, i, direction, q, z);
    for (let c = 0; c < k; c++) margins[i * k + c] = z[y[i]] - z[c];
  }
  return margins;
}

const isRay = (margins: Float64Array, fading: Uint8Array, largest: number): boolean =>
  margins.every((m, at) =>
    fading[at] === 1 ? m >= -NEGATIVE * largest : Math.abs(m) <= EVEN * largest,
  );

/** Share of a ray's largest entry from which a feature has a part in it. */
const PART = 1e-3;

/** The refusal, with the columns and classes that the ray goes through. */
export function separationError(sample: Sample, { direction, complete }: Ray): Error {
  const { design, q } = sample;
  const label = (c: number): string => `"${sample.classes[c]}"`;
  const centred = centredOf(direction, q, design.width);
  const size = (c: number, j: number): number => Math.abs(centred[c * design.width + j]);
  const all = Array.from({ length: q + 1 }, (_, c) => c);
  const sizes = Array.from({ length: design.width }, (_, j) =>
    Math.max(...all.map((c) => size(c, j))),
  );
  const largest = Math.max(...sizes.slice(1));
  const isIn = ({ first, width }: Term): boolean =>
    sizes.slice(first, first + width).some((value) => value > PART * largest);
  const terms = design.terms.filter(isIn);
  const most = (c: number): number => Math.max(...sizes.map((_, j) => (j === 0 ? 0 : size(c, j))));
  const kept = all.reduce((best, c) => (most(c) > most(best) ? c : best), 0);
  const names = terms.slice(0, 4).map(({ name }) => `"${name}"`);
  const more = terms.length > 4 ? ` and ${terms.length - 4} more` : "";
  const how =
    emptyCell(sample, terms, label) ??
    loneNumber(sample, terms, label) ??
    `${terms.length === 1 ? names[0] : `a combination of ${names.join(", ")}${more}`} tells class ${label(kept)} from the others without a fault${complete ? "" : ", ties apart"}`;
  return dataError(
    `${how}: the classes are ${complete ? "completely" : "quasi-completely"} separated, the likelihood grows for ever as coefficients do, and no estimate, standard error or test exists (Albert & Anderson 1984). Leave such a column out with the option "ignore", or join levels or classes; training with a penalty stays possible`,
  );
}

/** Of each class, the base's 0 too, less the mean over classes: what matters to probabilities. */
function centredOf(direction: Float64Array, q: number, p: number): Float64Array {
  const centred = new Float64Array((q + 1) * p);
  centred.set(direction);
  for (let j = 0; j < p; j++) {
    let mean = 0;
    for (let c = 0; c <= q; c++) mean += centred[c * p + j] / (q + 1);
    for (let c = 0; c <= q; c++) centred[c * p + j] -= mean;
  }
  return centred;
}

/** A level in which some class never occurs: the commonest cause, said plainly. Null where there is none. */
function emptyCell(
  { design, y, q }: Sample,
  terms: readonly Term[],
  label: (c: number) => string,
): string | null {
  for (const term of terms) {
    if (term.kind !== "categorical") continue;
    const counts = countsOf(design, term, y, q + 1);
    for (let l = 0; l <= term.levels.length; l++) {
      const own = counts.subarray(l * (q + 1), (l + 1) * (q + 1));
      const there = [...own.keys()].filter((c) => own[c] > 0);
      if (there.length === q + 1) continue;
      const level = l === 0 ? term.reference : term.levels[l - 1];
      const missing = [...own.keys()].find((c) => own[c] === 0)!;
      const what =
        there.length === 1
          ? `occurs in class ${label(there[0])} only`
          : `never occurs in class ${label(missing)}`;
      return `level "${level}" of "${term.name}" ${what}`;
    }
  }
  return null;
}

/** A number that is nowhere smaller, or nowhere larger, in one class than in the others. Null where there is none. */
function loneNumber(
  { design, y, q }: Sample,
  terms: readonly Term[],
  label: (c: number) => string,
): string | null {
  for (const term of terms) {
    if (term.kind === "categorical") continue;
    const { low, high } = rangesOf(design, term, y, q + 1);
    for (let c = 0; c <= q; c++) {
      const otherLow = Math.min(...low.filter((_, other) => other !== c));
      const otherHigh = Math.max(...high.filter((_, other) => other !== c));
      if (high[c] > otherLow && low[c] < otherHigh) continue;
      const ties = high[c] === otherLow || low[c] === otherHigh ? ", ties apart" : "";
      return `"${term.name}" tells class ${label(c)} from the others without a fault${ties}`;
    }
  }
  return null;
}

/** Smallest and largest value in each class. */
function rangesOf({ perRow, values, terms }: Design, term: Term, y: Int32Array, k: number) {
  const slot = 1 + terms.indexOf(term);
  const low = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(k).fill(Number.NEGATIVE_INFINITY);
  y.forEach((c, i) => {
    const v = values[i * perRow + slot];
    low[c] = Math.min(low[c], v);
    high[c] = Math.max(high[c], v);
  });
  return { low, high };
}

/** Rows of each level, the reference first, by class. */
function countsOf(design: Design, term: Term, y: Int32Array, k: number): Float64Array {
  const { perRow, features, values } = design;
  const slot = 1 + design.terms.indexOf(term);
  const counts = new Float64Array((term.levels.length + 1) * k);
  for (let i = 0; i < y.length; i++) {
    const at = i * perRow + slot;
    const level = values[at] === 0 ? 0 : features[at] - term.first + 1;
    counts[level * k + y[i]]++;
  }
  return counts;
}
