import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import { cpus, homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { kernelBytes } from "@softmax/core";
import { writeFileAtomically } from "../data/atomic.ts";

/** V8 then fuses pairs of 128-bit operations of WebAssembly into 256-bit ones: the same bits, sooner. */
export const FLAG = "--experimental-wasm-revectorize";
/** The variable of the environment that switches it off. */
export const VARIABLE = "SOFTMAX_REVECTORIZE";
/** Makes V8 optimize each function after a few calls, before it is called again. */
const TIER_UP = ["--wasm-sync-tier-up", "--wasm-tiering-budget=1000"];
/** The first Node whose V8 does it well. */
const FIRST_NODE = 24;
/** Bytes of input from which on training gains more than the self-test costs, once a machine and release of Node. */
const WORTH_A_TEST = 2 ** 24;
const TEST_TIMEOUT_MS = 30_000;

export interface Revectorization {
  readonly on: boolean;
  readonly why: string;
}

/** What the decision depends on; the defaults are this process's. */
export interface Circumstances {
  readonly node: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** Runs the self-test: the first difference, or null. Rejects where it cannot be run. */
  readonly test: () => Promise<string | null>;
}

const here = (): Circumstances => ({
  node: process.versions.node,
  arch: process.arch,
  env: process.env,
  folder: cacheFolder(process.env),
  test: runSelfTest,
});

/**
 * Whether the kernels may be compiled with FLAG: from Node 24 on, on x64, unless switched off, where the self-test has
 * found the same bits. Its verdict is remembered for this machine, release of Node and these kernels; without one it
 * is run for inputs that are worth it. Sets nothing.
 */
export async function decideRevectorization(
  wanted: boolean,
  inputBytes: number,
  { node, arch, env, folder, test }: Circumstances = here(),
): Promise<Revectorization> {
  const off = (why: string): Revectorization => ({ on: false, why });
  if (!wanted) return off("switched off by --no-revectorize");
  if (env[VARIABLE] === "0") return off(`switched off by ${VARIABLE}=0`);
  if (!(Number.parseInt(node, 10) >= FIRST_NODE)) {
    return off(`not available in Node ${node}: it needs Node ${FIRST_NODE}`);
  }
  if (arch !== "x64") return off(`not available on ${arch}`);
  const verdict = await recall(folder, node);
  if (verdict === null && inputBytes < WORTH_A_TEST) {
    return off("not tested on this machine yet, and the input is small");
  }
  if (verdict !== null) return sentence(verdict);
  try {
    const difference = await test();
    await remember(folder, node, difference === null);
    return sentence(difference === null);
  } catch {
    return off("the self-test did not end");
  }
}

const sentence = (on: boolean): Revectorization => ({
  on,
  why: on ? "the self-test found the same bits" : "the self-test found other bits",
});

/** Sets the flag for all that this process compiles from now on, in its worker threads too. */
export async function revectorize(wanted: boolean, inputBytes: number): Promise<Revectorization> {
  const decision = await decideRevectorization(wanted, inputBytes);
  if (decision.on) setFlagsFromString(FLAG);
  return decision;
}

/** Bytes of the files; what is no file counts as nothing. */
export async function bytesOf(paths: readonly string[]): Promise<number> {
  const sizes = paths.map((path) =>
    stat(path).then(
      (file) => file.size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
}

function runSelfTest(): Promise<string | null> {
  const entry = fileURLToPath(new URL("self-test-main.js", import.meta.url));
  return new Promise((resolve, reject) => {
    const options = { timeout: TEST_TIMEOUT_MS, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, [...TIER_UP, entry], options, (error, stdout) => {
      if (error) reject(error);
      else resolve(JSON.parse(stdout) as string | null);
    });
  });
}

// The memory: a small file a key, of which only "yes" or "no" after the whole key is believed.

export const kernelHash = (): string => createHash("sha256").update(kernelBytes()).digest("hex");

function keyOf(node: string): string {
  const models = [...new Set(cpus().map(({ model }) => model))].sort();
  const parts = [node, process.versions.v8, process.arch, models, kernelHash()];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

const fileOf = (folder: string, key: string): string =>
  join(folder, `revectorize-${key.slice(0, 16)}`);

async function recall(folder: string, node: string): Promise<boolean | null> {
  const key = keyOf(node);
  const text = await readFile(fileOf(folder, key), "utf8").catch(() => "");
  if (text === `${key} yes\n`) return true;
  return text === `${key} no\n` ? false : null;
}

/** Where it cannot be written, the next training asks again. */
async function remember(folder: string, node: string, on: boolean): Promise<void> {
  const key = keyOf(node);
  try {
    await mkdir(folder, { recursive: true });
    await writeFileAtomically(fileOf(folder, key), `${key} ${on ? "yes" : "no"}\n`);
  } catch {}
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const { XDG_CACHE_HOME: base } = env;
  const folder = base !== undefined && isAbsolute(base) ? base : join(homedir(), ".cache");
  return join(folder, "softmax");
}
