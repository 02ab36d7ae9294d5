// Class weights, focal loss and logit adjustment on tables with rare classes, at three penalties each: what they do to log loss,
// recall of the rare classes and calibration.
//   npm run build && node bench/tables/imbalance.mjs [set …] [--print]
// A fifth of the rows, drawn by seed 1, is judged and takes no part in training. Writes its section of docs/results.md.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  Classifier,
  createRandom,
  evaluate,
  pairedDifference,
  rowLosses,
  shuffle,
  train,
  withPrior,
} from "@softmax/core";
import { readTable } from "softmax";
import { replaceSection } from "../sections.mjs";
import { dataFolder } from "./sources.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { print: { type: "boolean" } },
});

/** Rare: a share below this. */
const RARE = 0.15;
const SETS = [
  {
    name: "bank-marketing",
    file: "bank-marketing/bank-full.csv.gz",
    options: { target: "y" },
    penalties: [1e-1, 1e-2, 1e-4],
  },
  {
    name: "sms-spam",
    file: "sms-spam/SMSSpamCollection",
    options: {
      target: "label",
      text: ["text"],
      missing: [],
      texts: { words: [1, 2], characters: null, weights: "tf-idf" },
    },
    penalties: [1e-3, 1e-4, 1e-5],
  },
  {
    name: "shuttle",
    file: "shuttle/shuttle.csv.gz",
    first: 43_500,
    options: { target: "Class" },
    rare: 0.01,
    penalties: [1e-1, 1e-2, 1e-4],
  },
];

const WAYS = ["plain", "weighted", "weighted, corrected", "focal", "focal, corrected", "adjusted"];
async function tableOf(set) {
  const { table } = await readTable(dataFolder + set.file);
  const order = shuffle(
    Int32Array.from({ length: Math.min(table.rows, set.first ?? table.rows) }, (_, i) => i),
    createRandom(1),
  );
  const cut = Math.floor(order.length / 5);
  const [judged, learned] = [order.slice(0, cut), order.slice(cut)].map((rows) =>
    rowsOf(table, rows.sort()),
  );
  const lines = [];
  for (const l2 of set.penalties) {
    const results = await waysOf(set, learned, judged, l2);
    const plain = results.get("plain");
    for (const way of WAYS) lines.push(lineOf(l2, way, results.get(way), plain));
    console.error(`${set.name}, λ = ${l2}`);
  }
  return [
    `**${set.name}**: ${learned.rows} rows learned from, ${judged.rows} judged`,
    "",
    "| λ | way | log loss | beside plain | recall of the rare | precision | ECE | by perfect calibration |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

/** How every way does on the judged rows. */
async function waysOf(set, learned, judged, l2) {
  const fitted = async (more) => (await train(learned, { ...set.options, l2, ...more })).classifier;
  const [plain, weighted, focal] = [
    await fitted({}),
    await fitted({ classWeights: "balanced" }),
    await fitted({ loss: "focal" }),
  ];
  const classifiers = new Map([
    ["plain", plain],
    ["weighted", uncorrected(weighted)],
    ["weighted, corrected", weighted],
    ["focal", uncorrected(focal)],
    ["focal, corrected", focal],
    ["adjusted", withPrior(plain, "uniform")],
  ]);
  return new Map(
    [...classifiers].map(([way, classifier]) => [way, resultOf(set, classifier, judged)]),
  );
}

/** As its weights alone would have it. */
const uncorrected = ({ model }) =>
  new Classifier({ ...model, calibrator: { temperature: 1, shifts: null } });

function resultOf({ options: { target }, rare = RARE }, classifier, judged) {
  const { metrics } = evaluate(classifier, judged);
  const column = judged.columns.find(({ name }) => name === target);
  const labels = classifier.classes;
  const y = Int32Array.from({ length: judged.rows }, (_, i) => labels.indexOf(cellOf(column, i)));
  const Z = Float64Array.from(classifier.logits(judged).flatMap((z) => [...z]));
  const shares = classifier.model.shares;
  const total = shares.reduce((a, b) => a + b, 0);
  const ofRare = metrics.perClass.filter((own, c) => shares[c] / total < rare && own.rows > 0);
  const mean = (key) => ofRare.reduce((sum, own) => sum + own[key], 0) / ofRare.length;
  return {
    losses: rowLosses(Z, y, y.length, labels.length),
    metrics,
    recall: mean("recall"),
    precision: mean("precision"),
  };
}

const cellOf = (column, i) =>
  column.kind === "text" ? column.dictionary[column.codes[i]] : String(column.values[i]);

function lineOf(l2, way, { losses, metrics, recall, precision }, plain) {
  const { mean, standardError } = pairedDifference(losses, plain.losses);
  const base = plain.metrics.logLoss.value;
  const beside =
    way === "plain"
      ? ""
      : `${signed((100 * mean) / base)} ± ${((100 * standardError) / base).toFixed(1)} %`;
  const { logLoss, ece, eceExpected } = metrics;
  const numbers = [logLoss.value.toFixed(4), beside, recall.toFixed(3), precision.toFixed(3)];
  return `| ${[l2, way, ...numbers, ece.value.toFixed(4), eceExpected.value.toFixed(4)].join(" | ")} |`;
}

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;

function rowsOf(table, rows) {
  const columns = table.columns.map((column) =>
    column.kind === "number"
      ? { ...column, values: Float64Array.from(rows, (i) => column.values[i]) }
      : { ...column, codes: Int32Array.from(rows, (i) => column.codes[i]) },
  );
  return { ...table, rows: rows.length, columns };
}

const chosen = SETS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const parts = [];
for (const set of chosen) {
  if (!existsSync(dataFolder + set.file))
    console.log(`${set.name}: skipped, ${set.file} is absent`);
  else parts.push(await tableOf(set));
}
const text = parts.join("\n\n");
console.log(text);
if (!options.print && parts.length === SETS.length) replaceSection("results.md", "imbalance", text);
