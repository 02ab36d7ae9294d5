// Passes over the rows that optimisers take to come within 1e-2, 1e-3, 1e-4 and 1e-6 nats of the optimum: docs/optimisers.md.
//   npm run build && node bench/optimisers/run.mjs [--sets digits,letter] [--groups memory,newton,warm,stochastic,online] [--l2 λ]
// λ is 1/n, scikit-learn's C = 1, unless given. A pass is loss and gradient, or a product with the Hessian, over all rows;
// of a part of the rows its share. Milliseconds are of one run, on one thread.
import { parseArgs } from "node:util";
import {
  createKernels,
  createOnlineFit,
  createRandom,
  shuffle,
} from "../../packages/core/dist/index.js";
import { createGatherer } from "../../packages/core/dist/model/batches.js";
import { localEngine } from "../../packages/core/dist/model/engine.js";
import { linearObjective } from "../../packages/core/dist/model/objective.js";
import { placeProblem } from "../../packages/core/dist/model/place.js";
import { createRowStore } from "../../packages/core/dist/model/rows.js";
import { createSolver } from "../../packages/core/dist/model/solve.js";
import { squeezeColumns } from "../../packages/core/dist/model/squeeze.js";
import { createSurveyor } from "../../packages/core/dist/model/survey.js";
import { createVariables } from "../../packages/core/dist/model/variables.js";
import { lbfgs } from "../../packages/core/dist/optim/lbfgs.js";
import { newtonCg } from "../../packages/core/dist/optim/newton-cg.js";
import { isThere, NAMES, readSet } from "./sets.mjs";

const MOST_PASSES = 600;
const NEWTON_STAGES = { firstStage: 2, nextStage: 2 };
const GAPS = [1e-2, 1e-3, 1e-4, 1e-6];
const { values: options } = parseArgs({
  options: {
    sets: { type: "string", default: NAMES.join() },
    groups: { type: "string", default: "memory,newton,warm,stochastic,online" },
    l2: { type: "string" },
  },
});

/** Blocks of 64 rows, a share of all of them, evenly spaced. */
function blocksOf(n, share) {
  const blocks = [];
  for (let at = 0, taken = 0; at < n; at += 64) {
    if (taken > share * at) continue;
    blocks.push({ start: at, end: Math.min(at + 64, n) });
    taken += 64;
  }
  return blocks;
}

/** Moves weights stage by stage as the solver does, or in stages of `stage`, 2 `stage`, … iterations; calls `seen(passes, value)`. */
function descend({ problem, kernels, survey, ranges, rows, l2 }, start, settings, seen) {
  const { minimise, share = 1, within } = settings;
  const { firstStage, nextStage } = settings.stage ?? survey;
  const { X, y, outputs } = problem;
  const { rowWeights: s, scales } = rows;
  const all = localEngine(kernels, X, y, s, ranges, outputs);
  const part = share < 1 ? localEngine(kernels, X, y, s, blocksOf(X.rows, share), outputs) : all;
  let passes = 0;
  const engine = {
    lossGradient(W, G) {
      passes += 1;
      return all.lossGradient(W, G);
    },
    hessianVector(W, V, H) {
      passes += share;
      part.hessianVector(W, V, H);
      if (share < 1) for (let at = 0; at < H.length; at++) H[at] /= share;
    },
  };
  const weights = start.slice();
  const U = new Float64Array(weights.length);
  let curvature = settings.warm ? survey.at(weights) : survey.atShares();
  let stage = curvature.blocks === null || curvature.shared ? firstStage : nextStage;
  for (;;) {
    const variables = createVariables(scales, curvature, l2, survey.triangles);
    const shape = { length: U.length, outputs };
    const objective = linearObjective(engine, variables, scales.weight, l2, shape);
    variables.fromWeights(weights, U);
    const steps = minimise(objective, U, { tolerance: 1e-9, maxIterations: stage });
    let done = false;
    let result = steps.next();
    for (; result.done !== true && !done; result = steps.next()) {
      done = seen(passes, result.value.objective) <= within || passes > MOST_PASSES;
    }
    if (done || result.value.reason !== "maxIterations") return;
    variables.toWeights(U, weights);
    curvature = survey.at(weights);
    stage = Math.max(2 * stage, nextStage);
  }
}

/** Passes and milliseconds to each gap, of what `work(seen)` reports. */
function race(best, work, already = 0) {
  const start = performance.now();
  const passes = GAPS.map(() => "–");
  let ms = 0;
  let least = Number.POSITIVE_INFINITY;
  work((spent, value) => {
    least = Math.min(least, value - best);
    GAPS.forEach((gap, g) => {
      if (passes[g] === "–" && least <= gap) {
        passes[g] = (already + spent).toFixed(0);
        ms = performance.now() - start;
      }
    });
    return least;
  });
  return { passes, ms };
}

const drive = (steps) => {
  let result = steps.next();
  while (result.done !== true) result = steps.next();
  return result.value;
};

function print(name, method, { passes, ms }, extraMs = 0) {
  console.log(`| ${name} | ${method} | ${passes.join(" | ")} | ${(ms + extraMs).toFixed(0)} |`);
}

function open(name) {
  const { X: given, y, k } = readSet(name);
  const X = squeezeColumns(given)?.X ?? given;
  const outputs = k === 2 ? 1 : k;
  const kernels = createKernels({ bytes: 2 ** 29 });
  const problem = placeProblem(kernels.arena, { X, y, outputs, rowWeights: null });
  const ranges = [{ start: 0, end: X.rows }];
  const l2 = options.l2 === undefined ? 1 / X.rows : Number(options.l2);
  const rows = createRowStore(problem, kernels)(ranges, null, false);

  const survey = createSurveyor(problem, kernels)(ranges, rows);
  return { name, problem, kernels, survey, rows, ranges, l2, outputs };
}

const METHODS = {
  lbfgs: (memory) => (f, x, rules) => lbfgs(f, x, { ...rules, memory }),
};

function memory(set, start, best) {
  for (const pairs of [5, 10, 20, 30]) {
    const settings = { minimise: METHODS.lbfgs(pairs), within: 1e-6 };
    print(
      set.name,
      `L-BFGS, memory ${pairs}`,
      race(best, (seen) => descend(set, start, settings, seen)),
    );
  }
}

function newton(set, start, best) {
  for (const share of [1, 0.5, 0.2, 0.1]) {
    const settings = { minimise: newtonCg, stage: NEWTON_STAGES, share, within: 1e-6 };
    const which = share === 1 ? "all rows" : `${100 * share} % of the rows`;
    print(
      set.name,
      `Newton-CG, Hessian of ${which}`,
      race(best, (seen) => descend(set, start, settings, seen)),
    );
  }
}

/** L-BFGS from where a few epochs, or a fit of a part of the rows, have led; curvature taken there. */
function warm(set, _, best) {
  const { problem, kernels, ranges, l2 } = set;
  const { X } = problem;
  const from = (weights, already, ms, method) => {
    const settings = { minimise: METHODS.lbfgs(20), within: 1e-6, warm: true };
    print(
      set.name,
      method,
      race(best, (seen) => descend(set, weights, settings, seen), already),
      ms,
    );
  };
  const methods = [
    ["sgd", 1],
    ["sgd", 3],
    ["adam", 1],
    ["adam", 3],
  ];
  for (const [optimizer, epochs] of methods) {
    const began = performance.now();
    const method = { optimizer, epochs, batchSize: 128 };
    const task = { ranges, l2, start: null, tolerance: 1e-9, method };
    const { weights } = drive(createSolver(problem, kernels).solve(task));
    from(
      weights,
      epochs,
      performance.now() - began,
      `${epochs} epoch${epochs > 1 ? "s" : ""} of ${optimizer} first`,
    );
  }
  for (const share of [0.1, 0.3]) {
    const began = performance.now();
    const part = blocksOf(X.rows, share);
    const task = { ranges: part, l2: l2, start: null, tolerance: "fold" };
    const { weights, evaluations } = drive(createSolver(problem, kernels).solve(task));
    from(
      weights,
      share * evaluations,
      performance.now() - began,
      `fit of ${100 * share} % of the rows first`,
    );
  }
}

/** Stochastic methods at their defaults, and with one thing changed: how far from the optimum they end, in milliseconds. */
function stochastic(set, _, best) {
  const { problem, kernels, ranges, l2 } = set;
  const variants = [
    { optimizer: "sgd" },
    { optimizer: "sgd", nesterov: true },
    { optimizer: "sgd", momentum: 0 },
    { optimizer: "adam" },
    ...["step", "inverse", "constant"].map((schedule) => ({ optimizer: "sgd", schedule })),
  ];
  for (const method of variants) {
    const began = performance.now();
    const task = { ranges, l2, start: null, tolerance: 1e-9, method };
    const { objective, iterations } = drive(createSolver(problem, kernels).solve(task));
    const ms = (performance.now() - began).toFixed(0);
    const gap = (objective - best).toExponential(1);
    console.log(
      `| ${set.name} | ${JSON.stringify(method)} | ${gap} after ${iterations} epochs | | | | ${ms} |`,
    );
  }
}

/** One pass of partialFit over the rows in random order, in blocks of 100. */
function online(set) {
  const { X, y } = set.problem;
  const order = shuffle(
    Int32Array.from({ length: X.rows }, (_, i) => i),
    createRandom(3),
  );
  const gather = createGatherer({ X, y }, null, 100);
  const model = createOnlineFit({ classes: Math.max(2, set.outputs) });
  const began = performance.now();
  for (let at = 0; at < order.length; at += 100) {
    const rows = order.subarray(at, at + 100);
    const batch = gather(rows);
    model.partialFit(fitted(batch.X), batch.y.slice(0, rows.length));
  }
  const ms = (performance.now() - began).toFixed(0);
  const { overall, recent } = model;
  const said = `${overall.logLoss.toFixed(4)}, of the last 1,000 rows ${recent.logLoss.toFixed(4)}`;
  console.log(`| ${set.name} | partialFit | progressive log loss ${said} | | | | ${ms} |`);
}

/** X with arrays as long as its rows: the last batch leaves some of the gatherer's unused. */
function fitted(X) {
  const { rows, dense, codes } = X;
  return {
    ...X,
    dense: dense && { ...dense, data: dense.data.subarray(0, rows * dense.width) },
    codes: codes && { ...codes, data: codes.data.subarray(0, rows * codes.perRow) },
    csr: X.csr && { ...X.csr, starts: X.csr.starts.subarray(0, rows + 1) },
  };
}

const GROUPS = { memory, newton, warm, stochastic, online };
console.log(
  `| set | method | ${GAPS.join(" | ")} | ms to the last |\n|---|---|---|---|---|---|---|`,
);
for (const name of options.sets.split(",").filter(isThere)) {
  const set = open(name);
  const { problem, kernels, ranges, l2 } = set;
  const task = { ranges, l2, start: null, tolerance: 1e-9, maxIterations: 3000 };
  const optimum = drive(createSolver(problem, kernels).solve(task));
  // A tolerance that the class shares meet gives them.
  const start = drive(createSolver(problem, kernels).solve({ ...task, tolerance: 1e9 })).weights;
  console.log(
    `| ${name} | optimum ${optimum.objective.toFixed(8)} (${optimum.reason}, ${optimum.evaluations} passes) | | | | | |`,
  );
  for (const group of options.groups.split(",")) GROUPS[group](set, start, optimum.objective);
}
