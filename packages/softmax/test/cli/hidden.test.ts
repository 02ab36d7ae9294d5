import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { type Ran, softmax, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]): Promise<Ran> => softmax(args, { cwd: folder.path });
const TRAIN = ["train", "t.csv", "-t", "y", "--linear", "--hidden", "16,8", "--epochs", "12"];
const RATE = ["--learning-rate", "0.01", "--batch-size", "32"];

beforeAll(async () => {
  // Whether two signs agree: nothing that a linear model knows.
  const rows = Array.from({ length: 400 }, (_, i) => {
    const [a, b] = [((i * 37) % 101) - 50, ((i * 53) % 97) - 48];
    return `${a},${b},${a > 0 === b > 0 ? "same" : "other"}`;
  });
  writeFileSync(folder.at("t.csv"), `a,b,y\n${rows.join("\n")}\n`);
});

describe("train --hidden", () => {
  it("learns what is not linear, and says by what", async () => {
    const report = ["-r", "h.json", "-r", "h.html"];
    const { out, code, err } = await run(...TRAIN, ...RATE, "-o", "h.st", ...report);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toMatch(/Learned by 2 hidden layers of 16 and 8 relu units, \d+ of 12 epochs/);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    const { choice, evaluation } = JSON.parse(readFileSync(folder.at("h.json"), "utf8"));
    expect(choice.hidden).toEqual({ units: [16, 8], activation: "relu", networks: 1, epochs: 12 });
    expect(evaluation.metrics.accuracy.value).toBeGreaterThan(0.8);
    expect(readFileSync(folder.at("h.html"), "utf8")).toContain("2 hidden layers of 16 and 8 relu");
  });

  it("is in the model: inspect, predict, evaluate and explain read it", async () => {
    expect((await run("inspect", "h.st")).out).toContain("hidden layers of 16 and 8 relu units");
    const json = JSON.parse((await run("inspect", "h.st", "--json")).out);
    expect(json.hidden).toEqual({
      ...{ units: [16, 8], activation: "relu", networks: 1 },
      weights: 3 * 16 + 17 * 8,
    });
    const one = await run("predict", "h.st", "t.csv", "--probabilities");
    expect(one.code).toBe(0);
    expect(one.out.split("\n")).toHaveLength(402);
    expect((await run("evaluate", "h.st", "t.csv")).out).toContain("accuracy");
    const explained = await run("explain", "h.st", "t.csv", "--rows", "1");
    expect(explained.out).toMatch(/\bb\b/);
    const refused = await run("shrink", "h.st", "-o", "s.st");
    expect(refused.code).toBe(3);
    expect(refused.err.replaceAll(/\s+/g, " ")).toContain(
      "which a model with hidden layers has not",
    );
  });

  it("takes activation, dropout, decay and several seeds", async () => {
    const more = ["--activation", "gelu", "--dropout", "0.1", "--weight-decay", "0.1"];
    const { out, code } = await run(...TRAIN, ...more, "--average-seeds", "2", "-o", "m.st");
    expect(code).toBe(0);
    expect(out).toContain("Learned by 2 networks of 2 hidden layers of 16 and 8 gelu units");
    const { provenance } = JSON.parse((await run("inspect", "m.st", "--json")).out);
    expect(provenance.options).toContainEqual(["averageSeeds", "2"]);
  });

  it.each([
    [["--hidden", "16,x"], '--hidden expected a whole number from 1 to 16384, got "x"'],
    [["--hidden", "8", "--dropout", "2"], '--dropout expected a number from 0 to 1, got "2"'],
    [["--hidden", "8", "--weight-decay", "x"], "--weight-decay expected a number from 0 to 1000"],
    [["--hidden", "8", "--activation", "sine"], "Allowed choices are relu, tanh, gelu"],
    [["--hidden", "8", "--hidden", "auto", "--l2", "1"], "--l2 expected units in"],
    [["--hidden", "auto", "--hidden", "8"], "--hidden expected auto alone"],
    [["--dropout", "0.1"], "--dropout expected hidden layers beside it"],
    [["--hidden", "8", "--optimizer", "sgd"], "--optimizer expected nothing beside"],
  ])("refuses %j with a sentence", async (flags, message) => {
    const { code, err } = await run("train", "t.csv", "-t", "y", "-o", "x.st", ...flags);
    expect(code).toBeGreaterThan(0);
    expect(err.replaceAll(/\s+/g, " ")).toContain(message);
  });
});
