// Trainings within a limit of memory, as whole processes: time and peak of resident memory, for docs/benchmarks.md.
//   npm run bench:memory              # ONLY=beyond or pair: one of the two; what is known of the other is in results.json
//                                     # MEMORY=512 (MiB) TIMES=4: the file is so many times the limit; KEEP=folder keeps the files
// The same rows are trained without a limit too, and the two models are compared byte by byte.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createRandom } from "@softmax/core";
import { replaceSection } from "../sections.mjs";

const MIB = 2 ** 20;
const RESULTS = fileURLToPath(new URL("./results.json", import.meta.url));
const limit = Number(process.env.MEMORY ?? 512);
const times = Number(process.env.TIMES ?? 4);
const bin = fileURLToPath(new URL("../../packages/softmax/bin/softmax.js", import.meta.url));
const folder = process.env.KEEP ?? mkdtempSync(join(tmpdir(), "softmax-memory-"));
mkdirSync(folder, { recursive: true });

/** MiB of a file that can be trained on in memory too. */
const SMALLER = 128;
const NUMBERS = 90;
const LEVELS = 10;

try {
  await main();
} finally {
  if (process.env.KEEP === undefined) rmSync(folder, { recursive: true });
}

async function main() {
  const results = JSON.parse(readFileSync(RESULTS, "utf8"));
  const measure = async (name, mib, flags) => {
    if (process.env.ONLY !== undefined && process.env.ONLY !== name) return;
    const { path, size } = await file(mib);
    const runs = [];
    for (const flag of flags) runs.push(await trained(path, [flag]));
    results[name] = { size, flags, runs };
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  };
  await measure("beyond", limit * times, [`--memory=${limit}MB`]);
  await measure("pair", SMALLER, ["--memory=256MB", "--memory=64GB"]);
  replaceSection("benchmarks.md", "memory", page(results));
}

async function file(mib) {
  const path = join(folder, `rows-${mib}.csv`);
  if (!existsSync(path)) await pipeline(Readable.from(lines(mib * MIB)), createWriteStream(path));
  return { path, size: statSync(path).size };
}

/** Numbers of six digits, of which some count and some are missing, and levels; two classes. */
function* lines(bytes) {
  const random = createRandom(7);
  const names = [
    ...Array.from({ length: NUMBERS }, (_, j) => `x${j}`),
    ...Array.from({ length: LEVELS }, (_, j) => `level${j}`),
  ];
  yield `${[...names, "y"].join(",")}\n`;
  for (let written = 0; written < bytes; ) {
    let block = "";
    for (let i = 0; i < 1000; i++) {
      let z = -0.5;
      const cells = [];
      for (let j = 0; j < NUMBERS; j++) {
        const x = random.uniform() + random.uniform() + random.uniform() - 1.5;
        if (j < 30) z += (x * (j % 7)) / 8;
        cells.push(random.below(100) === 0 ? "NA" : x.toFixed(6));
      }
      for (let j = 0; j < LEVELS; j++) {
        const level = random.below(4 + j);
        z += level === j ? 0.3 : 0;
        cells.push(`v${level}`);
      }
      const y = Math.log(1 / random.uniform() - 1) < z ? "yes" : "no";
      block += `${cells.join(",")},${y}\n`;
    }
    written += block.length;
    yield block;
  }
}

/** A training by straight lines, its time and its peak. */
async function trained(path, flags) {
  const model = join(folder, "model.safetensors");
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [bin, "train", path, "-t", "y", "--linear", "-o", model, "-q", ...flags],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid));
  }, 50);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`softmax ended with ${code}`);
  const seconds = (performance.now() - start) / 1000;
  const hash = createHash("sha256").update(readFileSync(model)).digest("hex");
  return { seconds, peak, hash };
}

/** The most that a process has had resident, in bytes, as the system counts. */
function highWater(pid) {
  try {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return 1024 * Number(kib ?? 0);
  } catch {
    return 0;
  }
}

function page({ beyond, pair }) {
  const mib = (bytes) => `${Math.round(bytes / MIB).toLocaleString("en")} MiB`;
  const lines = ({ size, flags, runs }) =>
    runs.map(({ seconds, peak }, at) => {
      const [, amount, unit] = /=(\d+)(MB|GB)/.exec(flags[at]);
      const most = unit === "GB" ? "" : `≤ ${mib(1.2 * amount * MIB)}`;
      return `| ${mib(size)} | \`--memory ${amount}${unit}\` | ${seconds.toFixed(0)} s | ${mib(peak)} | ${most} |`;
    });
  const same = pair.runs[0].hash === pair.runs[1].hash ? "are the same to the byte" : "**differ**";
  return [
    `CSV files with ${NUMBERS} columns of numbers, a hundredth of them missing, and ${LEVELS} of levels, two classes; by defaults but for \`--linear\`:`,
    "",
    "| file | | whole process | peak of resident memory | goal |",
    "|---|---|---|---|---|",
    ...lines(beyond),
    ...lines(pair),
    "",
    `The two models of the smaller file ${same}.`,
  ].join("\n");
}
