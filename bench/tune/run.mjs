// `train` by default, `train --tune` and, where Python has it, FLAML with the same time, on the same rows of five tables.
//   npm run build && PYTHON=… node bench/tune/run.mjs [set …] [--seconds 60] [--print]
// A fifth of the rows, drawn by seed 1, is judged and takes no part in anything else. Writes the section "tune" of docs/results.md
// from results.json, which keeps the sets of earlier runs.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  checkedLabelsOf,
  createRandom,
  pairedDifference,
  pickTable,
  rowLosses,
  shuffle,
  train,
  tune,
} from "@softmax/core";
import { readTable } from "softmax";
import { replaceSection } from "../sections.mjs";
import { dataFolder, here } from "../tables/sources.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    print: { type: "boolean" },
  },
});
const seconds = Number(options.seconds);

const SETS = [
  {
    name: "german-credit",
    file: "german-credit/german.csv",
    read: { header: "no" },
    target: "column21",
  },
  { name: "yeast", file: "yeast/yeast.data", target: "location", ignore: ["SpAccNr"] },
  { name: "car", file: "car/car.arff", target: "acceptability" },
  { name: "digits", file: "digits/digits.csv.gz", read: { header: "no" }, target: "column65" },
  { name: "adult", file: "adult/adult.data.gz", read: { header: "no" }, target: "column15" },
];

const python = process.env.PYTHON ?? "python3";
const rivalThere = spawnSync(python, ["-c", "from flaml import AutoML"]).status === 0;
if (!rivalThere) console.error(`${python} with FLAML not found: ours alone`);

/** The clock of this process. */
const clock = {
  now: () => performance.now() / 1000,
  alarm(at, ring) {
    const timer = setTimeout(() => ring(), 1000 * at - performance.now());
    return () => clearTimeout(timer);
  },
};

const resultsFile = here("../tune/results.json");
const results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : {};
for (const set of SETS.filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
)) {
  if (!existsSync(dataFolder + set.file)) {
    console.error(`${set.name}: its data is absent, skipped`);
    continue;
  }
  const data = await dataOf(set);
  const { losses, ...found } = await runOurs(set, data);
  const rows = [data.learned.rows, data.judged.rows];
  const flaml = rivalThere ? { flaml: runFlaml(set, data, losses) } : {};
  results[set.name] = { rows, ...found, ...flaml };
  console.error(set.name, JSON.stringify(results[set.name]));
  if (!options.print) writeFileSync(resultsFile, `${JSON.stringify(results, null, 1)}\n`);
}
const text = tableText();
if (options.print) console.log(text);
else replaceSection("results.md", "tune", text);

async function dataOf({ file, read, target }) {
  const { table } = await readTable(dataFolder + file, read);
  const order = shuffle(
    Int32Array.from({ length: table.rows }, (_, i) => i),
    createRandom(1),
  );
  const cut = Math.floor(table.rows / 5);
  const [judged, learned] = [order.slice(0, cut), order.slice(cut)].map((rows) =>
    pickTable(table, rows.sort()),
  );
  return { judged, learned, target };
}

async function runOurs({ ignore = [] }, { learned, judged, target }) {
  const asked = { target, ignore };
  const load = loadavg()[0];
  const plain = await timed(() => train(learned, asked));
  const tuned = await timed(() => tune(learned, { ...asked, tune: { seconds, clock } }));
  const [ofPlain, ofTuned] = [plain, tuned].map(({ result }) =>
    lossesOf(result.classifier, judged),
  );
  const { counts, kept, options: chosen, ended, found } = tuned.result.report.tune;
  return {
    load,
    default: { logLoss: mean(ofPlain), seconds: plain.seconds },
    tuned: {
      logLoss: mean(ofTuned),
      seconds: tuned.seconds,
      estimate: tuned.result.report.evaluation.metrics.logLoss,
      ...{ counts, kept, chosen, ended, search: found?.search, heldOut: found?.heldOut },
      difference: pairedDifference(ofTuned, ofPlain),
    },
    losses: ofTuned,
  };
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

function mean(losses) {
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

function lossesOf(classifier, judged) {
  const { y } = checkedLabelsOf(judged, classifier.model.schema);
  const Z = Float64Array.from(classifier.logits(judged).flatMap((z) => [...z]));
  return rowLosses(Z, y, y.length, classifier.classes.length);
}

/** Log losses of the judged rows by FLAML, on its tables of numbers and categories. */
function runFlaml({ ignore = [] }, { learned, judged, target }, ours) {
  const folder = mkdtempSync(join(tmpdir(), "softmax-tune-"));
  try {
    for (const [part, table] of [
      ["learned", learned],
      ["judged", judged],
    ]) {
      writeFileSync(join(folder, `${part}.json`), JSON.stringify(columnsOf(table, target, ignore)));
    }
    const script = here("../tune/flaml_peer.py");
    const told = execFileSync(python, [script, folder, options.seconds], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 2 ** 28,
    });
    const { losses, ...rest } = JSON.parse(told.slice(told.indexOf('{"losses"')));
    const own = Float64Array.from(losses);
    return { ...rest, logLoss: mean(own), difference: pairedDifference(ours, own) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Cells by column, as texts or numbers; null where missing. */
function columnsOf(table, target, ignore) {
  return {
    target,
    columns: table.columns
      .filter(({ name }) => !ignore.includes(name))
      .map((column) => [
        column.name,
        Array.from({ length: table.rows }, (_, i) => cellAt(column, i)),
      ]),
  };
}

function cellAt(column, i) {
  if (column.kind === "number") return Number.isNaN(column.values[i]) ? null : column.values[i];
  return column.codes[i] < 0 ? null : column.dictionary[column.codes[i]];
}

function tableText() {
  const lines = Object.entries(results).map(
    ([name, { rows, load, default: plain, tuned, flaml }]) => {
      const { difference, counts, kept } = tuned;
      const ways = `${counts.tried} (${counts.finished})`;
      const beside =
        flaml === undefined
          ? ["", ""]
          : [
              `${flaml.logLoss.toFixed(4)} (${flaml.seconds.toFixed(0)} s)`,
              differenceText(flaml.difference),
            ];
      const cells = [
        ...[name, rows[0], `${plain.logLoss.toFixed(4)} (${plain.seconds.toFixed(0)} s)`],
        ...[
          `${tuned.logLoss.toFixed(4)} (${tuned.seconds.toFixed(0)} s)`,
          differenceText(difference),
          ways,
        ],
        ...[kept === null ? wordsOf(tuned.chosen) : `the default: ${kept}`],
        ...[
          `${tuned.estimate.low.toFixed(3)} – ${tuned.estimate.high.toFixed(3)}`,
          ...beside,
          load.toFixed(0),
        ],
      ];
      return `| ${cells.join(" | ")} |`;
    },
  );
  return [
    `| set | rows | default | --tune ${seconds}s | beside the default | tried (to the end) | ships | its estimate | FLAML | ours − FLAML | load |`,
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function wordsOf(chosen) {
  return Object.entries(chosen)
    .map(([key, value]) => (value === true ? key : `${key} ${String(value)}`))
    .join(", ");
}

function differenceText({ mean: value, standardError }) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)} ± ${standardError.toFixed(4)}`;
}
