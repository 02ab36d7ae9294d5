// Training rows in an order that was drawn once, for rivals that learn from small batches.
import { createRandom } from "../../packages/core/dist/index.js";
import { readMeta, readSet } from "./sets.mjs";

/** Batches of `size` rows (the rest is left out): { X: Float32Array size×d, Y: Float32Array size×k of ones and zeros }. */
export function shuffledBatches(folder, size) {
  const { width, classes } = readMeta(folder);
  const { X, y } = readSet(folder, "train");
  const order = permutation(y.length);
  return Array.from({ length: Math.floor(y.length / size) }, (_, b) => {
    const rows = new Float32Array(size * width);
    const ones = new Float32Array(size * classes);
    for (let r = 0; r < size; r++) {
      const i = order[b * size + r];
      rows.set(X.dense.data.subarray(i * width, (i + 1) * width), r * width);
      ones[r * classes + y[i]] = 1;
    }
    return { X: rows, Y: ones };
  });
}

function permutation(n) {
  const random = createRandom(1);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

/** d×k weights and k intercepts, one after the other. */
export const joined = (W, b) => new Uint8Array(Float64Array.of(...W, ...b).buffer);
