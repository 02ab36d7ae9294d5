// Sets up the rivals: npm's beside this file, Python's in a virtual environment below .cache. What is there already stays.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { here } from "../tables/sources.mjs";

export const cacheFolder = here("../../.cache/peers/");
const environment = `${cacheFolder}python`;
/** The virtual environment's interpreter. */
export const python = `${environment}/bin/python`;

/** OpenBLAS reads these; they slow it on processors that it knows. Rivals run without. */
const SLOWING = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"];
export const rivalEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !SLOWING.includes(name)),
);

/** Installs what is missing; returns a sentence for each part that could not be. */
export function setUp(log) {
  mkdirSync(cacheFolder, { recursive: true });
  return [...setUpNpm(log), ...setUpPython(log)];
}

function setUpNpm(log) {
  const lock = readFileSync(here("../peers/package-lock.json"), "utf8");
  return once("npm", lock, log, () => {
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    return run("npm", args, { cwd: here("../peers"), shell: process.platform === "win32" });
  });
}

function setUpPython(log) {
  const base = process.env.PYTHON ?? "python3";
  if (!existsSync(python)) {
    log(`making a virtual environment with ${base}`);
    const error = run(base, ["-m", "venv", environment]);
    if (error !== null) return [`no Python rivals: ${error}`];
  }
  const paragraphs = readFileSync(here("../peers/requirements.txt"), "utf8").split(/\n\s*\n/);
  return paragraphs.slice(1).flatMap((text) => {
    const names = text.trim().split(/\s+/);
    const install = () => run(python, ["-m", "pip", "install", "--quiet", ...names]);
    return once(`pip ${names[0].split("==")[0]}`, text, log, install);
  });
}

/** Runs `install` unless it has succeeded before on the same text. */
function once(name, text, log, install) {
  const mark = `${cacheFolder}${name.replaceAll(" ", "-")}.installed`;
  const hash = createHash("sha256").update(text).digest("hex");
  if (existsSync(mark) && readFileSync(mark, "utf8") === hash) return [];
  log(`installing: ${name}`);
  const error = install();
  if (error !== null) return [`${name}: ${error}`];
  writeFileSync(mark, hash);
  return [];
}

/** Null, or the last line that the command said on its way to failing. */
function run(command, args, options = {}) {
  const { status, stderr, error } = spawnSync(command, args, { ...options, encoding: "utf8" });
  if (status === 0) return null;
  const said = (stderr ?? "").trim().split("\n").at(-1);
  return error?.message ?? (said || `ended with ${status}`);
}
