import { resolve, sep } from "node:path";
import * as errors from "../errors.ts";
import type { Source } from "./source.ts";

/** Throws where the file for rejected rows is one that is read, or in a folder that is. */
export function checkRejectsPath(source: Source, rejectsPath: string | undefined): void {
  if (rejectsPath === undefined) return;
  const written = resolve(rejectsPath);
  for (const path of pathsOf(source)) {
    if (resolve(path) === written) throw errors.rejectsOverSource(rejectsPath);
    if (written.startsWith(resolve(path) + sep)) throw errors.insideSource(rejectsPath, path);
  }
}

function pathsOf(source: Source): readonly string[] {
  if (typeof source === "string") return [source];
  if ("files" in source) return source.files;
  if ("path" in source) return [source.path];
  return "folder" in source ? [source.folder] : [];
}
