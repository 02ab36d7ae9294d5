import { readFileSync, statSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { ended, type Ran, remarksOf, softmax, start, twoClasses, workFolder } from "./run.ts";

const folder = workFolder();

const run = (...args: string[]): Promise<Ran> => softmax(args, { cwd: folder.path });

/** Longer than what is read before the first row goes on, so that they come in pieces. */
const ROWS = 20_000;

/** Long rows are quickly predicted for their bytes. */
const PADDING = "padding ".repeat(35);

const NOTES = ["plain", '"a, ""b"""', '"two\nlines"', "é 🎈", "", " blank"];
const lines = twoClasses(ROWS).map(
  (line, i) => `${line},${NOTES[i % NOTES.length]},${PADDING}${i % 9}`,
);
const HEADER = "a,b,y,note,padding";
const text = `${HEADER}\n${lines.join("\n")}\n`;

/** The same rows, but read whole, as rows from a sandbox are. */
const whole = (...args: string[]): Promise<Ran> => run(...args, "--sandbox");

beforeAll(async () => {
  writeFileSync(folder.at("train.csv"), `a,b,y\n${twoClasses(200).join("\n")}\n`);
  writeFileSync(folder.at("many.csv"), text);
  writeFileSync(folder.at("many.csv.gz"), gzipSync(text));
  const args = ["train", "train.csv", "-t", "y", "--l2", "0.01", "--linear", "-o", "m.st", "-q"];
  expect((await run(...args)).code).toBe(0);
});

describe("predict, of more rows than are looked at first", () => {
  it("writes what it writes of the table read whole, in order, from files and pipes", async () => {
    const flags = ["-p", "--logits", "--top", "2", "-q"];
    const { bytes, err } = await whole("predict", "m.st", "many.csv", ...flags);
    expect(bytes.length).toBeGreaterThan(6e6);
    const streamed = await run("predict", "m.st", "many.csv", ...flags);
    expect([streamed.code, streamed.err]).toEqual([0, err]);
    expect(streamed.bytes.equals(bytes)).toBe(true);
    expect((await run("predict", "m.st", "many.csv.gz", ...flags)).bytes.equals(bytes)).toBe(true);
    const piped = await softmax(["predict", folder.at("m.st"), "-", ...flags], { input: text });
    expect(piped.bytes.equals(bytes)).toBe(true);
    const prior = ["--prior", "no=0.9,yes=0.1", "--temperature", "2"];
    const moved = await run("predict", "m.st", "many.csv", ...prior);
    expect(moved.bytes.equals((await whole("predict", "m.st", "many.csv", ...prior)).bytes)).toBe(
      true,
    );
  });

  it("writes JSON lines and Parquet, and reads JSON lines", async () => {
    const lines = await run("predict", "m.st", "many.csv", "--json");
    expect(lines.bytes.equals((await whole("predict", "m.st", "many.csv", "--json")).bytes)).toBe(
      true,
    );
    writeFileSync(folder.at("many.jsonl"), lines.bytes);
    const again = await run("predict", "m.st", "many.jsonl", "--json");
    const wanted = await whole("predict", "m.st", "many.jsonl", "--json");
    expect(again.out.split("\n", 1)[0]).toContain('"prediction_1":');
    expect(again.bytes.equals(wanted.bytes)).toBe(true);
    expect((await run("predict", "m.st", "many.csv", "-o", "o.parquet")).code).toBe(0);
    const back = await run("predict", "m.st", "o.parquet", "--json");
    expect(JSON.parse(back.out.split("\n", 1)[0])).toEqual(JSON.parse(again.out.split("\n", 1)[0]));
  });

  it("accounts for every row, writes those left out, and says what counts as missing", async () => {
    const bad = [...lines];
    for (const [at, line] of [
      [10, "ragged"],
      [9_000, '1,0,yes,"open'],
      [17_000, "x,0.5,yes,n,1"],
      [ROWS - 1, "1,2"],
    ] as const) {
      bad[at] = line;
    }
    writeFileSync(folder.at("bad.csv"), `${HEADER}\n${bad.join("\n")}\n`);
    const fails = await run("predict", "m.st", "bad.csv", "-o", "none.csv");
    expect([fails.code, remarksOf(fails)]).toEqual([
      3,
      expect.stringMatching(/^softmax: bad\.csv, line 14: 1 field where 5 were/),
    ]);
    expect(folder.list()).not.toContain("none.csv");
    const args = ["predict", "m.st", "bad.csv", "-o", "good.csv", "--json", "--skip-bad-rows"];
    const ran = await run(...args, "left.csv");
    const err = remarksOf(ran);
    const { rows, source } = JSON.parse(ran.out);
    expect([rows, source.read, source.rejected]).toEqual([ROWS - 3, ROWS, 3]);
    expect(source.sha256).toBe(null);
    expect(err).toContain(
      '"a" is numeric in the model; 1 cell is not and counts as missing, first "x"',
    );
    const good = readFileSync(folder.at("good.csv"));
    const left = readFileSync(folder.at("left.csv"));
    const other = await whole(...args, "left.csv");
    expect(remarksOf(other)).toBe(err);
    expect(JSON.parse(other.out)).toMatchObject({ rows, source: { read: ROWS, rejected: 3 } });
    expect(readFileSync(folder.at("good.csv")).equals(good)).toBe(true);
    expect(readFileSync(folder.at("left.csv")).equals(left)).toBe(true);
  });

  it("fails before the first answer where a column is of another kind or absent", async () => {
    writeFileSync(folder.at("texts.csv"), text.replaceAll(/^[01]\.(\d+),/gm, "x$1,"));
    const { code, out, err } = await run("predict", "m.st", "texts.csv");
    expect([code, out.slice(0, 99)]).toEqual([3, ""]);
    expect(err).toContain('column "a" is numeric in the model, but holds nothing of the kind');
    writeFileSync(folder.at("absent.csv"), text.replace("a,b,", "A,b,"));
    expect((await run("predict", "m.st", "absent.csv")).err).toContain('did you mean "A"?');
  });

  it("ends well, and early, where nobody reads its output any more", async () => {
    const child = start(["predict", "m.st", "many.csv"], folder.path);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const ran = await ended(child);
    expect([ran.code, remarksOf(ran)]).toEqual([0, ""]);
  });

  it("leaves what was there, and no half file, at Ctrl-C", async () => {
    writeFileSync(folder.at("answers.csv"), "the old answers");
    const before = folder.list();
    const child = start(["predict", "m.st", "-", "-o", "answers.csv"], folder.path);
    const end = ended(child);
    child.stdin?.write(text);
    const isWriting = (): boolean =>
      folder.list().some((name) => {
        const size = statSync(folder.at(name), { throwIfNoEntry: false })?.size ?? 0;
        return name.startsWith(".answers.csv") && size > 0;
      });
    while (child.exitCode === null && !isWriting()) await setTimeout(5);
    child.kill("SIGINT");
    expect((await end).code).toBe(130);
    expect(folder.list()).toEqual(before);
    expect(readFileSync(folder.at("answers.csv"), "utf8")).toBe("the old answers");
  });
});
