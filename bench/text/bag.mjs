// The bag of embeddings beside fastText, both on one thread: time, accuracy and log loss on texts not learned from; then
// what smaller models lose, and what sampled softmax costs and saves.
//
//   npm run bench:text        # 5 rounds by turns, medians of the times
//   npm run bench:text 1
//
// fastText is installed below .cache when this is first run (FASTTEXT_PYTHON names a Python that has it). Both sides get
// the same tokens, words and 2^18 hashed bigrams. fastText's time is its training from a file of tokens; ours is that of
// making rows of the tokens and of the fit, which is given alone too. "an epoch" is from the difference to one epoch.
import { rowLosses } from "../../packages/core/dist/index.js";
import { createKernels } from "../../packages/core/dist/kernels/wasm.js";
import { bagFitBytes, fitBag } from "../../packages/core/dist/model/bag.js";
import { bagLogits, collapseBag } from "../../packages/core/dist/model/factors.js";
import { pairLogits } from "../../packages/core/dist/model/logits.js";
import {
  dequantizeWeights,
  pruneFeatures,
  quantizeWeights,
} from "../../packages/core/dist/model/shrink.js";
import { run } from "../../packages/core/dist/optim/contracts.js";
import { median, takeTurns } from "../measure.mjs";
import { askFastText, findFastText, writeTokens } from "./fasttext.mjs";
import { manyClasses } from "./many-classes.mjs";
import { BUCKETS, loadSet, rowsOf, setNames, vocabularyOf } from "./sets.mjs";

const ROUNDS = Number(process.argv[2] ?? 5);
const SETTINGS = [
  { dimension: 10, epochs: 5, learningRate: 0.5 },
  { dimension: 16, epochs: 25, learningRate: 0.1 },
  { dimension: 100, epochs: 5, learningRate: 0.5 },
];

const seconds = (work) => {
  const start = performance.now();
  const result = work();
  return { result, seconds: (performance.now() - start) / 1000 };
};

/** Accuracy and mean log loss of logits or log probabilities, n×k. */
function judge(Z, y, k) {
  const losses = rowLosses(Z, y, y.length, k);
  const right = y.filter((c, i) => {
    const z = Z.subarray(i * k, (i + 1) * k);
    return z.every((value) => value <= z[c]);
  });
  return { accuracy: right.length / y.length, loss: losses.reduce((a, b) => a + b) / y.length };
}

/** Logits of all classes, from one a row where two have one. */
function whole(Z, rows, k) {
  const all = new Float64Array(rows * k);
  all.set(Z);
  if (k === 2) pairLogits(all, rows);
  return all;
}

function train({ X, y }, classes, options) {
  const problem = { X, y, outputs: classes === 2 ? 1 : classes, rowWeights: null };
  const task = { ...options, ranges: [{ start: 0, end: X.rows }] };
  const bytes = bagFitBytes(problem, task) + 12 * X.csr.values.length + 16 * X.rows + 2 ** 20;
  return run(fitBag(problem, createKernels({ bytes }), task));
}

function runOurs({ train: texts, test, labels }, options) {
  const encoded = seconds(() => {
    const words = vocabularyOf(texts);
    return { words, rows: rowsOf(texts, labels, words) };
  });
  const { words, rows } = encoded.result;
  const once = seconds(() => train(rows, labels.length, { ...options, epochs: 1 }));
  const fit = seconds(() => train(rows, labels.length, options));
  const judged = rowsOf(test, labels, words);
  const Z = whole(bagLogits(fit.result, judged.X), test.length, labels.length);
  return {
    ...judge(Z, judged.y, labels.length),
    fit: fit.seconds,
    total: encoded.seconds + fit.seconds,
    epoch: (fit.seconds - once.seconds) / (options.epochs - 1),
  };
}

function runFastText(
  python,
  { name, train: texts, test, labels },
  { dimension, epochs, learningRate },
) {
  const options = { dim: dimension, lr: learningRate, wordNgrams: 2 };
  const files = {
    train: writeTokens(`${name}.train`, texts),
    test: writeTokens(`${name}.test`, test),
  };
  const ask = (epoch) =>
    askFastText(python, { ...files, options: { ...options, bucket: BUCKETS, epoch } });
  const once = ask(1);
  const answer = ask(epochs);
  const P = answer.rows.flatMap((row) => labels.map((label) => row[label]));
  const y = Int32Array.from(test, ({ label }) => labels.indexOf(label));
  const scores = judge(Float64Array.from(P, Math.log), y, labels.length);
  const epoch = (answer.seconds - once.seconds) / (epochs - 1);
  return { ...scores, total: answer.seconds, epoch };
}

const cell = (value, digits, width = 8) => value.toFixed(digits).padStart(width);
const middle = (results, name) => median(results.map((result) => result[name]));

function line(name, results) {
  const fit = results[0].fit === undefined ? "       –" : cell(middle(results, "fit"), 3);
  const times = `${cell(middle(results, "total"), 3)}${fit}${cell(1000 * middle(results, "epoch"), 1)}`;
  console.log(
    `  ${name.padEnd(10)}${times}${cell(100 * results[0].accuracy, 2)}${cell(results[0].loss, 4)}`,
  );
}

async function compare(python, set) {
  for (const options of SETTINGS) {
    const { dimension, epochs, learningRate } = options;
    console.log(`\n${set.name}: m ${dimension}, ${epochs} epochs, rate ${learningRate}`);
    console.log("              all s   fit s  an epoch ms   acc %   log loss");
    const contestants = [{ name: "ours", run: () => runOurs(set, options) }];
    if (python !== null) {
      contestants.push({ name: "fastText", run: () => runFastText(python, set, options) });
    }
    for (const [name, results] of await takeTurns(contestants, ROUNDS)) line(name, results);
  }
}

/** Root mean square of each feature. */
function usageOf({ rows, csr }) {
  const squares = new Float64Array(csr.width);
  csr.columns.forEach((j, e) => (squares[j] += csr.values[e] * csr.values[e]));
  return squares.map((square) => Math.sqrt(square / rows));
}

function logitsOf({ rows, csr }, W, outputs) {
  const Z = new Float64Array(rows * outputs);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < outputs; c++) Z[i * outputs + c] = W[csr.width * outputs + c];
    for (let e = csr.starts[i]; e < csr.starts[i + 1]; e++) {
      for (let c = 0; c < outputs; c++) {
        Z[i * outputs + c] += csr.values[e] * W[csr.columns[e] * outputs + c];
      }
    }
  }
  return Z;
}

/** What the model loses by features left out and by 8 bits; kept features need 4 bytes for their name. */
function shrink({ name, labels, train: texts, test }) {
  const words = vocabularyOf(texts);
  const rows = rowsOf(texts, labels, words);
  const judged = rowsOf(test, labels, words);
  const k = labels.length;
  const outputs = k === 2 ? 1 : k;
  const W = collapseBag(train(rows, k, { dimension: 16 }));
  const usage = usageOf(rows.X);
  const occurring = usage.filter((value) => value > 0).length;
  console.log(`\n${name}: ${occurring} features, smaller`);
  console.log("                        kB   acc %   log loss");
  for (const share of [1, 0.1, 0.01]) {
    const { features, weights } = pruneFeatures(W, outputs, Math.round(share * occurring), usage);
    const eight = quantizeWeights(weights, outputs);
    const bytes = eight.codes.length + 4 * eight.scales.length;
    for (const { form, values, size } of [
      { form: "float32", values: weights, size: 4 * weights.length },
      { form: "8 bits", values: dequantizeWeights(eight), size: bytes },
    ]) {
      const all = new Float64Array(W.length);
      features.forEach((j, at) => {
        all.set(values.subarray(at * outputs, (at + 1) * outputs), j * outputs);
      });
      all.set(values.subarray(-outputs), W.length - outputs);
      const { accuracy, loss } = judge(
        whole(logitsOf(judged.X, all, outputs), test.length, k),
        judged.y,
        k,
      );
      const kB = (size + 4 * features.length) / 1000;
      console.log(
        `  ${`${100 * share} %, ${form}`.padEnd(16)}${cell(kB, 1)}${cell(100 * accuracy, 2)}${cell(loss, 4)}`,
      );
    }
  }
}

function sample() {
  const { rows, judged, classes } = manyClasses();
  console.log(`\nsynthetic: ${classes} classes, ${rows.X.rows} rows, m 32, 4 epochs`);
  console.log("  negatives        s   log loss");
  for (const negatives of [0, 32, 64, 128, 256]) {
    const options = { dimension: 32, epochs: 4, negatives };
    const fit = seconds(() => train(rows, classes, options));
    const { loss } = judge(bagLogits(fit.result, judged.X), judged.y, classes);
    const label = negatives === 0 ? "all" : String(negatives);
    console.log(`  ${label.padEnd(9)}${cell(fit.seconds, 2)}${cell(loss, 4)}`);
  }
}

const python = findFastText();
if (python === null) console.log("fastText is absent: ours alone");
for (const name of setNames()) await compare(python, loadSet(name));
for (const name of setNames()) shrink(loadSet(name));
sample();
