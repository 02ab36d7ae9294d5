// The data that contestants share, as plain binary files that JavaScript and Python read alike (little-endian).
// A set is a folder: meta.json { rows, testRows, width, classes, sparse }, and for training and test rows ("test-…"):
// y.i32 and either X.f32 (row-major) or starts.i32, columns.i32, values.f64.
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from "node:fs";
import { gunzipSync } from "node:zlib";
import { createRandom } from "../../packages/core/dist/index.js";
import { dataFolder } from "../tables/sources.mjs";
import { cacheFolder } from "./setup.mjs";

const SETS = {
  mnist: { source: "mnist", make: makeMnist },
  digits: { source: "digits", make: () => makeTable("digits/digits.csv.gz", 64) },
  iris: { source: "iris", make: () => makeTable("iris/iris.csv", 4) },
  "r8-like": {
    make: () => makeSparse({ rows: 5485, testRows: 2189, words: 17_000, perRow: 53, classes: 8 }),
  },
  "hashed-100k": {
    make: () =>
      makeSparse({ rows: 100_000, testRows: 20_000, words: 400_000, perRow: 68, classes: 2 }),
  },
};

/** The folder of a set, made if it is not there; null where its source is absent. */
export function setFolder(name) {
  const folder = `${cacheFolder}sets/${name}/`;
  if (existsSync(`${folder}meta.json`)) return folder;
  const { source, make } = SETS[name];
  if (source !== undefined && !existsSync(dataFolder + source)) return null;
  mkdirSync(folder, { recursive: true });
  const { meta, files } = make();
  for (const [file, array] of Object.entries(files)) writeFileSync(folder + file, bytesOf(array));
  writeFileSync(`${folder}meta.json`, JSON.stringify(meta));
  return folder;
}

const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** A set's rows, "train" or "test": { X: Matrix, y }. `allocate` gives the arrays that X is read into. */
export function readSet(folder, part, { wide = false, allocate = heap } = {}) {
  const meta = readMeta(folder);
  const prefix = folder + (part === "test" ? "test-" : "");
  const y = readInto(`${prefix}y.i32`, (n) => new Int32Array(n));
  const rows = y.length;
  if (!meta.sparse) {
    const given = readInto(`${prefix}X.f32`, wide ? heap.f32 : allocate.f32);
    const data = wide ? allocate.f64(given.length) : given;
    if (wide) data.set(given);
    return { y, X: { rows, dense: { width: meta.width, data }, codes: null, csr: null } };
  }
  const given = readInto(`${prefix}values.f64`, wide ? allocate.f64 : heap.f64);
  const values = wide ? given : allocate.f32(given.length);
  if (!wide) values.set(given);
  const csr = {
    width: meta.width,
    starts: readInto(`${prefix}starts.i32`, allocate.i32),
    columns: readInto(`${prefix}columns.i32`, allocate.i32),
    values,
  };
  return { y, X: { rows, dense: null, codes: null, csr } };
}

export const readMeta = (folder) => JSON.parse(readFileSync(`${folder}meta.json`, "utf8"));

const heap = {
  f32: (length) => new Float32Array(length),
  f64: (length) => new Float64Array(length),
  i32: (length) => new Int32Array(length),
};

/** Reads a file straight into the array that `create` makes: no second copy in memory. */
export function readInto(path, create) {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const array = create(size / create(0).BYTES_PER_ELEMENT);
    const bytes = bytesOf(array);
    for (let at = 0; at < size; ) at += readSync(file, bytes, at, size - at, at);
    return array;
  } finally {
    closeSync(file);
  }
}

function makeMnist() {
  const read = (name) => gunzipSync(readFileSync(`${dataFolder}mnist/${name}-ubyte.gz`));
  const images = (name) =>
    Float32Array.from(read(`${name}-images-idx3`).subarray(16), (v) => v / 255);
  const labels = (name) => Int32Array.from(read(`${name}-labels-idx1`).subarray(8));
  const files = {
    "X.f32": images("train"),
    "y.i32": labels("train"),
    "test-X.f32": images("t10k"),
    "test-y.i32": labels("t10k"),
  };
  return {
    meta: { rows: 60_000, testRows: 10_000, width: 784, classes: 10, sparse: false },
    files,
  };
}

/** Numeric columns, the last one the label; no test rows: these are judged by folds. */
function makeTable(file, width) {
  const bytes = readFileSync(dataFolder + file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const cells = text
    .split(/\r?\n/)
    .filter(Boolean)
    .map((line) => line.split(","));
  const rows = cells.filter((row) => Number.isFinite(Number(row[0])));
  const names = [...new Set(rows.map((row) => row[width]))].sort();
  const files = {
    "X.f32": Float32Array.from(
      rows.flatMap((row) => row.slice(0, width)),
      Number,
    ),
    "y.i32": Int32Array.from(rows, (row) => names.indexOf(row[width])),
  };
  const meta = { rows: rows.length, testRows: 0, width, classes: names.length, sparse: false };
  return { meta, files };
}

const HASHED = 2 ** 18;

/**
 * Rows of words hashed to 2^18 columns: words as frequent as 1/rank, weighted by ln(2 + rank), rows of unit length. Labels
 * are drawn from a softmax in which every word counts alike, frequent or rare, so that the best possible loss is not 0.
 */
function makeSparse({ rows, testRows, words, perRow, classes }) {
  const random = createRandom(3);
  const outputs = classes === 2 ? 1 : classes;
  const columnOf = Int32Array.from({ length: words }, () => random.below(HASHED));
  const truth = new Float64Array(HASHED * outputs);
  columnOf.forEach((column, rank) => {
    for (let c = 0; c < outputs; c++) {
      truth[column * outputs + c] = (30 * normal(random)) / Math.log(2 + rank);
    }
  });
  const part = (n) => sparsePart({ n, random, columnOf, truth, outputs, words, perRow });
  const prefixed = Object.entries(part(testRows)).map(([name, array]) => [`test-${name}`, array]);
  const meta = { rows, testRows, width: HASHED, classes, sparse: true };
  return { meta, files: { ...part(rows), ...Object.fromEntries(prefixed) } };
}

function sparsePart({ n, random, columnOf, truth, outputs, words, perRow }) {
  const starts = new Int32Array(n + 1);
  const columns = [];
  const values = [];
  const y = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const row = sparseRow({ random, columnOf, words, perRow });
    y[i] = draw(random, row, truth, outputs);
    for (const [column, value] of row) {
      columns.push(column);
      values.push(value);
    }
    starts[i + 1] = columns.length;
  }
  return {
    "starts.i32": starts,
    "columns.i32": Int32Array.from(columns),
    "values.f64": Float64Array.from(values, Math.fround),
    "y.i32": y,
  };
}

/** Between half and one and a half times `perRow` words; [column, value] by rising column. */
function sparseRow({ random, columnOf, words, perRow }) {
  const length = Math.floor(perRow * (0.5 + random.uniform()));
  const row = new Map();
  for (let t = 0; t < length; t++) {
    const rank = Math.floor(words ** random.uniform()) - 1;
    const column = columnOf[rank];
    row.set(column, (row.get(column) ?? 0) + Math.log(2 + rank));
  }
  const norm = Math.hypot(...row.values());
  return [...row].map(([column, value]) => [column, value / norm]).sort((a, b) => a[0] - b[0]);
}

/** A class from the softmax of the row's true logits. */
function draw(random, row, truth, outputs) {
  const z = new Float64Array(Math.max(outputs, 2));
  for (const [column, value] of row) {
    if (outputs === 1) z[1] += value * truth[column];
    else for (let c = 0; c < outputs; c++) z[c] += value * truth[column * outputs + c];
  }
  const largest = Math.max(...z);
  const odds = z.map((v) => Math.exp(v - largest));
  let left = random.uniform() * odds.reduce((a, b) => a + b);
  return Math.max(
    0,
    odds.findIndex((p) => (left -= p) <= 0),
  );
}

export function normal(random) {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
}
