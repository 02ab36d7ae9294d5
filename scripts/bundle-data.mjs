// Makes the tables in packages/softmax/data from the packages that hold them:
//
//   apt-get download python3-sklearn python3-statsmodels && npm pack vega-datasets@3.2.1
//   for f in python3-*.deb; do dpkg -x "$f" packages; done && tar -xzf vega-datasets-3.2.1.tgz -C packages
//   node scripts/bundle-data.mjs packages
//
// The same packages give the same bytes. Rows keep their order; columns get names, and codes of classes their words.
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";

const from = process.argv[2];
if (from === undefined) throw new Error("usage: node scripts/bundle-data.mjs FOLDER");
const python = `${from}/usr/lib/python3/dist-packages`;
const to = new URL("../packages/softmax/data/", import.meta.url);

const lines = (text) => text.split(/\r?\n/).filter((line) => line !== "");
const read = (path) => {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
};
const field = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const csv = (rows) => rows.map((row) => `${row.map(field).join(",")}\n`).join("");

/** scikit-learn writes the counts and the class names first, and the class as the last column's code. */
function iris() {
  const [first, ...rest] = lines(read(`${python}/sklearn/datasets/data/iris.csv`));
  const classes = first.split(",").slice(2);
  const header = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"];
  const rows = rest.map((line) => line.split(","));
  return csv([header, ...rows.map((row) => [...row.slice(0, 4), classes[Number(row[4])]])]);
}

const missing = (value) => (value === null || value === "." ? "" : String(value));

/** One sex is ".", which is no sex: missing, as in the original's later releases. */
function penguins() {
  const rows = JSON.parse(read(`${from}/package/data/penguins.json`));
  const columns = [
    ["species", "Species"],
    ["island", "Island"],
    ["bill_length_mm", "Beak Length (mm)"],
    ["bill_depth_mm", "Beak Depth (mm)"],
    ["flipper_length_mm", "Flipper Length (mm)"],
    ["body_mass_g", "Body Mass (g)"],
    ["sex", "Sex"],
  ];
  const cells = rows.map((row) => columns.map(([, name]) => missing(row[name])));
  return csv([columns.map(([name]) => name), ...cells]);
}

/** 8×8 images, row by row, ink 0…16; the class is the last column. */
function digits() {
  const rows = lines(read(`${python}/sklearn/datasets/data/digits.csv.gz`));
  const pixels = Array.from({ length: 64 }, (_, i) => `pixel_${Math.floor(i / 8)}_${i % 8}`);
  const cells = rows.map((line) => line.split(",").map((value) => String(Number(value))));
  return csv([[...pixels, "digit"], ...cells]);
}

/** Cells of one line of ARFF: quoted, or plain up to the comma; `?` is missing. */
function arffCells(line) {
  const cells = [...line.matchAll(/(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:,|$)/g)];
  return cells.map(([, quoted, plain]) => quoted ?? (plain === "?" ? "" : plain));
}

/** Without the columns that name people, or tell the outcome (boat, body) or nearly nothing else (ticket, cabin, home). */
function titanic() {
  const folder = `${python}/sklearn/datasets/tests/data/openml/id_40945`;
  const text = lines(read(`${folder}/data-v1-dl-16826755.arff.gz`));
  const start = text.findIndex((line) => /^@data/i.test(line));
  const names = text
    .slice(0, start)
    .flatMap((line) => /^@attribute '([^']+)'/i.exec(line)?.[1] ?? []);
  const kept = ["pclass", "sex", "age", "sibsp", "parch", "fare", "embarked", "survived"];
  const word = (name, value) => (name === "survived" ? ["no", "yes"][Number(value)] : value);
  const rows = text.slice(start + 1).map(arffCells);
  return csv([
    kept,
    ...rows.map((row) => kept.map((name) => word(name, row[names.indexOf(name)]))),
  ]);
}

function anes96() {
  const text = lines(read(`${python}/statsmodels/datasets/anes96/anes96.csv`));
  return csv(text.map((line) => line.split("\t").map((cell) => cell.replaceAll("'", ""))));
}

const tables = { iris, penguins, titanic, anes96 };
for (const [name, make] of Object.entries(tables)) {
  writeFileSync(new URL(`${name}.csv`, to), make());
}
writeFileSync(new URL("digits.csv.gz", to), gzipSync(digits(), { level: 9 }));
