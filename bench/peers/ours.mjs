// Softmax as a contestant: all but the pool that is driven by hand is the library's public face.
import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startWorker } from "../../packages/core/dist/base/platform.js";
import {
  attachWasmKernels,
  createTrainer,
  createWasmKernels,
  fit,
  predictProbabilities,
  softmax,
} from "../../packages/core/dist/index.js";
import { describeMatrix, restoreMatrix } from "../../packages/core/dist/kernels/describe.js";
import { createControl, endPool } from "../../packages/core/dist/kernels/pool.js";
import { workerSource } from "../../packages/core/dist/model/worker-source.js";
import { train } from "../../packages/softmax/dist/index.js";
import { machineLimits } from "../limits.mjs";
import { foldsOf, outOfFoldLoss } from "./folds.mjs";
import { peakMegabytes, secondsEach, serve, timed } from "./serve.mjs";
import { normal, readMeta, readSet } from "./sets.mjs";

let set = null;
let folds = null;

async function runFit({ l2, maxIterations, threads, out }) {
  const options = { l2, maxIterations, tolerance: 0, threads };
  const { result, seconds } = await timed(() => fit(set.X, set.y, options));
  if (out !== undefined) writeWeights(out, result);
  const { iterations, objective, reason, trace } = result;
  return { seconds, iterations, objective, reason, trace };
}

/** (d+1)×k, the last row the intercepts. */
function writeWeights(out, { weights, intercepts }) {
  const all = new Float64Array(weights.length + intercepts.length);
  all.set(weights);
  all.set(intercepts, weights.length);
  writeFileSync(out, new Uint8Array(all.buffer));
}

/** Seconds of one pass over the rows on one thread: the kernel alone. */
function pass({ samples }) {
  const { kernels, X, y, outputs } = inPlace(set.folder);
  const length = (readMeta(set.folder).width + 1) * outputs;
  const W = kernels.allocate.f64(length).map((_, at) => 1e-3 * ((at % 7) - 3));
  const G = kernels.allocate.f64(length);
  const all = { start: 0, end: X.rows };
  return secondsEach(() => kernels.lossGradient(X, y, null, all, W, outputs, G), samples);
}

/** Seconds of one pass on so many threads, of which this one coordinates the others: lanes, their sums joined. */
async function passOnPool({ threads, samples }) {
  const { kernels, X, y, outputs } = inPlace(set.folder);
  const control = createControl(kernels.arena);
  const share = kernels.share(2 ** 26);
  const seat = { module: share.module, memory: share.memory, control };
  const helpers = await Promise.all(Array.from({ length: threads - 1 }, () => startHelper(seat)));
  const pool = attachWasmKernels({ ...share, pool: { control, threads } });
  const seen = restoreMatrix(pool.arena, describeMatrix(kernels.arena, X));
  const rows = pool.prepare(seen, outputs).over(y, null, [{ start: 0, end: X.rows }]);
  const length = (readMeta(set.folder).width + 1) * outputs;
  const W = new Float64Array(length).map((_, at) => 1e-3 * ((at % 7) - 3));
  const G = new Float64Array(length);
  const seconds = secondsEach(() => rows.lossGradient(W, G), samples);
  endPool(seat);
  for (const helper of helpers) helper.terminate();
  return seconds;
}

function startHelper(seat) {
  return new Promise((resolve, reject) => {
    const helper = startWorker(workerSource, {
      message() {
        helper.post({ kind: "serve", seat }, []);
        resolve(helper);
      },
      died: (why) => reject(new Error(why)),
    });
  });
}

/** Seconds of one pass within a fit: what more iterations cost, the optimiser's own work included. */
async function passInFit({ threads, from, to }) {
  const short = await runFit({ l2: 1 / set.X.rows, maxIterations: from, threads });
  const long = await runFit({ l2: 1 / set.X.rows, maxIterations: to, threads });
  const passes = ({ trace }) => trace.at(-1).evaluations;
  return (long.seconds - short.seconds) / (passes(long) - passes(short));
}

/** The training rows, read straight into the kernels' memory. */
function inPlace(folder) {
  const { rows, width, classes } = readMeta(folder);
  const kernels = createWasmKernels({ bytes: 4 * rows * (width + 3) + 2 ** 20 });
  const { X, y } = readSet(folder, "train", { allocate: kernels.allocate });
  return { kernels, X, y, outputs: classes === 2 ? 1 : classes };
}

/** Highest memory of this process, after a fit whose rows were read into a plain array, or where the kernels read them. */
async function memory({ folder, placed, maxIterations, threads }) {
  if (placed) {
    const { kernels, X, y, outputs } = inPlace(folder);
    const trainer = await createTrainer({ X, y, outputs, rowWeights: null, kernels, threads });
    const ranges = [{ start: 0, end: X.rows }];
    await trainer.fit({ ranges, l2: 1 / X.rows, start: null, tolerance: "fold", maxIterations });
    trainer.close();
  } else {
    const { X, y } = readSet(folder, "train");
    await fit(X, y, { maxIterations, threads });
  }
  return peakMegabytes();
}

/** Longest the event loop was kept waiting, ms, during a fit or (with `file`) a whole training. */
async function loopDelay({ file, options, maxIterations, threads }) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  histogram.enable();
  await new Promise((resolve) => setTimeout(resolve, 20));
  histogram.reset();
  if (file === undefined) await runFit({ l2: 1 / set.X.rows, maxIterations, threads });
  else await train(file, options);
  histogram.disable();
  return { longest: histogram.max / 1e6, p99: histogram.percentile(99) / 1e6 };
}

/** All folds of a small table: seconds of the fits, and the loss of the rows that each left out. */
async function fitFolds() {
  const fits = [];
  const { seconds } = await timed(async () => {
    for (const { train } of folds) fits.push(await fit(train.X, train.y, { worker: false }));
  });
  const probabilities = folds.map(({ test }, f) => predictProbabilities(fits[f], test.X));
  return { seconds, heldOut: outOfFoldLoss(folds, probabilities, fits[0].classes.length) };
}

/** Seconds of softmax over the rows of n×k float32 logits. */
function softmaxRows({ n, k, samples }) {
  const z = logits(n * k);
  const out = new Float32Array(n * k);
  return secondsEach(() => softmax(z, { columns: k, out }), samples);
}

function logits(length) {
  const random = createSeeded();
  return new Float32Array(length).map(() => 3 * normal(random));
}

const createSeeded = () => {
  let state = 1;
  return {
    uniform() {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    },
  };
};

const PREDICTED = { columns: 30, classes: 3, batch: 1_000_000 };

/** Seconds of one row, and of a batch, from numbers to probabilities. */
async function predict({ samples }) {
  const { columns, classes, batch } = PREDICTED;
  const random = createSeeded();
  const numbers = (n) => new Float64Array(n * columns).map(() => normal(random));
  const y = Int32Array.from({ length: 300 }, (_, i) => i % classes);
  const model = await fit({ data: numbers(300), rows: 300, columns }, y, { worker: false });
  const matrix = (rows) => ({
    ...{ rows, codes: null, csr: null },
    dense: { width: columns, data: numbers(rows) },
  });
  const one = matrix(1);
  const many = matrix(batch);
  return {
    row: secondsEach(() => predictProbabilities(model, one), samples),
    batch: secondsEach(() => predictProbabilities(model, many), samples),
  };
}

await serve({
  load({ folder, wide }) {
    set = { folder, ...readSet(folder, "train", { wide }) };
  },
  loadFolds({ folder }) {
    folds = foldsOf(folder);
  },
  limits: () => machineLimits(createWasmKernels({ bytes: 2 ** 28 })),
  fit: runFit,
  ...{ pass, passOnPool, passInFit, memory, loopDelay, fitFolds, softmax: softmaxRows, predict },
});
