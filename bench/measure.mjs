// Measuring whole processes and turns: what the benchmarks share.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_MS = 40;

/** The middle one; of an even number the upper of the two. */
export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Runs a command to its end: wall time in seconds, highest memory in MB (null outside Linux). */
export function measureProcess({ name, command, args, env = process.env }) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "inherit"] });
    let peak = 0;
    let timer;
    const sample = () => {
      const begun = performance.now();
      peak = Math.max(peak, treeMemory(child.pid));
      // Adding up a large process takes long: at most a tenth of the time goes into it.
      timer = setTimeout(sample, Math.max(SAMPLE_MS, 9 * (performance.now() - begun)));
    };
    sample();
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      const seconds = (performance.now() - start) / 1000;
      if (code !== 0) reject(new Error(`${name} ended with ${code ?? signal}`));
      else resolve({ seconds, megabytes: peak > 0 ? peak / 1024 : null });
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

/**
 * Lets the contestants ({ name, run }) run by turns, every second round in the opposite order, because the machine's speed
 * changes. Returns what each returned, by name.
 */
export async function takeTurns(contestants, rounds) {
  const results = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of round % 2 === 0 ? contestants : contestants.toReversed()) {
      results.get(name).push(await run());
    }
  }
  return results;
}
