import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./pack/project.ts";

/** The releases that tests run on beside the one that runs the tests: one of each line that is kept up. */
export const NODE_RELEASES = { 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" } as const;

export type NodeMajor = keyof typeof NODE_RELEASES;

/** The program, or the reason why it is not there. */
export type FoundNode =
  | { readonly path: string; readonly why?: undefined }
  | { readonly path: null; readonly why: string };

const sought = new Map<NodeMajor, Promise<FoundNode>>();

/**
 * Finds a Node of that line: the one that runs now, the program that NODE_22, NODE_24 or NODE_26 names, one fetched
 * before, or one fetched from the package registry now (some 100 MB), which only the slow suite should do. Where it is
 * missing, skip the test and say `why`.
 */
export function findNode(major: NodeMajor): Promise<FoundNode> {
  const found = sought.get(major) ?? find(major);
  sought.set(major, found);
  return found;
}

async function find(major: NodeMajor): Promise<FoundNode> {
  const named = process.env[`NODE_${major}`];
  if (named !== undefined) return { path: named };
  if (process.versions.node.startsWith(`${major}.`)) return { path: process.execPath };
  const release = NODE_RELEASES[major];
  const folder = join(tmpdir(), `softmax-node-${release}`);
  const system = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${system}-${process.arch}`;
  const path = join(folder, "node_modules", name, "bin", system === "win" ? "node.exe" : "node");
  try {
    if (!existsSync(path)) await fetchInto(folder, `${name}@${release}`);
    await run(path, ["--version"], folder);
    return { path };
  } catch {
    return { path: null, why: `Node ${release} could not be fetched and started` };
  }
}

/** The folder has its name only when it is whole, so that another process may look for it at the same time. */
async function fetchInto(folder: string, spec: string): Promise<void> {
  const part = `${folder}-${process.pid}`;
  try {
    await mkdir(part, { recursive: true });
    const quiet = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts"];
    await run("npm", ["install", "--prefix", part, ...quiet, spec], part);
    await rename(part, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}
