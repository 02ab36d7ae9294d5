import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { openPending } from "../data/atomic.ts";
import * as errors from "../errors.ts";
import { UsageError } from "./exit.ts";

/**
 * Fails before the work, not after it: throws where an output cannot be written, is a file that is read or in a folder that
 * is, or is named twice. "-" is standard output, undefined none.
 */
export async function checkOutputs(
  outputs: readonly (string | undefined)[],
  inputs: readonly string[],
): Promise<void> {
  const read = new Set(await Promise.all(inputs.map(placeOf)));
  const written = new Set<string>();
  for (const path of outputs) {
    if (path === undefined || path === "-") continue;
    const place = await placeOf(path);
    if (read.has(place)) throw errors.outputOverInput(path);
    const folder = [...read].find((input) => place.startsWith(`${input}${sep}`));
    if (folder !== undefined) throw errors.insideSource(path, folder);
    if (written.has(place)) throw new UsageError(`${path} is named for two outputs`);
    written.add(place);
    await checkWritable(path);
  }
}

/** The file that a path stands for, links followed as far as they lead. */
async function placeOf(path: string): Promise<string> {
  if (path === "-") return path;
  const whole = resolve(path);
  const folder = await realpath(dirname(whole)).catch(() => dirname(whole));
  return realpath(whole).catch(() => join(folder, basename(whole)));
}

/** Asks the file system by doing: opens a temporary file there, and removes it. Pipes and devices are left alone. */
async function checkWritable(path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory()) throw errors.outputIsFolder(path);
  if (there !== null && !there.isFile()) return;
  const file = await openPending(path);
  await file.abort();
}

const TABLES = /\.(csv|tsv|jsonl|ndjson|parquet)$/i;

/** Throws where a table's path has an ending that names no format. */
export function checkTablePath(path: string): void {
  if (path === "-" || path.startsWith("/dev/") || TABLES.test(path)) return;
  throw new UsageError(errors.unknownOutput(path).message);
}
