import { checkInteger } from "../base/checks.ts";
import type { Matrix } from "../base/matrix.ts";
import type { Numbers } from "../kernels/arena.ts";
import type { Allocator } from "../kernels/kernels.ts";
import { createKernels, type WasmKernels } from "../kernels/wasm.ts";

/** Numbers copied at once: about a millisecond's work. */
const COPIED_AT_ONCE = 2 ** 20;
/** Of addresses set aside for what a fit needs beside the numbers; none of it is memory until it is used. */
const SCRATCH_BYTES = 2 ** 30;
/** Of a row's class and weight. */
const LABEL_BYTES = 12;

const homes = new WeakMap<Matrix, WasmKernels>();

/** The kernels whose memory `createMatrix` put X in, or null. */
export const homeOf = (X: Matrix): WasmKernels | null => homes.get(X) ?? null;

export interface MatrixSize {
  readonly rows: number;
  /** Dense columns. */
  readonly columns: number;
  /** "f32" halves the memory; passes over it are twice as fast. Default "f64". */
  readonly precision?: "f32" | "f64";
}

/**
 * A dense Matrix of zeros, in memory that `fit` reads in place: fill `dense.data`, row after row, and nothing is copied.
 * Throws a RangeError above 3.5 GiB.
 */
export function createMatrix({ rows, columns, precision = "f64" }: MatrixSize): Matrix {
  checkInteger("rows", rows, 1, 0x7fffffff);
  checkInteger("columns", columns, 1, 0x7fffffff);
  if (precision !== "f32" && precision !== "f64") {
    throw new TypeError(`"precision" expected "f32" or "f64", got "${String(precision)}"`);
  }
  const bytes = rows * (columns * (precision === "f32" ? 4 : 8) + LABEL_BYTES) + 4096;
  const kernels = createKernels({ bytes, scratchBytes: SCRATCH_BYTES });
  const data = kernels.allocate[precision](rows * columns);
  const X = { rows, dense: { width: columns, data }, codes: null, csr: null };
  if (kernels.name === "wasm") homes.set(X, kernels as WasmKernels);
  return X;
}

/** X with copies of its arrays, all floats as float32 where it is to be narrow. Pauses, so that others can run. */
export function* copyMatrix(
  { rows, dense, codes, csr }: Matrix,
  allocate: Allocator,
  narrow: boolean,
): Generator<void, Matrix, void> {
  const { f32, f64, i32 } = allocate;
  const floats = function* <T extends Float32Array | Float64Array>(array: T) {
    const wide = !narrow && array instanceof Float64Array;
    return yield* copy(array, wide ? f64(array.length) : f32(array.length));
  };
  const integers = (array: Int32Array) => copy(array, i32(array.length));
  return {
    rows,
    dense: dense && { ...dense, data: yield* floats(dense.data) },
    codes: codes && { ...codes, data: yield* integers(codes.data) },
    csr: csr && {
      width: csr.width,
      starts: yield* integers(csr.starts),
      columns: yield* integers(csr.columns),
      values: yield* floats(csr.values),
    },
  };
}

function* copy<T extends Numbers>(from: Numbers, to: T): Generator<void, T, void> {
  for (let at = 0; at < from.length; at += COPIED_AT_ONCE) {
    to.set(from.subarray(at, at + COPIED_AT_ONCE), at);
    yield;
  }
  return to;
}
