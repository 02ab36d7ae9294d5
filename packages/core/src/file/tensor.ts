import { damagedFile, internalError } from "../base/checks.ts";

/** The element types of a model file: float64, float32, int32, bytes and, from format 2 on, signed bytes. */
export type DType = "F64" | "F32" | "I32" | "U8" | "I8";
export type TensorData = Float64Array | Float32Array | Int32Array | Uint8Array | Int8Array;

/** A named array; `data` is row-major and has as many entries as the product of `shape` (one for []). */
export interface Tensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Bytes an element, or undefined for an element type that model files do not hold. */
export const elementSize = (dtype: string): number | undefined => SIZES.get(dtype);

const SIZES = new Map([
  ["F64", 8],
  ["F32", 4],
  ["I32", 4],
  ["U8", 1],
  ["I8", 1],
]);

/** The element type of an array. */
export function dtypeOf(data: TensorData): DType {
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof Uint8Array) return "U8";
  if (data instanceof Int8Array) return "I8";
  throw internalError("a tensor holds float64, float32, int32, bytes or signed bytes only");
}

/** The number of entries of a tensor of this shape; throws where it is not a safe integer. */
export function shapeSize(name: string, shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw damagedFile(`tensor "${name}" has a wrong shape`);
    }
    size *= length;
  }
  if (!Number.isSafeInteger(size)) throw damagedFile(`tensor "${name}" has a wrong shape`);
  return size;
}

/** Writes `data` little-endian at `start`. All NaNs get one bit pattern, so that equal content gives equal bytes. */
export function writeData(view: DataView, start: number, data: TensorData): void {
  if (data instanceof Uint8Array || data instanceof Int8Array) {
    new Uint8Array(view.buffer, view.byteOffset + start, data.length).set(data);
  } else if (data instanceof Int32Array) {
    for (let i = 0; i < data.length; i++) view.setInt32(start + 4 * i, data[i], true);
  } else if (data instanceof Float32Array) {
    for (let i = 0; i < data.length; i++) {
      if (Number.isNaN(data[i])) view.setUint32(start + 4 * i, 0x7fc00000, true);
      else view.setFloat32(start + 4 * i, data[i], true);
    }
  } else {
    for (let i = 0; i < data.length; i++) writeFloat64(view, start + 8 * i, data[i]);
  }
}

function writeFloat64(view: DataView, at: number, value: number): void {
  if (Number.isNaN(value)) {
    view.setUint32(at, 0, true);
    view.setUint32(at + 4, 0x7ff80000, true);
  } else {
    view.setFloat64(at, value, true);
  }
}

/** Copies `size` entries that stand little-endian at `start` into an array of their own. */
export function readData(view: DataView, start: number, dtype: DType, size: number): TensorData {
  if (dtype === "U8") return new Uint8Array(view.buffer, view.byteOffset + start, size).slice();
  if (dtype === "I8") return new Int8Array(view.buffer, view.byteOffset + start, size).slice();
  if (dtype === "I32") return fill(new Int32Array(size), (i) => view.getInt32(start + 4 * i, true));
  if (dtype === "F32") {
    return fill(new Float32Array(size), (i) => view.getFloat32(start + 4 * i, true));
  }
  return fill(new Float64Array(size), (i) => view.getFloat64(start + 8 * i, true));
}

function fill<T extends TensorData>(data: T, read: (i: number) => number): T {
  for (let i = 0; i < data.length; i++) data[i] = read(i);
  return data;
}
