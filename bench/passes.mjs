// Passes over the rows until a fit is within 1e-2 … 1e-4 of its optimum, for each way of getting there and each set.
//
//   npm run bench:passes            # all sets that ../shared/data has
//   npm run bench:passes mnist r8   # some
//
// A pass is a gradient or a Hessian-vector product over all rows; over a part of them it counts as that part. Behind the
// passes stands the time of everything until +1e-3, in passes of one gradient each (processor time of this thread).
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { countRows } from "../packages/core/dist/base/matrix.js";
import { prepare } from "../packages/core/dist/classifier/prepare.js";
import {
  encode,
  encodedBytes,
  encodedWidth,
  fitEncoder,
} from "../packages/core/dist/encode/encoder.js";
import { createKernels } from "../packages/core/dist/kernels/wasm.js";
import { localEngine } from "../packages/core/dist/model/engine.js";
import { linearObjective } from "../packages/core/dist/model/objective.js";
import { createRowStore } from "../packages/core/dist/model/rows.js";
import { createSolver } from "../packages/core/dist/model/solve.js";
import { createSurveyor } from "../packages/core/dist/model/survey.js";
import { createVariables } from "../packages/core/dist/model/variables.js";
import { lbfgs } from "../packages/core/dist/optim/lbfgs.js";
import { readTable } from "../packages/softmax/dist/data/read.js";
import { allSets, dataFolder } from "./tables/sources.mjs";

const TARGETS = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4];
const MOST_PASSES = 250;

// The sets: a problem with its kernels, and λ.

const unzip = (file) => gunzipSync(readFileSync(dataFolder + file));

function mnist() {
  const width = 784;
  const pixels = unzip("mnist/train-images-idx3-ubyte.gz").subarray(16);
  const rows = pixels.length / width;
  const kernels = createKernels({ bytes: 4 * pixels.length + 4 * rows + 4096 });
  const data = kernels.allocate.f32(pixels.length);
  for (let i = 0; i < data.length; i++) data[i] = pixels[i] / 255;
  const y = kernels.allocate.i32(rows);
  y.set(unzip("mnist/train-labels-idx1-ubyte.gz").subarray(8));
  const X = { rows, dense: { width, data }, codes: null, csr: null };
  return { problem: { X, y, outputs: 10, rowWeights: null }, kernels, l2: 1 / rows };
}

/** All rows of a table of bench/tables, numeric columns as lines (shape 0) or curves (1). */
async function table(name, shape) {
  const set = allSets.find((known) => known.name === name);
  const { table } = await readTable(
    dataFolder + set.file,
    set.header === undefined ? {} : { header: set.header },
  );
  const columns = table.columns.map((column) => column.name);
  const target = typeof set.target === "number" ? columns.at(set.target) : set.target;
  const { schema, used, order, shapes, k, y } = prepare(table, { target });
  const encoder = fitEncoder(table, schema, used, shapes[shape]);
  const outputs = k === 2 ? 1 : k;
  const size = order.length * (encodedWidth(encoder) + 1) * outputs;
  const precision = size > 2 ** 28 ? "f32" : "f64";
  const bytes = encodedBytes(encoder, order.length, precision) + 4 * order.length + 4096;
  const kernels = createKernels({ bytes });
  const X = encode(encoder, table, kernels.allocate, precision, order);
  const own = kernels.allocate.i32(y.length);
  own.set(y);
  return { problem: { X, y: own, outputs, rowWeights: null }, kernels, l2: 1 / X.rows };
}

/** Words in at least two texts: (1 + log count) · log(n / texts with it), rows of length 1; C = 10. */
function r8() {
  const lines = unzip("reuters-r8/train.txt.gz").toString("utf8").split("\n").filter(Boolean);
  const texts = lines.map((line) => line.slice(line.indexOf("\t") + 1).split(" "));
  const labels = lines.map((line) => line.slice(0, line.indexOf("\t")));
  const classes = [...new Set(labels)].sort();
  const spread = new Map();
  for (const words of texts) {
    for (const word of new Set(words)) spread.set(word, (spread.get(word) ?? 0) + 1);
  }
  const vocabulary = [...spread.keys()].filter((word) => spread.get(word) > 1);
  const position = new Map(vocabulary.map((word, j) => [word, j]));
  const starts = [0];
  const columns = [];
  const values = [];
  for (const words of texts) {
    const counts = new Map();
    for (const word of words) {
      const j = position.get(word);
      if (j !== undefined) counts.set(j, (counts.get(j) ?? 0) + 1);
    }
    const entries = [...counts]
      .sort((a, b) => a[0] - b[0])
      .map(([j, count]) => {
        const idf = Math.log(texts.length / spread.get(vocabulary[j]));
        return [j, (1 + Math.log(count)) * idf];
      });
    const length = Math.hypot(...entries.map(([, x]) => x)) || 1;
    for (const [j, x] of entries) {
      columns.push(j);
      values.push(x / length);
    }
    starts.push(columns.length);
  }
  const kernels = createKernels({ bytes: 16 * values.length + 16 * lines.length + 4096 });
  const { i32, f64 } = kernels.allocate;
  const placed = (array, from) => {
    array.set(from);
    return array;
  };
  const csr = {
    width: vocabulary.length,
    starts: placed(i32(starts.length), starts),
    columns: placed(i32(columns.length), columns),
    values: placed(f64(values.length), values),
  };
  const y = placed(
    i32(lines.length),
    labels.map((label) => classes.indexOf(label)),
  );
  const X = { rows: lines.length, dense: null, codes: null, csr };
  const l2 = 1 / (10 * lines.length);
  return { problem: { X, y, outputs: classes.length, rowWeights: null }, kernels, l2 };
}

const sets = {
  mnist: { file: "mnist", make: mnist },
  adult: { file: "adult", make: () => table("adult", 1) },
  shuttle: { file: "shuttle", make: () => table("shuttle", 1) },
  letter: { file: "letter", make: () => table("letter", 0) },
  "letter, curves": { file: "letter", make: () => table("letter", 1) },
  r8: { file: "reuters-r8", make: r8 },
  skin: { file: "skin", make: () => table("skin", 1) },
};

// The methods: each a generator that yields the objective over all rows whenever it has a new one.

const everyRow = (X) => [{ start: 0, end: X.rows }];

/** What `fit` does, with changes to its plan. */
const solver = (changes) =>
  function* ({ problem, kernels, l2 }) {
    const task = { ranges: everyRow(problem.X), l2, start: null, tolerance: "fold" };
    const steps = createSolver(problem, kernels, changes).solve(task);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value.objective;
      yield value.objective;
    }
  };

function startOf({ problem, kernels }) {
  const { X } = problem;
  const rows = createRowStore(problem, kernels)(everyRow(X), null, false);
  const survey = createSurveyor(problem, kernels)(everyRow(X), rows);
  return { rows, survey };
}

/** The objective in variables scaled by deviations alone, or by a sample's matrices. */
function objectiveIn({ problem, kernels, l2 }, { rows, survey }, matrices, engine) {
  const { X, y, outputs } = problem;
  const length = (rows.scales.mean.length + 1) * outputs;
  const own = localEngine(kernels, X, y, null, everyRow(X), outputs);
  const level = rows.shares.subarray(0, outputs).map((share) => share * (1 - share));
  const curvature = matrices ? survey.atShares() : { level, blocks: null, shared: true };
  const variables = createVariables(rows.scales, curvature, l2, survey.triangles);
  const weight = engine === undefined ? rows.scales.weight : engine.weight;
  const shape = { length, outputs };
  const used = engine === undefined ? own : engine.engine;
  return linearObjective(used, variables, weight, l2, shape);
}

/** L-BFGS in centred and scaled variables. */
const plain = (memory) =>
  function* (set) {
    const objective = objectiveIn(set, startOf(set), false);
    const x = new Float64Array(objective.dimension);
    for (const point of lbfgs(objective, x, { tolerance: 0, maxIterations: MOST_PASSES, memory })) {
      yield point.objective;
    }
  };

/** Newton's method: the step solves H d = −g to a tenth of g by conjugate gradients, H from all rows or from the sample. */
const newton = (sampled) =>
  function* (set) {
    const start = startOf(set);
    if (sampled && start.survey.triangles === null) return;
    const objective = objectiveIn(set, start, false);
    const curved = sampled ? objectiveIn(set, start, false, start.survey.engine()) : objective;
    const n = objective.dimension;
    const [g, trial] = [0, 1].map(() => new Float64Array(n));
    let x = new Float64Array(n);
    let value = objective.valueGradient(x, g);
    for (;;) {
      yield value;
      const d = conjugateGradients(curved, x, g);
      let step = 1;
      const slope = dot(g, d);
      for (;;) {
        for (let i = 0; i < n; i++) trial[i] = x[i] + step * d[i];
        const next = objective.valueGradient(trial, g);
        if (next <= value + 1e-4 * step * slope || step < 1e-6) {
          value = next;
          break;
        }
        step /= 2;
      }
      x = trial.slice();
    }
  };

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

function conjugateGradients(objective, x, g) {
  const d = new Float64Array(g.length);
  const Hp = new Float64Array(g.length);
  const r = g.map((value) => -value);
  const p = r.slice();
  const first = dot(r, r);
  for (let k = 0, rr = first; k < 30 && rr > 0.01 * first; k++) {
    objective.hessianVector(x, p, Hp);
    const alpha = rr / dot(p, Hp);
    for (let i = 0; i < d.length; i++) {
      d[i] += alpha * p[i];
      r[i] -= alpha * Hp[i];
    }
    const next = dot(r, r);
    for (let i = 0; i < p.length; i++) p[i] = r[i] + (next / rr) * p[i];
    rr = next;
  }
  return d;
}

const never = Number.POSITIVE_INFINITY;
const methods = {
  "L-BFGS, memory 5": plain(5),
  "L-BFGS, memory 10": plain(10),
  "L-BFGS, memory 20": plain(20),
  "L-BFGS, memory 30": plain(30),
  "Newton-CG, all rows": newton(false),
  "Newton-CG, H from the sample": newton(true),
  "one matrix, from a sample": solver({ start: 1e9, each: false, warm: never }),
  "a matrix a logit, no start on the sample": solver({ warm: never }),
  "a matrix a logit (what we do)": solver({}),
};

/** Drives a method and counts: every pass goes through these kernels. */
function count(set, method, optimum) {
  const { problem, kernels } = set;
  const total = countRows(everyRow(problem.X));
  let passes = 0;
  let full = false;
  const counting =
    (name, range) =>
    (...args) => {
      const rows = args[range].end - args[range].start;
      passes += rows / total;
      full = rows === total;
      return kernels[name](...args);
    };
  const counted = {
    ...kernels,
    lossGradient: counting("lossGradient", 3),
    hessianVector: counting("hessianVector", 2),
  };
  const reached = new Map();
  let best = never;
  let ms = null;
  const begin = process.cpuUsage().user;
  for (const value of method({ ...set, kernels: counted })) {
    if (!full) continue;
    best = Math.min(best, value);
    for (const target of TARGETS) {
      if (best > optimum + target || reached.has(target)) continue;
      reached.set(target, passes);
      if (target === 1e-3) ms = (process.cpuUsage().user - begin) / 1000;
    }
    if (reached.size === TARGETS.length || passes > MOST_PASSES) break;
  }
  return { reached, ms, best };
}

/** Processor milliseconds of one gradient over all rows: the least of seven samples of at least 50 ms. */
function passTime({ problem, kernels }) {
  const { X, y, outputs } = problem;
  const engine = localEngine(kernels, X, y, null, everyRow(X), outputs);
  const width = [X.dense, X.codes, X.csr].reduce((sum, block) => sum + (block?.width ?? 0), 0);
  const [W, G] = [0, 1].map(() => new Float64Array((width + 1) * outputs));
  const times = Array.from({ length: 7 }, () => {
    const begin = process.cpuUsage().user;
    for (let count = 1; ; count++) {
      engine.lossGradient(W, G);
      const ms = (process.cpuUsage().user - begin) / 1000;
      if (ms >= 50) return ms / count;
    }
  });
  return Math.min(...times);
}

function optimumOf({ problem, kernels, l2 }) {
  const task = { ranges: everyRow(problem.X), l2, start: null, tolerance: 1e-7 };
  const steps = createSolver(problem, kernels).solve(task);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value.objective;
  }
}

const wanted = process.argv.slice(2);
for (const [name, { file, make }] of Object.entries(sets)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (!existsSync(dataFolder + file) && !existsSync(`${dataFolder}${file}/`)) {
    console.log(`${name}: skipped, its data is absent`);
    continue;
  }
  const set = await make();
  const { X, outputs } = set.problem;
  const optimum = optimumOf(set);
  const pass = passTime(set);
  const columns = [X.dense, X.codes, X.csr].reduce((sum, block) => sum + (block?.width ?? 0), 0);
  console.log(
    `\n**${name}**: ${X.rows} × ${columns}, ${outputs} logits, optimum ${optimum.toFixed(6)}, a pass ${pass.toFixed(1)} ms\n`,
  );
  console.log(`| | ${TARGETS.map((t) => `+${t.toExponential(0)}`).join(" | ")} | time to +1e-3 |`);
  console.log(`|---|${TARGETS.map(() => "---|").join("")}---|`);
  for (const [title, method] of Object.entries(methods)) {
    const { reached, ms } = count(set, method, optimum);
    const cells = TARGETS.map((t) => reached.get(t)?.toFixed(reached.get(t) < 10 ? 1 : 0) ?? "–");
    console.log(
      `| ${title} | ${cells.join(" | ")} | ${ms === null ? "–" : (ms / pass).toFixed(0)} |`,
    );
  }
}
