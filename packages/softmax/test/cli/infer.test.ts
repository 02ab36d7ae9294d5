import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bundled, flowing, softmax, twoClasses, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]) => softmax(args, { cwd: folder.path });

describe("softmax infer", () => {
  const titanic = [bundled("titanic.csv"), "-t", "survived", "--categorical", "pclass"];

  it("prints coefficients, tests, fit and effects within 80 columns", async () => {
    const { out, code, err } = await run("infer", ...titanic, "-q");
    expect([code, err]).toEqual([0, ""]);
    const text = flowing(out);
    expect(text).toContain("1,043 rows used of 1,309; left out: 266 with a missing value");
    expect(text).toContain("Logit of survived = yes against no, without a penalty");
    expect(text).toContain("Compared with: pclass 1, sex female, embarked C");
    expect(out).toMatch(
      /^sex = male +-2\.613 +0\.180 +-14\.55 <0\.001 +-2\.965 – -2\.261 +0\.0733$/m,
    );
    expect(out).toMatch(/^embarked +2 +14\.49 <0\.001 +14\.24 <0\.001$/m);
    expect(out).toMatch(/^sex = male +-0\.495 +0\.0286 <0\.001 +-0\.551 – -0\.439$/m);
    expect(out.split("\n").every((line) => [...line].length <= 80)).toBe(true);
  });

  it("tables of many classes and long names keep to 80 columns", async () => {
    const { out, code } = await run("infer", bundled("anes96.csv"), "-t", "PID", "-q");
    expect(code).toBe(0);
    expect(out).toContain("Multinomial logit (7 classes) of PID against 0");
    expect(out.split("\n").every((line) => [...line].length <= 80)).toBe(true);
    expect(out).not.toContain("…");
  });

  it("as JSON, with choices", async () => {
    const { out, code } = await run(
      ...["infer", ...titanic, "--robust", "--reference", "sex=male,embarked=S"],
      ...["--base", "yes", "--level", "0.9", "--no-effects", "--json"],
    );
    expect(code).toBe(0);
    const found = JSON.parse(out);
    expect(found).toMatchObject({
      target: "survived",
      base: "yes",
      covariance: "robust",
      level: 0.9,
      effects: [],
      source: { read: 1309 },
    });
    expect(found.columns.map((column: { reference: string | null }) => column.reference)).toEqual([
      "1",
      "male",
      null,
      null,
      null,
      null,
      "S",
    ]);
  });

  it("names what separates the classes, and fails", async () => {
    const { code, err } = await run("infer", bundled("iris.csv"), "-t", "species");
    expect(code).toBe(3);
    expect(err).toContain("separated");
    expect(err).toContain("--ignore");
  });

  it.each([
    [["--reference", "sex"], '--reference expected column=level, got "sex"'],
    [["--level", "2"], '--level expected a number from 0 to 1, got "2"'],
  ])("%j is an error of the command line", async (flags, message) => {
    const { code, err } = await run("infer", ...titanic, ...flags);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("softmax compare", () => {
  it("says which of two models is better on other rows", async () => {
    const lines = twoClasses(600);
    const write = (name: string, from: number, to: number) =>
      writeFileSync(folder.at(name), ["x,noise,y", ...lines.slice(from, to)].join("\n"));
    write("train.csv", 0, 300);
    write("test.csv", 300, 600);
    const FAST = ["--linear", "--l2", "0.01", "-q", "-t", "y"];
    await run("train", "train.csv", ...FAST, "--ignore", "x", "-o", "blind.st");
    await run("train", "train.csv", ...FAST, "-o", "seeing.st");
    const { out, code } = await run("compare", "blind.st", "seeing.st", "test.csv");
    expect(code).toBe(0);
    expect(flowing(out)).toContain("B is better: on the same 300 rows it has the log loss");
    expect(out).toContain("McNemar: only A right in");
    expect(out.split("\n").every((line) => [...line].length <= 80)).toBe(true);
    const json = await run("compare", "seeing.st", "blind.st", "train.csv", "--json");
    expect(JSON.parse(json.out)).toMatchObject({
      better: "A",
      trainedOnTheseRows: ["A", "B"],
      rows: 300,
    });
  });
});

describe("softmax train --learning-curve", () => {
  it("prints the curve and its sentence", async () => {
    writeFileSync(folder.at("rows.csv"), ["x,noise,y", ...twoClasses(300)].join("\n"));
    const { out, code } = await run(
      ...["train", "rows.csv", "-t", "y", "--linear", "--l2", "0.01", "-q", "--learning-curve"],
    );
    expect(code).toBe(0);
    expect(out).toContain("Learning curve, judged on the same 300 rows:");
    expect(flowing(out)).toMatch(/twice as many would lower the log loss|Twice as many rows/);
  });
});
