// The results of lines.mjs: results.json beside it, saved whenever one is there.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { here } from "../tables/sources.mjs";

const file = here("../text/results.json");

/** Kinds of results, each by its key: runs and references by set and seed, the others by set. */
const EMPTY = { runs: {}, references: {}, fastText: {}, times: {}, large: {} };

export const readResults = () =>
  existsSync(file) ? { ...EMPTY, ...JSON.parse(readFileSync(file, "utf8")) } : EMPTY;

/** Adds one result to what the file holds by now, one line a result. */
export function saveResult(kind, key, result) {
  const results = readResults();
  const all = { ...results, [kind]: { ...results[kind], [key]: result } };
  const parts = Object.entries(all).map(([name, entries]) => {
    const lines = Object.entries(entries).map(
      ([own, value]) => `    ${JSON.stringify(own)}: ${JSON.stringify(value)}`,
    );
    return `  ${JSON.stringify(name)}: {\n${lines.join(",\n")}\n  }`;
  });
  writeFileSync(`${file}.new`, `{\n${parts.join(",\n")}\n}\n`);
  renameSync(`${file}.new`, file);
}
