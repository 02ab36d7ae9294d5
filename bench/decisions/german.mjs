// Mean cost of german-credit (Statlog: a bad risk taken for good costs 5, a good one for bad 1), by 10-fold cross-validation,
// seeds 1…10, beside scikit-learn's logistic regression on the same folds, deciding by the same costs. Once trained as always, and
// once with the rows of "bad" weighted by what an error on them costs, so that the fit is closest where the decision is made.
//   node bench/decisions/german.mjs      PYTHON names an interpreter with scikit-learn and pandas
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { train } from "softmax";
import { differenceText, mean, meanInterval, number } from "../intervals.mjs";
import { replaceSection } from "../sections.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const data = here("../../../shared/data/german-credit/german.csv");
const runs = here("../../.cache/decisions/german.json");
const results = here("german-reference.json");
const SEEDS = 10;
const WEIGHTED = { classWeights: [["2", 5]] };
const python = process.env.PYTHON ?? "python3";

if (!existsSync(data)) {
  console.log("skipped: german-credit is not in ../shared/data");
} else {
  const ours = [];
  const weighted = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    ours.push(await run(seed, {}));
    weighted.push(await run(seed, WEIGHTED));
  }
  mkdirSync(here("../../.cache/decisions"), { recursive: true });
  writeFileSync(runs, JSON.stringify(ours));
  if (spawnSync(python, ["-c", "import sklearn, pandas"]).status === 0) {
    execFileSync(python, [here("german.py"), data, runs, results], { stdio: "inherit" });
  }
  report(ours, weighted, JSON.parse(readFileSync(results, "utf8")));
}

/** What one training reports: every row decided by what was chosen without its part. */
async function run(seed, options) {
  const { report, folds } = await train(data, {
    target: -1,
    read: { header: "no" },
    seed,
    folds: 10,
    decide: { costs: [["2", "1", 5]] },
    ...options,
  });
  const { decided, argmax, baseline } = report.decision.measured;
  const found = {
    seed,
    cost: decided.cost.value,
    argmax: argmax.cost.value,
    baseline: baseline.cost.value,
    folds: Array.from(folds),
  };
  console.log(`seed ${seed}: ${found.cost.toFixed(3)}, argmax ${found.argmax.toFixed(3)}`);
  return found;
}

function report(ours, weighted, reference) {
  const theirs = ours.map(({ seed, folds }) => {
    const found = reference.results.find((one) => one.seed === seed);
    return found?.folds === folds.join("") ? found.cost : null;
  });
  const paired = theirs.every((cost) => cost !== null);
  const line = (name, values) => {
    const { low, high, mean: centre } = meanInterval(values);
    return `| ${name} | ${number(centre)} | ${number(low)} – ${number(high)} |`;
  };
  const plain = ours.map(({ cost }) => cost);
  const costs = weighted.map(({ cost }) => cost);
  const text = [
    "| german-credit, mean cost, seeds 1…10 | mean | 95 % interval |",
    "|---|---|---|",
    line("Softmax, `--cost 2:1=5 --class-weights 2=5`", costs),
    line("Softmax, `--cost 2:1=5`", plain),
    line(
      "the most probable label, unweighted",
      ours.map(({ argmax }) => argmax),
    ),
    line(
      "always “bad”",
      ours.map(({ baseline }) => baseline),
    ),
    ...(paired
      ? [line(`scikit-learn ${reference.scikitLearn}, the same costs and folds`, theirs)]
      : []),
    "",
    paired
      ? `Differences from scikit-learn, paired by seed: ${[costs, plain].map((own) => differenceText(meanInterval(own.map((cost, i) => cost - theirs[i])), SEEDS)).join("; ")}. Goal of the first: at most 0.53: ${mean(costs) <= 0.53 ? "met" : "**not met**"}.`
      : `Goal: at most 0.53: ${mean(costs) <= 0.53 ? "met" : "**not met**"}. The reference was computed on other folds.`,
  ].join("\n");
  console.log(text);
  replaceSection("results.md", "german cost", text);
}
