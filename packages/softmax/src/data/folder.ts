import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { byCodePoint } from "@softmax/core";
import * as errors from "../errors.ts";
import { isTableName } from "./format.ts";
import { isImageName } from "./pictures.ts";
import { MAX_FILES } from "./source.ts";

/** A file of texts and what its rows carry: the class, or where there are no classes its path in the folder. */
export interface TextFile {
  readonly path: string;
  readonly label: string;
}

export interface Listing {
  /** Whether each file is a row, or each line of it. */
  readonly row: "file" | "line";
  readonly files: readonly TextFile[];
  /** Folders of classes. */
  readonly folders: number;
  readonly remarks: readonly string[];
}

/** What stands in a folder: names in code-point order, hidden ones left out. */
interface Entries {
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** Symbolic links, devices and the like, which are passed over. */
  readonly left: number;
}

/**
 * The texts of a folder. Where it holds folders, each is a class and each file below it a row; where it holds files only, each
 * file is a class and each line a row. Hidden files and symbolic links are passed over. Classes stand in code-point order,
 * and so do the paths of a class. Throws where that makes no classes.
 */
export async function listFolder(path: string): Promise<Listing> {
  const { folders, files, left } = await entriesOf(path);
  if (folders.length > 0) return classFolders(path, folders, files, left);
  if (files.length === 0) throw errors.emptyFolder(path, left);
  if (files.some(isTableName)) throw errors.isFolder(path);
  if (files.length === 1) throw errors.soleFile(path, join(path, files[0]));
  const paths = files.map((name) => join(path, name));
  return { row: "line", files: labelledFiles(paths), folders: 0, remarks: leftOut(left) };
}

/** All files of a folder, without classes: each a row that carries its path. */
export async function listTexts(path: string): Promise<Listing> {
  const { files, left } = await filesBelow(path, MAX_FILES);
  if (files.length === 0) throw errors.emptyFolder(path, left);
  const found = files.map((label) => ({ path: join(path, label), label }));
  return { row: "file", files: found, folders: 0, remarks: leftOut(left) };
}

/** The images of a folder without folders, each a row that carries no class; null where most names end otherwise. */
export async function listImages(path: string): Promise<Listing | null> {
  const { folders, files, left } = await entriesOf(path);
  const named = files.filter(isImageName).length;
  if (folders.length > 0 || 2 * named <= files.length) return null;
  if (files.length > MAX_FILES) throw errors.tooManyFiles(path, MAX_FILES);
  const found = files.map((name) => ({ path: join(path, name), label: "" }));
  return { row: "file", files: found, folders: 0, remarks: leftOut(left) };
}

async function classFolders(
  path: string,
  folders: readonly string[],
  beside: readonly string[],
  links: number,
): Promise<Listing> {
  if (folders.length === 1) await refuseNested(path, folders[0]);
  refuseSplits(folders, path);
  const files: TextFile[] = [];
  const remarks: string[] = [];
  let left = links;
  for (const label of folders) {
    const below = await filesBelow(join(path, label), MAX_FILES - files.length);
    left += below.left;
    if (below.files.length === 0) remarks.push(`the folder ${errors.shown(label)} holds no texts`);
    for (const name of below.files) files.push({ path: join(path, label, name), label });
  }
  if (files.length === 0) {
    throw beside.some(isTableName) ? errors.isFolder(path) : errors.emptyFolder(path, left);
  }
  if (beside.length > 0) {
    const what = beside.slice(0, 3).map(errors.shown).join(", ");
    const more = beside.length > 3 ? `, … (${beside.length})` : "";
    remarks.push(`files beside the folders of classes are left out: ${what}${more}`);
  }
  const filled = folders.length - remarks.filter((remark) => remark.endsWith("no texts")).length;
  return { row: "file", files, folders: filled, remarks: [...remarks, ...leftOut(left)] };
}

const leftOut = (left: number): string[] =>
  left === 0 ? [] : [`symbolic links and special files are not followed: ${left} left out`];

async function refuseNested(path: string, sole: string): Promise<void> {
  const inner = join(path, sole);
  const { folders, files } = await entriesOf(inner);
  if (folders.length > 0 && files.length === 0) throw errors.nestedClasses(path, inner);
}

const SPLIT = /^(.*[-_.])?(train|training|test|testing|dev|valid|validation|val)$/i;

/** Parts of a data set side by side would be learned as its classes. */
function refuseSplits(classes: readonly string[], folder: string | null): void {
  const names = [...new Set(classes)];
  if (names.length < 2 || !names.every((name) => SPLIT.test(name))) return;
  throw errors.splitsNotClasses(names.map((name) => (folder === null ? name : join(folder, name))));
}

async function entriesOf(path: string): Promise<Entries> {
  const entries = await readdir(path, { withFileTypes: true }).catch(
    (cause: NodeJS.ErrnoException) => {
      throw errors.cannotRead(path, cause.code ?? cause.message);
    },
  );
  const shown = entries.filter(({ name }) => !name.startsWith("."));
  const folders = shown.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const files = shown.filter((entry) => entry.isFile()).map(({ name }) => name);
  return {
    folders: folders.sort(byCodePoint),
    files: files.sort(byCodePoint),
    left: shown.length - folders.length - files.length,
  };
}

/** Paths of all files below a folder, relative to it with "/" between, in code-point order. */
async function filesBelow(
  path: string,
  most: number,
): Promise<{ readonly files: readonly string[]; readonly left: number }> {
  const found: string[] = [];
  const waiting = [""];
  let left = 0;
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    const entries = await entriesOf(join(path, below));
    left += entries.left;
    for (const name of entries.folders) waiting.push(`${below}${name}/`);
    for (const name of entries.files) found.push(`${below}${name}`);
    if (found.length + waiting.length > most) throw errors.tooManyFiles(path, MAX_FILES);
  }
  return { files: found.sort(byCodePoint), left };
}

/**
 * A class for each of several files: the file's name without an ending such as .txt or one that all of them share; where the
 * names differ in the ending only (rt-polarity.pos, rt-polarity.neg), the ending. Throws where the files make no classes.
 */
export function labelledFiles(paths: readonly string[]): TextFile[] {
  checkList(paths);
  const labels = labelsOf(paths.map((path) => basename(path).replace(/\.gz$/i, "")));
  refuseSplits(labels, null);
  return paths.map((path, i) => ({ path, label: labels[i] }));
}

/** Throws where several files cannot be read as texts together: too many, a table among them, or one named twice. */
export function checkList(paths: readonly string[]): void {
  if (paths.length > MAX_FILES) throw errors.tooManyFiles("the list", MAX_FILES);
  if (paths.some((path) => path === "-" || isTableName(path))) {
    throw errors.severalTables(paths.length);
  }
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(resolve(path))) throw errors.namedTwice(path);
    seen.add(resolve(path));
  }
}

const TEXT_ENDING = /(?<=.)\.(txt|text|md)$/i;

function labelsOf(names: readonly string[]): string[] {
  const plain = names.map((name) => name.replace(TEXT_ENDING, ""));
  const cuts = plain.map((name) => {
    const dot = name.lastIndexOf(".");
    return dot <= 0
      ? { stem: name, ending: "" }
      : { stem: name.slice(0, dot), ending: name.slice(dot) };
  });
  const stems = new Set(cuts.map(({ stem }) => stem));
  const endings = new Set(cuts.map(({ ending }) => ending));
  if (stems.size === 1 && endings.size > 1 && !endings.has("")) {
    return cuts.map(({ ending }) => ending.slice(1));
  }
  if (endings.size === 1 && stems.size > 1) return cuts.map(({ stem }) => stem);
  return plain;
}
