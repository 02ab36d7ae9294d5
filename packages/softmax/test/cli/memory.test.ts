import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createRandom } from "@softmax/core";
import { describe, expect, it } from "vitest";
import type { MemoryLimit } from "../../src/data/store/store.ts";
import { type TrainFileOptions, trainOn } from "../../src/train.ts";
import { temporaryFolder } from "../data/tables.ts";
import { bundled, ended, softmax } from "./run.ts";

const at = temporaryFolder();
const library = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

describe("the flag --memory", () => {
  it.each(["255MB", "half", "1TB2", "-1GB", ""])(
    "refuses %j with what it expects",
    async (size) => {
      const { code, err } = await softmax([
        "train",
        bundled("penguins.csv"),
        "-t",
        "species",
        `--memory=${size}`,
      ]);
      expect(code).toBe(2);
      expect(err).toContain(`--memory expected a size from 256MB, such as 2GB, got "${size}"`);
    },
  );

  it("refuses a folder for scratch files that is not there", async () => {
    const args = ["train", bundled("penguins.csv"), "-t", "species", "--scratch", at("nowhere")];
    const { code, err } = await softmax(args);
    expect(code).toBe(2);
    expect(err).toContain("--scratch expected a folder that is there");
  });

  it.each([
    ["--memory", "512MB"],
    ["--scratch", "."],
  ])("is refused beside several labels a row: %s", async (flag, value) => {
    const args = ["train", bundled("penguins.csv"), "-t", "species", "--multi-label", ";"];
    const { code, err } = await softmax([...args, flag, value]);
    expect(code).toBe(2);
    expect(err).toContain(`${flag} is not there beside --multi-label yet`);
  });

  it("is said not to be kept where rows are held in memory, with the reason", async () => {
    const [names, ...lines] = readFileSync(bundled("penguins.csv"), "utf8").trim().split("\n");
    const many = Array.from({ length: 6 }, () => lines).flat();
    writeFileSync(at("many.csv"), [names, ...many].join("\n"));
    const records = many.map((line) =>
      Object.fromEntries(line.split(",").map((cell, j) => [names.split(",")[j], cell])),
    );
    writeFileSync(at("many.json"), JSON.stringify(records));
    const memory: MemoryLimit = {
      ...{ bytes: 2 ** 20, folder: at(".") },
      sizes: { head: 2 ** 14, block: 2 ** 14 },
    };
    const remarks = async (path: string, more: TrainFileOptions = {}): Promise<string> => {
      const options = {
        target: "species",
        memory,
        l2: 0.1,
        linear: true,
        folds: 2,
        worker: false,
        ...more,
      };
      return (await trainOn(path, options)).source.remarks.join("; ");
    };
    const held = "is held in memory whole, which --memory does not bound";
    expect(await remarks(at("many.csv"))).not.toContain(held);
    expect(await remarks(at("many.csv"), { learningCurve: true })).toContain(
      `${held}: --coverage, --tune, --learning-curve and --infer look at all rows together`,
    );
    expect(await remarks(at("many.json"))).toContain(
      `many.json ${held}: only CSV and JSON lines are read part by part`,
    );
  });

  it("changes no byte of a model", async () => {
    const models = [[], ["--memory", "256MB", "--scratch", at(".")]].map(async (flags, i) => {
      const path = at(`model-${i}.safetensors`);
      const args = ["train", bundled("penguins.csv"), "-t", "species", "-o", path, "-q", ...flags];
      const { code } = await softmax(args);
      expect(code).toBe(0);
      return readFileSync(path);
    });
    const [free, within] = await Promise.all(models);
    expect(within.equals(free)).toBe(true);
  });
});

/** Rows of numbers and levels, in a file that is far larger than the limits below allow to hold. */
function rows(count: number): string {
  const path = at(`rows-${count}.csv`);
  const random = createRandom(3);
  let text = "a,b,c,level,y\n";
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [random.uniform(), random.uniform(), random.uniform()];
    const y = a + b * b - c + 0.3 * random.uniform() > 0.5 ? "yes" : "no";
    text += `${a.toFixed(6)},${b.toFixed(6)},${c.toFixed(6)},v${random.below(5)},${y}\n`;
  }
  writeFileSync(path, text);
  return path;
}

/** The built library in a process of its own: where the rows are read by a thread of theirs. */
function training(path: string, folder: string, bytes: number | null, model: string) {
  const memory =
    bytes === null
      ? ""
      : `memory: { bytes: ${bytes}, folder: ${JSON.stringify(folder)}, sizes: { head: 1e5, block: 1e5 } },`;
  const code = `
    import { writeFileSync } from "node:fs";
    import { train } from ${JSON.stringify(library)};
    const { classifier } = await train(${JSON.stringify(path)}, {
      target: "y", ${memory} threads: 2,
      onProgress: ({ doing }) => console.log(doing),
    });
    writeFileSync(${JSON.stringify(model)}, classifier.save());`;
  return spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "pipe" });
}

describe("a training beyond its limit", () => {
  const path = rows(30_000);
  const scratch = (): string => {
    mkdirSync(at("scratch"), { recursive: true });
    return mkdtempSync(join(at("scratch"), "of-"));
  };

  it("gives the same model, its rows read by another thread", async () => {
    const folder = scratch();
    const models = [null, 4 * 2 ** 20].map(async (bytes, i) => {
      const model = at(`beyond-${i}.safetensors`);
      const { code, err } = await ended(training(path, folder, bytes, model));
      expect(err).toBe("");
      expect(code).toBe(0);
      return readFileSync(model);
    });
    const [free, within] = await Promise.all(models);
    expect(within.equals(free)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["SIGKILL", "SIGINT", "SIGTERM"] as const)(
    "leaves nothing on the disk when it ends by %s",
    async (signal) => {
      const folder = scratch();
      const child = training(path, folder, 4 * 2 ** 20, at("never.safetensors"));
      const end = ended(child);
      await Promise.race([end, new Promise((resolve) => child.stdout?.once("data", resolve))]);
      await setTimeout(50);
      child.kill(signal);
      await end;
      expect(child.signalCode).toBe(signal);
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});
