import { type Matrix, mapArrays, matrixWidth } from "../base/matrix.ts";
import type { Arena, Numbers } from "../kernels/arena.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { preparedBytes } from "../kernels/plan.ts";
import { scratchBytes, type WasmKernels } from "../kernels/wasm.ts";
import type { Problem } from "./contracts.ts";
import { dualRoomBytes } from "./dual-solve.ts";
import { curvatureBytes } from "./room.ts";
import { squeezedBytes } from "./squeeze.ts";

/** The problem with all its arrays in the arena's memory: those that lie elsewhere are copied, once. */
export function placeProblem(arena: Arena, { X, y, rowWeights, outputs }: Problem): Problem {
  const { f64, f32, i32 } = arena.allocate;
  const place = <T extends Numbers>(array: T): T => {
    if (arena.owns(array)) return array;
    const allocate =
      array instanceof Float64Array ? f64 : array instanceof Float32Array ? f32 : i32;
    const copy = allocate(array.length);
    copy.set(array);
    return copy as Numbers as T;
  };
  return {
    X: X.stored === undefined ? mapArrays(X, place) : X,
    y: place(y),
    rowWeights: rowWeights && place(rowWeights),
    outputs,
  };
}

/** The same for kernels that have a memory; others read arrays where they are. */
export const placeInKernels = (kernels: Kernels, problem: Problem): Problem =>
  isWasm(kernels) ? placeProblem(kernels.arena, problem) : problem;

export const isWasm = (kernels: Kernels): kernels is WasmKernels => kernels.name === "wasm";

/** Whether workers can stand on the kernels' memory. */
export const sharesMemory = (kernels: Kernels): boolean =>
  isWasm(kernels) &&
  typeof SharedArrayBuffer === "function" &&
  kernels.arena.memory.buffer instanceof SharedArrayBuffer;

/** Multiplications of the logits of all rows. */
export const passProducts = ({ rows, dense, codes, csr }: Matrix, outputs: number): number =>
  outputs *
  (rows * ((dense?.width ?? 0) + (codes?.perRow ?? 0)) + (csr === null ? 0 : csr.values.length));

/** What a trainer takes of the kernels' memory beside the rows. */
export const trainerBytes = (X: Matrix, outputs: number): number =>
  preparedBytes(X, outputs) +
  scratchBytes(matrixWidth(X), outputs) +
  curvatureBytes(X, outputs) +
  squeezedBytes(X) +
  dualRoomBytes({ X, outputs }) +
  32 * 2 ** 20;

/** Gives back what is taken of the kernels' memory from now until `took`, unless more was taken after it. */
export function freeLater(kernels: Kernels): { took(): void; free(): void } {
  if (!isWasm(kernels)) return { took() {}, free() {} };
  const { arena } = kernels;
  const mark = arena.mark();
  let top = mark;
  return {
    took() {
      top = arena.mark();
    },
    free: () => arena.rewind(mark, top),
  };
}
