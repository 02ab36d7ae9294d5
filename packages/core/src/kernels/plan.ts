import { type Matrix, matrixWidth } from "../base/matrix.ts";
import { precision } from "./stage.ts";

/** How the rows of a Matrix are shared out, and what that takes: by sizes alone, so that every machine does the same. */

/** Rows of a stripe, as in kernels/pass.ts. */
export const STRIPE = 128;
/** Lanes at most: as many threads can sum at the same time. */
const MAX_LANES = 16;
/** Sums of all lanes together, at most. */
const LANE_BYTES = 256 * 2 ** 20;
/** A copy of the CSR block by columns, with the residuals, at most. */
const COLUMN_BYTES = 2 ** 30;
/** Blocks of rows have at most so many. */
const BLOCK = 128;

export interface LaneShape {
  readonly k: number;
  /** k rounded up to whole vectors. */
  readonly padded: number;
  /** Lanes where there are rows for all of them. */
  readonly lanes: number;
  /** Whether the columns of the CSR block are summed from a copy by columns. */
  readonly transposed: boolean;
}

export function laneShape(X: Matrix, k: number): LaneShape {
  const bytes = precision(X) / 8;
  const vector = 16 / bytes;
  const padded = k === 1 ? 1 : Math.ceil(k / vector) * vector;
  const transposed = X.csr !== null && copyBytes(X, padded) <= COLUMN_BYTES;
  const summed = matrixWidth(X) - (transposed ? X.csr!.width : 0);
  let lanes = MAX_LANES;
  while (lanes > 2 && lanes * 8 * (summed + 1) * padded > LANE_BYTES) lanes /= 2;
  return { k, padded, lanes, transposed };
}

function copyBytes({ rows, csr }: Matrix, padded: number): number {
  if (csr === null) return 0;
  const bytes = csr.values.BYTES_PER_ELEMENT;
  return (4 + bytes) * csr.values.length + 4 * csr.width + bytes * padded * rows;
}

/** Lanes for ranges of so many rows: no more than there are stripes, and one at least. */
export function laneCount({ lanes }: LaneShape, ...rows: number[]): number {
  const stripes = rows.reduce((sum, count) => sum + Math.ceil(count / STRIPE), 0);
  return Math.max(1, Math.min(lanes, stripes));
}

/** What `prepareRows` takes of the arena at most. */
export function preparedBytes(X: Matrix, k: number): number {
  const shape = laneShape(X, k);
  const { padded } = shape;
  const bytes = precision(X) / 8;
  const width = matrixWidth(X) + 1;
  const staged = 3 * line(8 * width * k);
  const weights = 2 * (line(bytes * width * padded) + line(2 * bytes * denseWidth(X))) + 1024;
  const lanes = laneCount(shape, X.rows) * (laneBytes(X, shape) + 512);
  const copy = shape.transposed ? copyBytes(X, padded) + 512 : 0;
  const columns = shape.transposed ? 64 * (128 + 8 * padded) : 0;
  const summed = width - (shape.transposed ? X.csr!.width : 0);
  const reduction = 64 * Math.ceil((summed * (padded + 2)) / 16_384) + 64;
  return staged + weights + lanes + copy + columns + reduction + 12 * X.rows + 4096;
}

const line = (bytes: number): number => Math.ceil(bytes / 64) * 64;

const denseWidth = ({ dense }: Matrix): number => dense?.width ?? 0;

/** The regions that kernels/job.ts lays out for a lane. */
function laneBytes(X: Matrix, { padded, transposed }: LaneShape): number {
  const bytes = precision(X) / 8;
  const width = denseWidth(X);
  const summed = matrixWidth(X) - (transposed ? X.csr!.width : 0);
  let block = BLOCK;
  while (block > 8 && block * width * bytes > 2 ** 18) block /= 2;
  const sums = line(8 * (summed + 1) * padded) + line(16 * width);
  return sums + block * (2 * bytes * padded + 32 + bytes * width) + 832;
}
