// Coverage of prediction sets on real tables: one training on half of the rows, then 200 random splits of the other half into rows
// that give the quantile and rows that are scored. By exchangeability the mean is ⌈(n + 1)(1 − α)⌉/(n + 1), but for ties and for
// the most probable label, which is always in.
//   node bench/decisions/coverage.mjs
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  chooseRegularisation,
  createRandom,
  fitSets,
  labelsOf,
  pickTable,
  readTable,
  setsOf,
  shuffle,
  train,
} from "softmax";
import { replaceSection } from "../sections.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const data = here("../../../shared/data/");
const SETS = [
  {
    name: "yeast",
    file: "yeast/yeast.data",
    target: "location",
    ignore: ["SpAccNr"],
    coverage: 0.9,
  },
  { name: "german", file: "german-credit/german.csv", target: -1, header: "no", coverage: 0.9 },
  { name: "digits", file: "digits/digits.csv.gz", target: -1, header: "no", coverage: 0.99 },
];
const WAYS = ["lac", "aps", "raps", "lac, per class"];
const SPLITS = 200;

const lines = [];
for (const set of SETS) {
  if (existsSync(data + set.file)) lines.push(...(await linesOf(set)));
  else console.log(`${set.name}: skipped, ${set.file} is not in ../shared/data`);
}
const text = [
  "| set | classes | goal | method | expected | coverage, mean of 200 splits | standard error | within 3 | labels a set | least covered class |",
  "|---|---|---|---|---|---|---|---|---|---|",
  ...lines,
].join("\n");
console.log(text);
replaceSection("results.md", "coverage", text);

async function linesOf({ name, file, target, header = "auto", ignore = [], coverage }) {
  const { table } = await readTable(data + file, { header });
  const random = createRandom(1);
  const order = shuffle(
    Int32Array.from({ length: table.rows }, (_, i) => i),
    random,
  );
  const half = Math.floor(order.length / 2);
  const given = { target, ignore, linear: true, l2: 0.01 };
  const { classifier } = await train(rowsOf(table, order.slice(0, half)), given);
  const k = classifier.classes.length;
  const all = pickTable(table, order.slice(half));
  const known = labelsOf(all, classifier.model.schema).y;
  const rest = pickTable(
    all,
    Int32Array.from(known.keys()).filter((i) => known[i] >= 0),
  );
  const { y } = labelsOf(rest, classifier.model.schema);
  const P = classifier.probabilities(rest);
  const flat = (rows) => Float64Array.from(rows.flatMap((i) => [...P[i]]));
  return WAYS.map((way) => {
    const [method, perClass] = [way.split(",")[0], way.includes("per class")];
    const found = { covered: [], sizes: [], hits: new Float64Array(k), rows: new Float64Array(k) };
    let expected = 0;
    for (let split = 0; split < SPLITS; split++) {
      const rows = shuffle(Int32Array.from(y.keys()), random);
      const third = method === "raps" ? Math.floor(rows.length / 5) : 0;
      const cut = third + Math.floor((rows.length - third) / 2);
      const [first, own, judged] = [rows.slice(0, third), rows.slice(third, cut), rows.slice(cut)];
      const labels = (some) => Int32Array.from(some, (i) => y[i]);
      const score =
        method === "raps"
          ? chooseRegularisation(flat([...first]), labels(first), k, coverage)
          : { method };
      const sets = fitSets(score, flat([...own]), labels(own), k, coverage, perClass);
      const inside = setsOf(sets, flat([...judged]), k);
      expected = Math.ceil((own.length + 1) * coverage - 1e-9) / (own.length + 1);
      let hits = 0;
      judged.forEach((row, at) => {
        found.rows[y[row]]++;
        found.hits[y[row]] += inside[at * k + y[row]];
        hits += inside[at * k + y[row]];
      });
      found.covered.push(hits / judged.length);
      found.sizes.push(inside.reduce((a, b) => a + b, 0) / judged.length);
    }
    return lineOf(name, k, coverage, way, expected, found, perClass);
  });
}

/** A table whose rows are those picked; `train` takes a table's rows as objects. */
function rowsOf(table, rows) {
  const picked = pickTable(table, rows);
  return Array.from({ length: picked.rows }, (_, i) =>
    Object.fromEntries(
      picked.columns.map((column) => [
        column.name,
        column.kind === "number" ? column.values[i] : (column.dictionary[column.codes[i]] ?? null),
      ]),
    ),
  );
}

function lineOf(name, k, coverage, way, expected, { covered, sizes, hits, rows }, perClass) {
  const centre = mean(covered);
  const deviation = Math.sqrt(
    covered.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (SPLITS - 1),
  );
  const error = deviation / Math.sqrt(SPLITS);
  // Per class the quantiles of small classes let every label in, which covers more than was asked for.
  const within = perClass
    ? centre >= coverage - 3 * error
    : Math.abs(centre - expected) <= 3 * error;
  const least = Math.min(...Array.from(hits, (h, c) => (rows[c] > 0 ? h / rows[c] : 1)));
  const words = within ? "yes" : centre > expected ? "more" : "**no**";
  return `| ${name} | ${k} | ${coverage} | ${way} | ${expected.toFixed(4)} | ${centre.toFixed(4)} | ${error.toFixed(4)} | ${words} | ${mean(sizes).toFixed(2)} | ${least.toFixed(3)} |`;
}

function mean(values) {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
