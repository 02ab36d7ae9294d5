// From adult.csv.gz to a model and a report, as a whole process: `softmax train` beside scikit-learn doing the same work.
//   npm run build && node bench/adult.mjs [--runs 5] [--print]
// The runs take turns, so that a busy machine disturbs all alike. PYTHON names the interpreter; without scikit-learn
// only ours is run. Memory is the highest sum over the process and its children, from Linux's /proc: proportional set size.
import { existsSync, mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureProcess, median, takeTurns } from "./measure.mjs";
import { replaceSection } from "./sections.mjs";
import { cacheFolder, dataFolder } from "./tables/sources.mjs";
import { hasScikitLearn, ourCommand, scikitCommand } from "./tables/whole.mjs";

const { values: options } = parseArgs({
  options: { runs: { type: "string", default: "5" }, print: { type: "boolean" } },
});
const data = `${dataFolder}adult/adult.data.gz`;
const out = `${cacheFolder}adult-run`;
const python = process.env.PYTHON ?? "python3";

function contestants() {
  const ours = ourCommand(data, out);
  if (!hasScikitLearn(python)) {
    console.log(`${python} with scikit-learn and pandas not found: only ours is run`);
    return [ours];
  }
  const theirs = (solver, jobs) => scikitCommand(python, data, out, { solver, jobs });
  return [ours, theirs("lbfgs", 1), theirs("lbfgs", 2), theirs("newton-cholesky", 2)];
}

async function runAloud(one) {
  const result = await measureProcess(one);
  const memory = result.megabytes?.toFixed(0) ?? "?";
  console.log(`${one.name}: ${result.seconds.toFixed(1)} s, ${memory} MB`);
  return result;
}

function summary(name, runs) {
  const seconds = runs.map((run) => run.seconds);
  const megabytes = runs.map((run) => run.megabytes).filter((value) => value !== null);
  const spread = `${Math.min(...seconds).toFixed(1)}–${Math.max(...seconds).toFixed(1)}`;
  const memory = megabytes.length === 0 ? "not measured" : median(megabytes).toFixed(0);
  return `| ${name} | ${median(seconds).toFixed(1)} | ${spread} | ${memory} |`;
}

async function main() {
  if (!existsSync(data)) {
    console.log(`skipped: ${data} is absent`);
    return;
  }
  mkdirSync(out, { recursive: true });
  const turns = contestants().map((one) => ({ name: one.name, run: () => runAloud(one) }));
  const runs = await takeTurns(turns, Number(options.runs));
  const text = [
    "| whole process | seconds, median | range | peak memory, MB |",
    "|---|---|---|---|",
    ...[...runs].map(([name, own]) => summary(name, own)),
    "",
    `${options.runs} runs each, taking turns, on ${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.versions.node}.`,
  ].join("\n");
  console.log(`\n${text}`);
  if (!options.print) replaceSection("results.md", "adult", text);
}

await main();
