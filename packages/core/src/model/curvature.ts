import type { Kernels } from "../kernels/kernels.ts";
import { triangleLength } from "../kernels/triangles.ts";
import type { CurvatureRoom } from "./room.ts";
import { type Sample, scaleWeights } from "./sample.ts";
import type { Scales } from "./scales.ts";

/**
 * What the Hessian of the mean loss looks like at some weights, from a sample of rows: its blocks on the diagonal, one a
 * logit (docs/math.md §2.6),
 *
 *   H_c = Σ_i h_ic z_i z_iᵀ / Σ_i s_i,   h_ic = s_i p_ic (1 − p_ic),   h_c = Σ_i h_ic / Σ_i s_i,
 *
 * z_i the sample's rows: features centred and in units of their deviations, then a 1. Where one matrix a logit would
 * cost more than it saves, all have h_c times that of the rows weighted by Σ_c h_ic; where that would, none.
 * Only a measure for the optimiser's steps: no result depends on it beyond the tolerance.
 */
export interface Curvature {
  /** h_c */
  readonly level: Float64Array;
  /** H_c for each c; or, if shared, one matrix whose multiples by h_c stand for them; or null. Packed triangles. */
  readonly blocks: Float32Array | null;
  readonly shared: boolean;
}

/** Share of the mean of h_ic below which a row's is left out: such rows are many and weigh little. */
const CUT = 0.3;
const LEAST_LEVEL = 1e-8;

/** The curvature where all weights are 0 and the probabilities are the class shares. */
export function curvatureOfShares(
  shares: Float64Array,
  outputs: number,
  room: CurvatureRoom | null = null,
  sample?: () => Sample,
): Curvature {
  const level = shares.subarray(0, outputs).map((share) => atLeast(share * (1 - share)));
  if (room === null || sample === undefined || room.plan.start === 0)
    return { level, blocks: null, shared: true };
  const { s } = sample();
  const step = Math.ceil(s.length / room.plan.start);
  const few = s.map((weight, i) => (i % step === 0 ? weight : 0));
  const blocks = blocksOf(room, [few], total(few));
  return { level, blocks, shared: true };
}

/** The curvature at the weights W. */
export function curvatureAt(
  kernels: Kernels,
  room: CurvatureRoom,
  sample: Sample,
  scales: Scales,
  W: Float64Array,
  outputs: number,
): Curvature {
  const H = rowCurvatures(kernels, room, sample, scales, W, outputs);
  const totals = H.map(total);
  const level = Float64Array.from(totals, (sum) => atLeast(sum / sample.weight));
  if (room.plan.each) return { level, blocks: blocksOf(room, H, sample.weight), shared: false };
  if (room.plan.start === 0) return { level, blocks: null, shared: true };
  const all = H.reduce((sum, of) => sum.map((value, at) => value + of[at]));
  return { level, blocks: blocksOf(room, [all], total(all)), shared: true };
}

const atLeast = (level: number): number => Math.max(LEAST_LEVEL, level);

const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

/** Σ_i h_i z_i z_iᵀ / weight for each array of row weights; rows below the cut are made up for by the others. */
function blocksOf(
  { triangles }: CurvatureRoom,
  H: readonly Float64Array[],
  weight: number,
): Float32Array {
  const length = triangleLength(triangles.stride);
  triangles.triangles.fill(0, 0, H.length * length);
  for (const [c, h] of H.entries()) {
    const sum = total(h);
    const cut = (CUT * sum) / h.length;
    const chosen = Int32Array.from(h.keys()).filter((i) => h[i] > cut);
    const kept = chosen.reduce((part, i) => part + h[i], 0);
    if (!(kept > 0)) continue;
    const factor = sum / kept / weight;
    const roots = Float32Array.from(chosen, (i) => Math.sqrt(factor * h[i]));
    triangles.addProducts(chosen, roots, c);
  }
  return triangles.triangles.slice(0, H.length * length);
}

/** h_ic of the sample's rows, one array a logit. */
function rowCurvatures(
  kernels: Kernels,
  { prepared, triangles }: CurvatureRoom,
  { s, rows }: Sample,
  scales: Scales,
  W: Float64Array,
  outputs: number,
): Float64Array[] {
  const k = Math.max(2, outputs);
  const V = new Float64Array((triangles.stride + 1) * outputs);
  scaleWeights(W, scales, outputs, V);
  const P = new Float64Array(rows * k);
  prepared.logits(V, [{ start: 0, end: rows }], P.subarray(0, rows * outputs));
  probabilities(kernels, P, rows, outputs);
  return Array.from({ length: outputs }, (_, c) =>
    Float64Array.from({ length: rows }, (_, i) => {
      const p = P[i * k + c];
      return s[i] * p * (1 - p);
    }),
  );
}

/** Logits to probabilities, in place; two columns, of which the first is class 1's, for one output. */
function probabilities(kernels: Kernels, P: Float64Array, rows: number, outputs: number): void {
  if (outputs === 1) {
    for (let i = rows - 1; i >= 0; i--) {
      P[2 * i] = P[i];
      P[2 * i + 1] = 0;
    }
  }
  kernels.softmax(P, rows, Math.max(2, outputs), 1, P);
}
