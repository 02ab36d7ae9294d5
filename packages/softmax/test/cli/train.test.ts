import { readFileSync, writeFileSync } from "node:fs";
import type { Report } from "@softmax/core";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluationJson } from "../../src/cli/summary.ts";
import { bundled, flowing, type Ran, softmax, twoClasses, workFolder } from "./run.ts";

const folder = workFolder();
const FAST = ["--l2", "0.01", "--linear"];

const train = (name: string, text: string, ...args: string[]): Promise<Ran> => {
  writeFileSync(folder.at(name), text);
  return softmax(["train", name, ...FAST, "-o", `${name}.st`, ...args], { cwd: folder.path });
};

const isMeasure = (value: unknown): boolean =>
  typeof value === "number" ||
  ["value", "low", "high"].every(
    (key) => typeof (value as Record<string, unknown>)[key] === "number",
  );

describe("train on penguins", () => {
  let ran: Ran;
  let json: Record<string, unknown>;

  beforeAll(async () => {
    const reports = ["--report", "r.html", "--report", "r.json"];
    const args = ["train", bundled("penguins.csv"), "--target", "species", ...FAST];
    ran = await softmax([...args, ...reports, "-o", "m.st"], { cwd: folder.path });
    const machine = await softmax([...args, "--json", "--quiet", "-o", "m2.st"], {
      cwd: folder.path,
    });
    expect(machine.err).toBe("");
    json = JSON.parse(machine.out);
  });

  it("says what it read, how good the model is, what it wrote and what comes next", () => {
    expect(ran.code).toBe(0);
    expect(flowing(ran.out)).toContain("344 rows, 7 columns, comma-separated, UTF-8");
    expect(ran.out).toContain("species: Adelie 152, Chinstrap 68, Gentoo 124");
    expect(ran.out).toMatch(/^accuracy +0\.9\d\d +0\.9\d\d – [01]\.\d+ 0\.442$/m);
    expect(ran.out).toMatch(/^Wrote m\.st \(\d\.\d KB\), r\.html, r\.json$/m);
    expect(ran.out).toContain("Next: softmax predict m.st NEW.csv -o answers.csv");
  });

  it("gives the stable keys, each a number or { value, low, high }", () => {
    for (const key of ["rows", "accuracy", "logLoss", "macroF1", "ece", "auc", "baseline"]) {
      expect(json[key], key).toSatisfy(isMeasure);
    }
    expect(json.rows).toBe(344);
    expect(json.baseline).toMatchObject({ label: "Adelie", accuracy: { value: 152 / 344 } });
    expect(json.noBetterThanBaseline).toBe(false);
  });

  it("writes the same report as JSON and as a page", () => {
    const report = JSON.parse(readFileSync(folder.at("r.json"), "utf8"));
    const { command, ...made } = report.provenance;
    expect(command).toContain("--report r.html --report r.json -o m.st");
    const { command: _, ...same } = (json.report as Report).provenance;
    expect(made).toEqual(same);
    expect({ ...report, provenance: 0 }).toEqual({ ...(json.report as Report), provenance: 0 });
    const page = readFileSync(folder.at("r.html"), "utf8");
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.replaceAll("<wbr>", "")).toContain("<h3><bdi>bill_length_mm</bdi></h3>");
  });

  it("writes equal bytes for equal options", () => {
    expect(readFileSync(folder.at("m.st"))).toEqual(readFileSync(folder.at("m2.st")));
  });

  it("leaves no temporary file behind", () => {
    expect(folder.list().filter((name) => name.startsWith("."))).toEqual([]);
  });
});

describe("an optimiser", () => {
  it("is taken with its options, and the model file keeps them", async () => {
    const flags = ["-t", "y", "--optimizer", "sgd", "--epochs", "5", "--learning-rate", "0.05"];
    const more = ["--momentum", "0.5", "--nesterov", "--batch-size", "16", "--schedule", "step"];
    const { code, out } = await train(
      "sgd.csv",
      `a,b,y\n${twoClasses(40).join("\n")}\n`,
      ...flags,
      ...more,
    );
    expect(code).toBe(0);
    expect(flowing(out)).toContain("the last fit ended after 5 epochs, near the optimum at best");
    const bytes = readFileSync(folder.at("sgd.csv.st"), "latin1");
    for (const key of [
      "optimizer",
      "learningRate",
      "momentum",
      "nesterov",
      "batchSize",
      "epochs",
      "schedule",
    ]) {
      expect(bytes).toContain(key);
    }
  });
});

describe("what train says", () => {
  it("fits 80 columns, whatever the names are", async () => {
    const names = Array.from({ length: 40 }, (_, j) => `column ${j} ${"long ".repeat(j)}`.trim());
    names[3] = "日本語".repeat(20);
    names[4] = `\u001b[31mred\u0007\u202e`;
    const lines = twoClasses(60).map((line) => {
      const label = line.split(",")[2];
      return [
        ...names.map((_, j) => (line.charCodeAt(2 + (j % 3)) * (j + 1)) % 7),
        `${label} ${"of it ".repeat(20)}`,
      ].join(",");
    });
    const { out, code } = await train(
      "wide.csv",
      `${[...names, "y"].join(",")}\n${lines.join("\n")}\n`,
      "-t",
      "y",
    );
    expect(code).toBe(0);
    for (const line of out.split("\n")) {
      expect([...line].length, line).toBeLessThanOrEqual(80);
      expect(line).not.toMatch(/ $/);
    }
    expect(out).toContain("and 16 more columns");
    expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  });

  it("says how many columns an L1 penalty left, in the report and of the model as well", async () => {
    const args = ["train", bundled("penguins.csv"), "-t", "species", "--linear"];
    const net = ["--l1-ratio", "1", "--l2", "0.05", "-r", "l1.html", "-o", "l1.st"];
    const { out, code } = await softmax([...args, ...net], { cwd: folder.path });
    expect(code).toBe(0);
    expect(out).toMatch(/^Uses \d of 6 columns, \d+ of \d+ features\.$/m);
    expect(readFileSync(folder.at("l1.html"), "utf8")).toMatch(/ Uses \d of 6 columns/);
    const inspected = await softmax(["inspect", "l1.st"], { cwd: folder.path });
    expect(flowing(inspected.out)).toMatch(/weights \(uses \d of 6 columns, \d+ of \d+ features\)/);
    const wrong = await softmax([...args, "--l1-ratio", "2"], { cwd: folder.path });
    expect(wrong.err).toContain('--l1-ratio expected a number from 0 to 1, got "2"');
  });

  it("warns of a column that gives the answer away, before the numbers", async () => {
    const lines = twoClasses(200).map(
      (line) => `${line},${line.endsWith("yes") ? "dead" : "alive"}`,
    );
    const { out } = await train("leak.csv", `a,b,y,fate\n${lines.join("\n")}\n`, "-t", "y");
    expect(flowing(out)).toMatch(/Note: "fate" alone all but gives "y" away.*--ignore/);
    expect(out.indexOf("Note:")).toBeLessThan(out.indexOf("cross-validation"));
  });

  it("says loudly that a model is no better than the baseline, and ends well", async () => {
    const labels = twoClasses(200).map((line) => line.split(",")[2]);
    const lines = twoClasses(400)
      .slice(200)
      .map((line, i) => `${line.split(",")[1]},${labels[i]}`);
    const text = `a,y\n${lines.join("\n")}\n`;
    const { out, code } = await train("noise.csv", text, "-t", "y");
    expect(code).toBe(0);
    expect(out).toContain("NO BETTER THAN THE BASELINE");
    const machine = await train("noise.csv", text, "-t", "y", "--json");
    expect(JSON.parse(machine.out).noBetterThanBaseline).toBe(true);
  });

  it("shows bare CR line ends and a decimal comma", async () => {
    const lines = twoClasses(80).map((line) => line.split(",").join(";").replaceAll(".", ","));
    const { out, code } = await train("old.csv", `a;b;y\r${lines.join("\r")}\r`, "-t", "y");
    expect(code).toBe(0);
    expect(flowing(out)).toContain("semicolon-separated, UTF-8, line ends CR, decimal comma");
    expect(out).toMatch(/^a +numeric/m);
  });

  it("accounts for every row", async () => {
    const lines = twoClasses(60);
    lines[10] = "1,2";
    lines[20] = "0.5,0.5,";
    const { out } = await train(
      "ragged.csv",
      `a,b,y\n${lines.join("\n")}\n`,
      "-t",
      "y",
      "--skip-bad-rows",
      "bad.csv",
    );
    expect(flowing(out)).toContain(
      "60 rows read = 58 used + 1 rejected (bad.csv) + 1 without a label",
    );
    expect(readFileSync(folder.at("bad.csv"), "utf8")).toContain("2 fields where 3 were expected");
  });
});

describe("statistics beside a model", () => {
  const titanic = ["train", bundled("titanic.csv"), "-t", "survived", ...FAST];

  it("stand in the report and, as tests of whole columns, in the summary; the model is the same", async () => {
    const cwd = folder.path;
    await softmax([...titanic, "-o", "plain.st"], { cwd });
    const { out, code } = await softmax(
      [...titanic, "--infer", "-o", "told.st", "-r", "told.html"],
      { cwd },
    );
    expect(code).toBe(0);
    expect(readFileSync(folder.at("told.st"))).toEqual(readFileSync(folder.at("plain.st")));
    expect(flowing(out)).toContain("Statistics: 1,043 rows used of 1,309; left out: 266 with");
    expect(out).toMatch(/^embarked +2 +\d+\.\d+ +<0\.001 +\d+\.\d+ +<0\.001$/m);
    expect(out.split("\n").every((line) => [...line].length <= 80)).toBe(true);
    const page = readFileSync(folder.at("told.html"), "utf8").replaceAll("<wbr>", "");
    expect(page).toContain("<h3>Coefficients</h3>");
    expect(page).toContain("<bdi>sex</bdi> = <bdi>male</bdi>");
  });

  it("are refused in a sentence, and the model is made all the same", async () => {
    const args = ["train", bundled("iris.csv"), "-t", "species", ...FAST, "--infer"];
    const { out, code } = await softmax([...args, "-o", "iris.st"], { cwd: folder.path });
    expect(code).toBe(0);
    expect(flowing(out)).toMatch(/\nNo statistics: .*separated.*--ignore/);
  });
});

describe("JSON for machines", () => {
  it("says null of what is infinite or undefined", () => {
    const none = { value: Number.POSITIVE_INFINITY, low: Number.NaN, high: 1 };
    const baseline = { label: 1, accuracy: none, logLoss: none };
    const evaluation = { rows: 2, method: "", metrics: { logLoss: none, auc: null, baseline } };
    const json = JSON.stringify(evaluationJson(evaluation as never, ["no", "yes"]));
    expect(JSON.parse(json)).toMatchObject({
      logLoss: { value: null, low: null, high: 1 },
      auc: null,
      baseline: { value: null, high: 1, label: "yes" },
    });
  });
});

describe("standard input and output", () => {
  it("reads a table and writes a model", async () => {
    const text = `a,b,y\n${twoClasses(80).join("\n")}\n`;
    const args = ["train", "-", "-t", "y", ...FAST, "-o", "-"];
    const { bytes, err, code } = await softmax(args, { input: text });
    expect(code).toBe(0);
    expect(err).toContain("Wrote the model to standard output");
    writeFileSync(folder.at("piped.st"), bytes);
    const { out } = await softmax(["inspect", folder.at("piped.st")]);
    expect(out).toMatch(/^Predicts y: no, yes\n/);
  });

  it("refuses to write both the model and JSON to it", async () => {
    const { code, err } = await softmax(["train", "-", "-t", "y", "-o", "-", "--json"]);
    expect([code, err]).toEqual([2, expect.stringContaining("both want standard output")]);
  });
});
