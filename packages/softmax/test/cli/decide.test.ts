import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { flowing, type Ran, softmax, twoClasses, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]): Promise<Ran> => softmax(args, { cwd: folder.path });
const quick = ["-t", "y", "--l2", "0.01", "--linear", "--folds", "2"];

beforeAll(async () => {
  writeFileSync(folder.at("train.csv"), `a,b,y\n${twoClasses(200).join("\n")}\n`);
  writeFileSync(folder.at("fresh.csv"), `a,b,y\n${twoClasses(300).slice(200).join("\n")}\n`);
  writeFileSync(folder.at("new.csv"), "a,b\n0.95,0.5\n0.5,0.5\n0.3,0.5\n");
  writeFileSync(folder.at("costs.csv"), "true,no,yes\nno,0,1\nyes,6,0\n");
  expect((await run("train", "train.csv", ...quick, "-o", "m.st")).code).toBe(0);
});

describe("train with a decision", () => {
  it("tells how it decides and what that gains, and predict follows it", async () => {
    const { code, out } = await run(
      "train",
      "train.csv",
      ...quick,
      "--cost",
      "yes:no=6",
      "-o",
      "c.st",
    );
    expect(code).toBe(0);
    expect(out).toContain("Decides for the label of least expected cost.");
    expect(out).toMatch(/^mean cost +0\.\d+ +0\.\d+ – 0\.\d+ +\d\.\d+ +0\.\d+$/m);
    expect(flowing(out)).toMatch(/Gain in mean cost over the most probable label: \+0\.\d+ \(/);
    const rows = (await run("predict", "c.st", "new.csv", "-p", "--json")).out.trim().split("\n");
    const third = JSON.parse(rows[2]);
    expect(third.prediction).toBe("yes");
    expect(third.confidence).toBe(third.probability_yes);
    expect(third.probability_yes).toBeLessThan(0.5);
    const shown = (await run("inspect", "c.st")).out;
    expect(shown).toContain("Decides for the label of least expected cost");
  });

  it("takes the same costs from a table", async () => {
    const json = async (...flags: string[]): Promise<unknown> =>
      JSON.parse((await run("train", "train.csv", ...quick, ...flags, "-o", "-j.st", "--json")).out)
        .report.decision;
    expect(await json("--costs", "costs.csv")).toEqual(await json("--cost", "yes:no=6"));
  });

  it("shows thresholds with their spread", async () => {
    const { out } = await run("train", "train.csv", ...quick, "--decide", "f1", "-o", "f.st");
    expect(flowing(out)).toMatch(
      /Decides for (yes|no) from a probability of 0\.\d+ on, else (yes|no)\./,
    );
    expect(flowing(out)).toMatch(
      /The threshold for \w+ is 0\.\d+: 0\.\d+ to 0\.\d+ by part, 0\.\d+ ± 0\.\d+ over samples/,
    );
  });

  it("makes sets, which predict gives as lists", async () => {
    const { code, out } = await run(
      "train",
      "train.csv",
      ...quick,
      "--coverage",
      "0.8",
      "-o",
      "s.st",
    );
    expect(code).toBe(0);
    expect(flowing(out)).toContain(
      "Sets of labels (aps) hold the true one for at least 80.0 % of new rows like these: guaranteed by 40 rows that were set aside.",
    );
    const lines = (await run("predict", "s.st", "new.csv", "--json")).out.trim().split("\n");
    const sets = lines.map((line) => JSON.parse(JSON.parse(line).set));
    expect(sets[0]).toEqual(["yes"]);
    expect((await run("evaluate", "s.st", "fresh.csv")).out).toContain("of the sets hold it");
  });
});

describe("predict", () => {
  it("leaves the label empty, or says a word, where a row is left to a person", async () => {
    const made = await run("decide", "m.st", "--abstain", "confidence=0.8", "-o", "a.st");
    expect(made.out).toMatch(
      /^Decides for the most probable label; left to a person where its probability/,
    );
    const { out } = await run("predict", "a.st", "new.csv");
    expect(out.split("\n")[2]).toMatch(/^0\.5,0\.5,,0\.\d+$/);
    const { out: word } = await run("predict", "a.st", "new.csv", "--undecided", "ask Ann");
    expect(word.split("\n")[2]).toMatch(/^0\.5,0\.5,ask Ann,0\.\d+$/);
    const json = JSON.parse((await run("predict", "a.st", "new.csv", "--json")).out.split("\n")[1]);
    expect(json.prediction).toBeNull();
    const taken = await run("predict", "a.st", "new.csv", "--undecided", "yes");
    expect([taken.code, taken.err]).toEqual([
      2,
      expect.stringContaining("is no label of the model"),
    ]);
    const { out: evaluated } = await run("evaluate", "a.st", "fresh.csv");
    expect(evaluated).toMatch(/true, decided as: +no +yes \(person\)/);
  });
});

describe("decide", () => {
  it("chooses on fresh rows, warns of those of the training, and takes itself back", async () => {
    const { code, out } = await run("decide", "m.st", "fresh.csv", "--decide", "f1", "-o", "d.st");
    expect(code).toBe(0);
    expect(out).toContain("fresh.csv: 100 rows with a label");
    const again = await run("decide", "m.st", "train.csv", "--decide", "f1", "-o", "d.st");
    expect(again.err).toContain("the very rows that the model was trained on");
    const plain = await run("decide", "d.st", "--decide", "argmax", "-o", "p.st", "--json");
    expect(JSON.parse(plain.out)).toMatchObject({
      model: "p.st",
      decision: { by: "argmax" },
      source: null,
    });
    expect((await run("inspect", "p.st")).out).not.toContain("Decides for");
  });
});

describe("flags that are wrong say what was expected, before any work", () => {
  it.each([
    [["--decide", "f2"], "--decide expected one of argmax, costs, f1"],
    [["--decide", "threshold"], "--decide expected a number"],
    [["--decide", "threshold=x"], "--decide expected a rule such as f1 or threshold=0.3"],
    [["--cost", "yes=5"], "--cost expected true:predicted=cost"],
    [["--cost", "yes:no=5", "--costs", "costs.csv"], "say the same in two ways"],
    [["--abstain", "0.2"], "--abstain expected cost=C"],
    [["--decide", "macro-f1", "--cost", "yes:no=5"], "cannot be used together"],
    [["--sets", "lac"], "--sets wants --coverage"],
    [["--coverage", "90"], "--coverage expected a number from 0 to 1"],
    [["--coverage", "0.9", "--weight", "b"], "cannot be used together"],
  ])("%j", async (flags, sentence) => {
    const { code, err } = await run("train", "nowhere.csv", "-t", "y", ...flags);
    expect([code, flowing(err)]).toEqual([2, expect.stringContaining(sentence)]);
  });

  it.each([
    [["--cost", "yes:maybe=5"], 3, '--cost expected a class, got "maybe"'],
    [["--decide", "f1"], 3, "rows with labels, on which it is chosen"],
    [[], 2, "decide expected how to"],
  ])("of decide: %j", async (flags, status, sentence) => {
    const { code, err } = await run("decide", "m.st", ...flags, "-o", "x.st");
    expect([code, flowing(err)]).toEqual([status, expect.stringContaining(sentence)]);
  });
});
