import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { bundled, softmax, softmaxArguments, twoClasses, workFolder } from "./run.ts";

const folder = workFolder();
const TRAIN = ["train", "p.csv", "-t", "species"];

beforeAll(async () => {
  copyFileSync(bundled("penguins.csv"), folder.at("p.csv"));
  writeFileSync(folder.at("empty.csv"), "");
  writeFileSync(folder.at("sheet.xlsx"), "PK\u0003\u0004…");
  writeFileSync(folder.at("bad.csv"), `a,b,y\n${twoClasses(30).join("\n")}\n1,2\n`);
  mkdirSync(folder.at("sub"));
  const args = [...TRAIN, "--l2", "0.01", "--linear", "-o", "m.st", "-q"];
  const { code } = await softmax(args, { cwd: folder.path });
  expect(code).toBe(0);
  writeFileSync(folder.at("cut.st"), readFileSync(folder.at("m.st")).subarray(0, 2000));
});

const CASES: readonly (readonly [
  what: string,
  args: readonly string[],
  code: number,
  says: string,
])[] = [
  ["an unknown command", ["trian"], 2, "Did you mean train?"],
  ["an unknown option", [...TRAIN, "--tset", "x"], 2, "Did you mean --test?"],
  [
    "no target",
    ["train", "p.csv"],
    2,
    '--target expected the column to predict, got nothing; p.csv has "species", "island"',
  ],
  ["a value that no option has", [...TRAIN, "--decimal", ";"], 2, "Allowed choices are ., ,."],
  [
    "a number that is none",
    [...TRAIN, "--seed", "x"],
    2,
    '--seed expected a whole number from 0, got "x"',
  ],
  [
    "an optimiser that does not exist",
    [...TRAIN, "--optimizer", "sdg"],
    2,
    "Allowed choices are lbfgs, newton, sgd, adam",
  ],
  [
    "epochs without epochs to go over",
    [...TRAIN, "--epochs", "3"],
    2,
    '--epochs expected --optimizer to be "sgd" or "adam", got "lbfgs"',
  ],
  ["a momentum that never ends", [...TRAIN, "--momentum", "1"], 2, "from 0 to below 1"],
  ["a temperature of 0", ["predict", "m.st", "p.csv", "--temperature", "0"], 2, "a number above 0"],
  ["a class weight of 0", [...TRAIN, "--class-weights", "Adelie=0"], 2, 'got "Adelie=0"'],
  [
    "time and group at once",
    [...TRAIN, "--time", "a", "--group", "b"],
    2,
    "cannot be used together",
  ],
  ["a report of an unknown kind", [...TRAIN, "-r", "r.txt"], 2, "a file ending in .html or .json"],
  ["one name for two outputs", [...TRAIN, "-o", "r.html", "-r", "sub/../r.html"], 2, "two outputs"],
  [
    "two files without a query",
    ["train", "p.csv", "bad.csv", "-t", "y"],
    2,
    "join them with --query",
  ],
  [
    "an output of an unknown kind",
    ["predict", "m.st", "p.csv", "-o", "o.xls"],
    2,
    "o.xls: the extension",
  ],
  [
    "a wrong column",
    ["train", "p.csv", "-t", "speces"],
    3,
    'got "speces"; did you mean "species"?',
  ],
  [
    "a wrong column to ignore",
    [...TRAIN, "--ignore", "sexx"],
    3,
    '--ignore expected a column name, got "sexx"',
  ],
  ["a wrong class", [...TRAIN, "--class-weights", "Adeli=2"], 3, 'did you mean "Adelie"?'],
  [
    "a target that is a number",
    ["train", "p.csv", "-t", "body_mass_g"],
    3,
    "this looks like regression",
  ],
  [
    "a missing file",
    ["train", "pp.csv", "-t", "y"],
    3,
    'pp.csv: no such file; did you mean "p.csv"?',
  ],
  ["an empty file", ["train", "empty.csv", "-t", "y"], 3, "empty.csv is empty"],
  ["empty standard input", ["train", "-", "-t", "y"], 3, "standard input is empty"],
  ["a folder without texts", ["train", "sub"], 3, "sub is a folder without texts"],
  ["a folder of tables", ["train", ".", "-o", "-"], 3, ". is a folder; name a file"],
  ["texts and a table", ["train", "a.txt", "p.csv"], 2, "one file is read at a time, got 2"],
  ["several files of labelled lines", ["train", "a", "b", "--format", "lines"], 2, "one file is"],
  ["an end of labels for a table", ["train", "p.csv", "--label-until", ""], 2, "--label-until exp"],
  ["a spreadsheet", ["train", "sheet.xlsx", "-t", "y"], 3, "save the sheet as CSV"],
  [
    "a bad row",
    ["train", "bad.csv", "-t", "y"],
    3,
    "bad.csv, line 32: 2 fields where 3 were expected",
  ],
  ["a model that is missing", ["predict", "n.st", "p.csv"], 3, "n.st: no such file"],
  [
    "a model that is none",
    ["evaluate", "p.csv", "p.csv"],
    4,
    "p.csv: this is not a Softmax model file",
  ],
  ["a model that was cut", ["inspect", "cut.st"], 4, "cut.st: the model file is damaged"],
  ["a model in a missing folder", [...TRAIN, "-o", "no/m.st"], 3, "its folder does not exist"],
  [
    "a model in place of a folder",
    [...TRAIN, "-o", "sub"],
    3,
    "sub is a folder; name a file in it",
  ],
  ["a model over the data", [...TRAIN, "-o", "./sub/../p.csv"], 3, "p.csv is a file that is read"],
  [
    "a report over the test table",
    [...TRAIN, "--test", "e.json", "-r", "e.json"],
    3,
    "e.json is a file that is read",
  ],
  [
    "answers over the data",
    ["predict", "m.st", "p.csv", "-o", "p.csv"],
    3,
    "p.csv is a file that is read",
  ],
  [
    "rejects over the data",
    [...TRAIN, "--skip-bad-rows", "p.csv"],
    3,
    "p.csv is a file that is read",
  ],
  ["a logit that is no number", ["explore", "1", "x"], 2, '"x"'],
];

describe("an error is a sentence with an exit code, and leaves no file", () => {
  for (const [what, args, code, says] of CASES) {
    it(`${what} ends with ${code}`, async () => {
      const before = folder.list();
      const ran = await softmax(args, { cwd: folder.path });
      expect(ran.err).toContain(says);
      expect([ran.code, ran.out]).toEqual([code, ""]);
      expect(ran.err).not.toContain("    at ");
      expect(folder.list()).toEqual(before);
    });
  }
});

describe("a disk that fails", () => {
  for (const args of [
    ["inspect", "m.st"],
    ["predict", "m.st", "p.csv"],
    [...TRAIN, "--l2", "0.01", "-o", "-"],
  ]) {
    it(`behind the standard output of ${args[0]} is a sentence too`, (context) => {
      if (!existsSync("/dev/full")) return context.skip("no device here is always full");
      const [program, ...given] = softmaxArguments(args);
      const { status, stderr } = spawnSync(program, given, {
        cwd: folder.path,
        encoding: "utf8",
        stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
      });
      expect(stderr).toContain("softmax: standard output cannot be written: its disk is full");
      expect(stderr).not.toContain("    at ");
      expect(status).toBe(3);
    });
  }

  it("where a model is read is a sentence that names it", async (context) => {
    const file = "/proc/self/mem";
    if (!existsSync(file)) return context.skip("no file here fails when it is read");
    const { code, err } = await softmax(["inspect", file]);
    expect([code, err]).toEqual([3, `softmax: ${file} cannot be read: EIO\n`]);
  });
});

describe("help", () => {
  for (const command of ["", "train", "evaluate", "predict", "inspect", "shrink", "explore"]) {
    it(`of softmax ${command} fits 80 columns, and names --json, --seed and --quiet`, async () => {
      const { out, code } = await softmax([...(command === "" ? [] : [command]), "--help"]);
      expect(code).toBe(0);
      for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
      if (command === "") return;
      for (const flag of ["--json", "--seed", "--quiet"]) expect(out).toContain(flag);
    });
  }
});
