import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createRandom } from "@softmax/core";
import { beforeAll, describe, expect, it } from "vitest";
import { bundled, softmax, softmaxArguments } from "../cli/run.ts";
import { temporaries, twoModels, wholeModel } from "./faults.ts";
import { builtProgram } from "./program.ts";
import { temporaryFolder } from "./tables.ts";

/** Saving by the real command, with faults that the system itself reports, and by a process that is killed. */

const at = temporaryFolder();
const folder = dirname(at("x"));
let old: Uint8Array;
let fresh: Uint8Array;
beforeAll(async () => {
  [old, fresh] = await twoModels();
});

/** The calls that saving makes but for writes, by which threads wake each other as often as chance will have it; one thread of the pool makes them always in the same order. */
const CALLS = "openat,fsync,rename,unlink,close,fchmod,fchown,readlink,statx";

async function trainSmall(): Promise<void> {
  const args = ["train", bundled("penguins.csv"), "-t", "species", "-o", at("small.st"), "-q"];
  expect((await softmax([...args, "--l2", "0.01"])).code).toBe(0);
}

interface Traced {
  readonly code: number | null;
  readonly err: string;
  readonly lines: readonly string[];
}

/** Runs the command under strace, with a fault or none. */
function traced(args: readonly string[], inject: readonly string[] = []): Traced {
  const log = at("strace.log");
  const strace = ["-f", "-o", log, "-e", `trace=${CALLS}`, ...inject.flatMap((i) => ["-e", i])];
  const { status, stderr } = spawnSync("strace", [...strace, ...softmaxArguments(args)], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
  });
  return { code: status, err: stderr, lines: readFileSync(log, "utf8").split("\n") };
}

const mayTrace = (): boolean =>
  spawnSync("strace", ["-f", "-o", "/dev/null", process.execPath, "--version"]).status === 0;

interface Call {
  readonly name: string;
  /** Its number among the calls of this name in its thread, from 1. */
  readonly when: number;
  readonly line: string;
}

/** The calls from the first that names the file on to the end of the last save. */
function savingCalls(lines: readonly string[], name: string): Call[] {
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  let isSaving = false;
  for (const line of lines) {
    const [, thread, call] = /^(\d+) +([a-z]+)\(/.exec(line) ?? [];
    if (thread === undefined) continue;
    const key = `${thread} ${call}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    isSaving ||= line.includes(name);
    if (isSaving) calls.push({ name: call, when: counts.get(key) as number, line });
    if (line.includes("rename(")) break;
  }
  const after = lines.slice(lines.findIndex((line) => line.includes("rename(")) + 1);
  const last = after.find((line) => line.includes("fsync("));
  if (last !== undefined) calls.push({ name: "fsync", when: 2, line: last });
  return calls;
}

/** What a call is about, the thread, random names and the rest left out: "openat(AT_FDCWD, "….tmp"", "fsync(18)". */
const aim = (line: string): string =>
  /^\d+ +(\w+\((?:AT_FDCWD, )?[^,)]*)/.exec(line)?.[1].replace(/[0-9a-f]{12}/, "…") ?? line;

/**
 * Runs the command with a fault in one call; null where it met another. Other threads count their calls too, and may meet the fault in
 * another place.
 */
function aimed(
  args: readonly string[],
  error: string,
  { name, when, line }: Call,
): (Traced & { readonly injected: string }) | null {
  const ran = traced(args, [`inject=${name}:error=${error}:when=${when}`]);
  const injected = ran.lines.filter((found) => found.includes("INJECTED"));
  const isAimed = injected.length === 1 && aim(injected[0]) === aim(line);
  return isAimed ? { ...ran, injected: injected[0] } : null;
}

describe("softmax shrink under strace", () => {
  for (const error of ["EIO", "ENOSPC"]) {
    it(`with every call of saving failing by ${error}`, async (context) => {
      if (!mayTrace()) return context.skip("strace is not here, or may not trace");
      const args = ["shrink", "small.st", "-o", "out.st"];
      const path = at("out.st");
      await trainSmall();
      copyFileSync(at("small.st"), path);
      const before = readFileSync(path);
      const plain = traced(args);
      expect(plain.code).toBe(0);
      const after = readFileSync(path);
      const calls = savingCalls(plain.lines, "out.st");
      const hit = new Set<string>();
      const prepare = (): void => {
        // A process that a fault in another place ended may have left one.
        for (const name of temporaries(path)) rmSync(at(name));
        copyFileSync(at("small.st"), path);
      };
      for (const call of calls) {
        prepare();
        const ran = aimed(args, error, call);
        if (ran === null) continue;
        const { code, err, injected } = ran;
        const is = await wholeModel(path, before, after);
        expect(temporaries(path), injected).toEqual([]);
        if (code !== 0) {
          expect(err, injected).toMatch(/^softmax: (out|small)\.st /);
          expect(code).toBe(3);
        }
        expect(is, injected).toBe(code === 0 || err.includes("is written") ? 1 : 0);
        hit.add(code === 0 ? `${call.name}, passed over` : call.name);
      }
      for (const call of ["openat", "fsync", "rename", "close", "fchmod", "fchown"]) {
        expect([...hit]).toContain(call);
      }
    });
  }
});

describe("softmax shrink where files may hold 1,024 bytes", () => {
  it("meets a short write and an error, and leaves the old file", async (context) => {
    if (process.platform === "win32") return context.skip("no such limit here");
    await trainSmall();
    copyFileSync(at("small.st"), at("out.st"));
    const command = softmaxArguments(["shrink", "small.st", "-o", "out.st"]);
    const { status, stderr } = spawnSync("sh", ["-c", 'ulimit -f 2; exec "$@"', "sh", ...command], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stderr).toBe(
      "softmax: out.st cannot be written: it is larger than a file may be here\n",
    );
    expect(status).toBe(3);
    expect(await wholeModel(at("out.st"), readFileSync(at("small.st")))).toBe(0);
    expect(temporaries(at("out.st"))).toEqual([]);
  });
});

describe("a process that is killed", () => {
  it("20 times at any moment of saving leaves one of the two models, whole", async () => {
    const random = createRandom(1);
    const path = at("killed.st");
    writeFileSync(at("old"), old);
    writeFileSync(at("fresh"), fresh);
    writeFileSync(path, old);
    const code = `import { readFileSync } from "node:fs";
      const models = ${JSON.stringify([at("old"), at("fresh")])}.map((path) => readFileSync(path));
      for (let i = 0; ; i++) {
        await writeFileAtomically(${JSON.stringify(path)}, models[i % 2]);
        if (i === 1) console.log("saving");
      }`;
    const program = builtProgram(at("killed.mjs"), code);
    const found = [0, 0];
    let halves = 0;
    for (let i = 0; i < 20; i++) {
      const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      await setTimeout(random.uniform() * 200);
      child.kill("SIGKILL");
      expect(await ended).toEqual([null, "SIGKILL"]);
      found[await wholeModel(path, old, fresh)]++;
      const left = temporaries(path);
      expect(left.length).toBeLessThanOrEqual(1);
      halves += left.length;
      for (const name of left) rmSync(at(name));
    }
    expect(halves, "kills that struck a save").toBeGreaterThan(0);
    expect(Math.min(...found), "old and new were both found").toBeGreaterThan(0);
  });
});
