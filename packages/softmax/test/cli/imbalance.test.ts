import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { type Ran, softmax, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]): Promise<Ran> => softmax(args, { cwd: folder.path });
const TRAIN = ["train", "t.csv", "-t", "y", "--l2", "0.01", "--linear"];

/** 300 rows of a number and a label: yes about one in six, the more the larger the number. */
const rows = Array.from({ length: 300 }, (_, i) => {
  const x = (i * 37) % 100;
  return [x, (x * x + 53 * i) % 12_000 > 9_800 ? "yes" : "no"] as const;
});
const csv = (of: readonly (readonly [number, string])[]) =>
  `x,y\n${of.map((row) => row.join(",")).join("\n")}\n`;

beforeAll(async () => {
  writeFileSync(folder.at("t.csv"), csv(rows));
  await run(...TRAIN, "-o", "plain.st", "-q");
});

describe("train --prior", () => {
  it("says how good the probabilities are at both priors", async () => {
    const { out, code } = await run(...TRAIN, "--prior", "yes=0.02", "-o", "p.st", "-r", "p.json");
    expect(code).toBe(0);
    expect(out).toContain("The same rows weighted to the prior no 98.0 %, yes 2.0 %:");
    expect(out).toMatch(/There, for yes: precision 0\.\d+, recall [01]\.\d+/);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    const { evaluation } = JSON.parse(readFileSync(folder.at("p.json"), "utf8"));
    expect(evaluation.atPrior.prior[1]).toStrictEqual({
      label: "yes",
      share: expect.closeTo(0.02, 12),
    });
    expect(evaluation.atPrior.metrics.logLoss.value).toBeLessThan(evaluation.metrics.logLoss.value);
    expect(evaluation.calibration.brier.uncertainty.value).toBeGreaterThan(0.1);
  });

  it("is in the model, and inspect tells it", async () => {
    const { out } = await run("inspect", "p.st");
    expect(out).toContain("Probabilities are for the prior no 98.0 %, yes 2.0 %");
    const json = JSON.parse((await run("inspect", "p.st", "--json")).out);
    expect(json.prior[0].share).toBeCloseTo(0.98, 12);
  });

  it("takes several classes, also by the flag again, and other losses", async () => {
    const two = ["--prior", "yes=0.3", "--prior", "no=0.7"];
    expect((await run(...TRAIN, ...two, "-o", "a.st", "-q")).code).toBe(0);
    expect((await run(...TRAIN, "--prior", "yes=0.3,no=0.7", "-o", "b.st", "-q")).code).toBe(0);
    expect(readFileSync(folder.at("a.st"))).toStrictEqual(readFileSync(folder.at("b.st")));
    const focal = ["--loss", "focal", "--focal-gamma", "1.5", "--adjust", "0.5"];
    const { out, code } = await run(...TRAIN, ...focal, "-o", "f.st", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out).report.choice.focalGamma).toBe(1.5);
  });

  it.each([
    [["--prior", "yes"], "--prior expected class=share with a share between 0 and 1"],
    [["--prior", "yes=2"], 'got "yes=2"'],
    [["--prior", "uniform", "--prior", "yes=0.1"], "or uniform alone"],
    [["--prior", "yess=0.1"], 'did you mean "yes"?'],
    [["--prior", "yes=0.1,no=0.2"], "shares that add up to 1"],
    [["--prior", "uniform", "--adjust", "1"], "cannot be used together"],
    [["--adjust", "much"], '--adjust expected a number, got "much"'],
    [["--focal-gamma", "2"], "--loss"],
  ])("%j is an error", async (args, message) => {
    const { err, code } = await run(...TRAIN, ...args, "-o", "no.st");
    expect(err).toContain(message);
    expect(code).not.toBe(0);
  });
});

describe("of a model that exists", () => {
  const yesOf = async (...args: string[]): Promise<number> => {
    const { out } = await run("predict", "plain.st", "t.csv", "--json", "-p", "-q", ...args);
    const lines = out.trim().split("\n");
    return lines.reduce((sum, line) => sum + JSON.parse(line).probability_yes, 0) / lines.length;
  };

  it("predict --prior moves the probabilities", async () => {
    expect(await yesOf("--prior", "yes=0.02")).toBeLessThan((await yesOf()) / 2);
    expect(await yesOf("--prior", "uniform")).toBeGreaterThan(await yesOf());
  });

  it("predict --prior estimate says what it found", async () => {
    const positive = rows.filter(([, y]) => y === "yes");
    writeFileSync(folder.at("many.csv"), csv([...positive, ...positive, ...rows.slice(0, 60)]));
    const { err, code } = await run("predict", "plain.st", "many.csv", "--prior", "estimate");
    expect(code).toBe(0);
    expect(err).toMatch(/Class shares estimated from \d+ rows: no \d+\.\d %, yes \d+\.\d %/);
    const yes = Number(/yes (\d+\.\d) %/.exec(err)?.[1]);
    expect(yes).toBeGreaterThan(40);
  });

  it("evaluate --prior shows the rows as they are, and weighted", async () => {
    const { out } = await run("evaluate", "plain.st", "t.csv", "--prior", "yes=0.5");
    expect(out).toContain("for the prior no 50.0 %, yes 50.0 %. The rows as they are:");
    expect(out).toContain("The same rows weighted to the prior no 50.0 %, yes 50.0 %:");
    const json = JSON.parse(
      (await run("evaluate", "plain.st", "t.csv", "--prior", "yes=0.5", "--json")).out,
    );
    const { metrics, atPrior } = json.evaluation;
    expect(atPrior.metrics.logLoss.value).not.toBe(metrics.logLoss.value);
    expect(atPrior.metrics.weight).toBeCloseTo(300, 6);
  });
});
