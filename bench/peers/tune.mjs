// Finds scikit-learn's fastest solver for each set, and the optimum of each: settings.json, which run.mjs reads.
//   node bench/peers/tune.mjs [set …]
// Each solver is given the fewest iterations that reach the loss, and then measured alone, the median of three.
import { readFileSync, writeFileSync } from "node:fs";
import { median } from "../measure.mjs";
import { here } from "../tables/sources.mjs";
import { createStage, fewestByTrace, fewestIterations, judgedFit } from "./contest.mjs";
import { readMeta, setFolder } from "./sets.mjs";

const file = here("../peers/settings.json");
const DTYPES = ["float64", "float32"];
/** newton-cholesky is out by size: a Hessian of (d·k)² numbers, 490 MB for MNIST, and n·(d·k)² products an iteration. */
const SOLVERS = ["lbfgs", "newton-cg", "sag", "saga"];
const CONTESTS = {
  mnist: { gap: 1e-3, strength: 1 },
  "r8-like": { gap: 1e-4, strength: 10 },
  "hashed-100k": { gap: 1e-4, strength: 10 },
};
/** A solver is given up when one fit takes this many times the best so far. */
const HOPELESS = 4;

async function tune(name, settings) {
  const { gap, strength } = CONTESTS[name];
  const folder = setFolder(name);
  const l2 = 1 / (strength * readMeta(folder).rows);
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

/** By Newton's method to the end, in float64. */
async function findOptimum(folder, l2) {
  const stage = createStage();
  const peer = stage.start("python");
  await peer.call("load", { folder });
  const call = (max_iter) => ["scikit", { solver: "newton-cg", max_iter }];
  const { objective } = await judgedFit({ peer, name: "tune", folder, l2, call })(200);
  stage.close();
  return objective;
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
      ? await fewestByTrace(judged, (result) => result.trace, target)
      : await fewestIterations(fit, ({ objective }) => objective <= target);
    const runs = [await fit(iterations), await fit(iterations), await fit(iterations)];
    return { iterations, seconds: median(runs.map((run) => run.seconds)) };
  } catch (error) {
    return { error: error.message };
  } finally {
    stage.close();
  }
}

const settings = JSON.parse(readFileSync(file, "utf8"));
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CONTESTS);
for (const name of names) {
  settings[name] = await tune(name, settings);
  writeFileSync(file, `${JSON.stringify(settings, null, 1)}\n`);
}
