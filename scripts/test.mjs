// Runs every check and closes with one line, "N passed, N failed": each step below counts as one, each test as one.
//   node scripts/test.mjs [part of a test file's name …]   build, types, lint, format, then the tests
//   node scripts/test.mjs --slow [part …]                  build, then the slow tests alone
import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";
import { root, run } from "./tools.mjs";

const { values, positionals } = parseArgs({
  options: { slow: { type: "boolean", default: false } },
  allowPositionals: true,
});

/**
 * How many passed, and the names of what failed or was skipped.
 * @type {{ passed: number, failed: string[], skipped: { line: string, reason: string }[] }}
 */
const result = { passed: 0, failed: [], skipped: [] };

const build = ["build", "scripts/build.mjs"];
const checks = [
  ["types of tests", "tsc", "-p", "tsconfig.test.json"],
  ["lint (biome)", "biome", "lint", "--error-on-warnings", "."],
  ["lint (oxlint)", "oxlint", "--type-aware", "--deny-warnings"],
  ["format", "biome", "check", "--linter-enabled=false", "."],
];
for (const step of values.slow ? [build] : [build, ...checks]) runStep(...step);
await runTests();
close();

function runStep(name, ...command) {
  console.log(`\n== ${name}`);
  if (run(...command)) result.passed++;
  else result.failed.push(name);
}

async function runTests() {
  console.log("\n== tests");
  const config = values.slow ? "vitest.slow.config.ts" : "vitest.config.ts";
  const vitest = await startVitest("test", positionals, { root, config, watch: false, run: true });
  const files = vitest.state.getTestModules();
  for (const file of files) countFile(file);
  for (const error of vitest.state.getUnhandledErrors()) {
    result.failed.push(`unhandled: ${messageOf(error)}`);
  }
  if (files.length === 0) result.failed.push("no test file was found");
  await vitest.close();
}

/** Errors come from other processes: some have only a message left. */
const messageOf = (error) => String(Object(error).message ?? error);

function countFile(file) {
  const name = file.relativeModuleId;
  for (const error of file.errors()) result.failed.push(`${name}: ${error.message}`);
  for (const suite of file.children.allSuites()) {
    for (const error of suite.errors()) result.failed.push(`${name}: ${error.message}`);
  }
  for (const test of file.children.allTests()) {
    const { state, note } = test.result();
    const line = `${name}: ${test.fullName}`;
    if (state === "passed") result.passed++;
    else if (state === "skipped") result.skipped.push({ line, reason: note ?? "no reason given" });
    else result.failed.push(line);
  }
}

function close() {
  const { passed, failed, skipped } = result;
  console.log();
  for (const line of skippedByReason(skipped)) console.log(line);
  for (const line of failed) console.log(`failed: ${line}`);
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  console.log(`${passed} passed, ${failed.length} failed${skips}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/** What was skipped, one reason after another, each with the names it holds for. */
function skippedByReason(skipped) {
  const byReason = new Map();
  for (const { line, reason } of skipped)
    byReason.set(reason, [...(byReason.get(reason) ?? []), line]);
  return [...byReason].flatMap(([reason, lines]) => [
    `skipped, ${lines.length}: ${reason}`,
    ...lines.map((line) => `  ${line}`),
  ]);
}
