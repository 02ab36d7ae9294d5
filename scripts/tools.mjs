import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The folder of the repository, ending in a separator. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The JavaScript file behind each development tool: unlike what is in .bin, node runs it on every system. */
const tools = {
  asc: "assemblyscript/bin/asc.js",
  biome: "@biomejs/biome/bin/biome",
  oxlint: "oxlint/bin/oxlint",
  tsc: "typescript/bin/tsc",
};

/** Runs a script of ours ("scripts/build.mjs") or a tool ("tsc") in the repository's root; returns whether it went well. */
export function run(name, ...args) {
  const file = tools[name] ? `node_modules/${tools[name]}` : name;
  const { status } = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: "inherit" });
  return status === 0;
}
