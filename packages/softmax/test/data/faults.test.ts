import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { openPending, writeFileAtomically } from "../../src/data/atomic.ts";
import { type Files, nodeFiles } from "../../src/data/files.ts";
import {
  expectNames,
  FAULTS,
  failingDisk,
  fullDisk,
  slowDisk,
  temporaries,
  twoModels,
  wholeModel,
} from "./faults.ts";
import { temporaryFolder } from "./tables.ts";

const at = temporaryFolder();
let old: Uint8Array;
let fresh: Uint8Array;
beforeAll(async () => {
  [old, fresh] = await twoModels();
  expect(old.length).toBeGreaterThan(10_000);
});

const save = (path: string, files: Files): Promise<unknown> =>
  writeFileAtomically(path, fresh, files).then(
    () => null,
    (failure: unknown) => failure,
  );

/** The fresh model in parts, as a writer of checkpoints would give it. */
function* parts(): Generator<Uint8Array> {
  for (let i = 0; i < fresh.length; i += 5000) yield fresh.subarray(i, i + 5000);
}

const PLACES: readonly (readonly [string, (path: string) => string])[] = [
  [
    "a file",
    (path) => {
      writeFileSync(path, old);
      return path;
    },
  ],
  [
    "a link to a file",
    (path) => {
      writeFileSync(`${path}.real`, old);
      symlinkSync(`${path}.real`, path);
      return `${path}.real`;
    },
  ],
];

describe("every call of saving fails in turn", () => {
  for (const [what, make] of PLACES) {
    it.each(FAULTS)(`over ${what}, by %s: the old file is whole, or the new one`, async (fault) => {
      const path = at(`${what} ${fault}`);
      const survived: string[] = [];
      for (let call = 0; ; call++) {
        rmSync(path, { force: true });
        const place = make(path);
        const disk = failingDisk(call, fault);
        const failure = await save(path, disk.files);
        if (call >= disk.calls.length) break;
        const failed = disk.failed();
        expect(temporaries(path), `after ${failed}`).toEqual([]);
        const isNew = (await wholeModel(place, old, fresh)) === 1;
        if (failure === null) survived.push(failed ?? "");
        else expectNames(failure, path);
        expect(isNew).toBe(failure === null || failed === "sync folder");
        if (what.includes("link")) expect(lstatSync(path).isSymbolicLink()).toBe(true);
      }
      // A folder that was only read loses nothing when it is closed.
      expect(new Set(survived)).toEqual(new Set(fault === "short" ? [""] : ["close folder"]));
    });
  }

  it.each(FAULTS)(
    "where there was no file, by %s: there is none, or the new one",
    async (fault) => {
      mkdirSync(at(`none ${fault}`));
      const path = at(`none ${fault}/model.st`);
      for (let call = 0; ; call++) {
        rmSync(path, { force: true });
        const disk = failingDisk(call, fault);
        const failure = await save(path, disk.files);
        if (call >= disk.calls.length) break;
        if (failure !== null) expectNames(failure, path);
        const isNew = failure === null || disk.failed() === "sync folder";
        expect(readdirSync(at(`none ${fault}`))).toEqual(isNew ? ["model.st"] : []);
        if (isNew) expect(await wholeModel(path, fresh)).toBe(0);
      }
    },
  );

  it("in parts too, and a writer that fails itself is passed on", async () => {
    const path = at("parts.st");
    writeFileSync(path, old);
    let calls = 1;
    for (let call = 0; call < calls; call++) {
      const disk = failingDisk(call, "EIO");
      const failure = await writeFileAtomically(path, parts(), disk.files).catch((e) => e);
      calls = disk.calls.length + (disk.failed() === "close folder" ? 0 : 1);
      if (disk.failed() === "close folder") break;
      expectNames(failure, path);
      expect(temporaries(path)).toEqual([]);
      if (disk.failed() === "sync folder") writeFileSync(path, old);
      expect(await wholeModel(path, old)).toBe(0);
    }
    expect(calls).toBeGreaterThan(12);
    const broken = (function* () {
      yield* parts();
      throw new RangeError("no more");
    })();
    writeFileSync(path, old);
    await expect(writeFileAtomically(path, broken)).rejects.toThrow("no more");
    expect(await wholeModel(path, old)).toBe(0);
    expect(temporaries(path)).toEqual([]);
    await writeFileAtomically(path, parts());
    expect(await wholeModel(path, fresh)).toBe(0);
  });

  it("says what happened in words", async () => {
    const path = at("words.st");
    writeFileSync(path, old);
    const told = async (call: string, fault: "EIO" | "ENOSPC"): Promise<string> => {
      const { calls } = await disked(path);
      const failure = await save(path, failingDisk(calls.indexOf(call), fault).files);
      return String((failure as Error).message).slice(path.length);
    };
    expect(await told("write", "ENOSPC")).toBe(" cannot be written: its disk is full");
    expect(await told("sync file", "EIO")).toBe(" cannot be written: its disk failed (EIO)");
    expect(await told("sync folder", "EIO")).toBe(
      " is written, but it may be lost should the machine stop now: its disk failed (EIO); write it again",
    );
  });

  /** A save that goes well, for its calls. */
  async function disked(path: string) {
    const disk = failingDisk(-1, "EIO");
    expect(await save(path, disk.files)).toBeNull();
    return disk;
  }

  it("flushes the file before its name, and the name after", async () => {
    const { calls } = await disked(at("order.st"));
    const order = ["write", "sync file", "close file", "open folder", "rename", "sync folder"];
    expect(calls.filter((call) => order.includes(call))).toEqual(order);
  });

  it("a disk that takes a few bytes at a time gets all of them", async () => {
    await writeFileAtomically(at("slow.st"), fresh, slowDisk(777));
    expect(await wholeModel(at("slow.st"), fresh)).toBe(0);
  });

  it("a disk that takes nothing and says no word is not waited for", async () => {
    await expect(writeFileAtomically(at("zero.st"), fresh, slowDisk(0))).rejects.toThrow(
      "its disk failed",
    );
  });

  it("a temporary file whose removal fails once is removed all the same", async () => {
    const path = at("stubborn.st");
    let unlinks = 0;
    const files: Files = {
      ...failingDisk(0, "short").files,
      rename: () => Promise.reject(Object.assign(new Error(), { code: "EBUSY" })),
      unlink: (temporary) =>
        unlinks++ === 0
          ? Promise.reject(Object.assign(new Error(), { code: "EIO" }))
          : nodeFiles.unlink(temporary),
    };
    await expect(writeFileAtomically(path, fresh, files)).rejects.toThrow("it is in use");
    expect(temporaries(path)).toEqual([]);
  });
});

const PAGE = 4096;

describe("a disk that is full", () => {
  it("of 64 sizes, counted: never a torn file", async () => {
    const path = at("budget.st");
    const outcomes = new Set<number>();
    for (let i = 0; i < 64; i++) {
      writeFileSync(path, old);
      const failure = await save(path, fullDisk(Math.floor((fresh.length * i) / 62)));
      if (failure !== null)
        expect(String(failure)).toContain(`${path} cannot be written: its disk`);
      const found = await wholeModel(path, old, fresh);
      expect(found).toBe(failure === null ? 1 : 0);
      expect(temporaries(path)).toEqual([]);
      outcomes.add(found);
    }
    expect(outcomes.size).toBe(2);
  });

  it("of 64 sizes, a real one: never a torn file", async (context) => {
    const folder = at("small disk");
    mkdirSync(folder);
    const mount = (size: number, more: string): boolean =>
      spawnSync("mount", ["-t", "tmpfs", "-o", `${more}size=${size}`, "tmpfs", folder]).status ===
      0;
    if (!mount(PAGE, "")) return context.skip("no file system may be mounted here");
    try {
      const path = `${folder}/model.st`;
      const outcomes = new Map<string, number>();
      const step = PAGE * Math.ceil((2.4 * fresh.length) / 64 / PAGE);
      for (let i = 1; i <= 64; i++) {
        rmSync(path, { force: true });
        expect(mount(i * step, "remount,")).toBe(true);
        const before = tryWrite(path, old);
        const failure = await save(path, nodeFiles);
        if (failure !== null) {
          expectNames(failure, path);
          expect(String(failure)).toContain("its disk is full");
        }
        const whole = failure === null ? fresh : before ? old : null;
        expect(readdirSync(folder)).toEqual(whole === null ? [] : ["model.st"]);
        if (whole !== null) expect(await wholeModel(path, whole)).toBe(0);
        const outcome = `${before} ${failure === null}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      expect([...outcomes.keys()].sort()).toEqual(["false false", "true false", "true true"]);
    } finally {
      spawnSync("umount", [folder]);
    }
  });
});

/** Whether the old model had room. */
function tryWrite(path: string, bytes: Uint8Array): boolean {
  try {
    writeFileSync(path, bytes);
    return true;
  } catch {
    rmSync(path, { force: true });
    return false;
  }
}

describe("what stands in the place stays what it was", () => {
  it("a file keeps its permissions whatever the umask, also one that may not be written", async () => {
    for (const mode of [0o666, 0o600, 0o444, 0o640]) {
      const path = at(`mode ${mode}`);
      writeFileSync(path, "old");
      chmodSync(path, mode);
      await writeFileAtomically(path, "new");
      expect(statSync(path).mode & 0o777).toBe(mode);
      expect(readFileSync(path, "utf8")).toBe("new");
    }
  });

  it("a group that the new file cannot have leaves no rights to another", async () => {
    const path = at("group.st");
    writeFileSync(path, "old");
    chmodSync(path, 0o664);
    const files: Files = {
      ...nodeFiles,
      open: async (...asked) => ({
        ...(await nodeFiles.open(...asked)),
        chown: () => Promise.reject(Object.assign(new Error(), { code: "EPERM" })),
      }),
    };
    await writeFileAtomically(path, "new", files);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  it("a link that leads to nothing yet is followed; a circle of links is named", async () => {
    mkdirSync(at("elsewhere"));
    symlinkSync("elsewhere/model.st", at("hop.st"));
    symlinkSync(at("hop.st"), at("dangling.st"));
    await writeFileAtomically(at("dangling.st"), fresh);
    expect(readlinkSync(at("dangling.st"))).toBe(at("hop.st"));
    expect(await wholeModel(at("elsewhere/model.st"), fresh)).toBe(0);
    symlinkSync(at("round.st"), at("circle.st"));
    symlinkSync(at("circle.st"), at("round.st"));
    await expect(writeFileAtomically(at("circle.st"), fresh)).rejects.toThrow(
      /circle\.st cannot be written: its links lead in a circle/,
    );
  });

  it("the longest names that a disk has can be saved, in any script", async () => {
    for (const name of ["m".repeat(255), "模".repeat(85), "😀".repeat(63)]) {
      await writeFileAtomically(at(name), "new");
      expect(readFileSync(at(name), "utf8")).toBe("new");
    }
  });

  it("signals are listened to only while something is unfinished", async () => {
    const before = process.listenerCount("SIGTERM");
    const file = await openPending(at("listening.st"));
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    await file.abort();
    expect(process.listenerCount("SIGTERM")).toBe(before);
    await writeFileAtomically(at("listening.st"), "new");
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
