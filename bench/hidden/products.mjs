// A step of a network on one thread, in thousand million operations a second, beside OpenBLAS's products of the same shapes (numpy).
//   npm run build && PYTHON=… node bench/hidden/products.mjs
// The least time of many counts: on a crowded machine the others say little.
import { spawnSync } from "node:child_process";
import { createNetwork, networkBytes } from "../../packages/core/dist/kernels/network-wasm.js";
import { createWasmKernels } from "../../packages/core/dist/kernels/wasm.js";

const BATCH = 128;
const SHAPES = [
  [16, 256, 128, 26],
  [85, 128, 64, 10],
  [784, 512, 10],
];
const REPEATS = 30;
const python = process.env.PYTHON ?? "python3";

/** Operations of a step: two products back and one forward, but of the first layer no residuals. */
const operations = (widths) =>
  widths.slice(1).reduce((sum, units, l) => sum + (l === 0 ? 4 : 6) * BATCH * widths[l] * units, 0);

function ours(widths) {
  const sizes = { widths, batch: BATCH, activation: "relu" };
  const bytes = networkBytes(sizes);
  const network = createNetwork(createWasmKernels({ bytes, scratchBytes: 65536 }), sizes);
  for (let l = 0; l + 1 < widths.length; l++) {
    const length = (widths[l] + 1) * widths[l + 1];
    network.write(
      l,
      Float64Array.from({ length }, (_, at) => ((at * 37) % 101) / 1000 - 0.05),
    );
  }
  network.inputs.forEach((_, at) => (network.inputs[at] = ((at * 53) % 97) / 97));
  network.s.fill(1);
  let least = Number.POSITIVE_INFINITY;
  for (let t = 1; t <= REPEATS; t++) {
    const start = performance.now();
    network.step(BATCH, { t, rate: 1e-3, decay: 0.01, l2: 0, dropout: 0, key: t });
    least = Math.min(least, performance.now() - start);
  }
  return operations(widths) / least / 1e6;
}

const SCRIPT = `
import json, sys, time
import numpy as np
batch, repeats, shapes = json.loads(sys.argv[1])
rates = []
for widths in shapes:
    layers = list(zip(widths, widths[1:]))
    data = [[np.ones(s, "f4") for s in ((batch, a), (a, b), (batch, b))] for a, b in layers]
    least, work = 1e9, sum((4 if l == 0 else 6) * batch * a * b for l, (a, b) in enumerate(layers))
    for _ in range(repeats):
        start = time.perf_counter()
        for l, (A, W, R) in enumerate(data):
            A @ W
            A.T @ R
            if l > 0:
                R @ W.T
        least = min(least, time.perf_counter() - start)
    rates.append(work / least / 1e9)
print(json.dumps(rates))
`;

function theirs() {
  const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };
  const asked = JSON.stringify([BATCH, REPEATS, SHAPES]);
  const { status, stdout } = spawnSync(python, ["-c", SCRIPT, asked], { env, encoding: "utf8" });
  return status === 0 ? JSON.parse(stdout) : SHAPES.map(() => Number.NaN);
}

const rivals = theirs();
console.log("| layers | a whole step, ours | the products alone, OpenBLAS |\n|---|---|---|");
SHAPES.forEach((widths, at) => {
  const rates = [ours(widths), rivals[at]].map((rate) => `${rate.toFixed(1)} GFlop/s`);
  console.log(`| ${widths.join(", ")} | ${rates.join(" | ")} |`);
});
