// Texts: our defaults beside scikit-learn on the same folds, and the times of both and of fastText. The results go into
// results.json as soon as each is there, and from it into docs/results.md.
//
//   npm run bench:text-lines -- [--only name …] [--seeds 10] [--parts folds,times] [--rounds 3] [--documents 100000]
//                               [--folds-only] [--keep] [--print]
//
// --only: names of line-sets.mjs, "short" (1,000 short texts) and "large" (generated documents), with commas between.
// --folds-only leaves every test file alone: sets that have one are judged on their training rows, and that is not saved.
// --keep runs only what has no result yet; --print leaves docs/results.md as it is. PYTHON names the interpreter behind the
// virtual environment that bench/peers/setup.mjs makes.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { train } from "softmax";
import { commit, countLook } from "../looks.mjs";
import { python, rivalEnvironment, setUp } from "../peers/setup.mjs";
import { here } from "../tables/sources.mjs";
import { findFastText } from "./fasttext.mjs";
import { timeLarge } from "./line-large.mjs";
import { writeReport } from "./line-report.mjs";
import { readResults, saveResult } from "./line-results.mjs";
import { isPresent, textSets, textsOf } from "./line-sets.mjs";
import { judgeFastText, timeSet, timeShort } from "./line-times.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    seeds: { type: "string", default: "10" },
    parts: { type: "string", default: "folds,times" },
    rounds: { type: "string", default: "3" },
    documents: { type: "string", default: "100000" },
    "folds-only": { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    print: { type: "boolean", default: false },
  },
});

const METRICS = ["logLoss", "accuracy", "macroF1", "auc", "ece"];
const folder = here("../../.cache/text/");
const names = [...textSets.map(({ name }) => name), "short", "large"];
const wanted = listed("only", names);
const parts = listed("parts", ["folds", "times"]);
const rivals = { scikitLearn: askScikitLearn, fastText: null };

function listed(flag, known) {
  const given = options[flag]?.split(",") ?? known;
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`--${flag} expected ${known.join(", ")}; got "${unknown}"`);
  }
  return given;
}

function askScikitLearn(question) {
  const script = here("../text/lines_reference.py");
  const { status, stdout, stderr } = spawnSync(python, [script], {
    input: JSON.stringify(question),
    encoding: "utf8",
    env: rivalEnvironment,
  });
  if (status !== 0) throw new Error(`scikit-learn failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Sets up the rivals; those that cannot be are left out, with a word. */
function findRivals() {
  for (const sentence of setUp(console.log)) console.log(sentence);
  if (spawnSync(python, ["-c", "import sklearn, pandas"]).status !== 0) {
    console.log("scikit-learn is absent: no references");
    rivals.scikitLearn = null;
  }
  rivals.fastText = findFastText();
  if (rivals.fastText === null) console.log("fastText is absent");
}

/** Times, and folds alone, leave test files as they are. */
const looksAtTest = (set) =>
  set.test !== undefined && parts.includes("folds") && !options["folds-only"];

/** The texts of a set for all contestants alike, as files of JSON. */
async function writeTexts(set) {
  mkdirSync(folder, { recursive: true });
  const write = async (name, source) => {
    const rows = await textsOf(set, source);
    const content = { texts: rows.map(({ text }) => text), labels: rows.map(({ label }) => label) };
    writeFileSync(folder + name, JSON.stringify(content));
    return folder + name;
  };
  return {
    file: await write(`${set.name}.json`, set.source()),
    test: looksAtTest(set) ? await write(`${set.name}-test.json`, set.test()) : null,
  };
}

/** One training with the defaults. `test`: whether the set's test file is looked at. */
async function runOurs(set, seed, test) {
  const start = performance.now();
  const { report, folds } = await train(set.source(), {
    ...(set.target === undefined ? {} : { target: set.target }),
    ...(set.texts === undefined ? {} : { texts: set.texts }),
    read: set.read ?? {},
    folds: set.folds,
    seed,
    ...(test ? { test: set.test() } : {}),
  });
  const { choice, evaluation } = report;
  const path = `${folder}${set.name}-${seed}.folds.json`;
  writeFileSync(path, JSON.stringify([...folds]));
  return {
    ...{ set: set.name, seed, commit: commit(), rows: report.rows.used },
    seconds: Math.round((performance.now() - start) / 100) / 10,
    method: (report.test ?? evaluation).method,
    ...{ encoding: choice.encoding, l2: choice.l2, temperature: choice.temperature },
    tried: bestOfEach(choice.tried),
    metrics: picked((report.test ?? evaluation).metrics),
    outOfFold: picked(evaluation.metrics),
    folds: hashOf(path),
  };
}

/** The best penalty of each encoding that was tried. */
function bestOfEach(tried) {
  const best = new Map();
  for (const trial of tried) {
    const { encoding, logLoss } = trial;
    if (!(best.get(encoding)?.logLoss <= logLoss)) best.set(encoding, trial);
  }
  return [...best.values()].map(({ encoding, l2, logLoss }) => ({ encoding, l2, logLoss }));
}

const hashOf = (path) => createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);

/** The metrics as plain numbers; one that is not defined is left out. */
function picked(metrics) {
  const pairs = METRICS.map((name) => [name, metrics[name]?.value ?? metrics[name]]);
  return Object.fromEntries(pairs.filter(([, value]) => typeof value === "number"));
}

function say({ set, seed, metrics, outOfFold, encoding, l2, temperature, seconds }) {
  const { accuracy, logLoss } = metrics;
  console.log(
    `${set} seed ${seed}: accuracy ${accuracy.toFixed(4)}, log loss ${logLoss?.toFixed(4)}, ` +
      `ECE out of fold ${outOfFold.ece.toFixed(4)}; ${encoding}, λ ${l2.toExponential(1)}, ` +
      `T ${temperature.toFixed(3)}, ${seconds} s`,
  );
}

/** Ours with one seed, and the reference on the same folds; of a set with test rows on those. */
async function compareSeed(set, seed, files) {
  const key = `${set.name} ${seed}`;
  const saved = options.keep ? readResults().runs[key] : undefined;
  const run = saved ?? (await runOurs(set, seed, files.test !== null));
  if (saved === undefined) {
    saveResult("runs", key, run);
    if (files.test !== null) countLook(set.name, "defaults", run.metrics);
    say(run);
  }
  compareReference(set, key, run, files);
}

function compareReference(set, key, run, { file, test }) {
  const known = readResults().references[key];
  if (rivals.scikitLearn === null || known?.folds === run.folds) return;
  const question =
    test === null
      ? { do: "folds", folds: `${folder}${set.name}-${run.seed}.folds.json` }
      : { do: "test", test };
  const answer = rivals.scikitLearn({ ...question, file, vectorizer: set.vectorizer });
  saveResult("references", key, { folds: run.folds, ...answer });
  console.log(
    `  scikit-learn: accuracy ${answer.accuracy.toFixed(4)}, log loss ${answer.logLoss.toFixed(4)}`,
  );
}

async function runSet(set) {
  if (!isPresent(set)) {
    console.log(`${set.name}: skipped, ${set.needs} is not in ../shared/data`);
    return;
  }
  const files = await writeTexts(set);
  if (parts.includes("folds")) {
    if (set.test !== undefined && options["folds-only"]) return say(await runOurs(set, 1, false));
    const seeds = set.test === undefined ? Number(options.seeds) : 1;
    for (let seed = 1; seed <= seeds; seed++) await compareSeed(set, seed, files);
  }
  if (parts.includes("times")) await runTimes(set, files.file);
}

async function runTimes(set, file) {
  judgeRival(set, file);
  const { times, runs } = readResults();
  if (options.keep && times[set.name] !== undefined) return;
  const run = runs[`${set.name} 1`];
  const result = await timeSet(rivals, set, { file, run, rounds: Number(options.rounds) });
  saveResult("times", set.name, result);
}

/** fastText's accuracy on our folds of seed 1, where there are some. */
function judgeRival(set, file) {
  const { fastText } = readResults();
  const known = options.keep && fastText[set.name] !== undefined;
  if (rivals.fastText === null || set.test !== undefined || known) return;
  const folds = `${folder}${set.name}-1.folds.json`;
  if (existsSync(folds)) {
    saveResult("fastText", set.name, judgeFastText(rivals.fastText, set, { file, folds }));
  } else console.log(`${set.name}: no folds of seed 1 yet, so fastText is timed but not judged`);
}

async function runOthers() {
  if (!parts.includes("times")) return;
  const { times, large } = readResults();
  const spam = textSets.find(({ name }) => name === "sms-spam");
  if (wanted.includes("short") && !(options.keep && times.short !== undefined)) {
    if (!isPresent(spam)) console.log(`short: skipped, ${spam.needs} is not in ../shared/data`);
    else {
      const rows = await textsOf(spam, spam.source());
      saveResult("times", "short", await timeShort(rivals, rows, Number(options.rounds)));
    }
  }
  if (!wanted.includes("large")) return;
  for (const how of ["l2", "defaults"]) {
    if (options.keep && large[how] !== undefined) continue;
    saveResult("large", how, await timeLarge(how, Number(options.documents)));
  }
}

findRivals();
for (const set of textSets.filter(({ name }) => wanted.includes(name))) {
  await runSet(set);
  writeReport(options.print);
}
await runOthers();
console.log(`\n${writeReport(options.print)}`);
