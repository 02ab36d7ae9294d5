import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { TunedOptions, TuneTrial } from "@softmax/core";
import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addTrainCommand, type TrainFlags, trainOptionsOf } from "../../src/cli/train.ts";
import { duration, repeating } from "../../src/cli/tune.ts";
import { tunedFlags } from "../../src/report/tune.ts";
import {
  bundled,
  ended,
  flowing,
  type Ran,
  softmax,
  start,
  twoClasses,
  workFolder,
} from "./run.ts";

const folder = workFolder();
const cwd = folder.path;

/** Points of a plane that are "in" where their signs agree: no line tells them apart. */
function writeSigns(name: string, rows: number): void {
  const lines = twoClasses(rows).map((line) => {
    const [x, y] = line.split(",").map(Number);
    return `${x},${y},${x > 0.5 === y > 0.5 ? "in" : "out"}`;
  });
  writeFileSync(folder.at(name), `x,y,label\n${lines.join("\n")}\n`);
}

const TRAIN = ["train", "signs.csv", "-t", "label", "--linear"];

/** What a shell makes of a command without globs or variables. */
const wordsOf = (command: string): string[] =>
  (command.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []).map((word) =>
    word.replace(/'([^']*)'|\\(')/g, "$1$2"),
  );

/** Ended by Ctrl-C once two ways were begun, so that one stands beside the default. */
async function interrupted(args: readonly string[]): Promise<Ran> {
  const child = start(args, cwd);
  const end = ended(child);
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  while (child.exitCode === null && !/no\. ([2-9]|\d\d)/.test(said)) await setTimeout(20);
  child.kill("SIGINT");
  return end;
}

describe("train --tune", () => {
  it("ended by Ctrl-C keeps the best, and prints a command that trains it to the byte without a clock", async () => {
    writeSigns("signs.csv", 400);
    const args = [...TRAIN, "-o", "tuned.st", "-r", "tuned.json", "-r", "tuned.html"];
    const ran = await interrupted([...args, "--tune", "10m"]);
    expect(ran.code).toBe(0);
    expect(ran.err).toContain("the search ends here");
    const { tune, evaluation } = JSON.parse(readFileSync(folder.at("tuned.json"), "utf8"));
    expect([tune.kept, evaluation.method]).toEqual([null, "rows held out of the search"]);
    expect([tune.ended, tune.seconds]).toEqual(["stopped", 600]);
    expect(ran.out.replaceAll(/ \\\n +/g, " ")).toContain(tune.command);
    expect(ran.out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(readFileSync(folder.at("tuned.html"), "utf8")).toContain("What the search tried");

    const words = wordsOf(tune.command).slice(1);
    expect(words.filter((word) => word.startsWith("--tune"))).toEqual([]);
    const model = readFileSync(folder.at("tuned.st"));
    const again = await softmax(words, { cwd });
    expect(again.code).toBe(0);
    expect(readFileSync(folder.at("tuned.st"))).toEqual(model);
  });

  it("goes on from its checkpoint with what was judged", async () => {
    writeSigns("signs.csv", 400);
    const kept = ["--checkpoint", "run", "--json", "-o", "stopped.st", "--tune", "10m"];
    const first = await interrupted([...TRAIN, ...kept]);
    expect(first.err).toContain("go on with: softmax train signs.csv");
    expect(folder.list()).toContain("run");
    const second = await interrupted([...TRAIN, ...kept, "--resume"]);
    const [before, after] = [first, second].map(
      ({ out }) => JSON.parse(out).report.tune.candidates as readonly TuneTrial[],
    );
    const judged = before.filter(({ outcome }) => outcome !== "unfinished");
    expect(judged.length).toBeGreaterThan(1);
    expect(after).toEqual(expect.arrayContaining(judged));
  });

  it("ends with its time, and removes its checkpoint", async () => {
    writeSigns("signs.csv", 100);
    const kept = ["--checkpoint", "short", "-o", "short.st", "-q"];
    const ran = await softmax([...TRAIN, ...kept, "--tune", "1s"], { cwd });
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(flowing(ran.out)).toMatch(/Searched.* of training beside the default/);
    expect(folder.list()).toContain("short.st");
    expect(folder.list()).not.toContain("short");
  });

  it.each<[string, readonly string[], string]>([
    ["a time in words", ["--tune", "soon"], "--tune expected a time from 1s to 24h"],
    ["half a second", ["--tune", "0.5s"], "--tune expected a time from 1s to 24h"],
    ["more than a day", ["--tune", "25h"], "--tune expected a time from 1s to 24h"],
    ["several labels a row", ["--tune", "9s", "--multi-label", ";"], "--multi-label yet"],
    [
      "sets of labels",
      ["--tune", "9s", "--coverage", "0.9"],
      "--tune and --coverage do not go together",
    ],
  ])("refuses %s", async (_, flags, sentence) => {
    const ran = await softmax(["train", bundled("penguins.csv"), "-t", "species", ...flags], {
      cwd,
    });
    expect([ran.code, ran.out]).toEqual([2, ""]);
    expect(flowing(ran.err)).toContain(sentence);
  });
});

describe("the time of a search", () => {
  it.each([
    ["60", 60],
    ["90s", 90],
    ["1.5m", 90],
    ["2min", 120],
    ["24h", 86_400],
  ])("%s is so many seconds", (text, seconds) => {
    expect(duration(text)).toBe(seconds);
  });

  it.each(["", "s", "-5s", "1e3", "5 s", "0", "60sec", "Infinity", "86401"])(
    "is not %j",
    (text) => {
      expect(() => duration(text)).toThrow("--tune expected a time");
    },
  );
});

describe("what a search found, as a command line", () => {
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const range = fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 8 }))
    .map(([from, more]) => [from, from + more] as const);
  const share = fc.integer({ min: 0, max: 99 }).map((hundredths) => hundredths / 100);
  const positive = fc.double({ min: 1e-9, max: 100, noNaN: true });
  const whole = (min: number, max: number) => optional(fc.integer({ min, max }));
  const tuned: fc.Arbitrary<object> = fc.record({
    linear: optional(fc.constant(true)),
    l1Ratio: optional(share),
    hidden: optional(fc.array(fc.integer({ min: 1, max: 512 }), { minLength: 1, maxLength: 3 })),
    activation: optional(fc.constantFrom("relu", "gelu", "tanh")),
    dropout: optional(share),
    learningRate: optional(positive),
    weightDecay: optional(share),
    batchSize: whole(1, 999),
    epochs: whole(1, 999),
    averageSeeds: whole(1, 9),
    calibration: optional(fc.constantFrom("auto", "beta", "isotonic")),
    texts: fc.record({
      words: optional(range),
      characters: optional(fc.oneof(range, fc.constant(null))),
      weights: optional(fc.constantFrom("tf-idf", "bayes", "binary")),
      leastTexts: whole(1, 9),
      mostShare: optional(share),
      normalise: optional(fc.constant(false)),
    }),
    images: fc.record({
      features: optional(fc.constantFrom("pixels", "patches")),
      size: whole(8, 128),
      patch: whole(2, 16),
      centroids: optional(fc.integer({ min: 1, max: 99 }).map((n) => 8 * n)),
      grid: whole(1, 8),
    }),
  });

  /** Without what is undefined, or an object without anything. */
  const bare = (value: object): object =>
    Object.fromEntries(
      Object.entries(value)
        .map(([name, one]) => [name, isRecord(one) ? bare(one) : one] as const)
        .filter(
          ([, one]) => one !== undefined && !(isRecord(one) && Object.keys(one).length === 0),
        ),
    );
  const isRecord = (value: unknown): value is object =>
    typeof value === "object" && value !== null && !Array.isArray(value);

  it("says the same options", async () => {
    await fc.assert(
      fc.asyncProperty(tuned, async (given) => {
        const options = bare(given) as TunedOptions;
        const program = new Command();
        addTrainCommand(program);
        const command = program.commands[0];
        command.parseOptions(tunedFlags(options));
        const { folds: _, seed: __, ...said } = await trainOptionsOf(command.opts() as TrainFlags);
        expect(said).toEqual(options);
      }),
      { numRuns: 200 },
    );
  });

  it.each<[string, readonly string[], string]>([
    ["--tune 9s", ["a.csv", "--tune", "9s", "-t", "y"], "softmax train --hidden 8 a.csv -t y"],
    ["--tune=9s", ["--tune=9s", "a.csv"], "softmax train --hidden 8 a.csv"],
    [
      "a checkpoint",
      ["a b.csv", "--resume", "--checkpoint", "run", "--checkpoint-every=5", "--tune", "1h"],
      "softmax train --hidden 8 'a b.csv'",
    ],
  ])("stands in the place of %s", (_, args, command) => {
    expect(repeating(["train", ...args], { hidden: [8] })).toBe(command);
  });
});
