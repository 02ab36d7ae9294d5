import { countRows, type Matrix, type RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { SparseCurvature } from "../optim/composite.ts";
import { type Entries, entriesOf, type HessianRows } from "./entries.ts";

/**
 * Multiplications that a sample may take for each pair of variables, and the rows that it has at least and at most.
 * Measured on a path of digits (fewer rows than 1,000 know too little of rare pixels): 500 rows 442 passes, 1,000 112.
 */
const WORK = 2e7;
const LEAST_ROWS = 1000;
const MOST_ROWS = 4000;
/** Rows are taken in evenly spaced blocks of this size, so that it needs no chance. */
const BLOCK = 16;
/** Share of the mean probabilities that each row of a sample gets: rows that are certain now need not stay so. */
const MIX = 0.02;

/** The sample at some weights: rows, probabilities n×max(2, outputs), Σ_i s_i, and the mean of p_c (1 − p_c). */
interface Sample {
  readonly rows: Int32Array;
  readonly P: Float64Array;
  readonly weight: number;
  readonly levels: Float64Array;
}

/**
 * The Hessian of the mean loss among a few of the variables U (elastic.ts), from a sample of rows: with z the row in
 * those variables (1 for an intercept) and p its probabilities (docs/math.md §2.3),
 *
 *   H_(jc)(le) = Σ_i s_i z_ij z_il p_ic ([c = e] − p_ie) / Σ_i s_i.
 *
 * A column whose values the sample lacks gets what is missing of its mean square, 1, on the diagonal.
 */
export function sampleHessian(
  of: HessianRows,
  toWeights: (U: Float64Array) => Float64Array,
): SparseCurvature {
  const { scales, outputs, logits } = of;
  const size = scales.mean.length + 1;
  let W: Float64Array = new Float64Array(0);
  let sample: Sample | null = null;
  return {
    moveTo(x) {
      W = toWeights(x).slice();
      sample = null;
    },
    levels(at) {
      sample ??= takeSample(of, W, LEAST_ROWS);
      const { levels } = sample;
      return Float64Array.from(at, (u) => levels[outputs === 1 ? 0 : logits[Math.floor(u / size)]]);
    },
    among(at, known, before) {
      const filled = filledPerRow(of.X, at, size, outputs);
      sample ??= takeSample(of, W, WORK / (filled * filled));
      const classOf = Int32Array.from(at, (u) =>
        outputs === 1 ? 0 : logits[Math.floor(u / size)],
      );
      const entries = entriesOf(of, at, classOf, sample.P);
      const out = new Float64Array(at.length * at.length);
      const add = 4 * filled > at.length ? addFourRows : addEachRow;
      add(entries, sample.rows, classOf, outputs, known, out);
      symmetrise(out, at.length, sample.weight, known, before);
      for (let i = known; i < at.length; i++) {
        if (at[i] % size === size - 1) continue;
        const seen = Math.min(1, entries.squares[i] / entries.total);
        out[i * at.length + i] += sample.levels[classOf[i]] * (1 - seen);
      }
      return out;
    },
  };
}

/** About how many of the variables `at` a row has. */
function filledPerRow(X: Matrix, at: Int32Array, size: number, outputs: number): number {
  const width = X.dense?.width ?? 0;
  const dense = at.reduce((sum, u) => sum + (u % size < width || u % size === size - 1 ? 1 : 0), 0);
  const perRow = (X.codes?.perRow ?? 0) + (X.csr === null ? 0 : X.csr.columns.length / X.rows);
  return Math.max(1, dense + Math.min(at.length - dense, perRow * outputs));
}

function takeSample(
  { X, rowWeights: s, ranges, outputs, kernels }: HessianRows,
  W: Float64Array,
  affordable: number,
): Sample {
  const wanted = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, affordable));
  const stride = Math.max(1, Math.floor(countRows(ranges) / wanted));
  const blocks = stride === 1 ? ranges : spacedBlocks(ranges, stride * BLOCK);
  const k = Math.max(2, outputs);
  const rows = new Int32Array(countRows(blocks));
  const P = new Float64Array(rows.length * k);
  let at = 0;
  let weight = 0;
  for (const block of blocks) {
    const n = block.end - block.start;
    probabilities(kernels, X, block, W, outputs, P.subarray(at * k, (at + n) * k));
    for (let i = block.start; i < block.end; i++) {
      rows[at++] = i;
      weight += s === null ? 1 : s[i];
    }
  }
  const mean = new Float64Array(k);
  const levels = new Float64Array(k);
  P.forEach((p, i) => {
    mean[i % k] += p / rows.length;
    levels[i % k] += (p * (1 - p)) / rows.length;
  });
  if (stride > 1) {
    for (let i = 0; i < P.length; i++) P[i] += MIX * (mean[i % k] - P[i]);
  }
  return { rows, P, weight: weight || 1, levels };
}

function spacedBlocks(ranges: readonly RowRange[], stride: number): RowRange[] {
  const blocks: RowRange[] = [];
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at += stride) {
      blocks.push({ start: at, end: Math.min(at + BLOCK, end) });
    }
  }
  return blocks;
}

/** Of the rows of `block`; two columns, of which the first is class 1's, for one output. */
function probabilities(
  kernels: Kernels,
  X: Matrix,
  block: RowRange,
  W: Float64Array,
  outputs: number,
  P: Float64Array,
): void {
  const rows = block.end - block.start;
  if (outputs > 1) kernels.logits(X, block, W, outputs, P);
  else {
    const z = new Float64Array(rows);
    kernels.logits(X, block, W, 1, z);
    z.forEach((value, i) => {
      P[2 * i] = value;
      P[2 * i + 1] = 0;
    });
  }
  kernels.softmax(P, rows, Math.max(2, outputs), 1, P);
}

type AddRows = (
  of: Entries,
  rows: Int32Array,
  classOf: Int32Array,
  outputs: number,
  known: number,
  out: Float64Array,
) => void;

/**
 * Where a row has few of the variables. Of each pair one triangle's entry has the sum, or both have a part of it; pairs
 * of known variables are left out. One logit has the row weight s p (1 − p), and u = z.
 */
const addEachRow: AddRows = (of, rows, classOf, outputs, known, out) => {
  const a = classOf.length;
  const { at, z, u } = of;
  const sign = outputs === 1 ? 1 : -1;
  for (let r = 0; r < rows.length; r++) {
    of.read(rows[r], r);
    if (of.weight === 0) continue;
    for (let p = 0; p < of.count; p++) {
      const c = classOf[at[p]];
      const isNew = at[p] >= known;
      const row = at[p] * a;
      const factor = of.weight * u[p];
      const own = outputs === 1 ? 0 : factor;
      for (let q = 0; q <= p; q++) {
        if (!isNew && at[q] < known) continue;
        out[row + at[q]] += sign * factor * u[q] + (classOf[at[q]] === c ? own * z[q] : 0);
      }
    }
  }
};

/** Where a row has most of them: four rows at once, so that sums are loaded and stored a quarter as often. */
const addFourRows: AddRows = (of, rows, classOf, outputs, known, out) => {
  const a = classOf.length;
  const U = new Float64Array(4 * a);
  const Z = new Float64Array(4 * a);
  const [u0, u1, u2, u3] = [0, 1, 2, 3].map((r) => U.subarray(r * a, (r + 1) * a));
  const [z0, z1, z2, z3] = [0, 1, 2, 3].map((r) => Z.subarray(r * a, (r + 1) * a));
  const w = new Float64Array(4);
  const sign = outputs === 1 ? 1 : -1;
  const ofClass = listsByClass(classOf);
  for (let first = 0; first < rows.length; first += 4) {
    readFour(of, rows, first, U, Z, w);
    for (let e = known; e < a; e++) {
      const f0 = w[0] * u0[e];
      const f1 = w[1] * u1[e];
      const f2 = w[2] * u2[e];
      const f3 = w[3] * u3[e];
      for (let f = 0, to = e * a; f <= e; f++, to++) {
        out[to] += sign * (f0 * u0[f] + f1 * u1[f] + (f2 * u2[f] + f3 * u3[f]));
      }
      if (outputs === 1) continue;
      const same = ofClass[classOf[e]];
      for (let l = 0, f = same[0]; f <= e; f = same[++l]) {
        out[e * a + f] += f0 * z0[f] + f1 * z1[f] + (f2 * z2[f] + f3 * z3[f]);
      }
    }
  }
};

function readFour(
  of: Entries,
  rows: Int32Array,
  first: number,
  U: Float64Array,
  Z: Float64Array,
  w: Float64Array,
): void {
  const a = U.length / 4;
  U.fill(0);
  Z.fill(0);
  w.fill(0);
  for (let r = 0; r < 4 && first + r < rows.length; r++) {
    of.read(rows[first + r], first + r);
    w[r] = of.weight;
    for (let p = 0; p < of.count; p++) {
      U[r * a + of.at[p]] = of.u[p];
      Z[r * a + of.at[p]] = of.z[p];
    }
  }
}

function listsByClass(classOf: Int32Array): Int32Array[] {
  const lists: number[][] = [];
  classOf.forEach((c, e) => {
    lists[c] ??= [];
    lists[c].push(e);
  });
  return lists.map((list) => Int32Array.from(list));
}

/** Both triangles of the mean, with the known entries as they were `before`. */
function symmetrise(
  out: Float64Array,
  a: number,
  weight: number,
  known: number,
  before: Float64Array,
): void {
  for (let i = 0; i < a; i++) {
    for (let j = 0; j <= i; j++) {
      const both = out[i * a + j] + (i === j ? 0 : out[j * a + i]);
      const value = i < known ? before[i * known + j] : both / weight;
      out[i * a + j] = value;
      out[j * a + i] = value;
    }
  }
}
