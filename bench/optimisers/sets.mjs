// The training rows of real tables as a Matrix: numeric columns scaled to unit deviation about 0, categories as codes,
// words as hashed counts. Never test rows.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { dataFolder } from "../tables/sources.mjs";

/** File, column of the label, separator, header lines, rows that train. */
const TABLES = {
  iris: ["iris/iris.csv", -1, ",", 1],
  german: ["german-credit/german.csv", -1, ",", 0],
  digits: ["digits/digits.csv.gz", -1, ",", 0],
  letter: ["letter/LetterRecognition.csv.gz", 0, ",", 1, 16_000],
  adult: ["adult/adult.data.gz", -1, ",", 0],
  shuttle: ["shuttle/shuttle.csv.gz", -1, ",", 1, 43_500],
  skin: ["skin/Skin_NonSkin.txt.gz", -1, "\t", 0],
};

export const NAMES = [...Object.keys(TABLES), "mnist", "r8"];

export function readSet(name) {
  if (name === "mnist") return mnist();
  return name === "r8" ? words("reuters-r8/train.txt.gz") : table(...TABLES[name]);
}

export const isThere = (name) =>
  existsSync(dataFolder + (TABLES[name]?.[0] ?? (name === "r8" ? "reuters-r8" : "mnist")));

function textOf(file) {
  const bytes = readFileSync(dataFolder + file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
}

const linesOf = (file) =>
  textOf(file)
    .split(/\r?\n/)
    .filter((line) => line !== "");

function table(file, label, separator, header, rows) {
  const cells = linesOf(file)
    .slice(header)
    .slice(0, rows)
    .map((line) => line.split(separator).map((cell) => cell.replaceAll('"', "").trim()));
  const labels = cells.map((row) => row.splice(label, 1)[0]);
  const isNumber = (j) => cells.every((row) => row[j] !== "" && Number.isFinite(Number(row[j])));
  const columns = [...cells[0].keys()];
  const X = {
    rows: cells.length,
    dense: denseOf(cells, columns.filter(isNumber)),
    codes: codesOf(
      cells,
      columns.filter((j) => !isNumber(j)),
    ),
    csr: null,
  };
  return { X, ...classesOf(labels) };
}

function denseOf(cells, columns) {
  if (columns.length === 0) return null;
  const width = columns.length;
  const data = new Float64Array(cells.length * width);
  columns.forEach((j, at) => {
    const values = cells.map((row) => Number(row[j]));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    const scale = Math.sqrt(variance) || 1;
    values.forEach((x, i) => {
      data[i * width + at] = (x - mean) / scale;
    });
  });
  return { width, data };
}

function codesOf(cells, columns) {
  if (columns.length === 0) return null;
  const perRow = columns.length;
  const data = new Int32Array(cells.length * perRow);
  let width = 0;
  columns.forEach((j, at) => {
    const levels = [...new Set(cells.map((row) => row[j]))].sort((a, b) => (a < b ? -1 : 1));
    const position = new Map(levels.map((level, l) => [level, width + l]));
    cells.forEach((row, i) => {
      data[i * perRow + at] = position.get(row[j]);
    });
    width += levels.length;
  });
  return { width, perRow, data };
}

function classesOf(labels) {
  const classes = [...new Set(labels)].sort((a, b) => (a < b ? -1 : 1));
  return { y: Int32Array.from(labels, (label) => classes.indexOf(label)), k: classes.length };
}

/** Pixels / 255 in float32. */
function mnist() {
  const read = (file) => gunzipSync(readFileSync(`${dataFolder}mnist/${file}`));
  const pixels = read("train-images-idx3-ubyte.gz").subarray(16);
  const data = Float32Array.from(pixels, (value) => value / 255);
  const y = Int32Array.from(read("train-labels-idx1-ubyte.gz").subarray(8));
  return { X: { rows: y.length, dense: { width: 784, data }, codes: null, csr: null }, y, k: 10 };
}

const HASHED_WIDTH = 2 ** 18;

/** Words of a line hashed to 2^18 columns (FNV-1a), 1 + log count, rows of length 1. */
function words(file) {
  const starts = [0];
  const columns = [];
  const values = [];
  const labels = [];
  for (const line of linesOf(file)) {
    const [label, text] = line.split("\t");
    labels.push(label);
    const counts = new Map();
    for (const word of text.split(/\s+/)) {
      const column = hashOf(word) % HASHED_WIDTH;
      counts.set(column, (counts.get(column) ?? 0) + 1);
    }
    const entries = [...counts].sort(([a], [b]) => a - b).map(([j, n]) => [j, 1 + Math.log(n)]);
    const length = Math.sqrt(entries.reduce((sum, [, x]) => sum + x * x, 0));
    for (const [j, x] of entries) {
      columns.push(j);
      values.push(x / length);
    }
    starts.push(columns.length);
  }
  const csr = {
    width: HASHED_WIDTH,
    starts: Int32Array.from(starts),
    columns: Int32Array.from(columns),
    values: Float64Array.from(values),
  };
  return { X: { rows: labels.length, dense: null, codes: null, csr }, ...classesOf(labels) };
}

function hashOf(word) {
  let hash = 2166136261;
  for (let i = 0; i < word.length; i++) {
    hash = Math.imul(hash ^ word.charCodeAt(i), 16777619);
  }
  return hash >>> 0;
}
