// Where the real tables are, and the files cut from them for the sets whose split is "the first rows train".
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

export const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const dataFolder = here("../../../shared/data/");
export const cacheFolder = here("../../.cache/tables/");

/** Every set of sets.json. Columns are named as Softmax names them; `target` is a name, or a 1-based number. */
export const allSets = JSON.parse(readFileSync(here("sets.json"), "utf8"));

export const isPresent = (set) => existsSync(dataFolder + set.file);

/** The training file and, where the set has one, the test file; both under names that Python can read too. */
export function filesOf(set) {
  if (set.split === "files") {
    return { train: dataFolder + set.file, test: mended(set) };
  }
  if (set.split === "first") return cut(set);
  return { train: dataFolder + set.file, test: null };
}

/** adult's test labels end in a full stop; without it they are those of the training file. */
function mended(set) {
  const text = gunzipSync(readFileSync(dataFolder + set.test)).toString("latin1");
  return writeCached(`${set.name}-test.csv`, text.replace(/\.(\r?\n)/g, "$1"));
}

function cut(set) {
  const lines = gunzipSync(readFileSync(dataFolder + set.file))
    .toString("latin1")
    .split(/\r?\n/)
    .filter((line) => line !== "");
  const [header, ...rows] = lines;
  const part = (name, own) =>
    writeCached(`${set.name}-${name}.csv`, `${[header, ...own].join("\n")}\n`);
  return {
    train: part("train", rows.slice(0, set.first)),
    test: part("test", rows.slice(set.first)),
  };
}

function writeCached(name, text) {
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(cacheFolder + name, text, "latin1");
  return cacheFolder + name;
}
