// Builds everything: kernels (AssemblyScript → .wasm → base64 in a .ts), the worker's source, then TypeScript.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = (command, ...args) => execFileSync(command, args, { cwd: root, stdio: "inherit" });
const bin = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));

for (const step of ["build-kernels.mjs", "build-worker.mjs"]) {
  const file = new URL(step, import.meta.url);
  if (existsSync(file)) run(process.execPath, fileURLToPath(file));
}
run(bin("tsc"), "-b");
