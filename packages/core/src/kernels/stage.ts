import type { CodesBlock, CsrBlock, DenseBlock, Floats, Matrix, RowRange } from "../base/matrix.ts";
import type { Arena, Numbers, NumbersOf } from "./arena.ts";
import { type Job, placeRanges } from "./job.ts";

/** Bytes of rows that are copied at once into the kernels' memory, where arrays live elsewhere. */
const CHUNK_BYTES = 4 * 2 ** 20;
/** Chunks are whole blocks of the kernels, so that copying does not change a sum. */
const CHUNK_ROWS = 128;

/** The rows that a pass reads: X with, where there are any, classes and row weights, and the n×k float64 it writes. */
export interface Rows {
  readonly X: Matrix;
  readonly y: Int32Array | null;
  readonly s: Float64Array | null;
  readonly Z: Float64Array | null;
  readonly k: number;
}

/** Address of `array`, copied into the arena's scratch if it lives elsewhere. */
export function stage(arena: Arena, array: Numbers): number {
  if (arena.owns(array)) return array.byteOffset;
  const address = arena.take(array.byteLength);
  const Type = array.constructor as NumbersOf<Numbers>;
  arena.view(Type, address, array.length).set(array);
  return address;
}

/**
 * Calls `pass` for consecutive chunks of `range`, each with its rows in the kernels' memory and in the job. What lives
 * there already is read in place; if that is everything, there is one chunk.
 */
export function eachChunk(
  arena: Arena,
  job: Job,
  rows: Rows,
  range: RowRange,
  pass: () => void,
): void {
  const bytesBefore = stagedBytes(arena, rows);
  for (let start = range.start; start < range.end; ) {
    const end = chunkEnd(bytesBefore, start, range.end);
    arena.scratch(() => placeRows(arena, job, rows, range.start, start, end, pass));
    start = end;
  }
}

function placeRows(
  arena: Arena,
  job: Job,
  { X, y, s, Z, k }: Rows,
  first: number,
  start: number,
  end: number,
  pass: () => void,
): void {
  const slice = <T extends Numbers>(array: T, width: number): number =>
    stage(arena, array.subarray(start * width, end * width));
  job.set({ ranges: placeRanges(arena, [{ start: 0, end: end - start }]), rangeCount: 1 });
  if (X.dense !== null) job.set({ dense: slice(X.dense.data, X.dense.width) });
  if (X.codes !== null) job.set({ codes: slice(X.codes.data, X.codes.perRow) });
  if (X.csr !== null) job.set(stageCsr(arena, X.csr, start, end));
  if (y !== null) job.set({ y: slice(y, 1) });
  if (s !== null) job.set({ s: slice(s, 1) });
  if (Z === null) {
    pass();
    return;
  }
  const out = Z.subarray((start - first) * k, (end - first) * k);
  const to = arena.owns(out)
    ? out
    : arena.view(Float64Array, arena.take(out.byteLength), out.length);
  job.set({ Z: to.byteOffset });
  pass();
  if (to !== out) out.set(to);
}

const ownsCsr = (arena: Arena, { starts, columns, values }: CsrBlock): boolean =>
  arena.owns(starts) && arena.owns(columns) && arena.owns(values);

function stageCsr(
  arena: Arena,
  csr: CsrBlock,
  start: number,
  end: number,
): { starts: number; columns: number; values: number } {
  const { starts, columns, values } = csr;
  if (ownsCsr(arena, csr)) {
    return {
      starts: starts.byteOffset + 4 * start,
      columns: columns.byteOffset,
      values: values.byteOffset,
    };
  }
  const first = starts[start];
  const last = starts[end];
  return {
    starts: stage(
      arena,
      starts.slice(start, end + 1).map((at) => at - first),
    ),
    columns: stage(arena, columns.slice(first, last)),
    values: stage(arena, values.slice(first, last)),
  };
}

/** Bytes that have to be copied for the rows before row i, as a function of i. */
function stagedBytes(arena: Arena, { X, y, s, Z, k }: Rows): (i: number) => number {
  const foreign = (array: Numbers | null | undefined, width: number): number =>
    array == null || arena.owns(array) ? 0 : width * array.BYTES_PER_ELEMENT;
  const fixed =
    foreign(X.dense?.data, X.dense?.width ?? 0) +
    foreign(X.codes?.data, X.codes?.perRow ?? 0) +
    foreign(y, 1) +
    foreign(s, 1) +
    foreign(Z, k);
  const { csr } = X;
  if (csr === null || ownsCsr(arena, csr)) return (i) => fixed * i;
  const entry = 4 + csr.values.BYTES_PER_ELEMENT;
  return (i) => (fixed + 4) * i + entry * csr.starts[i];
}

/** The end of the chunk that starts at `start`: as many whole blocks as CHUNK_BYTES hold, at least one. */
function chunkEnd(bytesBefore: (i: number) => number, start: number, last: number): number {
  if (bytesBefore(last) - bytesBefore(start) <= CHUNK_BYTES) return last;
  let end = start + CHUNK_ROWS;
  while (
    end + CHUNK_ROWS <= last &&
    bytesBefore(end + CHUNK_ROWS) - bytesBefore(start) <= CHUNK_BYTES
  )
    end += CHUNK_ROWS;
  return Math.min(end, last);
}

/** Float64 unless X holds float32 numbers. */
export function precision(X: Matrix): 32 | 64 {
  const floats: Floats | undefined = X.dense?.data ?? X.csr?.values;
  return floats instanceof Float32Array ? 32 : 64;
}

/** The widths of the blocks, as fields of a job. */
export function widths({ dense, codes, csr }: Matrix): {
  denseWidth: number;
  codesPerRow: number;
  codesWidth: number;
  csrWidth: number;
} {
  return {
    denseWidth: width(dense),
    codesPerRow: codes?.perRow ?? 0,
    codesWidth: width(codes),
    csrWidth: width(csr),
  };
}

const width = (block: DenseBlock | CodesBlock | CsrBlock | null): number => block?.width ?? 0;
