import { readFileSync, statSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { bundled, flowing, softmax, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]) => softmax(args, { cwd: folder.path });

/** Labelled lines in fastText's form: few words tell, many do not. */
function lines(n: number, shift: number): string {
  return Array.from({ length: n }, (_, i) => {
    const words = Array.from({ length: 12 }, (_, w) => `word${(i * 31 + w * 17 + shift) % 211}`);
    const label = i % 2 === 0 ? "ham" : "spam";
    return `__label__${label} ${label === "ham" ? "hello" : "prize"} ${i % 5 === 0 ? "hello prize" : ""} ${words.join(" ")}\n`;
  }).join("");
}

beforeAll(async () => {
  writeFileSync(folder.at("train.txt"), lines(240, 0));
  writeFileSync(folder.at("test.txt"), lines(100, 7));
  const ran = await run(
    "train",
    "train.txt",
    "--embeddings",
    "8",
    "--epochs",
    "40",
    "-o",
    "m.st",
    "-q",
  );
  expect([ran.code, ran.err]).toEqual([0, ""]);
});

describe("train --embeddings", () => {
  it("says in the model and in the report what was trained", async () => {
    const json = JSON.parse((await run("inspect", "m.st", "--json")).out);
    expect(json.provenance.options).toContainEqual(["texts", '{"embeddings":8,"epochs":40}']);
    expect(json.provenance.options).toContainEqual(["chosen epochs", "40"]);
    const { code } = await run(
      ...["train", "train.txt", "--embeddings", "8", "-o", "p.st", "-q", "--report", "r.html"],
    );
    expect(code).toBe(0);
    const page = readFileSync(folder.at("r.html"), "utf8");
    expect(page).toMatch(/words 1–2, embeddings of 8, \d+ epochs?, temperature/);
    expect(page).toContain("Log loss by epochs");
  });

  it("is no way to take numbers, and has no penalty", async () => {
    const table = await run("train", bundled("penguins.csv"), "-t", "species", "--embeddings", "8");
    expect([table.code, table.err]).toEqual([3, expect.stringContaining("is read as categorical")]);
    const penalty = await run("train", "train.txt", "--embeddings", "8", "--l2", "1");
    expect([penalty.code, penalty.err]).toEqual([
      2,
      expect.stringContaining("--l2 expected nothing"),
    ]);
  });
});

describe("shrink", () => {
  it("writes a smaller model, which predicts, and says what it costs", async () => {
    const ran = await run(
      ...["shrink", "m.st", "-o", "s.st", "--keep", "10%", "--like", "train.txt"],
      ...["--data", "test.txt", "-q"],
    );
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out).toMatch(/^file .* −\d+ %$/m);
    expect(ran.out).toMatch(/^accuracy +[\d.]+ +[\d.]+ +[+−][\d.]+$/m);
    expect(ran.out).toMatch(/^log loss +[\d.]+ +[\d.]+ +[+−][\d.]+$/m);
    expect(statSync(folder.at("s.st")).size).toBeLessThan(statSync(folder.at("m.st")).size / 2);
    const { out } = await run("inspect", "s.st");
    expect(flowing(out)).toMatch(/weights of 8 bits, temperature/);
    expect(out).toContain('shrunk: {"keep":0.1,"bits":8}');
  });

  it("gives the same numbers as JSON, as evaluate gives of the small model", async () => {
    const ran = await run(
      "shrink",
      "m.st",
      "-o",
      "j.st",
      "--bits",
      "32",
      "--data",
      "test.txt",
      "--json",
    );
    const { before, after, model } = JSON.parse(ran.out);
    expect(model).toBe("j.st");
    expect(before.bytes).toBe(statSync(folder.at("m.st")).size);
    expect(after.bytes).toBe(statSync(folder.at("j.st")).size);
    const judged = JSON.parse((await run("evaluate", "j.st", "test.txt", "--json")).out);
    expect(after.accuracy).toBe(judged.accuracy.value);
    expect(after.logLoss).toBe(judged.logLoss.value);
  });

  it("warns of fewer terms without texts like those to come, and of the training's rows", async () => {
    const blind = await run("shrink", "m.st", "-o", "b.st", "--keep", "0.5", "--data", "train.txt");
    expect(blind.err).toContain("without --like the smaller model is too sure of itself");
    expect(blind.err).toContain("the numbers flatter it");
    const fresh = await run("shrink", "m.st", "-o", "c.st", "--calibrate", "test.txt", "-q");
    expect([fresh.code, fresh.err]).toEqual([0, ""]);
    const own = await run("shrink", "m.st", "-o", "d.st", "--calibrate", "train.txt");
    expect([own.code, own.err]).toEqual([3, expect.stringContaining("did not see")]);
    expect(folder.list()).not.toContain("d.st");
  });

  it.each([
    [["--keep", "0"], "--keep expected a share such as 10% or 0.1"],
    [["--keep", "110%"], '--keep expected a share such as 10% or 0.1, got "110%"'],
    [["--bits", "16"], '--bits expected 8, 32 or 64, got "16"'],
  ])("refuses %j", async (flags, sentence) => {
    const ran = await run("shrink", "m.st", "-o", "x.st", ...flags);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(sentence)]);
  });

  it("does not write over the model that it reads", async () => {
    expect((await run("shrink", "m.st", "-o", "m.st")).code).toBe(3);
  });
});
