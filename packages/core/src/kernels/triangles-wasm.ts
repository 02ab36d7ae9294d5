import type { Arena } from "./arena.ts";
import { heap, type Kernels } from "./kernels.ts";
import {
  GROUP,
  paddedWidth,
  type TriangleRoom,
  type TriangleSizes,
  type Triangles,
  triangleLength,
} from "./triangles.ts";
import { referenceTriangles } from "./triangles-reference.ts";
import type { WasmKernels } from "./wasm.ts";

/** Rows that are added at once: two panels of 8 columns of them fit a first-level cache of 32 KiB. */
const CHUNK = 512;
const PACK = 128;
const WORDS = 9;

/** Bytes that `createTriangles` takes. */
export function triangleBytes({ width, rows, slots, vectors }: TriangleSizes): number {
  const stride = paddedWidth(width);
  const triangles = slots * (4 * triangleLength(width) + 36 * stride);
  const chunk = CHUNK * (4 * stride + 8);
  const jobs = 4 * WORDS * (stride / GROUP + slots + vectors + CHUNK / PACK);
  return 4 * stride * rows + triangles + 8 * stride * vectors + chunk + jobs + 16384;
}

export const createTriangles = (kernels: Kernels, sizes: TriangleSizes): Triangles =>
  kernels.name === "wasm"
    ? wasmTriangles(kernels as WasmKernels, sizes)
    : referenceTriangles(roomFor(heap, sizes));

function roomFor(
  { f32, f64 }: Kernels["allocate"],
  { width, rows, slots, vectors }: TriangleSizes,
): TriangleRoom {
  const stride = paddedWidth(width);
  return {
    stride,
    sample: f32(rows * stride),
    triangles: f32(slots * triangleLength(width)),
    vectors: f64(vectors * stride),
  };
}

function wasmTriangles({ arena, executor }: WasmKernels, sizes: TriangleSizes): Triangles {
  const room = roomFor(arena.allocate, sizes);
  const { stride, sample, triangles, vectors } = room;
  const groups = stride / GROUP;
  const bytes = 4 * triangleLength(sizes.width);
  const chosen = arena.allocate.i32(CHUNK);
  const weights = arena.allocate.f32(CHUNK);
  const packed = arena.allocate.f32(CHUNK * stride);
  const inverses = arena.allocate.f32(sizes.slots * groups * 72);
  const packJobs = createJobs(arena, CHUNK / PACK);
  const gramJobs = createJobs(arena, groups);
  const factorJobs = createJobs(arena, sizes.slots);
  const mapJobs = createJobs(arena, sizes.vectors);
  const fixed = [sample.byteOffset, chosen.byteOffset, weights.byteOffset];
  return {
    ...room,
    addProducts(rows, roots, slot) {
      for (let first = 0; first < rows.length; first += CHUNK) {
        const count = Math.min(CHUNK, rows.length - first);
        chosen.set(rows.subarray(first, first + count));
        weights.set(roots.subarray(first, first + count));
        const shared = [...fixed, count, groups, packed.byteOffset];
        const a = triangles.byteOffset + slot * bytes;
        const parts = Math.ceil(count / PACK);
        for (let p = 0; p < parts; p++) {
          packJobs.set(p, [...shared, a, p * PACK, Math.min(count, (p + 1) * PACK)]);
        }
        executor.run("pack", packJobs.addresses(parts));
        for (let q = 0; q < groups; q++) gramJobs.set(q, [...shared, a, groups - 1 - q, 0]);
        executor.run("gram", gramJobs.addresses(groups));
      }
    },
    cholesky(slots) {
      for (let slot = 0; slot < slots; slot++) {
        const scratch = inverses.byteOffset + slot * groups * 288;
        factorJobs.set(slot, [triangles.byteOffset + slot * bytes, groups, scratch, 0]);
      }
      executor.run("cholesky", factorJobs.addresses(slots));
    },
    apply(map, slotOf) {
      for (const [c, slot] of slotOf.entries()) {
        const x = vectors.byteOffset + c * stride * 8;
        mapJobs.set(c, [triangles.byteOffset + slot * bytes, groups, 0, x]);
      }
      executor.run(map, mapJobs.addresses(slotOf.length));
    },
  };
}

/** Jobs of up to WORDS words. */
function createJobs(arena: Arena, count: number) {
  const words = arena.allocate.i32(count * WORDS);
  const all = Array.from({ length: count }, (_, i) => words.byteOffset + 4 * WORDS * i);
  return {
    set: (i: number, fields: readonly number[]): void => words.set(fields, i * WORDS),
    addresses: (many: number): readonly number[] => all.slice(0, many),
  };
}
