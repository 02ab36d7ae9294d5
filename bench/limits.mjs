// What one thread of this machine can do at most, in the instructions that the kernels have.
import { createRandom } from "../packages/core/dist/index.js";

const COPIED = 2 ** 26;
const SAMPLES = 15;

/** GB/s of reading and of copying (bytes copied, not moved), and GFLOP/s of products in the cache. */
export function machineLimits(kernels) {
  const random = createRandom(1);
  const matrix = (rows, width) => {
    const data = kernels.allocate.f32(rows * width).map(() => random.uniform());
    return { rows, dense: { width, data }, codes: null, csr: null };
  };
  const fastest = (X, k) => {
    const W = new Float64Array((X.dense.width + 1) * k);
    const Z = new Float64Array(X.rows * k);
    return least(() => kernels.logits(X, { start: 0, end: X.rows }, W, k, Z));
  };
  const large = matrix(2 ** 18, 64);
  const from = new Float32Array(COPIED).fill(1);
  const to = new Float32Array(COPIED);
  return {
    readGigabytes: large.dense.data.byteLength / fastest(large, 1) / 1e6,
    copyGigabytes: from.byteLength / least(() => to.set(from)) / 1e6,
    gigaflops: (2 * 1024 * 256 * 64) / fastest(matrix(1024, 256), 64) / 1e6,
  };
}

/** Least milliseconds of several runs. */
function least(run) {
  run();
  const times = Array.from({ length: SAMPLES }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}
