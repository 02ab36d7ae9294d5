// Trains Softmax with its defaults on the tables of sets.json and writes one JSON a run into .cache/tables.
//   node bench/tables/ours.mjs [set …] [--seeds 1] [--folds-only] [--keep]
// --folds-only leaves every test file alone; --keep runs only what has no result yet.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { train } from "softmax";
import { countLook } from "../looks.mjs";
import { allSets, cacheFolder, filesOf, isPresent } from "./sources.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string" },
    "folds-only": { type: "boolean" },
    keep: { type: "boolean" },
  },
});

const METRICS = ["logLoss", "accuracy", "macroF1", "auc", "ece"];

for (const set of chosenSets()) {
  if (!isPresent(set)) {
    console.log(`${set.name}: skipped, ${set.file} is not in ../shared/data`);
    continue;
  }
  for (const run of runsOf(set)) await runOnce(set, run);
}

function chosenSets() {
  const unknown = positionals.filter((name) => !allSets.some((set) => set.name === name));
  if (unknown.length > 0) throw new RangeError(`unknown set "${unknown[0]}"`);
  return positionals.length === 0 ? allSets : allSets.filter((s) => positionals.includes(s.name));
}

/** Fold sets: one run a seed. Sets with test rows: the defaults, then --linear, both with seed 1. */
function runsOf(set) {
  if (set.split !== "folds") {
    if (options["folds-only"]) return [];
    const runs = [{ seed: 1, linear: false }];
    return set.linearGoals ? [...runs, { seed: 1, linear: true }] : runs;
  }
  const seeds = Math.min(set.seeds, Number(options.seeds ?? set.seeds));
  return Array.from({ length: seeds }, (_, i) => ({ seed: i + 1, linear: set.linear === true }));
}

async function runOnce(set, { seed, linear }) {
  const path = `${cacheFolder}ours-${set.name}-${seed}${linear ? "-linear" : ""}.json`;
  if (options.keep && existsSync(path)) return;
  const { train: trainFile, test } = filesOf(set);
  const start = performance.now();
  const { report, folds } = await train(trainFile, {
    target: set.target,
    read: { header: set.header ?? "auto" },
    ignore: set.ignore ?? [],
    seed,
    linear,
    ...(test === null ? {} : { test }),
  });
  const result = {
    set: set.name,
    seed,
    linear,
    seconds: Math.round((performance.now() - start) / 100) / 10,
    method: (report.test ?? report.evaluation).method,
    encoding: report.choice.encoding,
    l2: report.choice.l2,
    temperature: report.choice.temperature,
    metrics: picked((report.test ?? report.evaluation).metrics),
    outOfFold: picked(report.evaluation.metrics),
    noBetterThanBaseline: report.evaluation.metrics.noBetterThanBaseline,
    remarks: report.remarks,
    folds: Array.from(folds, (fold) => (fold < 0 ? "-" : String(fold))).join(""),
  };
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(result)}\n`);
  if (test !== null) countLook(set.name, linear ? "--linear" : "defaults", result.metrics);
  const { logLoss, accuracy, auc, ece } = result.metrics;
  console.log(
    `${set.name} seed ${seed}${linear ? " linear" : ""}: log loss ${logLoss?.toFixed(4)}, ` +
      `accuracy ${accuracy?.toFixed(4)}, AUC ${auc?.toFixed(4) ?? "–"}, ECE ${ece?.toFixed(4)}, ` +
      `${result.encoding}, λ ${result.l2.toExponential(1)}, T ${result.temperature}, ${result.seconds} s`,
  );
}

/** The metrics as plain numbers; a metric that is not defined for the set is left out. */
function picked(metrics) {
  const pairs = METRICS.map((name) => [name, metrics[name]?.value ?? metrics[name]]);
  return Object.fromEntries(pairs.filter(([, value]) => typeof value === "number"));
}
