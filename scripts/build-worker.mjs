// Bundles packages/core/src/model/worker.ts into a string in src/model/worker-source.ts: nothing is loaded by path.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const model = new URL("../packages/core/src/model/", import.meta.url);
const target = new URL("worker-source.ts", model);

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("worker.ts", model))],
  bundle: true,
  write: false,
  format: "iife",
  platform: "neutral",
  target: "es2023",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
});
const source = outputFiles[0].text;
const text = `// Made by scripts/build-worker.mjs from worker.ts.

/** The script that a trainer's worker runs. */
export const workerSource: string =
  ${JSON.stringify(source)};
`;
if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
  writeFileSync(target, text);
  console.log(`worker: ${source.length} bytes of JavaScript`);
}
