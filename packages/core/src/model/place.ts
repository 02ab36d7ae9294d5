import { mapArrays } from "../base/matrix.ts";
import type { Arena, Numbers } from "../kernels/arena.ts";
import type { Problem } from "./contracts.ts";

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
    X: mapArrays(X, place),
    y: place(y),
    rowWeights: rowWeights && place(rowWeights),
    outputs,
  };
}
