// Mutation testing by hand (docs/mutation.md): changes the sources in many small ways and counts the changes that no test notices.
//   node scripts/mutate.mjs file|checksum|base|softmax|limits|sandbox [folder [source …]]
// Runs in a copy of the repository (folder, by default a temporary one), because Stryker and what it needs, some 150 packages, are no
// dependency of ours. One test run at a time, so that other work goes on. The report is left in the copy, in reports/; with it what a
// further run need not do again, as long as neither the code nor its tests changed. A `source` is a file or lines of it (FILE:FROM-TO);
// of all others the report repeats what is known.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, matchesGlob } from "node:path";
import { root } from "./tools.mjs";

/** 9 is the last line that runs on Node 20. */
const STRYKER = "@stryker-mutator/core@9.5.1";

const core = "packages/core";
const tool = "packages/softmax";
/** What is changed, and the tests that are to notice. */
const SCOPES = new Map([
  [
    "file",
    {
      mutate: ["container", "json", "pack", "tensor"].map((name) => `${core}/src/file/${name}.ts`),
      tests: [`${core}/test/file/**/*.test.ts`],
      // They take long: they hash a gigabyte, write 25 MB, or go through hundreds of trees.
      without: "every (flipped bit|truncation)|up to 25,000,000|for any nesting",
    },
  ],
  [
    "checksum",
    {
      mutate: [`${core}/src/file/sha256.ts`],
      tests: [`${core}/test/file/sha256.test.ts`],
    },
  ],
  [
    "base",
    {
      mutate: ["math", "tails", "losses", "order", "random"].map(
        (name) => `${core}/src/base/${name}.ts`,
      ),
      tests: [`${core}/test/base/**/*.test.ts`],
    },
  ],
  [
    "softmax",
    {
      mutate: [`${core}/src/softmax/*.ts`],
      tests: [`${core}/test/softmax/**/*.test.ts`],
      // A hundred thousand rows take as long as all else together.
      without: "0,000 generated rows",
    },
  ],
  [
    "limits",
    {
      mutate: ["base/checks.ts", "kernels/shapes.ts", "model/inputs.ts"].map(
        (name) => `${core}/src/${name}`,
      ),
      tests: ["base/checks", "kernels/shapes", "model/inputs"].map(
        (name) => `${core}/test/${name}.test.ts`,
      ),
    },
  ],
  [
    "sandbox",
    {
      mutate: ["frames", "received", "table-bytes"].map(
        (name) => `${tool}/src/data/sandbox/${name}.ts`,
      ),
      tests: [`${tool}/test/data/received.test.ts`],
    },
  ],
]);

const GENERATED = [`${core}/src/kernels/wasm-bytes.ts`, `${core}/src/model/worker-source.ts`];

const [name, given, ...sources] = process.argv.slice(2);
const scope = SCOPES.get(name);
if (scope === undefined) {
  console.error(`expected one of ${[...SCOPES.keys()].join(", ")}, got ${name ?? "nothing"}`);
  process.exit(2);
}
const folder = given ?? mkdtempSync(join(tmpdir(), "softmax-mutation-"));
copyRepository();
install();
writeSettings();
console.log(`mutating ${name} in ${folder}`);
const stryker = join(folder, "node_modules/@stryker-mutator/core/bin/stryker.js");
const { status } = spawnSync(process.execPath, [stryker, "run", "stryker.json"], {
  cwd: folder,
  stdio: "inherit",
});
process.exitCode = status ?? 1;

function listed() {
  const paths = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  return paths.split("\0").filter(Boolean);
}

function copyRepository() {
  for (const path of [...listed(), ...GENERATED]) {
    if (!existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(root, path), join(folder, path));
  }
}

/** Nothing of these packages runs while they are installed. */
function install() {
  if (existsSync(join(folder, "node_modules/@stryker-mutator"))) return;
  const flags = ["--ignore-scripts", "--no-save", "--no-audit", "--no-fund"];
  execFileSync("npm", ["install", ...flags, STRYKER], { cwd: folder, stdio: "inherit" });
}

function writeSettings() {
  const { mutate, tests, without } = scope;
  const files = listed().filter((path) => tests.some((glob) => matchesGlob(path, glob)));
  const settings = {
    testRunner: "in-process",
    plugins: ["./scripts/mutate-runner.mjs"],
    mutationTests: { files, without },
    warnings: { unknownOptions: false },
    coverageAnalysis: "perTest",
    mutate: sources.length === 0 ? mutate : sources,
    incremental: true,
    incrementalFile: `reports/${name}.incremental.json`,
    concurrency: 1,
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 60,
    reporters: ["clear-text", "json", "progress-append-only"],
    jsonReporter: { fileName: `reports/${name}.json` },
    clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false },
    ignorePatterns: ["/bench", "/examples"],
    // Stryker would rewrite it through an interface that TypeScript 7 no longer has; vitest does not ask for it.
    tsconfigFile: "none.json",
  };
  writeFileSync(join(folder, "stryker.json"), JSON.stringify(settings, null, 2));
}
