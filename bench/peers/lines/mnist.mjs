// MNIST: softmax regression on pixels/255, penalty on those weights, λ = 1/n (scikit-learn's C = 1).
import { takeTurns } from "../../measure.mjs";
import {
  CORES,
  compared,
  fewestByTrace,
  fewestThatCount,
  goalOf,
  judgedFit,
  limited,
  remembered,
  seconds,
} from "../contest.mjs";
import { readMeta, setFolder } from "../sets.mjs";

const LINE = "MNIST";
const L2 = 1 / 60_000;
const PASS_GOAL = { before24: 1 / 0.75, from24: 1 / 0.42 };
/** PyTorch is asked for no more: it takes as long as scikit-learn, and has no goal. */
const TORCH_GAP = 1e-3;
const FIT_GOAL = { before24: 4, from24: 7 };

function needed() {
  const folder = setFolder("mnist");
  if (folder === null) throw new Error("skipped: the images of MNIST are not in ../shared/data");
  return folder;
}

/** A pass (loss and gradient) beside the two products of one, as NumPy computes them. */
export async function pass({ stage, rounds }) {
  const folder = needed();
  const [ours, rival] = [stage.start("ours"), stage.start("python")];
  await ours.call("load", { folder });
  await rival.call("load", { folder, dtype: "float32" });
  const inFit = { threads: CORES, from: 8, to: 48 };
  const turns = [
    { name: "theirs", run: () => rival.call("products", { samples: 5 }).then(seconds) },
    { name: "one", run: () => ours.call("pass", { samples: 5 }).then(seconds) },
    {
      name: "all",
      run: () => ours.call("passOnPool", { threads: CORES, samples: 5 }).then(seconds),
    },
    { name: "inFit", run: () => ours.call("passInFit", inFit).then(seconds) },
  ];
  const results = await takeTurns(turns, rounds);
  const row = (name, threads, settings, goal) =>
    compared({
      line: `${LINE} pass, float32, ${threads}`,
      rival: "OpenBLAS's two products, one thread",
      ...{ settings, goal, ours: results.get(name), theirs: results.get("theirs"), unit: "ms" },
    });
  const settings = `within a fit, the optimiser's work included (${inFit.from} to ${inFit.to} iterations)`;
  return [
    row("one", "one thread", "the kernel alone", null),
    row("all", `${CORES} threads`, "the pool, sums joined", goalOf(PASS_GOAL)),
    row("inFit", `${CORES} threads`, settings, null),
  ];
}

/** Time until the training objective is within 1e-3 and 1e-4 of the optimum. */
export async function fit({ stage, rounds, settings, quick }) {
  const folder = needed();
  const { optimum, solver, dtype } = settings.mnist;
  const contestants = await fitters(stage, folder, { solver, dtype });
  const rows = [];
  for (const gap of quick ? [1e-2] : [1e-3, 1e-4]) {
    const efforts = {};
    const turns = [];
    for (const [name, { once, long, until }] of Object.entries(contestants)) {
      if (gap < until) continue;
      efforts[name] = await fewestByTrace(long, optimum + gap);
      console.log(`  ${name}: ${efforts[name]} iterations to +${gap.toExponential(0)}`);
      turns.push({ name, run: () => once(efforts[name]) });
    }
    const results = await takeTurns(turns, rounds);
    rows.push(...fitRows({ gap, results, efforts, solver, dtype }));
  }
  return rows;
}

async function fitters(stage, folder, { solver, dtype }) {
  const [ours, rival, torch] = [stage.start("ours"), stage.start("python"), stage.start("python")];
  await ours.call("load", { folder });
  await rival.call("load", { folder, dtype });
  await torch.call("load", { folder, dtype: "float32" });
  const judged = (peer, name, call) => judgedFit({ peer, name, folder, l2: L2, call });
  const own = judged(ours, "ours", (maxIterations) => ["fit", { maxIterations, threads: CORES }]);
  const scikit = (trace) =>
    judged(rival, "scikit", (max_iter) => ["scikit", { solver, max_iter, trace }]);
  const theirs = (trace) =>
    judged(torch, "torch", (max_iter) => ["torch_lbfgs", { max_iter, threads: CORES, trace }]);
  return {
    ours: { once: own, long: remembered(own), until: 0 },
    scikit: { once: scikit(false), long: remembered(scikit(true)), until: 0 },
    torch: { once: theirs(false), long: remembered(theirs(true)), until: TORCH_GAP },
  };
}

function fitRows({ gap, results, efforts, solver, dtype }) {
  const [ours, scikit, torch] = ["ours", "scikit", "torch"].map((name) => results.get(name));
  const line = `${LINE} to +${gap.toExponential(0)} of the optimum`;
  const own = `we: ${efforts.ours} iterations`;
  const rows = [
    compared({
      ...{ line, ours, theirs: scikit, goal: goalOf(FIT_GOAL) },
      rival: "scikit-learn",
      settings: `${solver}, ${dtype}, ${efforts.scikit} iterations, ${CORES} cores; ${own}`,
    }),
  ];
  if (torch === undefined) return rows;
  const settings = `L-BFGS on all rows, float32, ${efforts.torch} iterations, ${CORES} threads; ${own}`;
  return [...rows, compared({ line, ours, theirs: torch, rival: "PyTorch", settings })];
}

/** Time to the loss at which a rival that learns from small batches ends, at λ = `times`/n. */
async function toEqualLoss(
  { stage, rounds, settings, quick },
  { name, rival: rivalName, goal, times = 1 },
) {
  const folder = needed();
  const { batch, epochs, rate } = settings[name];
  const [ours, rival] = [stage.start("ours"), stage.start(name)];
  await ours.call("load", { folder });
  await rival.call("load", { folder, batch });
  const l2 = times * L2;
  const judged = (peer, file, call) => judgedFit({ peer, name: file, folder, l2, call });
  const theirs = judged(rival, name, (passes) => ["train", { epochs: passes, rate }]);
  const own = judged(ours, "ours", (maxIterations) => ["fit", { maxIterations, threads: CORES }]);
  const wanted = quick ? 1 : epochs;
  const first = await theirs(wanted);
  const effort = await fewestThatCount(
    own,
    await fewestByTrace(own, first.objective),
    first.heldOut,
  );
  const turns = [
    { name: "ours", run: () => own(effort) },
    { name: "theirs", run: () => theirs(wanted) },
  ];
  const results = await takeTurns(turns, rounds);
  for (const peer of [ours, rival]) peer.close();
  return compared({
    line: `${LINE}, λ = ${times}/n, to the loss that the rival ends at (${first.objective.toFixed(4)})`,
    rival: rivalName,
    settings: `Adam, batches of ${batch}, rate ${rate} falling to 0, ${wanted} epochs; we: ${effort} iterations`,
    ...{ ours: results.get("ours"), theirs: results.get("theirs"), goal },
  });
}

const TFJS = { name: "tfjs", rival: "TensorFlow.js, wasm", goal: 10 };

/** After three epochs at C = 1; and after so many epochs at a penalty that was chosen on training rows (tune.mjs). */
export async function tfjs(context) {
  const rows = [await toEqualLoss(context, TFJS)];
  const { times, batch, runs } = context.settings.tfjs.chosen;
  for (const { epochs, rate } of context.quick ? runs.slice(0, 1) : runs) {
    const settings = { tfjs: { batch, epochs, rate } };
    rows.push(await toEqualLoss({ ...context, settings }, { ...TFJS, times }));
  }
  return rows;
}

export const jax = async (context) => [
  await toEqualLoss(context, { name: "jax", rival: "jax-js, wasm", goal: null }),
];

const MB = 2 ** 20;

/** Highest memory of a process that reads the images and fits them. */
export async function memory({ stage, rounds, quick }) {
  const folder = needed();
  const { rows, width } = readMeta(folder);
  const maxIterations = quick ? 5 : 30;
  const measured = async (placed) => {
    const peer = stage.start("ours");
    const peak = await peer.call("memory", { folder, placed, maxIterations, threads: CORES });
    peer.close();
    return peak;
  };
  const scikit = async () => {
    const peer = stage.start("python");
    await peer.call("load", { folder, dtype: "float32" });
    await peer.call("scikit", { solver: "lbfgs", l2: L2, max_iter: 5 });
    const peak = await peer.call("memory");
    peer.close();
    return peak;
  };
  const turns = [
    { name: "placed", run: () => measured(true) },
    { name: "plain", run: () => measured(false) },
    { name: "scikit", run: scikit },
  ];
  const results = await takeTurns(turns, Math.min(rounds, 3));
  const atMost = Math.round((1.25 * 4 * rows * width) / MB + 150);
  const row = (name, settings) =>
    limited({
      line: `${LINE} fit, peak memory`,
      ...{ settings, values: results.get(name), unit: "MB", atMost },
    });
  return [
    row("placed", "images read into the kernels' memory (`createWasmKernels`, `createTrainer`)"),
    row("plain", "images in an array of the caller's (`fit`)"),
    { ...row("scikit", "for comparison: scikit-learn, lbfgs, float32"), goal: "", met: null },
  ];
}

/** Longest that the event loop waits while the main thread's caller fits and trains. */
export async function delay({ stage, rounds, quick }) {
  const folder = needed();
  const peer = stage.start("ours");
  await peer.call("load", { folder });
  const args = { maxIterations: quick ? 5 : 40, threads: CORES };
  const turns = [{ name: "fit", run: () => peer.call("loopDelay", args) }];
  const results = await takeTurns(turns, rounds);
  const values = results.get("fit").map(({ longest }) => longest);
  const line = `event loop's longest wait, fit of ${LINE}`;
  return [limited({ line, settings: "", values, unit: "ms", atMost: 50 })];
}
