// Finds the rivals' best settings, and the optimum of each set: settings.json, which run.mjs reads.
//   node bench/peers/tune.mjs [set …]
// scikit-learn: the fastest solver. ml-logistic-regression: the rate that comes to our loss, or to its own least, in the fewest steps.
// TensorFlow.js on MNIST: a penalty chosen on training rows, and Adam's rate for so many epochs.
// Each solver is given the fewest iterations that reach the loss, and then measured alone, the median of three.
import { readFileSync, writeFileSync } from "node:fs";
import { fit, predictProbabilities } from "../../packages/core/dist/index.js";
import { median } from "../measure.mjs";
import { here } from "../tables/sources.mjs";
import {
  createStage,
  fewestByTrace,
  fewestIterations,
  findOptimum,
  GAPS,
  judgedFit,
} from "./contest.mjs";
import { readMeta, readSet, setFolder } from "./sets.mjs";

const file = here("../peers/settings.json");
const DTYPES = ["float64", "float32"];
/** newton-cholesky is out by size: a Hessian of (d·k)² numbers, 490 MB for MNIST, and n·(d·k)² products an iteration. */
const SOLVERS = ["lbfgs", "newton-cg", "sag", "saga"];
/** C in scikit-learn's terms: λ = 1/(C n). */
const STRENGTHS = { mnist: 1, "r8-like": 10, "hashed-100k": 10 };
/** A solver is given up when one fit takes this many times the best so far. */
const HOPELESS = 4;

async function tune(name, settings) {
  const gap = GAPS[name];
  const folder = setFolder(name);
  const l2 = 1 / (STRENGTHS[name] * readMeta(folder).rows);
  const optimum = settings[name].optimum ?? (await findOptimum(folder, l2));
  const solvers = [];
  for (const solver of SOLVERS) {
    for (const dtype of DTYPES) {
      const best = Math.min(...solvers.map((one) => one.seconds ?? Number.POSITIVE_INFINITY));
      const found = await measure({ folder, l2, solver, dtype, target: optimum + gap, best });
      solvers.push({ solver, dtype, ...found });
      console.log(name, solver, dtype, found);
    }
  }
  const ranked = solvers.filter((one) => one.seconds).sort((a, b) => a.seconds - b.seconds);
  const { solver, dtype } = ranked[0];
  return { optimum, gap, solver, dtype, solvers };
}

async function measure({ folder, l2, solver, dtype, target, best }) {
  const stage = createStage();
  try {
    const peer = stage.start("python");
    await peer.call("load", { folder, dtype });
    const trace = solver === "lbfgs";
    const call = (max_iter) => ["scikit", { solver, max_iter, trace }];
    const judged = judgedFit({ peer, name: "tune", folder, l2, call });
    const fit = async (iterations) => {
      const result = await judged(iterations);
      if (result.seconds > HOPELESS * best)
        throw new Error(`${result.seconds.toFixed(0)} s and more`);
      return result;
    };
    const iterations = trace
      ? await fewestByTrace(judged, target)
      : await fewestIterations(fit, ({ objective }) => objective <= target);
    const runs = [await fit(iterations), await fit(iterations), await fit(iterations)];
    return { iterations, seconds: median(runs.map((run) => run.seconds)) };
  } catch (error) {
    return { error: error.message };
  } finally {
    stage.close();
  }
}

const RATES = [5e-4, 2e-3, 5e-3, 2e-2];
const MOST_STEPS = 12_800;
/** A rate is left when one run takes longer. */
const LONG_S = 60;
const SETTLED = 1.01;

/**
 * The rate and the fewest steps, by doubling, that come to our out-of-fold loss; where none does, to within 1 % of the
 * least that any came to.
 */
async function tuneTable(name, settings) {
  const stage = createStage();
  const [ours, rival] = [stage.start("ours"), stage.start("npm")];
  const folder = setFolder(name);
  await Promise.all([ours, rival].map((peer) => peer.call("loadFolds", { folder })));
  const { heldOut: target } = await ours.call("fitFolds");
  const tried = [];
  for (const rate of RATES) {
    for (let steps = 50; steps <= MOST_STEPS; steps *= 2) {
      const { heldOut, seconds } = await rival.call("logistic", { steps, rate });
      tried.push({ rate, steps, heldOut });
      console.log(name, tried.at(-1), seconds);
      if (seconds > LONG_S || heldOut <= 1.001 * target) break;
    }
  }
  stage.close();
  const least = Math.min(...tried.map((one) => one.heldOut));
  const enough = tried.filter((one) => one.heldOut <= Math.max(1.001 * target, SETTLED * least));
  const { rate, steps } = enough.sort((a, b) => a.steps - b.steps)[0];
  return { ...settings[name], rate, steps, tried };
}

const ADAM = { batch: 256, rates: [0.005, 0.01, 0.02], epochs: [3, 10, 20, 40] };
/** λ n of which one is chosen for images that ours did not learn from, and those set aside for it. */
const TIMES = [1, 2, 4, 8, 16, 32];
const ASIDE = 10_000;

/** Of MNIST a penalty, and for each number of epochs the rate with which TensorFlow.js ends nearest to the optimum. */
async function tuneAdam({ tfjs }) {
  const folder = setFolder("mnist");
  const times = await penaltyOfTraining(folder);
  const l2 = times / readMeta(folder).rows;
  const stage = createStage();
  const peer = stage.start("tfjs");
  await peer.call("load", { folder, batch: ADAM.batch });
  const runs = [];
  for (const epochs of ADAM.epochs) {
    const tried = [];
    for (const rate of ADAM.rates) {
      const call = () => ["train", { epochs, rate }];
      const { objective } = await judgedFit({ peer, name: "tune", folder, l2, call })(epochs);
      tried.push({ rate, objective });
      console.log("tfjs", epochs, tried.at(-1));
    }
    runs.push({ epochs, rate: tried.sort((a, b) => a.objective - b.objective)[0].rate, tried });
  }
  stage.close();
  return { ...tfjs, chosen: { times, batch: ADAM.batch, runs } };
}

async function penaltyOfTraining(folder) {
  const { X, y } = readSet(folder, "train");
  const { width, data } = X.dense;
  const n = X.rows - ASIDE;
  const part = (from, to) => ({
    ...{ ...X, rows: to - from },
    dense: { width, data: data.slice(from * width, to * width) },
  });
  const [learned, aside] = [part(0, n), part(n, X.rows)];
  const { classes: k } = readMeta(folder);
  const losses = [];
  for (const times of TIMES) {
    const fitted = await fit(learned, y.subarray(0, n), { l2: times / X.rows });
    const P = predictProbabilities(fitted, aside);
    const sum = y.subarray(n).reduce((before, c, i) => before - Math.log(P[i * k + c]), 0);
    losses.push(sum / ASIDE);
    console.log("penalty", times, losses.at(-1));
  }
  return TIMES[losses.indexOf(Math.min(...losses))];
}

const settings = JSON.parse(readFileSync(file, "utf8"));
const all = [...Object.keys(STRENGTHS), "iris", "digits", "tfjs"];
const tuning = (name) =>
  name === "tfjs" ? tuneAdam(settings) : (name in STRENGTHS ? tune : tuneTable)(name, settings);
for (const name of process.argv.length > 2 ? process.argv.slice(2) : all) {
  settings[name] = await tuning(name);
  writeFileSync(file, `${JSON.stringify(settings, null, 1)}\n`);
}
