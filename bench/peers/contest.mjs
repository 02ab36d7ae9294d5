// What the lines share: who takes part, how few iterations reach a loss, and how a comparison becomes a row of the table.
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { median } from "../measure.mjs";
import { here } from "../tables/sources.mjs";
import { judge } from "./judge.mjs";
import { startPeer } from "./peer.mjs";
import { cacheFolder, python, rivalEnvironment } from "./setup.mjs";

export const nodeMajor = Number(process.versions.node.split(".")[0]);
export const CORES = cpus().length;

/**
 * How near the optimum fits of a set are timed to. Of the eight classes of r8-like L-BFGS has, at +1e-4, a smaller loss of rows
 * held out on its way than the optimum has: there equal losses are had at the end alone.
 */
export const GAPS = { mnist: 1e-3, "r8-like": 1e-5, "hashed-100k": 1e-4 };

/** The goal of this Node: from 24 on WebAssembly's 128-bit operations can be fused into 256-bit ones. */
export const goalOf = ({ before24, from24 }) => (nodeMajor >= 24 ? from24 : before24);

/** V8's flag for that; `softmax train` sets it itself, the library leaves it to who embeds it. */
export const NODE_FLAGS = nodeMajor >= 24 ? ["--experimental-wasm-revectorize"] : [];

const node = (script, flags = []) => ({
  command: process.execPath,
  args: [...flags, here(`../peers/${script}`)],
});

const CONTESTANTS = {
  ours: () => node("ours.mjs", NODE_FLAGS),
  npm: () => node("npm.mjs"),
  tfjs: () => node("tfjs.mjs"),
  jax: () => node("jax.mjs"),
  python: () => ({ command: python, args: [here("../peers/peers.py")], env: rivalEnvironment }),
};

/** Starts contestants, and ends them all with `close`. */
export function createStage() {
  const started = [];
  return {
    start(name) {
      const peer = startPeer(CONTESTANTS[name]());
      started.push(peer);
      return peer;
    },
    close() {
      for (const peer of started) peer.close();
    },
  };
}

/** A file for the weights of one contestant. */
export function weightsFile(name) {
  mkdirSync(`${cacheFolder}weights`, { recursive: true });
  return `${cacheFolder}weights/${name}.f64`;
}

/**
 * A contestant's fit with its judge: `fit(effort)` runs it and returns { seconds, objective, heldOut, … }. Effort is a number
 * of iterations, or whatever `call` makes of it.
 */
export function judgedFit({ peer, name, folder, l2, link, call }) {
  const out = weightsFile(name);
  return async (effort) => {
    const [kind, args] = call(effort);
    const result = await peer.call(kind, { ...args, l2, out });
    return { ...result, effort, ...judge(folder, out, { l2, link }) };
  };
}

/** The smallest number of iterations, to `most`, at which `reached` is true of the fit: doubling, then halving. */
export async function fewestIterations(fit, reached, { from = 1, most = 4096 } = {}) {
  let low = 0;
  let high = from;
  while (!reached(await fit(high))) {
    low = high;
    if (low >= most) throw new Error(`did not reach the loss in ${most} iterations`);
    high *= 2;
  }
  while (high - low > Math.max(1, 0.02 * low)) {
    const middle = (low + high) >> 1;
    if (reached(await fit(middle))) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The same for methods whose fits list their objectives (`trace`): one long fit tells where to look, and the judge confirms.
 */
export async function fewestByTrace(fit, target, { from = 64, most = 4096 } = {}) {
  for (let length = from; length <= most; length *= 2) {
    const values = (await fit(length)).trace.map((point) => point.objective ?? point);
    const first = values.findIndex((value) => value <= target);
    if (first < 0 && values.length < length) break;
    if (first < 0) continue;
    for (let count = Math.max(1, first); count <= first + NEARBY; count++) {
      if ((await fit(count)).objective <= target) return count;
    }
  }
  throw new Error(`did not come to ${target} in ${most} iterations`);
}

/** Rounding may put the judge's answer so many iterations later. */
const NEARBY = 16;

/** A fit that answers from memory where it was asked before: for finding out, not for timing. */
export function remembered(fit) {
  const known = new Map();
  return async (effort) => {
    if (!known.has(effort)) known.set(effort, await fit(effort));
    return known.get(effort);
  };
}

/** The least objective of a set: by scikit-learn's Newton-CG to the end, in float64. */
export async function findOptimum(folder, l2) {
  const stage = createStage();
  try {
    const peer = stage.start("python");
    await peer.call("load", { folder });
    const call = (max_iter) => ["scikit", { solver: "newton-cg", max_iter, tol: 1e-9 }];
    return (await judgedFit({ peer, name: "optimum", folder, l2, call })(100)).objective;
  } finally {
    stage.close();
  }
}

/** A time counts where our loss of rows held out is at most so many times theirs. */
export const COUNTS = 1.001;

/**
 * Iterations, `from` or a few more, at which our loss of rows held out is such that the time counts; `from` where none is: a rival
 * that stops early can have a loss that no optimum has.
 */
export async function fewestThatCount(fit, from, heldOut) {
  for (let iterations = from; iterations <= from + MORE; iterations++) {
    const { heldOut: own } = await fit(iterations);
    if (own === undefined || own <= COUNTS * heldOut) return iterations;
  }
  return from;
}

const MORE = 20;

/** A row: how many times faster we are by medians, and whether that counts: our held-out loss at most 1.001 times theirs. */
export function compared({ line, rival, settings, ours, theirs, goal = null, unit = "s" }) {
  const [own, other] = [ours, theirs].map((runs) => median(runs.map((run) => run.seconds)));
  const [lost, theirLoss] = [ours, theirs].map((runs) => runs[0].heldOut ?? null);
  const counts = lost === null || theirLoss === null || lost <= COUNTS * theirLoss;
  const ratio = other / own;
  return {
    ...{ kind: "comparison", line, rival, settings, unit, ours: own, theirs: other, ratio, goal },
    heldOut: lost === null ? null : { ours: lost, theirs: theirLoss },
    counts,
    met: goal === null ? null : counts && ratio >= goal,
    runs: { ours: ours.map((run) => run.seconds), theirs: theirs.map((run) => run.seconds) },
  };
}

/** A row without a rival: a number that must be at most, or at least, the limit. */
export function limited({ line, settings, values, unit, atMost, atLeast }) {
  const value = median(values);
  const met = atMost === undefined ? value >= atLeast : value <= atMost;
  const goal = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  return { kind: "limit", line, settings, value, unit, goal, met, runs: values };
}

export const seconds = (value) => ({ seconds: value });
