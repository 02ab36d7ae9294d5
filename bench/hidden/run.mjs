// Hidden layers on letter, adult, poker-hand and MNIST's pixels beside scikit-learn's MLPClassifier and TensorFlow.js, in the same run.
//   npm run build && PYTHON=… node bench/hidden/run.mjs [set …] [--only ours|sklearn|tfjs] [--look] [--threads n]
// TensorFlow.js is found where bench/peers has installed it.
// Judged out of fold. --look scores the test rows too, where there are any, and counts the look. Writes the section "hidden" of
// docs/results.md from results.json, which keeps the sets of earlier runs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Classifier, evaluate, train } from "@softmax/core";
import { countLook, looksText } from "../looks.mjs";
import { replaceSection } from "../sections.mjs";
import { dataFolder, here } from "../tables/sources.mjs";
import { encodedForRivals, SETS, softmaxTable } from "./sets.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    look: { type: "boolean", default: false },
    only: { type: "string" },
    threads: { type: "string" },
  },
});
const python = process.env.PYTHON ?? "python3";
const RIVALS = {
  sklearn: {
    name: "MLPClassifier",
    command: python,
    args: ["-W", "ignore", here("../hidden/sklearn_mlp.py")],
  },
  tfjs: {
    name: "TensorFlow.js",
    command: process.execPath,
    args: [here("../hidden/tfjs_mlp.mjs")],
  },
};

const resultsFile = here("../hidden/results.json");
const results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : {};
for (const name of positionals.length > 0 ? positionals : Object.keys(SETS)) {
  const set = SETS[name];
  if (!existsSync(dataFolder + set.source)) {
    console.error(`${name}: its data is absent, skipped`);
    continue;
  }
  const data = set.read();
  const test = options.look ? data.test : null;
  const found = { ...results[name] };
  const isAsked = (who) => (options.only ?? who) === who;
  if (isAsked("ours")) found.ours = await runOurs(name, set, data.train, test);
  const rivals = Object.keys(RIVALS).filter(isAsked);
  if (rivals.length > 0) Object.assign(found, runRivals(rivals, set, data.train, test));
  results[name] = found;
  console.error(name, JSON.stringify(results[name]));
  writeFileSync(resultsFile, `${JSON.stringify(results, null, 1)}\n`);
}
replaceSection("results.md", "hidden", tableText());
if (options.look) replaceSection("results.md", "looks", looksText());

/** Cross-validation, calibration and the last fit; then, where it is asked for, the test rows. */
async function runOurs(name, { ours, levels }, rows, test) {
  const start = process.cpuUsage();
  const threads = options.threads === undefined ? {} : { threads: Number(options.threads) };
  const asked = { target: "label", ...threads, ...ours };
  const { classifier, report } = await train(softmaxTable(rows), {
    ...asked,
    ...(levels.length === 0 ? {} : { categorical: levels }),
  });
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const { method, metrics } = report.evaluation;
  const { encoding, epochs, hidden, temperature } = report.choice;
  const folds = { method, accuracy: metrics.accuracy.value, logLoss: metrics.logLoss.value };
  const found = {
    seconds,
    folds,
    encoding,
    epochs,
    of: hidden.epochs,
    units: hidden.units,
    temperature,
  };
  if (test === null) return found;
  const loaded = await Classifier.load(classifier.save());
  const { metrics: m } = evaluate(loaded, softmaxTable(test));
  const looked = { accuracy: m.accuracy.value, logLoss: m.logLoss.value, ece: m.ece.value };
  countLook(name, `--hidden ${hidden.units.join(",")}`, looked);
  return { ...found, test: looked };
}

/** One fit scored on the test rows, or where there are none as many on folds as ours has. */
function runRivals(rivals, set, rows, test) {
  const { ours, rivalEpochs } = set;
  const folder = mkdtempSync(join(tmpdir(), "softmax-hidden-"));
  const known = [...new Set(rows.labels)].sort((a, b) => (a < b ? -1 : 1));
  const encoded = encodedForRivals({ train: rows, test }, set);
  const write = (prefix, X, { labels }) => {
    writeFileSync(join(folder, `${prefix}X.f32`), X);
    const y = Int32Array.from(labels, (label) => known.indexOf(label));
    writeFileSync(join(folder, `${prefix}y.i32`), y);
  };
  write("", encoded.train, rows);
  if (test !== null) write("test-", encoded.test, test);
  const meta = {
    ...{ rows: rows.labels.length, testRows: test?.labels.length ?? 0, width: encoded.width },
    ...{ units: ours.hidden, activation: ours.activation ?? "relu" },
    ...{ epochs: rivalEpochs, folds: ours.folds },
  };
  writeFileSync(join(folder, "meta.json"), JSON.stringify(meta));
  const on = test === null ? "folds" : "test rows";
  const found = rivals.map((rival) => {
    const { command, args } = RIVALS[rival];
    const { status, stdout, stderr } = spawnSync(command, [...args, folder], { encoding: "utf8" });
    if (status === 0) return [rival, { on, ...JSON.parse(stdout) }];
    return [rival, { error: stderr.trim().split("\n").at(-1) }];
  });
  rmSync(folder, { recursive: true });
  return Object.fromEntries(found);
}

function tableText() {
  const lines = Object.entries(results).flatMap(([name, { ours, ...rivals }]) => [
    rowText(name, "Softmax", {
      ...{ ...ours.folds, on: ours.folds.method, seconds: ours.seconds },
      how: `${ours.units.join(", ")} units, ${ours.epochs} of ${ours.of} epochs, ${ours.encoding}`,
    }),
    ...(ours.test ? [rowText("", "Softmax", { ...ours.test, on: "test rows" })] : []),
    ...Object.keys(RIVALS)
      .filter((rival) => rival in rivals)
      .map((rival) => rowText("", RIVALS[rival].name, rivals[rival])),
  ]);
  return [
    "| set | | what it took | judged on | accuracy | log loss | processor time |",
    "|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function rowText(name, who, { how = "", on, accuracy, logLoss, seconds, error }) {
  const figures = error
    ? [`failed: ${error}`, "", "", ""]
    : [on, accuracy.toFixed(4), logLoss.toFixed(4), seconds ? `${seconds.toFixed(0)} s` : ""];
  return `| ${[name, who, how, ...figures].join(" | ")} |`;
}
