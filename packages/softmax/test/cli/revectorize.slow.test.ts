import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { Runtime } from "../../src/cli/runtime.ts";
import { findNode, type NodeMajor } from "../nodes.ts";
import { run } from "../pack/project.ts";
import { bundled, workFolder } from "./run.ts";

const folder = workFolder();
const bin = fileURLToPath(new URL("../../bin/softmax.js", import.meta.url));

/** Appends a line to a file for each flag that is set and each module that is compiled, in their order. */
const WATCH = `
import { appendFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import v8 from "node:v8";
const note = (line) => appendFileSync("events", line + "\\n");
const { setFlagsFromString } = v8;
v8.setFlagsFromString = (flag) => {
  note(flag);
  setFlagsFromString(flag);
};
syncBuiltinESMExports();
const { Module } = WebAssembly;
WebAssembly.Module = class extends Module {
  constructor(bytes) {
    note("module");
    super(bytes);
  }
};
`;

/** Runs the command line on that Node, with a memory of verdicts that is this test's: what was printed, and events. */
async function onNode(node: string, args: readonly string[]): Promise<[string, string[]]> {
  process.env.XDG_CACHE_HOME = folder.at("cache");
  writeFileSync(folder.at("watch.mjs"), WATCH);
  writeFileSync(folder.at("events"), "");
  const watch = pathToFileURL(folder.at("watch.mjs")).href;
  const printed = await run(node, ["--import", watch, bin, ...args], folder.path);
  return [printed, readFileSync(folder.at("events"), "utf8").split("\n")];
}

const runtimeOf = async (node: string): Promise<Runtime> =>
  JSON.parse((await onNode(node, ["inspect", "--runtime", "--json"]))[0]) as Runtime;

const train = (model: string, ...more: string[]): string[] => {
  const flags = ["--target", "species", "-o", folder.at(model), "--quiet", ...more];
  return ["train", bundled("penguins.csv"), ...flags];
};

describe.each<NodeMajor>([24, 26])("Node %i", (major) => {
  it("passes the self-test, sets the flag before it compiles, and writes the same model", async (context) => {
    const { path, why } = await findNode(major);
    if (path === null) return context.skip(why);
    const { revectorize } = await runtimeOf(path);
    expect(revectorize).toEqual({ on: true, why: "the self-test found the same bits" });
    const [, on] = await onNode(path, train("on.st"));
    expect(on.slice(0, 2)).toEqual(["--experimental-wasm-revectorize", "module"]);
    const [, off] = await onNode(path, train("off.st", "--no-revectorize"));
    expect(off[0]).toBe("module");
    const models = ["on.st", "off.st"].map((name) => readFileSync(folder.at(name)));
    expect(models[0].equals(models[1])).toBe(true);
  });
});

it("Node 22 has none", async (context) => {
  const { path, why } = await findNode(22);
  if (path === null) return context.skip(why);
  const { on, why: reason } = (await runtimeOf(path)).revectorize;
  expect(on).toBe(false);
  expect(reason).toContain("it needs Node 24");
});
