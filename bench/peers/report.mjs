// Rows of results as Markdown, in docs/benchmarks.md, and raw in results.json: one part for each release line of Node.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { replaceSection } from "../sections.mjs";
import { here } from "../tables/sources.mjs";
import { createStage, NODE_FLAGS, nodeMajor } from "./contest.mjs";

const resultsFile = here("../peers/results.json");

/** What ran where: processor, versions of everybody, and what one thread can do. */
export async function describeMachine() {
  const stage = createStage();
  const ask = async (name, call) => {
    try {
      return await stage.start(name).call(call);
    } catch (error) {
      return { failed: error.message };
    }
  };
  const limits = await ask("ours", "limits");
  const rivals = JSON.parse(readFileSync(here("../peers/package.json"), "utf8")).dependencies;
  const python = await ask("python", "versions");
  stage.close();
  const [{ model }] = cpus();
  return {
    ...{ cpu: model.trim(), cores: cpus().length, platform: `${process.platform} ${process.arch}` },
    ...{ node: process.versions.node, v8: process.versions.v8, flags: NODE_FLAGS },
    ...{ limits, python, npm: rivals, date: new Date().toISOString().slice(0, 10) },
  };
}

/** Adds these results to those of before, and writes both places. */
export function save({ machine, failures, results }) {
  const all = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : {};
  const before = all[nodeMajor]?.results ?? {};
  all[nodeMajor] = { machine, failures, results: { ...before, ...results } };
  writeFileSync(resultsFile, `${JSON.stringify(all, null, 1)}\n`);
  const parts = Object.values(all).map(partText);
  replaceSection("benchmarks.md", "peers", parts.join("\n\n"));
}

function partText({ machine, failures, results }) {
  const rows = Object.values(results).flat();
  const { limits, python, npm } = machine;
  const flags = machine.flags.length > 0 ? ` with ${machine.flags.join(" ")}` : "";
  const speed =
    limits.failed === undefined
      ? ` One thread reads ${limits.readGigabytes.toFixed(1)} GB/s, copies ${limits.copyGigabytes.toFixed(1)} GB/s, and multiplies and adds ${limits.gigaflops.toFixed(0)} GFLOP/s in the cache.`
      : "";
  const list = (versions) =>
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ");
  return [
    `### Node ${machine.node}${flags}`,
    `${machine.cores} cores (${machine.cpu}, ${machine.platform}), ${machine.date}.${speed}`,
    `${list(python)}; ${list(npm)}.`,
    comparisonTable(rows.filter((row) => row.kind === "comparison")),
    limitTable(rows.filter((row) => row.kind === "limit")),
    failureText(
      failures,
      rows.filter((row) => row.kind === "failed"),
    ),
  ]
    .filter(Boolean)
    .join("\n\n");
}

function comparisonTable(rows) {
  if (rows.length === 0) return "";
  const head = "| line | rival, and its settings | ours | rival | times faster | goal | met |";
  const lines = rows.map((row) => {
    const settings = row.settings ? `: ${row.settings}` : "";
    const goal = row.goal === null ? "" : `≥ ${Number(row.goal.toPrecision(3))}`;
    const cells = [row.line, `${row.rival}${settings}`, time(row.ours, row.unit)];
    return `| ${[...cells, time(row.theirs, row.unit), short(row.ratio), goal, verdict(row)].join(" | ")} |`;
  });
  return [head, "|---|---|---|---|---|---|---|", ...lines].join("\n");
}

function limitTable(rows) {
  if (rows.length === 0) return "";
  const lines = rows.map(
    ({ line, settings, value, unit, goal, met }) =>
      `| ${line} | ${settings} | ${short(value)} ${unit} | ${goal} | ${met === null ? "" : met ? "yes" : "**no**"} |`,
  );
  return ["| line | how | value | goal | met |", "|---|---|---|---|---|", ...lines].join("\n");
}

function failureText(failures, rows) {
  const lines = rows.map(({ line, rival, error }) =>
    [line, rival, error].filter(Boolean).join(": "),
  );
  return [...failures, ...lines].map((line) => `- not measured: ${line}`).join("\n");
}

/** A time counts where our loss on other rows is no worse. */
function verdict({ counts, heldOut, met }) {
  if (!counts)
    return `does not count: held-out loss ${loss(heldOut.ours)} for ${loss(heldOut.theirs)}`;
  const losses =
    heldOut === null ? "" : ` (held-out loss ${loss(heldOut.ours)} for ${loss(heldOut.theirs)})`;
  return `${met === null ? "" : met ? "yes" : "**no**"}${losses}`.trim();
}

const loss = (value) => value.toFixed(4);
const short = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(value >= 10 ? 3 : 2));
const FACTOR = { s: 1, ms: 1e3, µs: 1e6 };
const time = (value, unit) => `${short(value * FACTOR[unit])} ${unit}`;

/** One row for the terminal. */
export function rowText(row) {
  if (row.kind === "failed") return `${row.line}${row.rival && `, ${row.rival}`}: ${row.error}`;
  if (row.kind === "limit") {
    const state = row.met === null ? "" : row.met ? ", met" : ", NOT met";
    return `${row.line} [${row.settings}]: ${short(row.value)} ${row.unit} (goal ${row.goal || "none"}${state})`;
  }
  const goal = row.goal === null ? "no goal" : `goal ≥ ${row.goal.toPrecision(3)}`;
  const times = `${time(row.ours, row.unit)} for ${time(row.theirs, row.unit)}`;
  return `${row.line} | ${row.rival} [${row.settings}]: ${times}, ${short(row.ratio)} times (${goal}) ${verdict(row)}`;
}
