// npm run bench:growth: what a fit costs as rows, features and classes grow, on one thread and on all.
//   npm run bench:growth -- [--only rows|features|classes] [--quick] [--print]
// Writes docs/growth-*.svg, the section "growth" of docs/benchmarks.md and raw numbers (results.json), unless --print or
// --quick (few points, to try the scripts out) is given.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { median } from "../measure.mjs";
import { startPeer } from "../peers/peer.mjs";
import { replaceSection } from "../sections.mjs";
import { here } from "../tables/sources.mjs";
import { drawGrowth } from "./draw.mjs";

const AXES = {
  rows: { values: [1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7], features: 30, classes: 3 },
  features: { values: [10, 30, 100, 300, 1000, 3000, 10_000], rows: 10_000, classes: 3 },
  classes: { values: [2, 4, 10, 30, 100, 300, 1000], rows: 10_000, features: 100 },
};
const THREADS = [1, cpus().length];
/** Points that take less are measured three times. */
const SHORT_S = 10;

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    ...{ quick: { type: "boolean" }, print: { type: "boolean" } },
  },
});

async function measure(shape) {
  const once = async () => {
    const peer = startPeer({ command: process.execPath, args: [here("../growth/point.mjs")] });
    try {
      return await peer.call("point", shape);
    } finally {
      peer.close();
    }
  };
  const runs = [await once()];
  while (!options.quick && runs.length < 3 && runs[0].seconds < SHORT_S) runs.push(await once());
  const [{ passes, reason }] = runs;
  const middle = (key) => median(runs.map((run) => run[key]));
  return { passes, reason, seconds: middle("seconds"), megabytes: middle("megabytes"), runs };
}

async function curve(axis) {
  const { values, ...rest } = AXES[axis];
  const points = [];
  for (const value of options.quick ? values.slice(0, 5) : values) {
    const shape = { ...rest, [axis]: value };
    const point = { value, data: (4 * shape.rows * shape.features) / 2 ** 20, threads: {} };
    for (const threads of THREADS) {
      point.threads[threads] = await measure({ ...shape, threads });
      const { seconds, passes, megabytes, reason } = point.threads[threads];
      console.log(
        `${axis} ${value}, ${threads} thread${threads === 1 ? "" : "s"}: ${seconds.toFixed(3)} s, ${passes} passes (${reason}), ${megabytes.toFixed(0)} MB`,
      );
    }
    points.push(point);
  }
  return points;
}

/** Exponent p of cost ∝ value^p: least squares on the logarithms of the upper half of the points. */
function slope(points, cost) {
  const upper = points.slice(points.length >> 1);
  const x = upper.map((point) => Math.log(point.value));
  const y = upper.map((point) => Math.log(cost(point)));
  const mean = (list) => list.reduce((a, b) => a + b) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, v, i) => sum + (v - mx) * (y[i] - my), 0);
  return covariance / x.reduce((sum, v) => sum + (v - mx) ** 2, 0);
}

const at = (threads, key) => (point) => point.threads[threads][key];
const perPass = (threads) => (point) =>
  point.threads[threads].seconds / point.threads[threads].passes;
const slopesOf = (points, key) => THREADS.map((threads) => slope(points, at(threads, key)));
const number = (value) => Number(value.toPrecision(value >= 100 ? 3 : 2)).toLocaleString("en");

function axisText(axis, points) {
  const { values: _, ...rest } = AXES[axis];
  const [one, all] = THREADS;
  const fixed = Object.entries(rest)
    .map(([name, value]) => `${value.toLocaleString("en")} ${name}`)
    .join(", ");
  const slopes = [
    `a fit's time ${slope(points, at(one, "seconds")).toFixed(2)} on one thread and ${slope(points, at(all, "seconds")).toFixed(2)} on ${all}`,
    `time a pass ${slope(points, perPass(one)).toFixed(2)} and ${slope(points, perPass(all)).toFixed(2)}`,
    `memory ${slope(points, at(one, "megabytes")).toFixed(2)}`,
  ];
  const rows = points.map(({ value, data, threads }) => {
    const cells = [
      value.toLocaleString("en"),
      `${threads[one].passes}`,
      ...[one, all].map((count) => number(threads[count].seconds * 1e3)),
      number(threads[one].seconds / threads[all].seconds),
      ...[data, threads[one].megabytes, threads[all].megabytes].map(number),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    `### ${axis[0].toUpperCase()}${axis.slice(1)}`,
    `![Time and memory of a fit against ${axis}](growth-${axis}.svg)`,
    `With ${fixed}. Slopes over the upper half: ${slopes.join("; ")}.`,
    [
      `| ${axis} | passes | ms, 1 thread | ms, ${all} threads | faster | data, MB | peak, MB, 1 thread | ${all} threads |`,
      `|${"---|".repeat(8)}`,
      ...rows,
    ].join("\n"),
  ].join("\n\n");
}

async function main() {
  const names = options.only ?? Object.keys(AXES);
  const unknown = names.find((name) => !(name in AXES));
  if (unknown !== undefined) throw new RangeError(`unknown axis "${unknown}"`);
  const writes = !options.print && !options.quick;
  const file = here("../growth/results.json");
  const all = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  for (const axis of names) {
    all[axis] = await curve(axis);
    if (writes) {
      const slopes = {
        seconds: slopesOf(all[axis], "seconds"),
        megabytes: slopesOf(all[axis], "megabytes"),
      };
      const drawn = drawGrowth(axis, all[axis], THREADS, slopes);
      writeFileSync(here(`../../docs/growth-${axis}.svg`), drawn);
    }
  }
  const machine = `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0].model.trim()}).`;
  const known = Object.keys(AXES).filter((axis) => axis in all);
  const text = [machine, ...known.map((axis) => axisText(axis, all[axis]))].join("\n\n");
  console.log(text);
  if (!writes) return;
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`);
  replaceSection("benchmarks.md", "growth", text);
}

await main();
