// Row-wise softmax of float32 logits on one thread: the kernel in place, the public function on users' arrays, a copy of
// the logits, and, where they are found, PyTorch (PYTHON names a Python that has it, else python3) and tfjs with its
// wasm backend (TFJS names a folder whose node_modules has it, else this one).
//
//   npm run bench:softmax
//
// All take turns, round by round. Each works through 100 slices of the logits and is timed slice by slice; a slice counts
// with its least time over all rounds. Slices are short enough to run undisturbed on a machine that has other work.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createRandom, createWasmKernels, softmax } from "../packages/core/dist/index.js";

const SLICES = 100;
const ROUNDS = Number(process.argv[2] ?? 15);
const SHAPES = [
  [10_000, 1000],
  [1_000_000, 10],
];
const kernels = createWasmKernels({ bytes: 2 ** 28 });
const Z = kernels.allocate.f32(10_000_000);
const P = kernels.allocate.f32(10_000_000);
const random = createRandom(1);
for (let i = 0; i < Z.length; i++) {
  Z[i] = -6;
  for (let j = 0; j < 12; j++) Z[i] += random.uniform();
}
const user = Z.slice();
const result = new Float32Array(Z.length);

/** Each rival's round: milliseconds of every slice. */
function ours(n, k) {
  const rows = n / SLICES;
  const slices = Array.from({ length: SLICES }, (_, i) => [i * rows * k, (i + 1) * rows * k]);
  const cut = (array) => slices.map(([start, end]) => array.subarray(start, end));
  const [z, p, users, results] = [Z, P, user, result].map(cut);
  const round = (run) => () => slices.map((_, i) => milliseconds(() => run(i)));
  return {
    "copy of the logits": round((i) => p[i].set(z[i])),
    "kernel, in place": round((i) => kernels.softmax(z[i], rows, k, 1, p[i])),
    "softmax, result given": round((i) => softmax(users[i], { columns: k, out: results[i] })),
    "softmax, result new": round((i) => softmax(users[i], { columns: k })),
  };
}

function milliseconds(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** A Python that answers a line with a line; null where PyTorch is missing. */
async function startTorch() {
  const script = fileURLToPath(new URL("softmax_torch.py", import.meta.url));
  const child = spawn(process.env.PYTHON ?? "python3", [script], {
    env: { ...process.env, OMP_NUM_THREADS: "1" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
  const version = await answer();
  if (version === null) return null;
  return {
    version,
    ask(n, k) {
      child.stdin.write(`${n} ${k}\n`);
      return answer();
    },
    stop: () => child.stdin.end(),
  };
}

async function startTfjs() {
  const require = createRequire(process.env.TFJS ? `${process.env.TFJS}/` : import.meta.url);
  try {
    const tf = require("@tensorflow/tfjs-core");
    const wasm = require("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(
      require
        .resolve("@tensorflow/tfjs-backend-wasm/package.json")
        .replace("package.json", "wasm-out/"),
    );
    await tf.setBackend("wasm");
    await tf.ready();
    return tf;
  } catch {
    return null;
  }
}

/** tfjs's tensors stand in its own memory, as ours do in the kernels'. */
function tfjsRound(tf, n, k) {
  const rows = n / SLICES;
  const tensors = Array.from({ length: SLICES }, (_, i) =>
    tf.tensor2d(user.slice(i * rows * k, (i + 1) * rows * k), [rows, k]),
  );
  const round = () => tensors.map((t) => milliseconds(() => tf.softmax(t).dispose()));
  return { round, stop: () => tf.dispose(tensors) };
}

/** Adds a round to the least time of each slice. */
function keep(least, name, times) {
  const before = least.get(name);
  least.set(name, before ? before.map((t, i) => Math.min(t, times[i])) : times);
}

const WIDTHS = [26, 9, 11, 8, 8];
const print = (cells) =>
  console.log(
    cells.map((cell, i) => (i ? cell.padStart(WIDTHS[i]) : cell.padEnd(WIDTHS[i]))).join(" "),
  );

const torch = await startTorch();
const tf = await startTfjs();
console.log(
  `Node ${process.versions.node} (${process.execArgv.join(" ") || "no flags"}), PyTorch ${torch?.version ?? "not found"}, tfjs-wasm ${tf?.version_core ?? "not found"}`,
);
for (const [n, k] of SHAPES) {
  const own = ours(n, k);
  const tfjs = tf && tfjsRound(tf, n, k);
  const least = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(own)) keep(least, name, run());
    if (tfjs) keep(least, "tfjs-wasm", tfjs.round());
    if (torch) {
      const [given, fresh] = await torch.ask(n, k);
      keep(least, "PyTorch, result given", given);
      keep(least, "PyTorch, result new", fresh);
    }
  }
  tfjs?.stop();
  print([`${n.toLocaleString("en")}×${k}, float32`, "ms", "ns/entry", "GB/s", "of copy"]);
  const total = (name) => least.get(name).reduce((a, b) => a + b, 0);
  for (const name of least.keys()) {
    const ms = total(name);
    print([
      name,
      ms.toFixed(1),
      ((ms * 1e6) / (n * k)).toFixed(2),
      ((8 * n * k) / ms / 1e6).toFixed(1),
      (total("copy of the logits") / ms).toFixed(2),
    ]);
  }
}
torch?.stop();
