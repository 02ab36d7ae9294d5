import type { ChildProcess } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { bundled, ended, softmax, start, twoClasses, workFolder } from "./run.ts";

const folder = workFolder();

/** Sends the signal as soon as `ready` says so; how the command ended, and how long that took. */
async function stopped(child: ChildProcess, signal: NodeJS.Signals, ready: () => boolean) {
  const end = ended(child);
  while (child.exitCode === null && !ready()) await setTimeout(5);
  expect(child.exitCode, "ended before the signal was sent").toBeNull();
  const sent = performance.now();
  child.kill(signal);
  const ran = await end;
  return { ...ran, seconds: (performance.now() - sent) / 1000 };
}

/** True once the child has said how far it is. */
function hasSpoken(child: ChildProcess): () => boolean {
  let spoken = false;
  child.stderr?.once("data", () => {
    spoken = true;
  });
  return () => spoken;
}

/** Whether answers are being written, and not only tried for. */
const isWriting = (): boolean =>
  folder.list().some((name) => {
    const found = statSync(folder.at(name), { throwIfNoEntry: false });
    return name.startsWith(".answers.csv") && (found?.size ?? 0) > 0;
  });

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  it(`${signal} ends a training at once with ${code}, and leaves what was there before`, async () => {
    writeFileSync(folder.at("model.st"), "the old model");
    const before = folder.list();
    const digits = bundled("digits.csv.gz");
    const judging = ["--header", "no", "-t", "-1", "--folds", "50"];
    const args = ["train", digits, ...judging, "-o", "model.st", "-r", "r.html"];
    const child = start(args, folder.path);
    const ran = await stopped(child, signal, hasSpoken(child));
    expect(ran.err).toContain("softmax: stopped before the end; no unfinished file is left");
    expect([ran.code, ran.out]).toEqual([code, ""]);
    expect(ran.seconds).toBeLessThan(1);
    expect(folder.list()).toEqual(before);
  });
}

it("Ctrl-C during a prediction leaves no answers, half or whole", async () => {
  const rows = twoClasses(150_000);
  writeFileSync(folder.at("small.csv"), `a,b,y\n${rows.slice(0, 100).join("\n")}\n`);
  writeFileSync(folder.at("large.csv"), `a,b,y\n${rows.join("\n")}\n`);
  const args = ["train", "small.csv", "-t", "y", "--l2", "0.01", "--linear", "-o", "m.st", "-q"];
  expect((await softmax(args, { cwd: folder.path })).code).toBe(0);
  const before = folder.list();
  const child = start(["predict", "m.st", "large.csv", "-o", "answers.csv", "-p"], folder.path);
  const { code, seconds } = await stopped(child, "SIGINT", isWriting);
  expect(code).toBe(130);
  expect(seconds).toBeLessThan(1);
  expect(folder.list()).toEqual(before);
});
