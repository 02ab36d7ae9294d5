// npm run bench:peers: the rivals beside us on the same data, in turns, in one run; docs/benchmarks.md and results.json.
//   npm run bench:peers -- [--only NAME …] [--rounds 5] [--quick] [--print] [--list]
// PYTHON names the interpreter that the virtual environment is made from. --quick: one round and easier goals, to try the
// scripts out; it writes nothing.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { here } from "../tables/sources.mjs";
import { createStage } from "./contest.mjs";
import * as mnist from "./lines/mnist.mjs";
import * as rowwise from "./lines/rowwise.mjs";
import * as sparse from "./lines/sparse.mjs";
import * as tables from "./lines/tables.mjs";
import * as whole from "./lines/whole.mjs";
import { describeMachine, rowText, save } from "./report.mjs";
import { setUp } from "./setup.mjs";

const LINES = {
  "mnist-pass": mnist.pass,
  "mnist-fit": mnist.fit,
  "mnist-tfjs": mnist.tfjs,
  "mnist-jax": mnist.jax,
  "mnist-memory": mnist.memory,
  "mnist-delay": mnist.delay,
  iris: tables.iris,
  digits: tables.digits,
  "sparse-r8": sparse.r8,
  "sparse-hashed": sparse.hashed,
  softmax: rowwise.softmax,
  predict: rowwise.predict,
  adult: whole.adult,
  "adult-delay": whole.delay,
  "adult-30": whole.adult30,
};

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    rounds: { type: "string", default: "5" },
    ...{ quick: { type: "boolean" }, print: { type: "boolean" }, list: { type: "boolean" } },
  },
});

async function main() {
  if (options.list) return console.log(Object.keys(LINES).join("\n"));
  const names = options.only ?? Object.keys(LINES);
  const unknown = names.find((name) => !(name in LINES));
  if (unknown !== undefined) throw new RangeError(`unknown line "${unknown}"; --list names them`);
  const failures = setUp(console.log);
  for (const failure of failures) console.log(failure);
  const settings = JSON.parse(readFileSync(here("../peers/settings.json"), "utf8"));
  const rounds = options.quick ? 1 : Number(options.rounds);
  const machine = await describeMachine();
  const results = {};
  for (const name of names) results[name] = await runLine(name, { rounds, settings });
  if (!options.quick && !options.print) save({ machine, failures, results });
}

/** The rows of one line; what fails is a row that says so. */
async function runLine(name, { rounds, settings }) {
  const stage = createStage();
  const start = performance.now();
  let rows;
  try {
    rows = await LINES[name]({ stage, rounds, settings, quick: options.quick === true });
  } catch (error) {
    rows = [{ kind: "failed", line: name, rival: "", error: error.message }];
  } finally {
    stage.close();
  }
  for (const row of rows) console.log(rowText(row));
  console.log(`  (${name}: ${((performance.now() - start) / 1000).toFixed(0)} s)`);
  return rows;
}

await main();
