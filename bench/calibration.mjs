// Ways of calibrating, judged by cross-fitting on real tables, training rows only; writes docs/results.md.
//   npm run build && node bench/calibration.mjs [set …]
// Raw logits of every row come from a model that was fitted on the other four fifths, with the penalty that `train` chooses. What each
// method makes of them is judged by `calibrate`: fitted on four fifths of these rows, scored on the rest. The fifths are dealt
// anew, by another seed. Results are kept in .cache/calibration; a set that is named is run again, the others only where none is there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { CALIBRATION_METHODS, calibrate, train } from "@softmax/core";
import { readTable } from "softmax";
import { number } from "./intervals.mjs";
import { replaceSection } from "./sections.mjs";
import { allSets, filesOf, here, isPresent } from "./tables/sources.mjs";

const SETS = ["german", "yeast", "bank-full", "car"];
const METHODS = [...CALIBRATION_METHODS, "auto"];
const FOLDS = 5;
const folder = here("../../.cache/calibration/");

const asked = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const name of SETS) {
  const path = `${folder}${name}.json`;
  if (existsSync(path) && !asked.includes(name)) continue;
  const set = allSets.find((one) => one.name === name);
  if (!isPresent(set)) console.log(`${name}: skipped, ${set.file} is not in ../shared/data`);
  else writeFileSync(path, `${JSON.stringify(await resultsOf(set))}\n`);
}
replaceSection("results.md", "calibration", tableText());

async function resultsOf(set) {
  const { logits, y, classes } = await outOfFold(set);
  const results = { rows: y.length, classes: classes.length };
  for (const method of METHODS) {
    const { after, method: chosen } = calibrate(logits, y, { method, seed: 2 });
    results[method] = {
      logLoss: after.logLoss.value,
      ece: after.ece.value,
      perfect: after.eceExpected.value,
      chosen,
    };
    console.log(set.name, method, results[method]);
  }
  return results;
}

/** Logits of every row by a model that never saw it, with class indices in the order of the logits. */
async function outOfFold(set) {
  const { train: file } = filesOf(set);
  const { table } = await readTable(file, { header: set.header ?? "auto" });
  const options = { target: set.target, ignore: set.ignore ?? [], seed: 1 };
  const { classifier, report, folds } = await train(table, options);
  const { classes, target } = classifier;
  const fixed = { linear: report.choice.encoding === "straight lines", l2: report.choice.l2 };
  const labels = table.columns.find((column) => column.name === target);
  const n = table.rows;
  const rows = Array.from({ length: n }, (_, i) => i).filter((i) => labels.codes[i] >= 0);
  const logits = new Array(n);
  for (let fold = 0; fold < FOLDS; fold++) {
    const part = rows.map((_, at) => (folds[at] < 0 ? at % FOLDS : folds[at]));
    const [own, others] = [true, false].map((is) =>
      rows.filter((_, at) => (part[at] === fold) === is),
    );
    const { classifier: fitted } = await train(pick(table, others), {
      ...{ ...options, ...fixed, folds: 2, calibration: "none" },
    });
    const Z = fitted.logits(pick(table, own));
    own.forEach((row, at) => {
      logits[row] = classes.map((label) => Z[at][fitted.classes.indexOf(label)]);
    });
  }
  const y = rows.map((i) => classes.indexOf(labels.dictionary[labels.codes[i]].trim()));
  return { logits: rows.map((i) => logits[i]), y, classes };
}

function pick(table, rows) {
  const columns = table.columns.map((column) =>
    column.kind === "number"
      ? { ...column, values: Float64Array.from(rows, (i) => column.values[i]) }
      : { ...column, codes: Int32Array.from(rows, (i) => column.codes[i]) },
  );
  return { ...table, rows: rows.length, columns };
}

function tableText() {
  const results = SETS.filter((name) => existsSync(`${folder}${name}.json`)).map((name) => [
    name,
    JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")),
  ]);
  const head = results.map(
    ([name, { rows, classes }]) => `${name} (${rows} rows, ${classes} classes)`,
  );
  const line = (method) => {
    const cells = results.map(([, own]) => {
      const { logLoss, ece, chosen } = own[method];
      const what = method === "auto" ? ` (${chosen})` : "";
      return `${number(logLoss)}, ${number(ece)}${what}`;
    });
    return `| ${method} | ${cells.join(" | ")} |`;
  };
  const perfect = results.map(([, { none }]) => `ECE ${number(none.perfect)}`);
  return [
    `| log loss, ECE | ${head.join(" | ")} |`,
    `|---|${results.map(() => "---|").join("")}`,
    ...METHODS.map(line),
    `| were "none" calibrated | ${perfect.join(" | ")} |`,
  ].join("\n");
}
