import type { Matrix, RowRange } from "../base/matrix.ts";
import { windowsOf } from "../base/stored.ts";
import type { PreparedRows } from "../kernels/kernels.ts";
import type { Triangles } from "../kernels/triangles.ts";
import type { Engine } from "../optim/contracts.ts";
import type { Problem } from "./contracts.ts";
import { eachSparse, type Scales } from "./scales.ts";

/**
 * Evenly spaced rows as the optimiser sees them: every feature centred and in units of its deviation, then a 1, then 0s
 * up to the stride; float32, in the kernels' memory. Rows without weight are left out.
 */
export interface Sample {
  readonly rows: number;
  readonly y: Int32Array;
  readonly s: Float64Array;
  /** Σ s of its rows. */
  readonly weight: number;
}

/** Where samples are read to: one at a time. */
export interface SampleRoom {
  readonly triangles: Triangles;
  /** Sums over its rows, on all threads. */
  readonly prepared: PreparedRows;
  readonly y: Int32Array;
  readonly s: Float64Array;
}

export function readSample(
  { X, y }: Problem,
  s: Float64Array | null,
  blocks: readonly RowRange[],
  scales: Scales,
  room: SampleRoom,
): Sample {
  const { stride, sample } = room.triangles;
  const reader = rowReader(X, scales, stride);
  const capacity = room.y.length;
  let rows = 0;
  let weight = 0;
  for (const { X: here, first, range } of windowsOf(X, blocks)) {
    for (let i = range.start; i < range.end && rows < capacity; i++) {
      const w = s === null ? 1 : s[i];
      if (w === 0) continue;
      reader(here, i - first, sample, rows * stride);
      room.y[rows] = y[i];
      room.s[rows] = w;
      weight += w;
      rows++;
    }
  }
  return {
    rows,
    y: room.y.subarray(0, rows),
    s: room.s.subarray(0, rows),
    weight,
  };
}

/** Deviations from the mean, at most: only a row of next to no weight is further off, and float32 holds the square. */
const FURTHEST = 1e15;

const bounded = (z: number): number => Math.min(FURTHEST, Math.max(-FURTHEST, z));

/** Writes z_ij = (x_ij − μ_j)/σ_j of a row of X or of a window of it, 0 where feature j is constant, and a 1. */
function rowReader(X: Matrix, { mean, deviation, constant }: Scales, stride: number) {
  const d = mean.length;
  const width = X.dense?.width ?? 0;
  const factor = deviation.map((sigma, j) => (constant[j] === 1 ? 0 : 1 / sigma));
  const empty = Float32Array.from({ length: stride }, (_, j) =>
    j < d ? -mean[j] * factor[j] : j === d ? 1 : 0,
  );
  const rest = empty.subarray(width);
  return ({ dense, codes, csr }: Matrix, i: number, to: Float32Array, at: number): void => {
    const data = dense?.data ?? [];
    for (let j = 0, from = i * width; j < width; j++, from++) {
      to[at + j] = bounded((data[from] - mean[j]) * factor[j]);
    }
    to.set(rest, at + width);
    if (codes !== null) {
      for (let e = i * codes.perRow; e < (i + 1) * codes.perRow; e++) {
        const j = width + codes.data[e];
        if (j >= width) to[at + j] = bounded((1 - mean[j]) * factor[j]);
      }
    }
    if (csr === null) return;
    eachSparse({ rows: X.rows, dense: null, codes: null, csr }, i, (column, x) => {
      const j = d - csr.width + column;
      to[at + j] = bounded((x - mean[j]) * factor[j]);
    });
  };
}

/** Sums over the sample's rows as functions of the weights W of the features as they are. */
export function sampleEngine(
  { prepared, triangles }: SampleRoom,
  { y, s, rows }: Sample,
  scales: Scales,
  outputs: number,
): Engine {
  const [scaled, direction, sums] = [0, 1, 2].map(
    () => new Float64Array((triangles.stride + 1) * outputs),
  );
  const all = prepared.over(y, s, [{ start: 0, end: rows }]);
  return {
    lossGradient(W, G) {
      scaleWeights(W, scales, outputs, scaled);
      const loss = all.lossGradient(scaled, sums);
      pullSums(sums, scales, outputs, G);
      return loss;
    },
    hessianVector(W, V, H) {
      scaleWeights(W, scales, outputs, scaled);
      scaleWeights(V, scales, outputs, direction);
      all.hessianVector(scaled, direction, sums);
      pullSums(sums, scales, outputs, H);
    },
  };
}

/** The transpose of `scaleWeights`. */
function pullSums(
  sums: Float64Array,
  { mean, deviation }: Scales,
  outputs: number,
  G: Float64Array,
): void {
  const last = mean.length * outputs;
  for (let c = 0; c < outputs; c++) G[last + c] = sums[last + c];
  for (let j = 0, at = 0; j < mean.length; j++) {
    for (let c = 0; c < outputs; c++, at++) {
      G[at] = sums[at] * deviation[j] + mean[j] * sums[last + c];
    }
  }
}

/** V of Z V = X W + b for the sample Z: σ_j W_jc, then b_c + Σ_j μ_j W_jc at the column of 1s. */
export function scaleWeights(
  W: Float64Array,
  { mean, deviation }: Scales,
  outputs: number,
  V: Float64Array,
): void {
  const last = mean.length * outputs;
  for (let c = 0; c < outputs; c++) V[last + c] = W[last + c];
  for (let j = 0, at = 0; j < mean.length; j++) {
    for (let c = 0; c < outputs; c++, at++) {
      V[at] = W[at] * deviation[j];
      V[last + c] += mean[j] * W[at];
    }
  }
}
