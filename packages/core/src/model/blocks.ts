import { abortedError, checkInteger, checkKeys, checkKind, checkLength } from "../base/checks.ts";
import type { Floats, Matrix } from "../base/matrix.ts";
import { storedMatrix, windowsOf } from "../base/stored.ts";
import { createMatrix } from "./home.ts";
import { asMatrix, type MatrixLike } from "./inputs.ts";
import type { RowSpool, RowStorage } from "./row-storage.ts";

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
  /** Gives the spool back, where there is one. */
  close(): void;
}

interface GatherOptions {
  /** Whether numbers of float64 are to be kept as float32. */
  readonly narrow: (size: { rows: number; columns: number; y: Float64Array }) => boolean;
  readonly signal?: AbortSignal;
  /** Where rows go that are too many. */
  readonly storage?: RowStorage;
}

export const isBlockSource = (X: unknown): X is AsyncIterable<RowBlock> =>
  typeof X === "object" && X !== null && Symbol.asyncIterator in X;

/**
 * All rows of a source in one Matrix (`createMatrix`), or in a spool. Blocks are copied as they come, so that a source may fill
 * the same arrays again, and each copy is let go as its rows enter the Matrix.
 * Throws RangeError where blocks differ in width, and TypeError where they differ in kind.
 */
export async function gatherBlocks(
  source: AsyncIterable<RowBlock>,
  { narrow, signal, storage }: GatherOptions,
): Promise<Gathered> {
  const kept = createKept(storage);
  try {
    return await gather(source, kept, narrow, signal);
  } catch (error) {
    kept.close();
    throw error;
  }
}

async function gather(
  source: AsyncIterable<RowBlock>,
  kept: Kept,
  narrow: GatherOptions["narrow"],
  signal: AbortSignal | undefined,
): Promise<Gathered> {
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
    checkAlike(kept.type ?? data.constructor, data, rows);
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
    kept.add(data, columns);
    y.push(Float64Array.from(block.y));
    rows += count;
  }
  checkInteger("rows of all blocks", rows, 1, 0x7fffffff);
  const labels = joined(y, rows);
  const half = kept.type === Float32Array || narrow({ rows, columns, y: labels });
  return {
    X: kept.finish(rows, columns, half),
    y: labels,
    rowWeights: weights.length > 0 ? joined(weights, rows) : null,
    close: kept.close,
  };
}

/** Rows as they come: in memory, and in a spool once they are too many for it. */
interface Kept {
  /** Of the numbers; null while there are none. */
  readonly type: Floats["constructor"] | null;
  add(data: Floats, columns: number): void;
  /** `half`: as float32. */
  finish(rows: number, columns: number, half: boolean): Matrix;
  close(): void;
}

function createKept(storage: RowStorage | undefined): Kept {
  const most = storage?.bytes ?? Number.POSITIVE_INFINITY;
  const blocks: Floats[] = [];
  let type: Floats["constructor"] | null = null;
  let bytes = 0;
  let spool: RowSpool | null = null;
  const spoolOf = (width: number, bits: 32 | 64): RowSpool =>
    storage!.create({ rows: null, dense: { width, bits }, codes: null });
  return {
    get type() {
      return type;
    },
    add(data, columns) {
      type ??= data.constructor;
      bytes += data.byteLength;
      if (bytes <= most) {
        blocks.push(data.slice());
        return;
      }
      if (spool === null) {
        spool = spoolOf(columns, type === Float32Array ? 32 : 64);
        for (const block of blocks) spool.write(block.length / columns, block, null);
        blocks.length = 0;
      }
      spool.write(data.length / columns, data, null);
    },
    finish(rows, columns, half) {
      if (spool === null) {
        const X = createMatrix({ rows, columns, precision: half ? "f32" : "f64" });
        moveInto(X.dense!.data, blocks);
        return X;
      }
      const X = storedMatrix(spool.finish());
      if (!half || type === Float32Array) return X;
      const wide = spool;
      spool = spoolOf(columns, 32);
      for (const { X: here } of windowsOf(X, [{ start: 0, end: rows }])) {
        spool.write(here.rows, Float32Array.from(here.dense!.data), null);
      }
      wide.close();
      return storedMatrix(spool.finish());
    },
    close: () => spool?.close(),
  };
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

function checkAlike(type: Floats["constructor"], data: Floats, row: number): void {
  if (type === data.constructor) return;
  throw new TypeError(
    `"X" expected ${type.name} in every block, got ${data.constructor.name} from row ${row} on`,
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
