import { type Matrix, matrixWidth } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { type TriangleSizes, type Triangles, triangleLength } from "../kernels/triangles.ts";
import { createTriangles, triangleBytes } from "../kernels/triangles-wasm.ts";
import type { Problem } from "./contracts.ts";
import { mostRows } from "./evenly.ts";
import type { SampleRoom } from "./sample.ts";

/** Where samples are kept and curvature is computed, made once for a problem. */
export interface CurvatureRoom extends SampleRoom {
  readonly triangles: Triangles;
  readonly plan: CurvaturePlan;
}

/** What pays, by sizes alone, so that equal problems are solved alike. */
export interface CurvaturePlan {
  /** Rows of a sample. */
  readonly sample: number;
  /** A matrix for all logits where a fit starts. */
  readonly start: boolean;
  /** A matrix for each logit where it has come to. */
  readonly each: boolean;
  /** Rows above which a fit starts on the sample. */
  readonly warm: number;
  /** What the curvature at some weights costs, in passes over all rows. */
  readonly passes: number;
}

/** Rows in the sample, and features × the second where that is more. */
const SAMPLE_ROWS = 4000;
const ROWS_PER_FEATURE = 10;
/** Where features are few the sample may be larger, up to what its products cost in passes, and up to so many rows. */
const SAMPLE_PASSES = 2.5;
const MOST_ROWS = 24_000;
/** Bytes of the matrices of one fit. */
const MOST_BYTES = 48 * 2 ** 20;
/** Multiplications that are no matter: some milliseconds. */
const FREE_WORK = 1e8;
/** Passes that the curvature where a fit starts and that at some weights may take. */
const START_PASSES = 1.5;
const EACH_PASSES = 200;
/** Float64 passes take about twice as long for a multiplication as the triangles' float32. */
const FLOAT64 = 0.5;
/** Share of the sample's rows that count for a logit, about (measured: 0.1 to 0.4). */
const COUNTING = 0.3;
/** A shared matrix is factored for levels that are powers of 4, from 1/4 down to 4^−14. */
const LEVELS = 14;
/** A fit on all rows starts on the sample where that is at most a share of 1/this of them. */
const WARM = 4;

/** Null where the features are too many for any matrix. */
function planOf(X: Matrix, outputs: number): CurvaturePlan | null {
  const d = matrixWidth(X) + 1;
  const { dense, codes, csr } = X;
  const entries = X.rows * ((dense?.width ?? 0) + (codes?.perRow ?? 0)) + (csr?.values.length ?? 0);
  const pass = 2 * outputs * entries;
  const narrow = (dense?.data ?? csr?.values) instanceof Float32Array;
  const costs = (work: number): number => (narrow ? work : FLOAT64 * work) / pass;
  const affordable = SAMPLE_PASSES / costs(outputs * COUNTING * ((d * d) / 2));
  const fewest = Math.max(SAMPLE_ROWS, ROWS_PER_FEATURE * d);
  const wanted = Math.max(fewest, Math.min(MOST_ROWS, Math.floor(affordable)));
  const sample = mostRows(X.rows, wanted);
  const matrix = 4 * triangleLength(d);
  const factor = (d * d * d) / 4;
  const product = (sample * d * d) / 2;
  const few = Math.min(outputs, LEVELS);
  const within = (work: number, passes: number): boolean =>
    work <= FREE_WORK || costs(work) <= passes;
  const start = few * matrix <= MOST_BYTES && within(product + few * factor, START_PASSES);
  const work = outputs * (COUNTING * product + factor);
  const each = outputs * matrix <= MOST_BYTES && within(work, EACH_PASSES);
  if (!start && !each) return null;
  return { sample: wanted, start, each, warm: WARM * wanted, passes: costs(work) };
}

const sizesOf = (X: Matrix, outputs: number, plan: CurvaturePlan): TriangleSizes => ({
  width: matrixWidth(X) + 1,
  rows: mostRows(X.rows, plan.sample),
  slots: plan.each ? outputs : Math.min(outputs, LEVELS),
  vectors: outputs,
});

export function createCurvatureRoom(
  { X, outputs }: Problem,
  kernels: Kernels,
): CurvatureRoom | null {
  const plan = planOf(X, outputs);
  if (plan === null) return null;
  const sizes = sizesOf(X, outputs, plan);
  const { i32, f64 } = kernels.allocate;
  const triangles = createTriangles(kernels, sizes);
  return { triangles, plan, y: i32(sizes.rows), s: f64(sizes.rows) };
}

/** Bytes of the kernels' memory that `createCurvatureRoom` takes. */
export function curvatureBytes(X: Matrix, outputs: number): number {
  const plan = planOf(X, outputs);
  if (plan === null) return 0;
  const sizes = sizesOf(X, outputs, plan);
  return triangleBytes(sizes) + 12 * sizes.rows + 256;
}
