import { abortedError, checkInteger, checkKeys, checkKind, checkLength } from "../base/checks.ts";
import type { Floats, Matrix } from "../base/matrix.ts";
import { createMatrix } from "./home.ts";
import { asMatrix, type MatrixLike } from "./inputs.ts";

/** Some rows of a source: dense, of as many columns and of the same precision as all others. */
export interface RowBlock {
  readonly X: MatrixLike;
  /** Class of each row, 0…k−1. */
  readonly y: ArrayLike<number>;
  /** Weight of each row: in all blocks or in none. */
  readonly rowWeights?: ArrayLike<number>;
}

export interface Gathered {
  readonly X: Matrix;
  readonly y: Float64Array;
  readonly rowWeights: Float64Array | null;
}

interface GatherOptions {
  /** Whether numbers of float64 are to be kept as float32. */
  readonly narrow: (size: { rows: number; columns: number; y: Float64Array }) => boolean;
  readonly signal?: AbortSignal;
}

export const isBlockSource = (X: unknown): X is AsyncIterable<RowBlock> =>
  typeof X === "object" && X !== null && Symbol.asyncIterator in X;

/**
 * All rows of a source in one Matrix (`createMatrix`). Blocks are copied as they come, so that a source may fill the same
 * arrays again, and each copy is let go as its rows enter the Matrix.
 * Throws RangeError where blocks differ in width, and TypeError where they differ in kind.
 */
export async function gatherBlocks(
  source: AsyncIterable<RowBlock>,
  { narrow, signal }: GatherOptions,
): Promise<Gathered> {
  const blocks: Floats[] = [];
  const y: Float64Array[] = [];
  const weights: Float64Array[] = [];
  let columns = -1;
  let rows = 0;
  for await (const block of source) {
    if (signal?.aborted === true) throw abortedError();
    const { width, data } = denseOf(block);
    if (columns < 0) columns = width;
    checkLength(`X of row ${rows}`, width, columns);
    const count = data.length / width;
    checkAlike(blocks[0] ?? data, data, rows);
    checkLength("y", block.y.length, count);
    checkKind(
      "rowWeights",
      "weights in all blocks or in none",
      block.rowWeights,
      rows === 0 || (block.rowWeights !== undefined) === weights.length > 0,
    );
    if (block.rowWeights !== undefined) {
      checkLength("rowWeights", block.rowWeights.length, count);
    }
    if (count === 0) continue;
    if (block.rowWeights !== undefined) weights.push(Float64Array.from(block.rowWeights));
    blocks.push(data.slice());
    y.push(Float64Array.from(block.y));
    rows += count;
  }
  checkInteger("rows of all blocks", rows, 1, 0x7fffffff);
  const labels = joined(y, rows);
  const half = blocks[0] instanceof Float32Array || narrow({ rows, columns, y: labels });
  const X = createMatrix({ rows, columns, precision: half ? "f32" : "f64" });
  moveInto(X.dense!.data, blocks);
  return { X, y: labels, rowWeights: weights.length > 0 ? joined(weights, rows) : null };
}

function denseOf(block: RowBlock): { readonly width: number; readonly data: Floats } {
  checkKind("block", "{ X, y, rowWeights }", block, typeof block === "object" && block !== null);
  checkKeys("block", block, ["X", "y", "rowWeights"]);
  const { rows, dense, codes, csr } = asMatrix(block.X);
  if (dense === null || codes !== null || csr !== null) {
    throw new TypeError('"X" expected dense rows in every block, got codes or sparse rows');
  }
  checkInteger("columns of X", dense.width, 1, 0x7fffffff);
  checkLength("X.dense.data", dense.data.length, rows * dense.width);
  return dense;
}

function checkAlike(first: Floats, data: Floats, row: number): void {
  if (first.constructor === data.constructor) return;
  throw new TypeError(
    `"X" expected ${first.constructor.name} in every block, got ${data.constructor.name} from row ${row} on`,
  );
}

function joined(parts: readonly Float64Array[], length: number): Float64Array {
  const whole = new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Empties `blocks` from the front. */
function moveInto(to: Floats, blocks: Floats[]): void {
  let at = 0;
  blocks.reverse();
  for (let block = blocks.pop(); block !== undefined; block = blocks.pop()) {
    to.set(block, at);
    at += block.length;
  }
}
