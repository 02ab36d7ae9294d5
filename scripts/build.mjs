// Builds everything: kernels (AssemblyScript → .wasm → base64 in a .ts), the worker's source, then TypeScript.
import { existsSync } from "node:fs";
import { root, run } from "./tools.mjs";

const generators = ["scripts/build-kernels.mjs", "scripts/build-worker.mjs"];
const ok = generators.every((step) => !existsSync(root + step) || run(step)) && run("tsc", "-b");
process.exitCode = ok ? 0 : 1;
