// Hidden layers on letter, poker-hand and MNIST's pixels beside scikit-learn's MLPClassifier, in the same run.
//   npm run build && PYTHON=… node bench/hidden/run.mjs [set …] [--only ours|theirs] [--look] [--threads n]
// Judged out of fold. --look scores the test rows too, where there are any, and counts the look. Writes the section "hidden" of
// docs/results.md from results.json, which keeps the sets of earlier runs.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Classifier, evaluate, train } from "@softmax/core";
import { countLook, looksText } from "../looks.mjs";
import { replaceSection } from "../sections.mjs";
import { dataFolder, here } from "../tables/sources.mjs";
import { SETS, softmaxTable } from "./sets.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    look: { type: "boolean", default: false },
    only: { type: "string" },
    threads: { type: "string" },
  },
});
const python = process.env.PYTHON ?? "python3";
const rivalThere = spawnSync(python, ["-c", "import sklearn"]).status === 0;
if (!rivalThere) console.error(`${python} with scikit-learn not found: ours alone`);

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
  if (options.only !== "theirs") found.ours = await runOurs(name, set, data.train, test);
  if (options.only !== "ours" && rivalThere) found.theirs = runTheirs(set, data.train, test);
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
function runTheirs({ ours, theirs, levels }, rows, test) {
  const folder = mkdtempSync(join(tmpdir(), "softmax-hidden-"));
  const write = (prefix, { X, labels }) => {
    const y = Int32Array.from(labels, (label) => known.indexOf(label));
    writeFileSync(join(folder, `${prefix}X.f32`), X);
    writeFileSync(join(folder, `${prefix}y.i32`), y);
  };
  const known = [...new Set(rows.labels)].sort((a, b) => (a < b ? -1 : 1));
  write("", rows);
  if (test !== null) write("test-", test);
  const meta = {
    ...{ rows: rows.labels.length, testRows: test?.labels.length ?? 0, width: rows.names.length },
    levels: levels.map((name) => rows.names.indexOf(name)),
    ...{ options: theirs, folds: ours.folds },
  };
  writeFileSync(join(folder, "meta.json"), JSON.stringify(meta));
  const args = ["-W", "ignore", here("../hidden/sklearn_mlp.py"), folder];
  const out = execFileSync(python, args, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  return { ...JSON.parse(out), on: test === null ? "folds" : "test" };
}

function tableText() {
  const figure = (value) => (value === undefined ? "" : value.toFixed(4));
  const time = (value) => (value === undefined ? "" : `${value.toFixed(0)} s`);
  const lines = Object.entries(results).map(([name, { ours, theirs }]) => {
    const at = theirs?.on === "test" ? "test rows" : "folds";
    return `| ${[
      ...[name, ours.units.join(", "), `${ours.epochs} of ${ours.of}, ${ours.encoding}`],
      ...[figure(ours.folds.accuracy), figure(ours.folds.logLoss)],
      ...[figure(ours.test?.accuracy), figure(ours.test?.logLoss), time(ours.seconds)],
      ...[theirs === undefined ? "" : at, figure(theirs?.accuracy), figure(theirs?.logLoss)],
      time(theirs?.seconds),
    ].join(" | ")} |`;
  });
  return [
    "| set | units | epochs, encoding | accuracy out of fold | log loss | test accuracy | test log loss | processor time | MLPClassifier on | accuracy | log loss | processor time |",
    "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}
