// The tables of bench/hidden/run.mjs: columns of numbers, some of which are names of levels, and a class a row.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { imageColumn } from "@softmax/core";
import { dataFolder } from "../tables/sources.mjs";

/** Columns of adult that are numbers; the others are words, which become the numbers of their places. */
const ADULT_NUMBERS = [0, 2, 4, 10, 11, 12];

const unpacked = (file) => gunzipSync(readFileSync(dataFolder + file));

/** Rows of cells, the header first. */
const linesOf = (file) =>
  unpacked(file)
    .toString("latin1")
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => line.replaceAll('"', "").split(","));

/**
 * What each set is, what ours is asked for, and for how many epochs the rivals learn. Chosen on training rows alone, by losses out of fold.
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
    rivalEpochs: 30,
  },
  "poker-hand": {
    source: "poker-hand",
    read() {
      const [header, ...rows] = linesOf("poker-hand/poker-hand-training-true.data.gz");
      return { train: tableOf(header.slice(0, 10), rows, (row) => row[10], 0), test: null };
    },
    levels: ["S1", "R1", "S2", "R2", "S3", "R3", "S4", "R4", "S5", "R5"],
    ours: { hidden: [128, 64], activation: "tanh", epochs: 60, folds: 3 },
    rivalEpochs: 60,
  },
  adult: {
    source: "adult",
    read() {
      const [rows, tested] = ["data", "test"].map((part) =>
        linesOf(`adult/adult.${part}.gz`)
          .map((row) => row.map((cell) => cell.trim()))
          .filter((row) => row.length === 15),
      );
      const names = rows[0].slice(0, 14).map((_, j) => `c${j}`);
      const known = names.map((_, j) => [...new Set(rows.map((row) => row[j]))].sort());
      const numbered = (cell, j) =>
        j === 14 || ADULT_NUMBERS.includes(j) ? cell : known[j].indexOf(cell);
      const part = (own) =>
        tableOf(
          names,
          own.map((row) => row.map(numbered)),
          (row) => row[14].replace(".", ""),
          0,
        );
      return { train: part(rows), test: part(tested) };
    },
    levels: ["c1", "c3", "c5", "c6", "c7", "c8", "c9", "c13"],
    ours: { hidden: [64], dropout: 0.3, folds: 5 },
    rivalEpochs: 20,
  },
  mnist: {
    source: "mnist",
    read: () => ({ train: images("train", 60_000), test: images("t10k", 10_000) }),
    levels: [],
    rivalDivisor: 255,
    ours: {
      ...{ hidden: [512], dropout: 0.3, epochs: 15, learningRate: 0.001, folds: 5 },
      images: { features: "pixels" },
    },
    rivalEpochs: 15,
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
    pictures: Array.from({ length: rows }, (_, i) => ({
      ...{ width: 28, height: 28, channels: 1 },
      data: pixels.subarray(784 * i, 784 * (i + 1)),
    })),
  };
}

/** The same as a Table of Softmax, with the label in column "label"; pixels as one column of images. */
export function softmaxTable({ names, X, labels, pictures }) {
  const d = names.length;
  const dictionary = [...new Set(labels)];
  const position = new Map(dictionary.map((label, c) => [label, c]));
  return {
    rows: labels.length,
    decimal: ".",
    ...(pictures === undefined ? {} : { images: [imageColumn("pixels", pictures)] }),
    columns: [
      ...(pictures === undefined ? names : []).map((name, j) => ({
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

/**
 * What the rivals learn from, as they would prepare it: levels one-hot, all else less its mean and by its deviation, both of the
 * training rows, or by a divisor that is given. Returns { width, train, test } of float32 rows.
 */
export function encodedForRivals({ train, test }, { levels, rivalDivisor }) {
  const d = train.names.length;
  const columns = train.names.map((name, j) => {
    if (rivalDivisor !== undefined) return { j, mean: 0, deviation: rivalDivisor };
    const values = train.labels.map((_, i) => train.X[i * d + j]);
    if (levels.includes(name)) return { j, levels: [...new Set(values)].sort((a, b) => a - b) };
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    return { j, mean, deviation: Math.sqrt(variance) || 1 };
  });
  const width = columns.reduce((sum, column) => sum + (column.levels?.length ?? 1), 0);
  const rowsOf = ({ X, labels }) => {
    const encoded = new Float32Array(labels.length * width);
    for (let i = 0; i < labels.length; i++) {
      let at = i * width;
      for (const { j, levels: own, mean, deviation } of columns) {
        const x = X[i * d + j];
        if (own === undefined) encoded[at] = (x - mean) / deviation;
        else if (own.includes(x)) encoded[at + own.indexOf(x)] = 1;
        at += own?.length ?? 1;
      }
    }
    return encoded;
  };
  return { width, train: rowsOf(train), test: test && rowsOf(test) };
}
