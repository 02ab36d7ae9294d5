import { type Matrix, matrixWidth } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { preparedBytes } from "../kernels/plan.ts";
import { paddedWidth, type TriangleSizes, triangleLength } from "../kernels/triangles.ts";
import { createTriangles, triangleBytes } from "../kernels/triangles-wasm.ts";
import type { Problem } from "./contracts.ts";
import { mostRows } from "./evenly.ts";
import type { SampleRoom } from "./sample.ts";

/** Where samples are kept and curvature is computed, made once for a problem. */
export interface CurvatureRoom extends SampleRoom {
  readonly plan: CurvaturePlan;
}

/** What pays, by sizes alone, so that equal problems are solved alike. */
export interface CurvaturePlan {
  /** Rows of a sample. */
  readonly sample: number;
  /** Rows of the sample for a matrix for all logits where a fit starts; 0: no such matrix. */
  readonly start: number;
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
const START_PASSES = 2;
/** Rows for each feature that the first curvature takes at least. */
const START_ROWS = 4;
const EACH_PASSES = 200;
/** What reading a number of X costs, in multiplications: the most of a pass with one logit. */
const READING = 3;
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
  const pass = (2 * outputs + READING) * entries;
  const narrow = (dense?.data ?? csr?.values) instanceof Float32Array;
  const costs = (work: number): number => (narrow ? work : FLOAT64 * work) / pass;
  const affordable = SAMPLE_PASSES / costs(outputs * COUNTING * ((d * d) / 2));
  const fewest = Math.max(SAMPLE_ROWS, ROWS_PER_FEATURE * d);
  const wanted = Math.max(fewest, Math.min(MOST_ROWS, Math.floor(affordable)));
  const sample = mostRows(X.rows, wanted);
  const matrix = 4 * triangleLength(d);
  const factor = (d * d * d) / 4;
  const product = (sample * d * d) / 2;
  const most = (passes: number): number => Math.max(FREE_WORK, passes / costs(1));
  const few = Math.min(outputs, LEVELS);
  const rows = Math.floor((most(START_PASSES) - few * factor) / ((d * d) / 2));
  const start = few * matrix <= MOST_BYTES && rows >= START_ROWS * d ? Math.min(rows, sample) : 0;
  const work = outputs * (COUNTING * product + factor);
  const each = outputs * matrix <= MOST_BYTES && work <= most(EACH_PASSES);
  if (start === 0 && !each) return null;
  return { sample: wanted, start, each, warm: WARM * wanted, passes: costs(work) };
}

const sizesOf = (X: Matrix, outputs: number, plan: CurvaturePlan): TriangleSizes => ({
  width: matrixWidth(X) + 1,
  rows: mostRows(X.rows, plan.sample),
  slots: plan.each ? outputs : Math.min(outputs, LEVELS),
  vectors: outputs,
});

/** Null where no matrix pays. `changes` to the plan are for measuring what each part of it is worth. */
export function createCurvatureRoom(
  { X, outputs }: Problem,
  kernels: Kernels,
  changes: Partial<CurvaturePlan> = {},
): CurvatureRoom | null {
  const own = planOf(X, outputs);
  if (own === null) return null;
  const plan = { ...own, ...changes };
  const sizes = sizesOf(X, outputs, plan);
  const { i32, f64 } = kernels.allocate;
  const triangles = createTriangles(kernels, sizes);
  const prepared = kernels.prepare(
    sampleMatrix(sizes.rows, triangles.stride, triangles.sample),
    outputs,
  );
  return { triangles, prepared, plan, y: i32(sizes.rows), s: f64(sizes.rows) };
}

const sampleMatrix = (rows: number, width: number, data: Float32Array): Matrix => ({
  rows,
  dense: { width, data },
  codes: null,
  csr: null,
});

/** Bytes of the kernels' memory that `createCurvatureRoom` takes. */
export function curvatureBytes(X: Matrix, outputs: number): number {
  const plan = planOf(X, outputs);
  if (plan === null) return 0;
  const sizes = sizesOf(X, outputs, plan);
  const sample = sampleMatrix(sizes.rows, paddedWidth(sizes.width), new Float32Array(0));
  return triangleBytes(sizes) + preparedBytes(sample, outputs) + 12 * sizes.rows + 256;
}
