// The answering end of peer.mjs, for contestants in JavaScript.
import { readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

/** Answers calls of the functions given, one after the other, until the caller ends. */
export async function serve(functions) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { name, args } = JSON.parse(line);
    let answer;
    try {
      answer = { value: (await functions[name](args)) ?? null };
    } catch (error) {
      answer = { error: String(error?.message ?? error) };
    }
    writeSync(3, `${JSON.stringify(answer)}\n`);
  }
}

/** What `run` returns, and its wall time in seconds. */
export async function timed(run) {
  const start = performance.now();
  const result = await run();
  return { result, seconds: (performance.now() - start) / 1000 };
}

/** Seconds of one of many calls of `run`: enough calls that a sample takes 20 ms; median of `samples`. */
export function secondsEach(run, samples = 7) {
  let repeat = 1;
  const sample = () => {
    const start = performance.now();
    for (let i = 0; i < repeat; i++) run();
    return (performance.now() - start) / 1000;
  };
  while (sample() < 0.02) repeat *= 2;
  const seconds = Array.from({ length: samples }, () => sample() / repeat);
  return seconds.sort((a, b) => a - b)[samples >> 1];
}

/** Highest resident memory of this process so far, MB; null outside Linux. */
export function peakMegabytes() {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)[1]) / 1024;
  } catch {
    return null;
  }
}
