import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { Classifier, SoftmaxError, train } from "@softmax/core";
import { expect } from "vitest";
import { type Files, nodeFiles, type OpenFile } from "../../src/data/files.ts";

/** Disks on which saving goes wrong, and what must hold afterwards. */

export const FAULTS = ["EIO", "ENOSPC", "short"] as const;
export type Fault = (typeof FAULTS)[number];

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

/** A disk that does what `before` lets it do; `write` may take fewer bytes than it is given. */
function tampered(
  before: (call: string) => void,
  mostBytes: (asked: number) => number = (asked) => asked,
): Files {
  const asked = <T>(call: string, work: () => Promise<T>): Promise<T> =>
    Promise.resolve().then(() => {
      before(call);
      return work();
    });
  const tamperedFile = (file: OpenFile, what: string): OpenFile => ({
    write: (bytes) => asked("write", () => file.write(bytes.subarray(0, mostBytes(bytes.length)))),
    sync: () => asked(`sync ${what}`, () => file.sync()),
    chmod: (mode) => asked("chmod", () => file.chmod(mode)),
    chown: (owner, group) => asked("chown", () => file.chown(owner, group)),
    async close() {
      await file.close();
      before(`close ${what}`);
    },
  });
  return {
    stat: (path) => asked("stat", () => nodeFiles.stat(path)),
    realpath: (path) => asked("realpath", () => nodeFiles.realpath(path)),
    readlink: (path) => asked("readlink", () => nodeFiles.readlink(path)),
    open: async (path, flags, mode) => {
      const what = flags === "r" ? "folder" : "file";
      const file = await asked(`open ${what}`, () => nodeFiles.open(path, flags, mode));
      return tamperedFile(file, what);
    },
    rename: (from, to) => asked("rename", () => nodeFiles.rename(from, to)),
    unlink: (path) => asked("unlink", () => nodeFiles.unlink(path)),
    unlinkSync: nodeFiles.unlinkSync,
  };
}

export interface FaultyDisk {
  readonly files: Files;
  /** Every call that was made, in order. */
  readonly calls: readonly string[];
  /** The call that failed, null where there were too few. */
  failed(): string | null;
}

/** Fails the call number `at`, from 0; a "short" write takes half of the bytes, and the one after it finds the disk full. */
export function failingDisk(at: number, fault: Fault): FaultyDisk {
  const calls: string[] = [];
  let failed: string | null = null;
  let isFull = false;
  const before = (call: string): void => {
    const isNow = calls.push(call) - 1 === at;
    if (call === "write" && isFull) throw systemError("ENOSPC");
    if (!isNow || (fault === "short" && call !== "write")) return;
    failed = call;
    if (fault !== "short") throw systemError(fault);
    isFull = true;
  };
  const files = tampered(before, (asked) => (isFull ? Math.floor(asked / 2) : asked));
  return { files, calls, failed: () => failed };
}

/** A disk with so many bytes left. */
export function fullDisk(bytes: number): Files {
  let left = bytes;
  return tampered(
    (call) => {
      if (call === "write" && left === 0) throw systemError("ENOSPC");
    },
    (asked) => {
      const taken = Math.min(asked, left);
      left -= taken;
      return taken;
    },
  );
}

/** A disk that takes at most a few bytes at a time. */
export const slowDisk = (most: number): Files =>
  tampered(
    () => undefined,
    (asked) => Math.min(asked, most),
  );

/** Two model files of some fifty thousand bytes, each other's old and new. */
export async function twoModels(): Promise<readonly [old: Uint8Array, fresh: Uint8Array]> {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    ...Object.fromEntries(
      Array.from({ length: 200 }, (_, j) => [`x${j}`, ((i * 7 + j * i) % 53) / 9]),
    ),
    y: `class ${i % 20}`,
  }));
  const options = { target: "y", folds: 2, linear: true, worker: false };
  const [a, b] = [
    await train(rows, { ...options, l2: 0.1 }),
    await train(rows, { ...options, l2: 1 }),
  ];
  return [a.classifier.save(), b.classifier.save()];
}

/** Throws unless the file is one of these, whole, and loads; returns which. */
export async function wholeModel(path: string, ...known: readonly Uint8Array[]): Promise<number> {
  const bytes = readFileSync(path);
  await Classifier.load(bytes);
  const at = known.findIndex((one) => bytes.equals(one));
  expect(at, `${path} holds what was never saved`).toBeGreaterThanOrEqual(0);
  return at;
}

export const temporaries = (path: string): string[] =>
  readdirSync(dirname(path)).filter((name) => name.endsWith(".tmp"));

/** Throws unless the failure is a sentence about the file. */
export function expectNames(failure: unknown, path: string): void {
  expect(failure).toBeInstanceOf(SoftmaxError);
  expect((failure as SoftmaxError).code).toBe("data");
  expect((failure as SoftmaxError).message.startsWith(`${path} `)).toBe(true);
}
