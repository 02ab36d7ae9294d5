import { internalError } from "../base/checks.ts";
import type { CodesBlock, CsrBlock, DenseBlock, Floats, Matrix } from "../base/matrix.ts";
import type { Arena, Numbers } from "./arena.ts";

/** Where an array stands in the kernels' memory; plain data that may be posted to a worker. */
export interface ArrayDescription {
  readonly type: "f32" | "f64" | "i32";
  readonly address: number;
  readonly length: number;
}

/** A Matrix whose arrays stand in the kernels' memory. */
export interface MatrixDescription {
  readonly rows: number;
  readonly dense: { readonly width: number; readonly data: ArrayDescription } | null;
  readonly codes: {
    readonly width: number;
    readonly perRow: number;
    readonly data: ArrayDescription;
  } | null;
  readonly csr: {
    readonly width: number;
    readonly starts: ArrayDescription;
    readonly columns: ArrayDescription;
    readonly values: ArrayDescription;
  } | null;
}

/** Describes `array`; an internal error unless it stands in the arena's memory. */
export function describeArray(arena: Arena, array: Numbers): ArrayDescription {
  if (!arena.owns(array)) throw internalError("the array is not in the kernels' memory");
  const type =
    array instanceof Float64Array ? "f64" : array instanceof Float32Array ? "f32" : "i32";
  return { type, address: array.byteOffset, length: array.length };
}

/** The array of `description`, as this thread's kernels see it. */
export function restoreArray(arena: Arena, description: ArrayDescription): Numbers {
  const { type, address, length } = description;
  if (type === "f64") return arena.view(Float64Array, address, length);
  if (type === "f32") return arena.view(Float32Array, address, length);
  return arena.view(Int32Array, address, length);
}

/** Describes X for a worker whose kernels are attached to the same memory. */
export function describeMatrix(arena: Arena, X: Matrix): MatrixDescription {
  const at = (array: Numbers): ArrayDescription => describeArray(arena, array);
  const { rows, dense, codes, csr } = X;
  return {
    rows,
    dense: dense && { width: dense.width, data: at(dense.data) },
    codes: codes && { width: codes.width, perRow: codes.perRow, data: at(codes.data) },
    csr: csr && {
      width: csr.width,
      starts: at(csr.starts),
      columns: at(csr.columns),
      values: at(csr.values),
    },
  };
}

/** The Matrix of `description`, without a copy. */
export function restoreMatrix(arena: Arena, description: MatrixDescription): Matrix {
  const floats = (at: ArrayDescription): Floats => restoreArray(arena, at) as Floats;
  const integers = (at: ArrayDescription): Int32Array => restoreArray(arena, at) as Int32Array;
  const { rows, dense, codes, csr } = description;
  return {
    rows,
    dense: dense && ({ ...dense, data: floats(dense.data) } satisfies DenseBlock),
    codes: codes && ({ ...codes, data: integers(codes.data) } satisfies CodesBlock),
    csr:
      csr &&
      ({
        width: csr.width,
        starts: integers(csr.starts),
        columns: integers(csr.columns),
        values: floats(csr.values),
      } satisfies CsrBlock),
  };
}
