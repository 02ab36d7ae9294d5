import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { flowing, softmax, twoClasses, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]) => softmax(args, { cwd: folder.path });
const save = (name: string, lines: readonly string[]): void =>
  writeFileSync(folder.at(name), `${lines.join("\n")}\n`);

/** Probabilities that are too sure: the label is drawn with p, and the odds written are the cube of p's. */
function tooSure(rows: number): string[] {
  return twoClasses(rows).map((line) => {
    const [x, , label] = line.split(",");
    const p = Number(x);
    const sure = p ** 3 / (p ** 3 + (1 - p) ** 3);
    return `${(1 - sure).toFixed(6)},${sure.toFixed(6)},${label}`;
  });
}

beforeAll(async () => {
  save("scores.csv", ["probability_no,probability_yes,truth", ...tooSure(600)]);
  save("rows.csv", ["a,b,y", ...twoClasses(300)]);
  // Other rows, of labels that are wrong two times in five: the model is too sure for them.
  const noisy = twoClasses(400).map((line, i) => {
    const [x, b, label] = line.split(",");
    const other = label === "yes" ? "no" : "yes";
    return `${x},${b}1,${i % 5 < 2 ? other : label}`;
  });
  save("noisy.csv", ["a,b,y", ...noisy]);
  const { code } = await run("train", "rows.csv", "-t", "y", "--linear", "-o", "m.st", "-q");
  expect(code).toBe(0);
});

describe("calibrate on a table of probabilities", () => {
  it("writes a calibrator, says what it is worth, and applies it", async () => {
    const ran = await run("calibrate", "scores.csv", "-t", "truth", "-o", "c.st");
    expect(ran.code).toBe(0);
    expect(flowing(ran.err)).toContain(
      "Read as probabilities: probability_no of no, probability_yes of yes",
    );
    expect(ran.out).toMatch(/^scores\.csv: 600 rows with a label$/m);
    expect(ran.out).toMatch(/^temperature +0\.\d+ .*chosen$/m);
    expect(ran.out).toMatch(/^log loss +0\.\d+ +0\.\d+ +0\.\d+ – 0\.\d+$/m);
    expect(flowing(ran.out)).toMatch(
      /The log loss falls by 0\.\d+ on rows that it was not fitted on/,
    );
    expect(ran.out).toContain("Next: softmax calibrate NEW.csv --apply c.st -o answers.csv");

    const applied = await run("calibrate", "scores.csv", "--apply", "c.st", "-o", "out.csv");
    expect([applied.code, applied.out]).toEqual([0, ""]);
    const [head, first] = readFileSync(folder.at("out.csv"), "utf8").split("\n");
    expect(head).toBe(
      "probability_no,probability_yes,truth,prediction,confidence,calibrated_no,calibrated_yes",
    );
    const cells = first.split(",");
    expect(Number(cells[5]) + Number(cells[6])).toBeCloseTo(1, 12);
    expect(Math.max(Number(cells[5]), Number(cells[6]))).toBeLessThan(
      Math.max(Number(cells[0]), Number(cells[1])),
    );
  });

  it("gives the same as JSON, to any of the methods, from standard input, without labels when applied", async () => {
    for (const method of ["vector", "beta", "dirichlet", "isotonic", "histogram"]) {
      const input = readFileSync(folder.at("scores.csv"), "utf8");
      const ran = await softmax(
        [
          "calibrate",
          "-",
          "-t",
          "-1",
          "-o",
          `${method}.st`,
          "--calibration",
          method,
          "--json",
          "-q",
        ],
        { cwd: folder.path, input },
      );
      expect([ran.code, ran.err]).toEqual([0, ""]);
      const { calibration, before, after, gain } = JSON.parse(ran.out);
      expect(calibration).toMatchObject({ asked: method, method });
      expect(before.logLoss.value - after.logLoss.value).toBeCloseTo(gain.mean, 9);
      expect(after.ece.value).toBeLessThan(before.ece.value);
      const applied = await softmax(["calibrate", "-", "--apply", `${method}.st`], {
        cwd: folder.path,
        input: "probability_no,probability_yes\n0.01,0.99\n0.5,0.5\n",
      });
      expect(applied.code).toBe(0);
      expect(applied.out.split("\n")[1]).toMatch(/^0\.01,0\.99,yes,0\.\d+,0\.\d+,0\.\d+$/);
    }
  });

  it("takes logits, one column for two classes, and columns by name", async () => {
    const logits = tooSure(200).map((line) => {
      const [no, yes, label] = line.split(",").map((cell) => cell);
      return `${Math.log((Number(yes) + 1e-6) / (Number(no) + 1e-6)).toFixed(5)},${label}`;
    });
    save("logits.csv", ["score,truth", ...logits]);
    const args = ["calibrate", "logits.csv", "-t", "truth", "--columns", "score", "-o", "l.st"];
    const unsaid = await run(...args);
    expect([unsaid.code, unsaid.err]).toEqual([3, expect.stringContaining("--positive")]);
    const ran = await run(...args, "--positive", "yes");
    expect([ran.code, ran.err]).toEqual([0, "Read as logits: score of yes\n"]);
  });

  it.each<[string, readonly string[], number, string]>([
    ["no target", ["scores.csv", "-o", "x.st"], 2, "calibrate expected --target"],
    ["no output", ["scores.csv", "-t", "truth"], 2, "calibrate expected -o"],
    [
      "an unknown method",
      ["scores.csv", "-t", "truth", "-o", "x.st", "--calibration", "platt"],
      2,
      "Allowed choices are auto, none",
    ],
    ["an unknown column", ["scores.csv", "-t", "thruth", "-o", "x.st"], 3, 'did you mean "truth"?'],
    [
      "rows before a model",
      ["scores.csv", "rows.csv", "-o", "x.st"],
      2,
      "expected a model file before rows.csv",
    ],
    [
      "a model with columns",
      ["m.st", "noisy.csv", "--columns", "a", "-o", "x.st"],
      2,
      "--columns is for a table",
    ],
    [
      "a model without rows",
      ["m.st", "-o", "x.st"],
      2,
      "expected a table with labels after the model",
    ],
    [
      "a model to apply",
      ["scores.csv", "--apply", "m.st"],
      4,
      "holds a classifier, not a calibrator",
    ],
    ["to apply to a model", ["m.st", "--apply", "m.st"], 2, "--apply is for a table"],
    ["the training's own rows", ["m.st", "rows.csv", "-o", "x.st"], 3, "the training did not see"],
    ["no file", ["nowhere.csv", "-t", "y", "-o", "x.st"], 3, "no such file"],
    [
      "an output over its input",
      ["scores.csv", "-t", "truth", "-o", "scores.csv"],
      3,
      "is a file that is read",
    ],
  ])("refuses %s", async (_, args, code, sentence) => {
    const ran = await run("calibrate", ...args);
    expect([ran.code, flowing(ran.err)]).toEqual([code, expect.stringContaining(sentence)]);
    expect(folder.list()).not.toContain("x.st");
  });

  it("names the row whose probabilities do not sum to 1", async () => {
    save("half.csv", ["yes,no,truth", "0.5,0.5,yes", "0.4,0.4,no"]);
    const ran = await run("calibrate", "half.csv", "-t", "truth", "-o", "x.st");
    expect([ran.code, flowing(ran.err)]).toEqual([
      3,
      expect.stringContaining("the probabilities of row 2 sum to 0.8, not to 1"),
    ]);
  });
});

describe("calibrate a model on new rows", () => {
  it("writes the model with a calibrator that suits them", async () => {
    const ran = await run("calibrate", "m.st", "noisy.csv", "-o", "n.st", "--calibration", "beta");
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(flowing(ran.out)).toMatch(
      /Calibrated by beta calibration: a [\d.e-]+, b [\d.e-]+, c -?[\d.e-]+\./,
    );
    const inspected = await run("inspect", "n.st");
    expect(flowing(inspected.out)).toMatch(/weights, beta calibration \(a /);
    const [was, is] = await Promise.all(
      ["m.st", "n.st"].map(async (model) =>
        JSON.parse((await run("evaluate", model, "noisy.csv", "--json")).out),
      ),
    );
    expect(is.logLoss.value).toBeLessThan(was.logLoss.value);
  });
});

describe("train --calibration", () => {
  it("auto shows what was tried", async () => {
    const args = ["train", "rows.csv", "-t", "y", "--linear", "--l2", "0.01"];
    const { out } = await run(...args, "--calibration", "auto", "-o", "a.st");
    expect(out).toContain("Ways of calibrating, from simple to not, by cross-fitted log loss:");
    expect(out.match(/chosen$/gm)).toHaveLength(1);
    const usual = await run(...args, "-o", "u.st");
    expect(usual.out).not.toContain("alibrated by");
  });

  it("names a method in the report, and the model predicts by it", async () => {
    const args = ["train", "rows.csv", "-t", "y", "--linear", "-o", "i.st", "--json"];
    const named = JSON.parse((await run(...args, "--calibration", "isotonic")).out);
    expect(named.report.calibration.method).toBe("isotonic");
    const predicted = await run("predict", "i.st", "rows.csv", "--probabilities");
    expect(predicted.code).toBe(0);
  });
});
