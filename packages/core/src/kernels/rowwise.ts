import type { Floats } from "../base/matrix.ts";
import type { Arena, NumbersOf } from "./arena.ts";
import type { Kernels } from "./kernels.ts";
import type { KernelExports } from "./module.ts";
import { checkRows } from "./shapes.ts";

/** Bytes of logits that are copied at once into the kernels' memory. */
const CHUNK_BYTES = 2 ** 20;

/** Works on n rows at address `Z`, to address `out`. */
type RowKernel = (Z: number, n: number, out: number) => void;

type Rowwise = Pick<Kernels, "softmax" | "logSoftmax" | "logSumExp">;

export function createRowwise(wasm: KernelExports, arena: Arena): Rowwise {
  return {
    softmax(Z, n, k, temperature, out) {
      const compute = isDouble(Z, out) ? wasm.softmax64 : wasm.softmax32;
      eachRows(arena, Z, n, k, out, k, (z, rows, to) => compute(z, rows, k, temperature, to));
    },
    logSoftmax(Z, n, k, temperature, out) {
      const compute = isDouble(Z, out) ? wasm.logSoftmax64 : wasm.logSoftmax32;
      eachRows(arena, Z, n, k, out, k, (z, rows, to) => compute(z, rows, k, temperature, to));
    },
    logSumExp(Z, n, k, out) {
      const compute = isDouble(Z, out) ? wasm.logSumExp64 : wasm.logSumExp32;
      eachRows(arena, Z, n, k, out, 1, (z, rows, to) => compute(z, rows, k, to));
    },
  };
}

const isDouble = (Z: Floats, out: Floats): boolean =>
  Z instanceof Float64Array || out instanceof Float64Array;

/** Calls `compute` for all rows in place, or chunk by chunk through the scratch, where conversion happens too. */
function eachRows(
  arena: Arena,
  Z: Floats,
  n: number,
  k: number,
  out: Floats,
  width: number,
  compute: RowKernel,
): void {
  checkRows("Z", Z.length, n, k);
  checkRows("out", out.length, n, width);
  const Type: NumbersOf<Floats> = isDouble(Z, out) ? Float64Array : Float32Array;
  if (arena.owns(Z) && arena.owns(out) && Z instanceof Type && out instanceof Type) {
    compute(Z.byteOffset, n, out.byteOffset);
    return;
  }
  const most = Math.max(1, Math.floor(CHUNK_BYTES / (Math.max(k, 1) * 8)));
  arena.scratch(() => {
    const rows = Math.min(n, most);
    const z = arena.take(rows * k * 8);
    const to = arena.take(rows * width * 8);
    for (let i = 0; i < n; i += rows) {
      const count = Math.min(rows, n - i);
      arena.view(Type, z, count * k).set(Z.subarray(i * k, (i + count) * k));
      compute(z, count, to);
      out.set(arena.view(Type, to, count * width), i * width);
    }
  });
}
