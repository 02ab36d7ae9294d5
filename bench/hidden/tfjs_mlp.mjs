// The same network on TensorFlow.js with its WebAssembly backend: node tfjs_mlp.mjs FOLDER (what it holds: sklearn_mlp.py).
// Adam at 0.001 in batches of at most 200, as MLPClassifier. Prints {"seconds" of processor time, "accuracy", "logLoss"} as JSON.
import { readFileSync } from "node:fs";
import { tf } from "../tfjs.mjs";

const folder = process.argv[2];
const { rows, testRows, width, units, activation, epochs, folds } = JSON.parse(
  readFileSync(`${folder}/meta.json`, "utf8"),
);
const read = (name, Type) => {
  const bytes = readFileSync(`${folder}/${name}`);
  return new Type(bytes.buffer, bytes.byteOffset, bytes.byteLength / Type.BYTES_PER_ELEMENT);
};
const [X, y] = [read("X.f32", Float32Array), read("y.i32", Int32Array)];
const classes = y.reduce((most, c) => Math.max(most, c), 0) + 1;

const start = process.cpuUsage();
const found = testRows > 0 ? await onTestRows() : await outOfFold();
const { user, system } = process.cpuUsage(start);
console.log(JSON.stringify({ seconds: (user + system) / 1e6, ...found }));

async function onTestRows() {
  const all = Array.from({ length: rows }, (_, i) => i);
  const model = await fitted(all);
  const P = probabilities(model, read("test-X.f32", Float32Array), testRows);
  return scores(P, read("test-y.i32", Int32Array));
}

/** Rows of each class dealt to the folds in turn. */
async function outOfFold() {
  const dealt = new Int32Array(classes);
  const fold = Array.from(y, (c) => dealt[c]++ % folds);
  const P = new Float32Array(rows * classes);
  for (let f = 0; f < folds; f++) {
    const [judged, learned] = [[], []];
    for (let i = 0; i < rows; i++) (fold[i] === f ? judged : learned).push(i);
    const own = probabilities(await fitted(learned), picked(judged), judged.length);
    judged.forEach((i, at) => {
      P.set(own.subarray(at * classes, (at + 1) * classes), i * classes);
    });
  }
  return scores(P, y);
}

function picked(list) {
  const part = new Float32Array(list.length * width);
  list.forEach((i, at) => {
    part.set(X.subarray(i * width, (i + 1) * width), at * width);
  });
  return part;
}

async function fitted(list) {
  const model = tf.sequential();
  units.forEach((size, l) => {
    const input = l === 0 ? { inputShape: [width] } : {};
    model.add(tf.layers.dense({ units: size, activation, ...input }));
  });
  model.add(tf.layers.dense({ units: classes, activation: "softmax" }));
  model.compile({ optimizer: tf.train.adam(0.001), loss: "categoricalCrossentropy" });
  const inputs = tf.tensor2d(picked(list), [list.length, width]);
  const labels = tf.oneHot(
    tf.tensor1d(
      list.map((i) => y[i]),
      "int32",
    ),
    classes,
  );
  await model.fit(inputs, labels, { epochs, batchSize: Math.min(200, list.length), verbose: 0 });
  tf.dispose([inputs, labels]);
  return model;
}

function probabilities(model, part, count) {
  return tf.tidy(() => model.predict(tf.tensor2d(part, [count, width])).dataSync());
}

function scores(P, labels) {
  let [right, loss] = [0, 0];
  labels.forEach((label, i) => {
    const row = P.subarray(i * classes, (i + 1) * classes);
    if (row.indexOf(Math.max(...row)) === label) right++;
    loss -= Math.log(Math.max(row[label], 1e-15));
  });
  return { accuracy: right / labels.length, logLoss: loss / labels.length };
}
