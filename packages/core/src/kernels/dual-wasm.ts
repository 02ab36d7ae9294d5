import { type Dual, type DualRoom, type DualRows, type DualSizes, dualStride } from "./dual.ts";
import { referenceDual } from "./dual-reference.ts";
import type { Kernels } from "./kernels.ts";
import type { WasmKernels } from "./wasm.ts";

/** Words and float64 numbers of DualJob in kernels/dual.ts. */
const WORDS = 20;
const NUMBERS = 3;
/** Positions among its words. */
const FIRST = 6;

/** Bytes that `createDual` takes. */
export function dualBytes({ features, outputs, rows, factors }: DualSizes): number {
  const stride = dualStride(outputs);
  const weights = features * stride * (factors ? 2 : 1);
  const ofRows = rows * stride + rows * (factors ? stride : 1);
  return 8 * (weights + ofRows + 5 * stride) + 4 * rows + 4096;
}

export const createDual = (kernels: Kernels, rows: DualRows, sizes: DualSizes): Dual => {
  const room = roomFor(kernels.allocate, sizes);
  return kernels.name === "wasm"
    ? wasmDual(kernels as WasmKernels, room, rows, sizes)
    : referenceDual(room, rows, sizes.outputs);
};

function roomFor(
  { f64, i32 }: Kernels["allocate"],
  { features, outputs, rows, factors }: DualSizes,
): DualRoom {
  const stride = dualStride(outputs);
  const pitch = factors ? 2 * stride : stride;
  const W = f64(features * pitch);
  return {
    ...{ stride, pitch, W },
    F: factors ? W.subarray(stride) : null,
    t: f64(rows * stride),
    Q: f64(rows * (factors ? stride : 1)),
    ...{ b: f64(stride), R: f64(stride), H: f64(stride), order: i32(rows) },
  };
}

function wasmDual(
  { arena, wasm }: WasmKernels,
  room: DualRoom,
  { csr, y, s }: DualRows,
  { outputs }: DualSizes,
): Dual {
  const { stride, pitch, W, F, t, Q, b, R, H, order } = room;
  const { f64, i32 } = arena.allocate;
  const [z, u] = [f64(stride), f64(stride)];
  const job = i32(WORDS + 2 * NUMBERS);
  const numbers = arena.view(Float64Array, job.byteOffset + 4 * WORDS, NUMBERS);
  const at = (array: { readonly byteOffset: number }): number => array.byteOffset;
  job.set([
    ...[at(csr.starts), at(csr.columns), at(csr.values), at(y), s === null ? 0 : at(s)],
    ...[at(order), 0, 0, outputs, stride, 8 * pitch, at(W), F === null ? 0 : at(F), at(t), at(Q)],
    ...[at(b), at(R), at(H), at(z), at(u)],
  ]);
  const kernel = csr.values instanceof Float32Array ? wasm.dual32 : wasm.dual64;
  return {
    ...room,
    ascend(first, last, scale) {
      job.set([first, last], FIRST);
      numbers[0] = scale;
      kernel(job.byteOffset);
      return { gap: numbers[1], loss: numbers[2] };
    },
  };
}
