// Speed of the kernels beside the reference, the machine's limits and, where Python with NumPy is present (python3, or
// the program that PYTHON names), OpenBLAS's two matrix products of one MNIST pass on one thread.
//
//   npm run bench
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import {
  createRandom,
  createReferenceKernels,
  createWasmKernels,
} from "../packages/core/dist/index.js";
import { machineLimits } from "./limits.mjs";

const RUNS = 15;
const kernels = createWasmKernels({ bytes: 2 ** 30 });
const reference = createReferenceKernels();
const random = createRandom(1);

/** Minimum and median milliseconds of `run`, which is repeated so that one sample takes at least 5 ms. */
function time(run, runs = RUNS) {
  run();
  let repeat = 1;
  const samples = [];
  while (samples.length < runs) {
    const start = performance.now();
    for (let i = 0; i < repeat; i++) run();
    const ms = performance.now() - start;
    if (ms < 5 && samples.length === 0) repeat *= 2;
    else samples.push(ms / repeat);
  }
  samples.sort((a, b) => a - b);
  return { minimum: samples[0], median: samples[samples.length >> 1] };
}

const normal = () => {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
};
const fill = (array, f) => {
  for (let i = 0; i < array.length; i++) array[i] = f();
  return array;
};

/** The real images where they are, else sparse ones of the same shape. */
function mnist(allocate, n) {
  const file = new URL("../../shared/data/mnist/train-images-idx3-ubyte.gz", import.meta.url);
  const data = allocate.f32(n * 784);
  if (existsSync(file)) {
    const bytes = gunzipSync(readFileSync(file)).subarray(16);
    for (let i = 0; i < data.length; i++) data[i] = bytes[i] / 255;
  } else fill(data, () => (random.below(5) === 0 ? random.uniform() : 0));
  return { rows: n, dense: { width: 784, data }, codes: null, csr: null };
}

function generated(allocate, { n, dense = 0, codes = null, csr = null, wide = true }) {
  const floats = wide ? allocate.f64 : allocate.f32;
  return {
    rows: n,
    dense: dense === 0 ? null : { width: dense, data: fill(floats(n * dense), normal) },
    codes: codes && {
      ...codes,
      data: fill(allocate.i32(n * codes.perRow), () => random.below(codes.width)),
    },
    csr: csr && generatedCsr(allocate, n, csr, floats),
  };
}

/** Columns as frequent as words are: about 1/rank. */
function generatedCsr(allocate, n, { width, perRow }, floats) {
  const starts = allocate.i32(n + 1);
  for (let i = 0; i < n; i++) starts[i + 1] = starts[i] + perRow;
  const rank = () => Math.min(width - 1, Math.floor(width ** random.uniform()) - 1);
  return {
    width,
    starts,
    columns: fill(allocate.i32(n * perRow), rank),
    values: fill(floats(n * perRow), () => random.uniform()),
  };
}

/** Numbers stored a row, and bytes that hold them. */
function stored({ rows, dense, codes, csr }) {
  const entries =
    (dense?.width ?? 0) * rows + (codes?.data.length ?? 0) + (csr?.values.length ?? 0);
  const bytes =
    (dense?.data.byteLength ?? 0) +
    (codes?.data.byteLength ?? 0) +
    (csr ? csr.values.byteLength + csr.columns.byteLength : 0);
  return { entries, bytes };
}

/** Times a pass and a Hessian-vector product on `X`: a product and a sum for each entry and class, there and back. */
function measure(name, X, k, referenceRows) {
  const d = (X.dense?.width ?? 0) + (X.codes?.width ?? 0) + (X.csr?.width ?? 0);
  const y = fill(kernels.allocate.i32(X.rows), () => random.below(Math.max(k, 2)));
  const W = fill(kernels.allocate.f64((d + 1) * k), () => 0.01 * normal());
  const V = fill(kernels.allocate.f64((d + 1) * k), normal);
  const G = kernels.allocate.f64((d + 1) * k);
  const all = { start: 0, end: X.rows };
  const part = { start: 0, end: Math.min(referenceRows, X.rows) };
  const pass = time(() => kernels.lossGradient(X, y, null, all, W, k, G));
  const product = time(() => kernels.hessianVector(X, null, all, W, k, V, G));
  const slow = time(() => reference.lossGradient(X, y, null, part, W, k, G), 3);
  const { entries, bytes } = stored(X);
  const gflops = (4 * entries * k) / pass.minimum / 1e6;
  const scale = X.rows / (part.end - part.start);
  print([
    name,
    ms(pass.minimum),
    ms(pass.median),
    gflops.toFixed(1),
    (bytes / pass.minimum / 1e6).toFixed(1),
    ms(product.minimum),
    ms(slow.minimum * scale),
    `${((slow.minimum * scale) / pass.minimum).toFixed(0)}×`,
  ]);
  return pass;
}

const ms = (value) => value.toFixed(value < 10 ? 2 : 1);
const WIDTHS = [44, 8, 8, 9, 7, 9, 11, 8];
const print = (cells) =>
  console.log(
    cells.map((cell, i) => (i ? cell.padStart(WIDTHS[i]) : cell.padEnd(WIDTHS[i]))).join(" "),
  );

function numpy(runs) {
  const script = fileURLToPath(new URL("mnist_products.py", import.meta.url));
  const env = {
    ...process.env,
    OPENBLAS_NUM_THREADS: "1",
    OMP_NUM_THREADS: "1",
    MKL_NUM_THREADS: "1",
  };
  for (const program of [process.env.PYTHON, "python3"].filter(Boolean)) {
    try {
      const out = execFileSync(program, [script, String(runs)], {
        env,
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [minimum, median] = out.toString().trim().split(" ").map(Number);
      return { minimum, median };
    } catch {}
  }
  return null;
}

/** Ours and NumPy's by turns, because the machine's speed changes: the ratio of the minima. */
function besideNumpy(X) {
  const W = fill(kernels.allocate.f64(785 * 10), () => 0.01 * normal());
  const G = kernels.allocate.f64(785 * 10);
  const y = kernels.allocate.i32(X.rows);
  const all = { start: 0, end: X.rows };
  const rounds = [];
  for (let round = 0; round < 3; round++) {
    const theirs = numpy(RUNS);
    if (theirs === null) return console.log("NumPy: not found (PYTHON names another program)");
    rounds.push({ theirs, ours: time(() => kernels.lossGradient(X, y, null, all, W, 10, G)) });
  }
  const least = (pick) => Math.min(...rounds.map(pick));
  const ours = least((r) => r.ours.minimum);
  const theirs = least((r) => r.theirs.minimum);
  console.log(
    `MNIST pass ${ms(ours)} ms, NumPy's two products alone ${ms(theirs)} ms: ratio ${(ours / theirs).toFixed(2)} (minima of ${3 * RUNS})`,
  );
}

const limits = machineLimits(kernels);
console.log(
  `this machine, one thread: reads ${limits.readGigabytes.toFixed(1)} GB/s, copies ${limits.copyGigabytes.toFixed(1)} GB/s, multiplies and adds ${limits.gigaflops.toFixed(1)} GFLOP/s`,
);
print([
  "pass over the data",
  "min ms",
  "median",
  "GFLOP/s",
  "GB/s",
  "Hv ms",
  "reference",
  "faster",
]);
const images = mnist(kernels.allocate, 60_000);
measure("MNIST 60,000×784, 10 classes, f32", images, 10, 1000);
measure(
  "dense 100,000×200, one logit, f64",
  generated(kernels.allocate, { n: 100_000, dense: 200 }),
  1,
  10_000,
);
const adult = generated(kernels.allocate, {
  n: 32_561,
  dense: 40,
  codes: { width: 68, perRow: 10 },
});
measure("like adult: 32,561×(40 + 10 codes), one logit", adult, 1, 32_561);
measure("like adult, two logits", adult, 2, 32_561);
const letter = generated(kernels.allocate, { n: 16_000, dense: 96 });
measure("like letter: 16,000×96, 26 classes, f64", letter, 26, 2000);
const text = generated(kernels.allocate, { n: 20_000, csr: { width: 50_000, perRow: 60 } });
measure("text: 20,000×50,000, 60 a row, one logit, f64", text, 1, 20_000);
measure("text, 20 classes", text, 20, 5000);
const many = generated(kernels.allocate, { n: 4000, dense: 100, wide: false });
measure("4,000×100, 1,000 classes, f32", many, 1000, 100);
besideNumpy(images);
