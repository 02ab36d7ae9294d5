import { type Bag, type BagRoom, type BagRows, type BagSizes, bagStride } from "./bag.ts";
import { referenceBag } from "./bag-reference.ts";
import type { Kernels } from "./kernels.ts";
import type { WasmKernels } from "./wasm.ts";

/** Words and float64 numbers of BagJob in kernels/bag.ts. */
const WORDS = 22;
const NUMBERS = 5;
/** Positions among its words. */
const FIRST = 6;

/** Bytes that `createBag` takes. */
export function bagBytes(sizes: BagSizes): number {
  const { features, classes, steps, negatives, runs } = sizes;
  const stride = bagStride(sizes.dimension);
  const listed = negatives === 0 ? classes : negatives + 1;
  const factors = (features + classes + 2) * stride + 2 * classes;
  return 4 * (factors + steps + runs * negatives + 2 * listed) + 4096;
}

export const createBag = (kernels: Kernels, rows: BagRows, sizes: BagSizes): Bag => {
  const room = roomFor(kernels.allocate, sizes);
  return kernels.name === "wasm"
    ? wasmBag(kernels as WasmKernels, room, rows, sizes)
    : referenceBag(room, rows, sizes);
};

function roomFor({ f32, i32 }: Kernels["allocate"], sizes: BagSizes): BagRoom {
  const { features, classes, steps, negatives, runs } = sizes;
  const stride = bagStride(sizes.dimension);
  return {
    stride,
    E: f32(features * stride),
    V: f32(classes * stride),
    b: f32(classes),
    order: i32(steps),
    proposals: i32(runs * negatives),
    shifts: f32(classes),
  };
}

function wasmBag(
  { arena, wasm }: WasmKernels,
  room: BagRoom,
  { csr, y, s, unit }: BagRows,
  { classes, negatives, runs }: BagSizes,
): Bag {
  const { stride, E, V, b, order, proposals, shifts } = room;
  const { f32, i32 } = arena.allocate;
  const listed = negatives === 0 ? classes : negatives + 1;
  const list = i32(listed);
  if (negatives === 0) list.forEach((_, c) => (list[c] = c));
  const [h, g, z] = [f32(stride), f32(stride), f32(listed + 3)];
  const job = i32(WORDS + 2 * NUMBERS);
  const numbers = arena.view(Float64Array, job.byteOffset + 4 * WORDS, NUMBERS);
  const at = (array: { readonly byteOffset: number }): number => array.byteOffset;
  job.set([
    ...[at(csr.starts), at(csr.columns), at(csr.values), at(y), s === null ? 0 : at(s)],
    ...[at(order), 0, 0, at(E), at(V), at(b), 4 * stride, classes],
    ...[negatives, at(proposals), runs, at(shifts), at(h), at(g), at(z), at(list)],
  ]);
  const kernel = csr.values instanceof Float32Array ? wasm.bag32 : wasm.bag64;
  return {
    ...room,
    descend(first, last, { rate, before, total }) {
      job.set([first, last], FIRST);
      numbers.set([unit, rate, before, total]);
      kernel(job.byteOffset);
      return numbers[NUMBERS - 1];
    },
  };
}
