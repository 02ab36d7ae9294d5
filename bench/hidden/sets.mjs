// The tables of bench/hidden/run.mjs: columns of numbers, some of which are names of levels, and a class a row.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { dataFolder } from "../tables/sources.mjs";

const unpacked = (file) => gunzipSync(readFileSync(dataFolder + file));

/** Rows of cells, the header first. */
const linesOf = (file) =>
  unpacked(file)
    .toString("latin1")
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => line.replaceAll('"', "").split(","));

/**
 * What each set is, what ours is asked for and what scikit-learn is. Chosen on training rows alone, by losses out of fold.
 * `levels`: numbers that are names.
 */
export const SETS = {
  letter: {
    source: "letter",
    read() {
      const [header, ...rows] = linesOf("letter/LetterRecognition.csv.gz");
      const part = (own) => tableOf(header.slice(1), own, (row) => row[0], 1);
      return { train: part(rows.slice(0, 16_000)), test: part(rows.slice(16_000)) };
    },
    levels: [],
    ours: { hidden: [256, 128], epochs: 30, linear: true, folds: 3 },
    theirs: { hidden_layer_sizes: [256, 128], max_iter: 30 },
  },
  "poker-hand": {
    source: "poker-hand",
    read() {
      const [header, ...rows] = linesOf("poker-hand/poker-hand-training-true.data.gz");
      return { train: tableOf(header.slice(0, 10), rows, (row) => row[10], 0), test: null };
    },
    levels: ["S1", "R1", "S2", "R2", "S3", "R3", "S4", "R4", "S5", "R5"],
    ours: { hidden: [128, 64], activation: "tanh", epochs: 60, folds: 3 },
    theirs: { hidden_layer_sizes: [128, 64], activation: "tanh", max_iter: 60 },
  },
  mnist: {
    source: "mnist",
    read: () => ({ train: images("train", 60_000), test: images("t10k", 10_000) }),
    levels: [],
    ours: { hidden: [512], dropout: 0.3, epochs: 15, learningRate: 0.001, linear: true, folds: 5 },
    theirs: { hidden_layer_sizes: [512], max_iter: 15 },
  },
};

/** Numbers by row, and a label a row. */
function tableOf(names, rows, labelOf, first) {
  const X = new Float32Array(rows.length * names.length);
  rows.forEach((row, i) => {
    names.forEach((_, j) => (X[i * names.length + j] = Number(row[first + j])));
  });
  return { names, X, labels: rows.map(labelOf) };
}

function images(part, rows) {
  const pixels = unpacked(`mnist/${part}-images-idx3-ubyte.gz`).subarray(16);
  const labels = unpacked(`mnist/${part}-labels-idx1-ubyte.gz`).subarray(8);
  const names = Array.from({ length: 784 }, (_, j) => `p${j}`);
  return {
    names,
    X: Float32Array.from(pixels),
    labels: Array.from(labels.subarray(0, rows), String),
  };
}

/** The same as a Table of Softmax, with the label in column "label". */
export function softmaxTable({ names, X, labels }) {
  const d = names.length;
  const dictionary = [...new Set(labels)];
  const position = new Map(dictionary.map((label, c) => [label, c]));
  return {
    rows: labels.length,
    decimal: ".",
    columns: [
      ...names.map((name, j) => ({
        kind: "number",
        name,
        values: Float64Array.from(labels, (_, i) => X[i * d + j]),
      })),
      {
        kind: "text",
        name: "label",
        codes: Int32Array.from(labels, (label) => position.get(label)),
        dictionary,
      },
    ],
  };
}
