// softmax predict, CSV to CSV, as whole processes: rows a second and peak memory, for docs/benchmarks.md.
//   npm run bench:predict             # reads ../shared/data; ROUNDS=5
import { spawn } from "node:child_process";
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { median } from "../measure.mjs";
import { replaceSection } from "../sections.mjs";

const SAMPLE_MS = 20;
const rounds = Number(process.env.ROUNDS ?? 5);
const data = fileURLToPath(new URL("../../../shared/data", import.meta.url));
const bin = fileURLToPath(new URL("../../packages/softmax/bin/softmax.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "softmax-bench-"));
const at = (name) => join(folder, name);

const ADULT =
  "age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,capital_gain,capital_loss,hours_per_week,native_country,income";

try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main() {
  const skin = (await unpacked("skin/Skin_NonSkin.txt.gz")).map((line) =>
    line.trim().replaceAll("\t", ","),
  );
  const adult = [
    ...(await unpacked("adult/adult.data.gz")),
    ...(await unpacked("adult/adult.test.gz")),
  ].map((line) => line.trim().replace(/\.$/, ""));
  const sets = [
    {
      name: "skin × 10",
      header: "b,g,r,skin",
      lines: skin,
      target: "skin",
      rows: 10 * skin.length,
    },
    { name: "adult × 30", header: ADULT, lines: adult, target: "income", rows: 30 * adult.length },
  ];
  const rates = [];
  for (const set of sets) rates.push(await rateOf(set));
  const memory = [];
  for (const rows of [1e6, 1e7]) memory.push(await peakOf(sets[0], rows));
  replaceSection("benchmarks.md", "predict", page(rates, memory));
}

async function unpacked(name) {
  const stream = createReadStream(join(data, name)).pipe(createGunzip());
  return (await text(stream))
    .split("\n")
    .filter((line) => line.includes("\t") || /,.*,/.test(line));
}

/** A file of so many rows: the lines again and again. */
async function written({ header, lines }, rows) {
  const parts = function* () {
    yield `${header}\n`;
    for (let left = rows; left > 0; left -= lines.length) {
      yield `${lines.slice(0, left).join("\n")}\n`;
    }
  };
  await pipeline(Readable.from(parts()), createWriteStream(at("rows.csv")));
}

async function trained({ header, lines, target }) {
  await pipeline(
    Readable.from([`${header}\n${lines.join("\n")}\n`]),
    createWriteStream(at("train.csv")),
  );
  await run(["train", at("train.csv"), "-t", target, "-o", at("model.st"), "-q"]);
}

async function rateOf(set) {
  await trained(set);
  await written(set, set.rows);
  const runs = [];
  for (let round = 0; round < rounds; round++) runs.push(await predicted());
  return { ...set, ...medians(runs) };
}

async function peakOf(set, rows) {
  await trained(set);
  await written(set, rows);
  return { rows, ...(await predicted()) };
}

function predicted() {
  return run(["predict", at("model.st"), at("rows.csv"), "-o", at("out.csv"), "-q"]);
}

function medians(runs) {
  const of = (key) => median(runs.map((one) => one[key]));
  return { seconds: of("seconds"), cpu: of("cpu"), peak: of("peak") };
}

/** Wall and processor seconds of a process, and the most memory that it held, MB. */
function run(args) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [bin, ...args], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const seen = { cpu: 0, peak: 0 };
    const timer = setInterval(() => Object.assign(seen, usage(child.pid) ?? {}), SAMPLE_MS);
    child.on("error", reject);
    child.on("exit", (code) => {
      clearInterval(timer);
      if (code !== 0) reject(new Error(`softmax ${args[0]} ended with ${code}`));
      else resolve({ seconds: (performance.now() - start) / 1000, ...seen });
    });
  });
}

/** Null once the process is gone. */
function usage(pid) {
  try {
    const times = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return { cpu: (Number(times[11]) + Number(times[12])) / 100, peak: Number(peak[1]) / 1024 };
  } catch {
    return null;
  }
}

function page(rates, memory) {
  const count = (n) => Math.round(n).toLocaleString("en-US");
  const rows = rates.map(
    ({ name, rows, seconds, cpu, peak }) =>
      `| ${name} | ${count(rows)} | ${seconds.toFixed(1)} | ${count(rows / seconds)} | ${cpu.toFixed(1)} | ${count(rows / cpu)} | ${count(peak)} |`,
  );
  const [small, large] = memory;
  return [
    `Node ${process.versions.node}, ${availableParallelism()} threads; medians of ${rounds}.`,
    "",
    "| table | rows | s | rows/s | processor s | rows a processor second | peak MB |",
    "|---|---|---|---|---|---|---|",
    ...rows,
    "",
    `Peak memory of ${count(small.rows)} rows of skin: ${count(small.peak)} MB, of ${count(large.rows)}: ${count(large.peak)} MB, ratio ${(large.peak / small.peak).toFixed(2)}.`,
  ].join("\n");
}
