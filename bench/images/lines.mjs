// How good Softmax is on images, beside the lines that are set for it, and what that takes:
//   node bench/images/lines.mjs train mnist-pixels      trains by the command line; judges itself on training rows alone
//   node bench/images/lines.mjs test mnist-pixels       the look at the 10,000 test images, which is counted
//   node bench/images/lines.mjs split sign-digits-patches    400 photos to learn from, 100 to judge on, ten seeded times
//   node bench/images/lines.mjs choose                  patches and what is learned on them, on 8,000 and 10,000 training images of MNIST
//   node bench/images/lines.mjs report                  writes the tables into docs/results.md
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import {
  createRandom,
  evaluate,
  loadClassifier,
  pickTable,
  shuffle,
  train as trainOnTable,
} from "@softmax/core";
import { readTable } from "softmax";
import { meanInterval, number } from "../intervals.mjs";
import { countLook, looksText } from "../looks.mjs";
import { measureProcess } from "../measure.mjs";
import { replaceSection } from "../sections.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const bin = here("../../packages/softmax/bin/softmax.js");
const data = here("../../../shared/data");
const cache = here("../../.cache/images");
const file = here("results.json");

const SETS = new Map([
  ["mnist-pixels", { flags: "--image-features pixels", goal: 0.924 }],
  // Of 512 and 1,024 units with and without shifts the least log loss of the images held out.
  [
    "mnist-hidden",
    {
      flags:
        "--image-features pixels --hidden 1024 --dropout 0.3 --epochs 20 --learning-rate 0.001 --image-shift 1 --image-versions 6",
      goal: 0.984,
    },
  ],
  // The penalty is that of the 6,000 images on which patches were chosen, brought to ten times as many.
  ["mnist-patches", { flags: "--image-features patches --l2 0.003", goal: 0.99 }],
  // Of CHOICES.
  [
    "mnist-patches-hidden",
    {
      flags:
        "--image-features patches --hidden 256 --dropout 0.3 --epochs 15 --learning-rate 0.001 --image-shift 1 --image-versions 3",
      goal: 0.99,
    },
  ],
  ["sign-digits-pixels", { features: "pixels" }],
  ["sign-digits-patches", { features: "patches", goal: 0.85 }],
]);
const HIDDEN = { hidden: [256], dropout: 0.3, epochs: 15, learningRate: 0.001 };
/** The penalty is that which 400 kinds choose for themselves. */
const CHOICES = [
  { images: {} },
  { images: { grid: 4 }, l2: 0.0124 },
  { images: { centroids: 800 }, l2: 0.0124 },
  { images: {}, ...HIDDEN },
  { images: { shift: 1, versions: 4 }, ...HIDDEN },
];
const SEEDS = 10;
const TEST_SHARE = 0.2;

const [what, name] = process.argv.slice(2);
if (!existsSync(data)) console.log("skipped: there is no ../shared/data");
else if (what === "train") await train(name);
else if (what === "test") await test(name);
else if (what === "split") await split(name);
else if (what === "choose") await choose();
else if (what === "report") report();
else console.log("say train, test or split with a set, or choose or report");

async function train(set) {
  mkdirSync(cache, { recursive: true });
  const images = `${data}/mnist/train-images-idx3-ubyte.gz`;
  const outputs = ["-o", `${cache}/${set}.safetensors`, "--report", `${cache}/${set}.json`];
  const args = [bin, "train", images, ...SETS.get(set).flags.split(" "), ...outputs];
  const { seconds, megabytes } = await measureProcess({ name: set, command: "node", args });
  const { evaluation, choice, fit } = JSON.parse(readFileSync(`${cache}/${set}.json`, "utf8"));
  const { accuracy, logLoss } = evaluation.metrics;
  keep(set, {
    ...{ seconds, megabytes, encoding: choice.encoding, features: fit.features, l2: choice.l2 },
    judged: { rows: evaluation.rows, accuracy: accuracy.value, logLoss: logLoss.value },
  });
}

async function test(set) {
  const images = `${data}/mnist/t10k-images-idx3-ubyte.gz`;
  const classifier = await loadClassifier(readFileSync(`${cache}/${set}.safetensors`));
  const start = performance.now();
  const { table } = await readTable(images);
  const { metrics } = evaluate(classifier, table, { method: "test images" });
  const seconds = (performance.now() - start) / 1000;
  const found = Object.fromEntries(
    ["logLoss", "accuracy", "macroF1", "auc", "ece"].map((key) => [key, metrics[key].value]),
  );
  countLook("mnist", SETS.get(set).flags, found);
  keep(set, { test: { rows: table.rows, seconds, ...found } });
}

async function split(set) {
  const { table } = await readTable(`${data}/sign-digits`);
  const { features } = SETS.get(set);
  const runs = [];
  const start = performance.now();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { learned, judged } = cut(table, seed);
    const options = { target: "label", ignore: ["file"], images: { features }, seed };
    const { classifier, report } = await trainOnTable(pickTable(table, learned), options);
    const { metrics } = evaluate(classifier, pickTable(table, judged), { method: "split" });
    const { accuracy, logLoss } = metrics;
    runs.push({
      ...{ seed, accuracy: accuracy.value, logLoss: logLoss.value },
      outOfFold: report.evaluation.metrics.accuracy.value,
    });
    console.log(JSON.stringify(runs.at(-1)));
  }
  keep(set, { runs, seconds: (performance.now() - start) / 1000 / SEEDS });
}

async function choose() {
  const { table } = await readTable(`${data}/mnist/train-images-idx3-ubyte.gz`);
  const order = shuffle(
    Int32Array.from({ length: table.rows }, (_, row) => row),
    createRandom(7),
  );
  const [learned, judged] = [order.slice(0, 8000), order.slice(8000, 18_000)].map((rows) =>
    pickTable(table, rows.sort()),
  );
  for (const { images, ...more } of CHOICES) {
    const options = { target: "label", folds: 2, images: { features: "patches", ...images } };
    const { classifier } = await trainOnTable(learned, { ...options, ...more });
    const { accuracy, logLoss } = evaluate(classifier, judged, { method: "set aside" }).metrics;
    console.log(JSON.stringify({ images, ...more }), accuracy.value, logLoss.value);
  }
}

/** A fifth of the rows of each class to judge on, the others to learn from, in the table's order. */
function cut(table, seed) {
  const { codes } = table.columns.find((column) => column.name === "label");
  const random = createRandom(seed);
  const rows = new Map();
  for (const [row, code] of codes.entries()) rows.set(code, [...(rows.get(code) ?? []), row]);
  const judged = new Set();
  for (const own of rows.values()) {
    for (const row of shuffle(own, random).slice(0, own.length * TEST_SHARE)) judged.add(row);
  }
  const all = Int32Array.from(codes.keys());
  return {
    learned: all.filter((row) => !judged.has(row)),
    judged: all.filter((row) => judged.has(row)),
  };
}

/** Adds what was found of a set to what is known of it. */
function keep(set, found) {
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  known[set] = { ...known[set], ...found };
  const lines = Object.entries(known).map(([key, one]) => `  "${key}": ${JSON.stringify(one)}`);
  writeFileSync(file, `{\n${lines.join(",\n")}\n}\n`);
  console.log(JSON.stringify(known[set]));
}

function report() {
  const known = JSON.parse(readFileSync(file, "utf8"));
  const rows = Object.entries(known).map(([set, found]) => rowOf(set, found));
  const head = ["set", "judged on", "accuracy", "log loss", "line", "met", "seconds", "peak MB"];
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.versions.node}, other work beside.`;
  replaceSection("results.md", "images", `${lines.join("\n")}\n\n${machine}`);
  replaceSection("results.md", "looks", looksText());
}

function rowOf(set, { runs, test: tested, judged, seconds, megabytes }) {
  const { goal } = SETS.get(set);
  const spread = runs && meanInterval(runs.map((run) => run.accuracy));
  const accuracy = runs ? spread.mean : (tested ?? judged).accuracy;
  const logLoss = runs
    ? runs.reduce((sum, run) => sum + run.logLoss, 0) / runs.length
    : (tested ?? judged).logLoss;
  const on = runs
    ? `100 photos, ${runs.length} splits`
    : tested
      ? `${tested.rows} test images`
      : `${judged.rows} training images held out`;
  const met = goal === undefined ? "" : accuracy >= goal ? "yes" : "**no**";
  return [
    ...[set, on, number(accuracy), number(logLoss), goal ?? "", met],
    ...[seconds?.toFixed(0) ?? "", megabytes?.toFixed(0) ?? ""],
  ];
}
