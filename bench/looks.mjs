// The count of looks at test rows, which docs/results.md shows: each is a temptation to choose by it.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { number } from "./intervals.mjs";

const looksFile = fileURLToPath(new URL("tables/looks.json", import.meta.url));

const readLooks = () => (existsSync(looksFile) ? JSON.parse(readFileSync(looksFile, "utf8")) : []);

/** Writes down that the test rows of `set` were scored; `options` are those of the training, in words. */
export function countLook(set, options, metrics) {
  const lines = [...readLooks(), { set, options, commit: commit(), ...metrics }].map(
    (look) => `  ${JSON.stringify(look)}`,
  );
  writeFileSync(looksFile, `[\n${lines.join(",\n")}\n]\n`);
}

/** The short hash of what is checked out. */
export function commit() {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

/** All looks as a table in Markdown. */
export function looksText() {
  const looks = readLooks();
  if (looks.length === 0) return "No test file has been looked at yet.";
  const lines = looks.map((look, i) => {
    const count = looks.slice(0, i + 1).filter(({ set }) => set === look.set).length;
    const metrics = [look.logLoss, look.accuracy, look.ece ?? null].map(number).join(" | ");
    return `| ${look.set} | ${count} | ${look.options} | ${look.commit} | ${metrics} |`;
  });
  return [
    "| test rows of | looks | options | commit | log loss | accuracy | ECE |",
    "|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}
