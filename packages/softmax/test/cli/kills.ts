import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { createRandom } from "@softmax/core";
import { expect } from "vitest";
import { ended, type Folder, softmax, start } from "./run.ts";

const MODEL = "model.st";
const REPORT = "report.json";

/** A table of three classes whose training takes a moment. */
export function writeTable(folder: Folder): void {
  const random = createRandom(11);
  const rows = Array.from({ length: 240 }, () => {
    const [a, b, c] = [random.uniform(), random.uniform(), random.uniform()];
    const label = ["red", "green", "blue"][Math.min(2, Math.floor(3 * ((a + c) / 2)))];
    return `${a.toFixed(3)},${b.toFixed(3)},${"uvw"[random.below(3)]},${label}`;
  });
  writeFileSync(folder.at("table.csv"), `a,b,c,y\n${rows.join("\n")}\n`);
}

/**
 * Trains in `folder` under `kills` kill −9, at seeded moments spread over the length of a whole run, each run going on from what
 * the one before it left; whenever one comes to its end its model and report must be those of the run that was never stopped.
 */
export async function survive(folder: Folder, kills: number, seed: number): Promise<void> {
  const args = ["train", "table.csv", "-t", "y", "--linear", "-q", "-o", MODEL, "-r", REPORT];
  const outputs = (): string[] => {
    const report = JSON.parse(readFileSync(folder.at(REPORT), "utf8"));
    delete report.provenance.command;
    return [readFileSync(folder.at(MODEL), "base64"), JSON.stringify(report)];
  };
  const began = performance.now();
  expect((await softmax(args, { cwd: folder.path })).code).toBe(0);
  const lengthMs = performance.now() - began;
  const whole = outputs();
  const kept = [...args, "--checkpoint", "run", "--checkpoint-every", "0", "--resume"];
  const random = createRandom(seed);
  let killed = 0;
  for (let ends = 0; killed < kills || ends === 0; ) {
    const child = start(kept, folder.path);
    const end = ended(child);
    if (killed < kills) {
      await Promise.race([end, setTimeout(1.3 * lengthMs * random.uniform())]);
      if (child.exitCode === null && child.kill("SIGKILL")) {
        await end;
        killed++;
        continue;
      }
    }
    const { code, err } = await end;
    expect([code, err.replace(/.*begins anew\n/, "")]).toEqual([0, ""]);
    expect(outputs().map((output, at) => output === whole[at])).toEqual([true, true]);
    expect(folder.list()).not.toContain("run");
    ends++;
  }
}
