// From adult.csv.gz to a model and a report, as a whole process: `softmax train` beside scikit-learn doing the same work.
//   npm run build && node bench/adult.mjs [--runs 5] [--print]
// The runs take turns, so that a busy machine disturbs all alike. PYTHON names the interpreter; without scikit-learn
// only ours is run. Memory is the highest sum over the process and its children, from Linux's /proc: proportional set size.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { replaceSection } from "./tables/report.mjs";
import { cacheFolder, dataFolder, here } from "./tables/sources.mjs";

const { values: options } = parseArgs({
  options: { runs: { type: "string", default: "5" }, print: { type: "boolean" } },
});
const data = `${dataFolder}adult/adult.data.gz`;
const out = `${cacheFolder}adult-run`;
const python = process.env.PYTHON ?? "python3";
const SAMPLE_MS = 40;

function contestants() {
  const tool = here("../../packages/softmax/bin/softmax.js");
  const ours = ["train", data, "--target", "-1", "--header", "no", "--quiet"];
  const files = ["-o", `${out}/model.safetensors`, "--report", `${out}/report.html`];
  const found = [
    { name: "`softmax train`", command: process.execPath, args: [tool, ...ours, ...files] },
  ];
  if (spawnSync(python, ["-c", "import sklearn, pandas"]).status !== 0) {
    console.log(`${python} with scikit-learn and pandas not found: only ours is run`);
    return found;
  }
  const script = here("sklearn_adult.py");
  const theirs = (solver, jobs) => ({
    name: `scikit-learn, ${solver}, folds on ${jobs} process${jobs === 1 ? "" : "es"}`,
    command: python,
    args: ["-W", "ignore", script, data, out, "--jobs", String(jobs), "--solver", solver],
  });
  return [...found, theirs("lbfgs", 1), theirs("lbfgs", 2), theirs("newton-cholesky", 2)];
}

/** Runs a command to its end: wall time in seconds, highest memory in MB (null outside Linux). */
function measure({ name, command, args }) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, treeMemory(child.pid));
    }, SAMPLE_MS);
    child.on("error", reject);
    child.on("exit", (code) => {
      clearInterval(timer);
      if (code !== 0) reject(new Error(`${name} ended with ${code}`));
      else
        resolve({
          seconds: (performance.now() - start) / 1000,
          megabytes: peak > 0 ? peak / 1024 : null,
        });
    });
  });
}

/** Proportional set size of a process and all below it, kB. Processes that end while being read count as 0. */
function treeMemory(pid) {
  try {
    const own = Number(
      /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1],
    );
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean),
    );
    return children.reduce((sum, id) => sum + treeMemory(Number(id)), own);
  } catch {
    return 0;
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

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
  const all = contestants();
  const runs = new Map(all.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(options.runs); round++) {
    for (const one of round % 2 === 0 ? all : all.toReversed()) {
      const result = await measure(one);
      runs.get(one.name).push(result);
      console.log(
        `${one.name}: ${result.seconds.toFixed(1)} s, ${result.megabytes?.toFixed(0) ?? "?"} MB`,
      );
    }
  }
  const text = [
    "| whole process | seconds, median | range | peak memory, MB |",
    "|---|---|---|---|",
    ...[...runs].map(([name, own]) => summary(name, own)),
    "",
    `${options.runs} runs each, taking turns, on ${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.versions.node}.`,
  ].join("\n");
  console.log(`\n${text}`);
  if (!options.print) replaceSection("adult", text);
}

await main();
