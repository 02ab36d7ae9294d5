import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const packageFolder = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(packageFolder, "bin/softmax.js");

if (!existsSync(join(packageFolder, "dist/cli/main.js"))) {
  throw new Error("the command line is not built: run `npm run build` first (npm test does)");
}

/** The path of one of the tables that come with the package. */
export const bundled = (name: string): string => join(packageFolder, "data", name);

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly bytes: Buffer;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
}

/** Runs the real command line in a process of its own, as a person would, with nobody at a terminal. */
export async function softmax(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = start(args, options.cwd);
  child.stdin?.end(options.input ?? "");
  return ended(child);
}

/** Program and arguments that run the command line, for a program that runs it in turn. */
export const softmaxArguments = (args: readonly string[]): string[] => [
  process.execPath,
  bin,
  ...args,
];

export const start = (args: readonly string[], cwd: string = tmpdir()): ChildProcess =>
  spawn(process.execPath, [bin, ...args], { cwd, stdio: "pipe" });

export function ended(child: ChildProcess): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const bytes = Buffer.concat(out);
      resolve({ code, bytes, out: bytes.toString(), err: Buffer.concat(err).toString() });
    });
  });
}

/** What was said beside the progress, which a busy machine shows and a free one does not. */
export const remarksOf = ({ err }: Ran): string =>
  err.replaceAll(/^(reading|predicting): .*\n/gm, "");

/** What was printed, with wrapped lines joined again. */
export const flowing = (text: string): string => text.replaceAll("\n  ", " ");

export interface Folder {
  readonly path: string;
  at(name: string): string;
  /** Names in it, hidden ones too. */
  list(): string[];
}

/** A folder for the files of one test file; it goes when they are done. */
export function workFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "softmax-cli-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return { path, at: (name) => join(path, name), list: () => readdirSync(path).sort() };
}

/** Lines of a table of two measures and a two-class label that depends on the first. */
export function twoClasses(
  rows: number,
  labels: readonly [string, string] = ["no", "yes"],
): string[] {
  let state = 7;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return Array.from({ length: rows }, () => {
    const x = random();
    const label = labels[random() < x ? 1 : 0];
    return `${x.toFixed(4)},${random().toFixed(4)},${label}`;
  });
}
