import { mkdirSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { flowing, softmax, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]) => softmax([...args, "-q"], { cwd: folder.path });

/** Texts of two words that repeat, so that they are read as categories whatever is done with longer texts. */
const words = (a: string, b: string): string[] =>
  Array.from({ length: 40 }, (_, i) => (i % 5 === 0 ? b : a));

beforeAll(async () => {
  mkdirSync(folder.at("reviews/pos"), { recursive: true });
  mkdirSync(folder.at("reviews/neg"));
  for (const [label, texts] of [
    ["pos", words("good", "bad")],
    ["neg", words("bad", "good")],
  ] as const) {
    for (const [i, text] of texts.entries()) {
      writeFileSync(folder.at(`reviews/${label}/${i}.txt`), text);
    }
    writeFileSync(folder.at(`rt.${label}`), `${texts.join("\n")}\n`);
  }
  writeFileSync(folder.at("new.txt"), "good\nbad\n");
  writeFileSync(folder.at("trec"), words("D:x good", "E:y bad").join("\n"));
  const { code } = await run("train", "rt.pos", "rt.neg", "-o", "m.st");
  expect(code).toBe(0);
});

describe("texts need no target", () => {
  it.each([
    [["reviews"], "reviews: 80 rows, 2 columns, 80 files in 2 folders, UTF-8"],
    [["rt.pos", "rt.neg"], "rt.pos and rt.neg: 80 rows, 2 columns, 2 files, UTF-8"],
    [["trec", "--label-until", ":"], "trec: 40 rows, 2 columns, a label and a text a line, UTF-8"],
  ])("train %j", async (args, first) => {
    const ran = await run("train", ...args, "-o", "t.st");
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(flowing(ran.out).split("\n")[0]).toBe(first);
    expect(ran.out).toMatch(/^label: /m);
  });

  it("and a given one wins", async () => {
    const { out, code } = await run("train", "reviews", "-t", "text", "-o", "t.st");
    expect(code).toBe(0);
    expect(out).toMatch(/^text: bad 40, good 40$/m);
  });

  it("a folder judges what files have taught", async () => {
    const ran = await run("evaluate", "m.st", "reviews", "--json");
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ rows: 80, accuracy: { value: 0.8 } });
    const test = await run("train", "rt.pos", "rt.neg", "--test", "reviews", "-o", "t.st");
    expect(test.code).toBe(0);
  });
});

describe("predict", () => {
  it("labels each line of a file", async () => {
    const { out, code } = await run("predict", "m.st", "new.txt", "--format", "texts");
    expect(code).toBe(0);
    expect(out).toMatch(/^text,prediction,confidence\ngood,pos,0\.\d+\nbad,neg,0\.\d+\n$/);
  });

  it("labels each file of a folder, and names it", async () => {
    const args = ["predict", "m.st", "reviews", "--format", "texts"];
    const [head, first, ...rest] = (await run(...args)).out.split("\n");
    expect(head).toBe("file,text,prediction,confidence");
    expect(first).toMatch(/^neg\/0\.txt,good,pos,0\.\d+$/);
    expect(rest).toHaveLength(80);
  });

  it("keeps the labels of what has them", async () => {
    const { out } = await run("predict", "m.st", "rt.pos", "rt.neg");
    expect(out).toMatch(/^label,text,prediction,confidence\npos,bad,neg,/);
  });

  it("never writes among the texts that it reads", async () => {
    const args = ["predict", "m.st", "reviews", "-o", "reviews/pos/a.csv"];
    const { code, err } = await run(...args);
    expect(code).toBe(3);
    expect(err).toContain("a folder that is read; name another place for it");
  });
});
