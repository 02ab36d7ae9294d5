import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import {
  bundled,
  ended,
  flowing,
  type Ran,
  remarksOf,
  softmax,
  start,
  twoClasses,
  workFolder,
} from "./run.ts";

const folder = workFolder();

const run = (...args: string[]): Promise<Ran> => softmax(args, { cwd: folder.path });

beforeAll(async () => {
  writeFileSync(folder.at("train.csv"), `a,b,y\n${twoClasses(200).join("\n")}\n`);
  writeFileSync(
    folder.at("new.csv"),
    'code,b,a,prediction,note\n007,0.5,0.9,mine,"a, ""b"""\n008,.5,1e-1,,\n',
  );
  const ran = await run("train", "train.csv", "-t", "y", "--l2", "0.01", "--linear", "-o", "m.st");
  expect(ran.code).toBe(0);
});

describe("predict", () => {
  it("keeps columns and text as they are, in any order, and overwrites none", async () => {
    const { out, code } = await run("predict", "m.st", "new.csv");
    expect(code).toBe(0);
    const [head, first, second] = out.split("\n");
    expect(head).toBe("code,b,a,prediction,note,prediction_1,confidence");
    expect(first).toMatch(/^007,0\.5,0\.9,mine,"a, ""b""",yes,0\.\d+$/);
    expect(second).toMatch(/^008,\.5,1e-1,,,no,0\.\d+$/);
  });

  it("gives probabilities, logits and the top classes on request", async () => {
    const { out } = await run(
      "predict",
      "m.st",
      "new.csv",
      "-p",
      "--logits",
      "--top",
      "5",
      "--json",
    );
    const [row] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(row.probability_no + row.probability_yes).toBeCloseTo(1, 12);
    const odds = Math.log(row.probability_yes / row.probability_no);
    expect(row.logit_yes - row.logit_no).toBeCloseTo(odds, 10);
    expect([row.top1, row.top1_probability]).toEqual(["yes", row.probability_yes]);
    expect([row.top2, row.top3]).toEqual(["no", undefined]);
    expect(row.code).toBe("007");
  });

  it("divides the calibrated logits by the temperature", async () => {
    const odds = async (...args: string[]): Promise<number> => {
      const { out } = await run("predict", "m.st", "new.csv", "-p", "--json", ...args);
      const row = JSON.parse(out.split("\n")[0]);
      return Math.log(row.probability_yes / row.probability_no);
    };
    expect(await odds("--temperature", "2")).toBeCloseTo((await odds()) / 2, 10);
  });

  it("writes the same answers as CSV, TSV, JSON lines and Parquet", async () => {
    const answers = [];
    for (const name of ["o.csv", "o.tsv", "o.jsonl", "o.parquet"]) {
      expect((await run("predict", "m.st", "new.csv", "-o", name)).code).toBe(0);
      const { table } = await readTable(folder.at(name));
      answers.push(table.columns.map((column) => column.name));
      const label = table.columns.find((column) => column.name === "prediction_1");
      expect(label).toMatchObject({ dictionary: ["yes", "no"] });
    }
    expect(new Set(answers.map(String)).size).toBe(1);
  });

  it("says as JSON what it did where the answers go to a file", async () => {
    const { out } = await run("predict", "m.st", "new.csv", "-o", "j.csv", "--json");
    expect(JSON.parse(out)).toMatchObject({ rows: 2, output: "j.csv", source: { read: 2 } });
  });

  it("reads standard input", async () => {
    const { out } = await softmax(["predict", folder.at("m.st"), "-"], { input: "a,b\n1,0\n" });
    expect(out).toMatch(/^a,b,prediction,confidence\n1,0,yes,0\.\d+\n$/);
  });

  it("writes the decimal comma where it read one", async () => {
    const input = "a;b\n0,9;0,1\n0,2;0,3\n";
    const { out } = await softmax(["predict", folder.at("m.st"), "-"], { input });
    expect(out).toMatch(/^a;b;prediction;confidence\n0,9;0,1;yes;0,\d+\n/);
    const tsv = await softmax(["predict", folder.at("m.st"), "-", "--output-format", "tsv"], {
      input,
    });
    expect(tsv.out).toMatch(/^a\tb\tprediction\tconfidence\n0,9\t0,1\tyes\t0,\d+\n/);
  });

  it("names the columns that are missing", async () => {
    const { code, err } = await softmax(["predict", folder.at("m.st"), "-"], {
      input: "A,c\n1,0\n2,1\n",
    });
    expect(code).toBe(3);
    expect(err).toContain('the table lacks the columns "a" (did you mean "A"?), "b"');
  });

  it("ends well where nobody reads its output any more", async () => {
    const rows = twoClasses(60_000);
    writeFileSync(folder.at("many.csv"), `a,b,y\n${rows.join("\n")}\n`);
    const child = start(["predict", "m.st", "many.csv"], folder.path);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const ran = await ended(child);
    expect([ran.code, remarksOf(ran)]).toEqual([0, ""]);
  });
});

describe("evaluate", () => {
  it("gives the stable keys, and says where the rows are those of the training", async () => {
    const json = JSON.parse((await run("evaluate", "m.st", "train.csv", "--json")).out);
    for (const key of ["accuracy", "logLoss", "macroF1", "ece", "auc", "baseline"]) {
      expect(json[key], key).toMatchObject({ value: expect.any(Number), low: expect.any(Number) });
    }
    expect([json.rows, json.trainedOnTheseRows]).toEqual([200, true]);
    const { out } = await run("evaluate", "m.st", "train.csv");
    expect(flowing(out)).toContain("the very rows that the model was trained on");
  });

  it("shows confusions, and precision and recall of the class of interest", async () => {
    const { out } = await run("evaluate", "m.st", "train.csv", "--positive", "no");
    expect(out).toMatch(/^true, predicted as: +no +yes\nno +\d+ +\d+\nyes +\d+ +\d+$/m);
    expect(out).toMatch(/^For no: precision 0\.\d+, recall 0\.\d+\.$/m);
  });

  it("names labels that training never saw, and the query that mends them", async () => {
    const lines = twoClasses(50).map((line) => `${line}.`);
    writeFileSync(folder.at("dots.csv"), `a,b,y\n${lines.join("\n")}\n`);
    const { code, err } = await run("evaluate", "m.st", "dots.csv");
    expect(code).toBe(3);
    expect(err).toContain('"no." (');
    const query = /select \* replace .* from data/.exec(err)?.[0] as string;
    expect(query).toBe(`select * replace (rtrim("y", '.') as "y") from data`);
    const mended = await run("evaluate", "m.st", "dots.csv", "--query", query, "--json");
    expect(JSON.parse(mended.out)).toMatchObject({ rows: 50, trainedOnTheseRows: false });
  });

  it("keeps the same numbers for the same seed, and takes the class of interest", async () => {
    const at = (...args: string[]): Promise<Ran> =>
      run("evaluate", "m.st", "train.csv", "--json", ...args);
    const [one, again, other] = await Promise.all([
      at("--seed", "3"),
      at("--seed", "3"),
      at("--seed", "4"),
    ]);
    expect(again.out).toBe(one.out);
    expect(other.out).not.toBe(one.out);
    const { code, err } = await at("--positive", "ja");
    expect([code, err]).toEqual([
      3,
      expect.stringContaining('--positive expected a class, got "ja"'),
    ]);
  });
});

describe("inspect", () => {
  it("shows classes, columns and where the model comes from", async () => {
    const { out } = await run("inspect", "m.st");
    expect(out).toMatch(/^Predicts y: no, yes$/m);
    expect(out).toMatch(/^a +numeric line$/m);
    expect(out).toContain("Trained on 200 rows");
    const json = JSON.parse((await run("inspect", "m.st", "--json", "--seed", "1", "-q")).out);
    expect(json).toMatchObject({ target: "y", weights: 3, provenance: { rows: 200 } });
    expect(json.classes[0]).toEqual({ label: "no", share: expect.any(Number) });
  });

  it("fits 80 columns", async () => {
    const args = [
      "train",
      bundled("titanic.csv"),
      "-t",
      "survived",
      "--l2",
      "0.01",
      "-o",
      "t.st",
      "-q",
    ];
    expect((await run(...args)).code).toBe(0);
    const { out } = await run("inspect", "t.st");
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(out).toMatch(/^age +numeric +(line|curve of \d+ knots from .*) \+ missing \(as 28\)$/m);
  });
});
