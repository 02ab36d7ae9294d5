import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, runNode } from "./pack/project.ts";

describe("the quickstart", () => {
  let folder: string;
  let printed: string;
  let seconds: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "softmax-quickstart-"));
    const start = performance.now();
    printed = await runNode(["examples/quickstart.mjs", folder], root);
    seconds = (performance.now() - start) / 1000;
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("takes less than a minute", () => {
    expect(seconds).toBeLessThan(60);
  });

  it("writes a model, a report and predictions", async () => {
    const [model, report, predictions] = await Promise.all([
      readFile(join(folder, "penguins.safetensors")),
      readFile(join(folder, "report.html"), "utf8"),
      readFile(join(folder, "predictions.csv"), "utf8"),
    ]);
    expect(model.length).toBeGreaterThan(1000);
    expect(report).toMatch(/^<!doctype html>/i);
    const lines = predictions.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^island,bill_length_mm,.*,sex,prediction,confidence/);
    expect(lines.slice(1).map((line) => line.split(",")[6])).toEqual([
      "Gentoo",
      "Chinstrap",
      "Adelie",
      "Chinstrap",
    ]);
    const confidence = lines.slice(1).map((line) => Number(line.split(",")[7]));
    expect(Math.min(...confidence.slice(0, 3))).toBeGreaterThan(0.95);
    expect(confidence[3]).toBeLessThan(0.9);
  });

  it("prints how good the model is, and what to try next", () => {
    expect(printed).toMatch(/accuracy/i);
    expect(printed).toContain("npx softmax train YOUR.csv --target YOUR_COLUMN");
  });
});

describe("the example of frequencies", () => {
  it("predicts in each group what happened in it, and everywhere the right mean", async () => {
    const printed = await runNode(["examples/frequencies.mjs"], root);
    const groups = printed.split("\n").filter((line) => /class [123] /.test(line));
    expect(groups).toHaveLength(6);
    for (const line of groups) {
      const [share, predicted] = line.match(/0\.\d{6}/g) ?? [];
      expect(predicted).toBe(share);
    }
    expect(printed.match(/0\.\d{6}$/gm)?.slice(-3)).toEqual(["0.381971", "0.381971", "0.381971"]);
  });
});

describe("the example of texts", () => {
  it("tells languages apart, and says when it is unsure", async () => {
    const folder = await mkdtemp(join(tmpdir(), "softmax-texts-"));
    const printed = await runNode(["examples/texts.mjs", folder], root);
    await rm(folder, { recursive: true });
    expect(printed).toMatch(/^800 texts, 9\d\.\d % right\n/);
    const [english, german, danish, spanish, french] = printed.trimEnd().split("\n").slice(1);
    expect(english).toMatch(/english 1\.00$/);
    expect(german).toMatch(/german +0\.[2-8]/);
    expect(danish).toMatch(/danish +\d/);
    expect(spanish).toMatch(/spanish +\d/);
    expect(french).toMatch(/french +\d/);
  });
});

describe("the example of reasons", () => {
  it("prints sums that agree, a change that turns the label, and what the model needs", async () => {
    const printed = await runNode(["examples/why.mjs"], root);
    expect(printed).toMatch(/sex female → male: ×0\.\d\d\n/);
    const [, sum, logOdds] = /with the intercept (\S+), the log-odds (\S+)/.exec(printed) ?? [];
    expect(sum).toBe(logOdds);
    expect(printed).toMatch(/third class: no, 0\.\d\d\n/);
    expect(printed).toMatch(
      /smallest change to yes, \d+\.\d\d deviations:\n {2}(pclass|fare|sibsp|parch|embarked) /,
    );
    expect(printed).toMatch(/Needed most: sex; shuffled, the log loss grows by 0\.[1-4]\d\n/);
    const [, female, male] = /female (0\.\d\d), male (0\.\d\d)/.exec(printed) ?? [];
    expect(Number(female)).toBeGreaterThan(Number(male));
    expect(printed).toMatch(/Look at row \d+: labelled (no|yes), whose probability is 0\.0\d\n$/);
  });
});
