import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { bundled, ended, flowing, type Ran, remarksOf, softmax, start, workFolder } from "./run.ts";

const folder = workFolder();

const run = (...args: string[]): Promise<Ran> => softmax(args, { cwd: folder.path });

beforeAll(async () => {
  writeFileSync(folder.at("t.csv"), readFileSync(bundled("titanic.csv")));
  const args = ["train", "t.csv", "-t", "survived", "--l2", "0.01", "--linear", "-q"];
  expect((await run(...args, "-o", "m.st")).code).toBe(0);
  expect((await run(...args, "-o", "boxed.st", "--sandbox")).code).toBe(0);
});

/** Processes that this one has started, on systems that tell. */
function childrenOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")
      .split(" ")
      .filter(Boolean)
      .map(Number),
  );
}

/** The reading process of a command that waits for its input. */
async function reader(pid: number): Promise<number> {
  for (;;) {
    const [found] = childrenOf(pid);
    if (found !== undefined) return found;
    await setTimeout(10);
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

describe("reading in a sandbox", () => {
  it("gives the same model and the same answers, from files of every format and from pipes", async () => {
    expect(readFileSync(folder.at("boxed.st")).equals(readFileSync(folder.at("m.st")))).toBe(true);
    const { out } = await run("predict", "m.st", "t.csv");
    expect((await run("predict", "m.st", "t.csv", "--sandbox")).out).toBe(out);
    const input = readFileSync(folder.at("t.csv"), "utf8");
    const piped = ["predict", folder.at("m.st"), "-", "--sandbox", "200MB"];
    expect((await softmax(piped, { input })).out).toBe(out);
    for (const name of ["t.parquet", "t.jsonl"]) {
      expect((await run("predict", "m.st", "t.csv", "-o", name)).code).toBe(0);
      const plain = await run("predict", "m.st", name);
      expect((await run("predict", "m.st", name, "--sandbox")).out).toBe(plain.out);
    }
    const query = ["--query", "select * from data where age > 30"];
    const plain = await run("evaluate", "m.st", "t.csv", ...query, "--json");
    expect((await run("evaluate", "m.st", "t.csv", ...query, "--json", "--sandbox")).out).toBe(
      plain.out,
    );
  });

  it("passes on what the reading says, remarks, errors and rejected rows", async () => {
    for (const args of [
      ["none.csv"],
      ["t.csv", "--encoding", "utf-9"],
      ["t.csv", "--query", "drop table data"],
    ]) {
      const plain = await run("predict", "m.st", ...args);
      const boxed = await run("predict", "m.st", ...args, "--sandbox");
      expect([boxed.code, remarksOf(boxed)]).toEqual([plain.code, remarksOf(plain)]);
    }
    const lines = readFileSync(folder.at("t.csv"), "utf8").split("\n");
    writeFileSync(
      folder.at("bad.csv"),
      [...lines.slice(0, 9), "1,2", ...lines.slice(9)].join("\n"),
    );
    const args = ["predict", "m.st", "bad.csv", "--skip-bad-rows", "left.csv"];
    const plain = await run(...args);
    const left = readFileSync(folder.at("left.csv"), "utf8");
    writeFileSync(folder.at("left.csv"), "");
    const boxed = await run(...args, "--sandbox");
    expect([boxed.out, remarksOf(boxed)]).toEqual([plain.out, remarksOf(plain)]);
    expect(readFileSync(folder.at("left.csv"), "utf8")).toBe(left);
    expect(left).toContain("\n10,");
  });

  it("ends in a sentence where memory or time run out", async () => {
    const query = ["--query", "select * from data, range(100000000)"];
    const full = await run("predict", "m.st", "t.csv", ...query, "--sandbox", "200MB", "-q");
    expect([full.code, flowing(full.err)]).toEqual([
      3,
      expect.stringMatching(
        /^softmax: the query: reading it takes more than the 200\.0 MiB that the sandbox allows/m,
      ),
    ]);
    const child = start(
      ["predict", "m.st", "-", "--sandbox", "--sandbox-seconds", "0.5"],
      folder.path,
    );
    const late = await ended(child);
    expect([late.code, flowing(late.err)]).toEqual([
      3,
      expect.stringMatching(/^softmax: standard input: reading it takes longer than the 0\.5 s/),
    ]);
  });

  it.skipIf(process.platform !== "linux")(
    "ends in a sentence where the reading crashes, and leaves no process at Ctrl-C",
    async () => {
      const begun = start(["predict", "m.st", "-", "--sandbox"], folder.path);
      const crashed = await reader(begun.pid as number);
      process.kill(crashed, "SIGSEGV");
      const { code, err } = await ended(begun);
      expect([code, flowing(err)]).toEqual([
        3,
        expect.stringMatching(
          /^softmax: standard input: reading it ended the process of the sandbox \(SIGSEGV\)/,
        ),
      ]);
      for (const signal of ["SIGINT", "SIGKILL"] as const) {
        const child = start(["predict", "m.st", "-", "--sandbox"], folder.path);
        const end = ended(child);
        const pid = await reader(child.pid as number);
        child.kill(signal);
        await end;
        for (let i = 0; i < 500 && isAlive(pid); i++) await setTimeout(20);
        expect(isAlive(pid), signal).toBe(false);
      }
    },
  );

  it("names what a size must be", async () => {
    for (const size of ["10", "64MB", "t.csv", "1TB"]) {
      const { code, err } = await run("predict", "m.st", "t.csv", "--sandbox", size);
      expect([code, flowing(err)]).toEqual([
        2,
        expect.stringContaining("--sandbox expected a size from 128MB"),
      ]);
    }
  });
});
