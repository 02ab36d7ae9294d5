// The times of lines.mjs: each training in a process of its own, counted from the texts in memory to the model, by turns.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { createRandom, shuffle } from "../../packages/core/dist/index.js";
import { takeTurns } from "../measure.mjs";
import { here } from "../tables/sources.mjs";
import { askFastText, writeTokens } from "./fasttext.mjs";
import { tokens } from "./sets.mjs";

const folder = here("../../.cache/text/");
/** C of the reference, and of our fits that are timed beside it: λ = 1/(C n). */
const C = 10;
const SHORT_TEXTS = 1000;
const threads = cpus().length;

/** What fastText is tried with, the defaults first; `wordNgrams` is 2, and sets by characters have those too. */
const FASTTEXT_SETTINGS = [
  { dim: 100, epoch: 5, lr: 0.1 },
  { dim: 10, epoch: 5, lr: 0.5, bucket: 2 ** 18 },
  { dim: 10, epoch: 25, lr: 0.5, bucket: 2 ** 18 },
  { dim: 100, epoch: 25, lr: 0.5 },
  { dim: 10, epoch: 50, lr: 1, bucket: 2 ** 18 },
];

const settingsFor = ({ vectorizer: { analyzer, ngram_range: range } }) =>
  FASTTEXT_SETTINGS.map((settings) => ({
    ...{ wordNgrams: 2, thread: threads, ...settings },
    ...(analyzer === "char" ? { minn: range[0], maxn: range[1] } : {}),
  }));

function readTexts(file) {
  const { texts, labels } = JSON.parse(readFileSync(file, "utf8"));
  return texts.map((text, i) => ({ label: labels[i], text, tokens: tokens(text) }));
}

/** fastText's accuracy and log loss on the folds of seed 1, with each setting. */
export function judgeFastText(python, set, { file, folds }) {
  const texts = readTexts(file);
  const fold = JSON.parse(readFileSync(folds, "utf8"));
  const settings = settingsFor(set).map((options) => {
    const rows = texts.map(() => null);
    for (let part = 0; part < set.folds; part++) {
      const judged = [...texts.keys()].filter((i) => fold[i] === part);
      const files = {
        train: writeTokens(
          "fold.train",
          texts.filter((_, i) => fold[i] !== part),
        ),
        test: writeTokens(
          "fold.test",
          judged.map((i) => texts[i]),
        ),
      };
      askFastText(python, { ...files, options }).rows.forEach((row, at) => {
        rows[judged[at]] = row;
      });
    }
    return { options, ...judge(texts, rows) };
  });
  for (const { options, accuracy } of settings) {
    const { dim, epoch, lr } = options;
    console.log(`  fastText dim ${dim}, epoch ${epoch}, lr ${lr}: accuracy ${accuracy.toFixed(4)}`);
  }
  return { settings };
}

/** Accuracy and log loss of probabilities by label; a label without one counts as 1e-12. */
function judge(texts, rows) {
  let [right, loss] = [0, 0];
  texts.forEach(({ label }, i) => {
    const own = rows[i][label] ?? 0;
    if (Object.values(rows[i]).every((p) => p <= own)) right++;
    loss -= Math.log(Math.max(own, 1e-12));
  });
  return { accuracy: right / texts.length, logLoss: loss / texts.length };
}

/** One training in a fresh process (one-fit.mjs). */
function trainOurs(question) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [here("../text/one-fit.mjs")], {
    input: JSON.stringify(question),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`our training failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Our fits with a given penalty: tf-idf as the reference counts, and naive Bayes with the penalty that `run` found best. */
function ourFits({ vectorizer }, file, n, run) {
  const { analyzer, ngram_range: range } = vectorizer;
  const given = 1 / (C * n);
  const plain =
    analyzer === "char" ? { characters: range, words: null } : { words: range, characters: null };
  const found = run?.tried.find(({ encoding }) => /words.*characters.*Bayes/.test(encoding));
  return [
    { name: "ours, tf-idf", texts: { ...plain, weights: "tf-idf" }, l2: given },
    {
      name: "ours, naive Bayes of words and characters",
      texts: { words: [1, 2], characters: [1, 5], weights: "bayes" },
      l2: found?.l2 ?? given,
    },
  ].map(({ name, texts, l2 }) => ({ name, run: () => trainOurs({ file, l2, texts }) }));
}

function fastTextFits(python, set, texts, name) {
  const train = writeTokens(`${name}.all`, texts);
  return settingsFor(set).map((options) => {
    const { dim, epoch, lr } = options;
    return {
      name: `fastText, dim ${dim}, epoch ${epoch}, lr ${lr}`,
      run: () => {
        const { seconds, processor } = askFastText(python, { train, options });
        return { seconds, processor };
      },
    };
  });
}

const toMilliseconds = (seconds) => Math.round(1000 * seconds) / 1000;

/** Every contestant's seconds and processor seconds, round by round, with what else its first round said. */
async function timeAll(contestants, rounds) {
  const found = await takeTurns(contestants, rounds);
  return [...found].map(([name, results]) => {
    const { seconds: _, processor: __, scikitLearn: ___, ...said } = results[0];
    const seconds = results.map((result) => toMilliseconds(result.seconds));
    const processor = results.map((result) => toMilliseconds(result.processor));
    console.log(`  ${name}: ${seconds.join(", ")} s; processor ${processor.join(", ")} s`);
    return { name, seconds, processor, ...said };
  });
}

/** One fit on all rows by each, and our whole training with its choices. `run`: our result with seed 1, if there is one. */
export async function timeSet(rivals, set, { file, run, rounds }) {
  const texts = readTexts(file);
  console.log(`${set.name}: times`);
  const contestants = ourFits(set, file, texts.length, run);
  if (rivals.scikitLearn !== null) {
    const question = { do: "fit", file, vectorizer: set.vectorizer };
    contestants.push({ name: "scikit-learn", run: () => rivals.scikitLearn(question) });
  }
  if (rivals.fastText !== null) {
    contestants.push(...fastTextFits(rivals.fastText, set, texts, set.name));
  }
  contestants.push({ name: "ours, all of `train`", run: () => trainOurs({ file }) });
  return { rows: texts.length, contestants: await timeAll(contestants, rounds) };
}

/** All of `train` on 1,000 short texts drawn by seed 1. */
export async function timeShort(rivals, rows, rounds) {
  const order = shuffle(Int32Array.from(rows.keys()), createRandom(1)).slice(0, SHORT_TEXTS);
  const drawn = Array.from(order, (i) => rows[i]);
  const file = `${folder}short.json`;
  const content = { texts: drawn.map(({ text }) => text), labels: drawn.map(({ label }) => label) };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(content));
  console.log("short: times");
  const contestants = [{ name: "ours, all of `train`", run: () => trainOurs({ file }) }];
  if (rivals.scikitLearn !== null) {
    const question = { do: "fit", file, vectorizer: { analyzer: "word", ngram_range: [1, 2] } };
    contestants.push({ name: "scikit-learn", run: () => rivals.scikitLearn(question) });
  }
  return { rows: drawn.length, contestants: await timeAll(contestants, rounds) };
}
