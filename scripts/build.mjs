// Builds everything: kernels (AssemblyScript → .wasm → base64 in a .ts), the worker's source, then TypeScript.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { root, run } from "./tools.mjs";

const generators = ["scripts/build-kernels.mjs", "scripts/build-worker.mjs"];
for (const name of ["core", "softmax"]) removeOrphans(`${root}packages/${name}`);
const ok = generators.every((step) => !existsSync(root + step) || run(step)) && run("tsc", "-b");
process.exitCode = ok ? 0 : 1;

/** Removes what was built from sources that are gone, which tsc leaves and npm would publish. */
function removeOrphans(folder) {
  if (!existsSync(`${folder}/dist`)) return;
  for (const name of readdirSync(`${folder}/dist`, { recursive: true, encoding: "utf8" })) {
    const stem = /^(.*?)(\.d\.ts|\.js)$/.exec(name)?.[1];
    if (stem !== undefined && !existsSync(`${folder}/src/${stem}.ts`))
      rmSync(`${folder}/dist/${name}`);
  }
}
