// A step of a network on one thread, in thousand million operations a second, beside the products alone of the same shapes by OpenBLAS
// (numpy) and by TensorFlow.js (its WebAssembly backend). They take turns; the least time of all counts. Writes docs/hidden.md.
//   npm run build && PYTHON=… node bench/hidden/products.mjs
import { spawnSync } from "node:child_process";
import { createNetwork, networkBytes } from "../../packages/core/dist/kernels/network-wasm.js";
import { createWasmKernels } from "../../packages/core/dist/kernels/wasm.js";
import { replaceSection } from "../sections.mjs";
import { here } from "../tables/sources.mjs";

const BATCH = 128;
const SHAPES = [
  [16, 256, 128, 26],
  [85, 128, 64, 10],
  [784, 512, 10],
];
const REPEATS = 30;
const ROUNDS = 5;
const python = process.env.PYTHON ?? "python3";

/** Operations of a step: two products back and one forward, but of the first layer no residuals. */
const operations = (widths) =>
  widths.slice(1).reduce((sum, units, l) => sum + (l === 0 ? 4 : 6) * BATCH * widths[l] * units, 0);

/** Least milliseconds of a step. */
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
  return least;
}

const SCRIPT = `
import json, sys, time
import numpy as np
batch, repeats, shapes = json.loads(sys.argv[1])
found = []
for widths in shapes:
    layers = list(zip(widths, widths[1:]))
    data = [[np.ones(s, "f4") for s in ((batch, a), (a, b), (batch, b))] for a, b in layers]
    least = 1e9
    for _ in range(repeats):
        start = time.perf_counter()
        for l, (A, W, R) in enumerate(data):
            A @ W
            A.T @ R
            if l > 0:
                R @ W.T
        least = min(least, time.perf_counter() - start)
    found.append(1000 * least)
print(json.dumps(found))
`;

const ENV = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };
const asked = JSON.stringify([BATCH, REPEATS, SHAPES]);

function answerOf(command, args) {
  const { status, stdout } = spawnSync(command, [...args, asked], { env: ENV, encoding: "utf8" });
  return status === 0 ? JSON.parse(stdout) : SHAPES.map(() => Number.NaN);
}

const contestants = [
  () => SHAPES.map(ours),
  () => answerOf(python, ["-c", SCRIPT]),
  () => answerOf(process.execPath, [here("../hidden/tfjs_products.mjs")]),
];
const least = contestants.map(() => SHAPES.map(() => Number.POSITIVE_INFINITY));
for (let round = 0; round < ROUNDS; round++) {
  contestants.forEach((contestant, at) => {
    least[at] = contestant().map((time, shape) => Math.min(time, least[at][shape]));
  });
}
const rows = SHAPES.map((widths, shape) => {
  const rates = least.map((times) => operations(widths) / times[shape] / 1e6);
  return `| ${[widths.join(", "), ...rates.map((rate) => `${rate.toFixed(1)} GFLOP/s`)].join(" | ")} |`;
});
const head =
  "| layers | a whole step, ours | the products alone, OpenBLAS | the products alone, TensorFlow.js |\n|---|---|---|---|";
const node = `Node ${process.versions.node}, one thread, batches of ${BATCH} rows.`;
replaceSection("hidden.md", "products", [head, ...rows, "", node].join("\n"));
console.log([head, ...rows].join("\n"));
