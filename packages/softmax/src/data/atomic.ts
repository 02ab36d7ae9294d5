import { randomBytes } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import * as errors from "../errors.ts";
import { type FileFacts, type Files, nodeFiles, type OpenFile } from "./files.ts";
import { forgetUnfinished, keepUnfinished } from "./unfinished.ts";

/** A file being written beside its final place. */
export interface PendingFile {
  /** Where it stands until `commit`. */
  readonly temporary: string;
  /** Appends all of it; where that fails, aborts. Texts are written as UTF-8. */
  write(content: string | Uint8Array): Promise<void>;
  /** Flushes it to the disk and puts it in its place. */
  commit(): Promise<void>;
  /** Removes it; the place keeps what was there. Does nothing after `commit`. */
  abort(): Promise<void>;
}

/** All of a file, or its parts in order. */
export type FileContent =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/**
 * Writes the whole content, or leaves the place as it was: at every moment, whatever fails or stops, the path holds the old file
 * or the new one, whole. A file that is replaced keeps its permissions and owner, a link goes on leading to its file.
 *
 * The content goes to a temporary file in the same folder, ".NAME.RANDOM.tmp", is flushed to the disk and takes the place of the old
 * file in one step; then the folder is flushed. The temporary file is removed where anything fails, at the exit of the process
 * and on SIGINT, SIGTERM and SIGHUP; only a kill -9 or a loss of power can leave it.
 * Throws a SoftmaxError "data" that names the path and what failed; what `content` throws passes through.
 */
export async function writeFileAtomically(
  path: string,
  content: FileContent,
  files: Files = nodeFiles,
): Promise<void> {
  const isWhole = typeof content === "string" || content instanceof Uint8Array;
  const file = await openPending(path, files);
  try {
    for await (const part of isWhole ? [content] : content) await file.write(part);
  } catch (cause) {
    await file.abort();
    throw cause;
  }
  await file.commit();
}

/**
 * The same in steps: opens a temporary file in the folder of `path`, which `commit` puts in its place. What is no regular file (a
 * pipe, /dev/null) is written directly. `write` and `commit` throw as writeFileAtomically does, with nothing left behind.
 */
export async function openPending(path: string, files: Files = nodeFiles): Promise<PendingFile> {
  try {
    const there = await orNothing(files.stat(path));
    if (there?.kind === "folder") throw errors.isFolder(path);
    if (there?.kind === "other") return direct(path, await files.open(path, "w"));
    const place = there === null ? await linkEnd(path, files) : await files.realpath(path);
    return await beside(place, there, path, files);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Null where there is nothing. */
async function orNothing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
}

/** As Linux does. */
const MOST_LINKS = 40;

/** The place of a file that is not there: the path, or where links lead that end in nothing. */
async function linkEnd(path: string, files: Files): Promise<string> {
  let place = path;
  for (let followed = 0; followed < MOST_LINKS; followed++) {
    const next = await files.readlink(place).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "EINVAL") return null;
      throw cause;
    });
    if (next === null) return place;
    place = resolve(dirname(place), next);
  }
  throw errors.cannotWrite(path, "ELOOP");
}

/** In characters of up to four bytes: with what is added, no name is longer than the 255 bytes of a disk. */
const LONGEST_STEM = 50;

const temporaryName = (place: string): string =>
  `.${[...basename(place)].slice(0, LONGEST_STEM).join("")}.${randomBytes(6).toString("hex")}.tmp`;

async function beside(
  place: string,
  there: FileFacts | null,
  given: string,
  files: Files,
): Promise<PendingFile> {
  const temporary = join(dirname(place), temporaryName(place));
  const file = await create(temporary, there, files);
  const abort = async (): Promise<void> => {
    await file.close().catch(() => undefined);
    await remove(temporary, files);
  };
  const orAbort = guarded(given, abort);
  if (there !== null) await orAbort(() => likeBefore(file, there));
  let isInPlace = false;
  return {
    temporary,
    write: (content) => orAbort(() => writeAll(file, content)),
    commit: () =>
      orAbort(async () => {
        await replace(file, { temporary, place, files, given });
        isInPlace = true;
      }),
    abort: () => (isInPlace ? Promise.resolve() : abort()),
  };
}

/** As open to others as the file that it replaces, and always to its owner, who writes it. */
async function create(temporary: string, there: FileFacts | null, files: Files): Promise<OpenFile> {
  keepUnfinished(temporary, () => files.unlinkSync(temporary));
  try {
    return await files.open(temporary, "wx", (there?.mode ?? 0o666) | 0o600);
  } catch (cause) {
    forgetUnfinished(temporary);
    throw cause;
  }
}

/** Runs a step of the work; where it fails, aborts and throws a SoftmaxError that names the path given. */
const guarded =
  (given: string, abort: () => Promise<void>) =>
  async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (cause) {
      await abort();
      throw writeError(given, cause);
    }
  };

/** A second try, and one more at the exit: a temporary file must not stay because its removal was interrupted. */
async function remove(temporary: string, files: Files): Promise<void> {
  for (let tries = 0; tries < 2; tries++) {
    try {
      await orNothing(files.unlink(temporary));
      forgetUnfinished(temporary);
      return;
    } catch {
      // Tried again.
    }
  }
}

/** Gives it the owner and the permissions of the file that it replaces, as far as this user and this disk can. */
async function likeBefore(file: OpenFile, { mode, owner, group }: FileFacts): Promise<void> {
  const isTheirs = await orNotHere(file.chown(owner, group).then(() => true));
  // Another group must not get the rights that the old one had: it counts as others.
  const rights = isTheirs === null ? (mode & 0o707) | ((mode & 0o007) << 3) : mode;
  await orNotHere(file.chmod(rights));
}

/** Null where a disk, a system or a user's rights do not know such a request. */
async function orNotHere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (cause) {
    if (NOT_HERE.has((cause as NodeJS.ErrnoException).code ?? "")) return null;
    throw cause;
  }
}

const NOT_HERE = new Set([
  "EACCES",
  "EBADF",
  "EINVAL",
  "EISDIR",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EPERM",
]);

/** Goes on where a write took only a part. */
async function writeAll(file: OpenFile, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let start = 0; start < bytes.length; ) {
    const written = await file.write(bytes.subarray(start));
    if (written <= 0) throw Object.assign(new Error("nothing was written"), { code: "EIO" });
    start += written;
  }
}

interface Replacement {
  readonly temporary: string;
  readonly place: string;
  readonly files: Files;
  readonly given: string;
}

/**
 * Flushes before the new name, so that a crash never shows an empty file under it, and flushes the name after. The folder is opened
 * first: once the name is new, nothing fails but the disk itself, and then the new file is there, and the error says so.
 */
async function replace(
  file: OpenFile,
  { temporary, place, files, given }: Replacement,
): Promise<void> {
  await file.sync();
  await file.close();
  // Folders cannot be opened on Windows, nor where one may write but not read.
  const folder = await orNotHere(files.open(dirname(place), "r"));
  try {
    await files.rename(temporary, place);
    forgetUnfinished(temporary);
    await orNotHere(folder?.sync() ?? Promise.resolve()).catch((cause: Error) => {
      throw errors.notConfirmed(given, codeOf(cause));
    });
  } finally {
    await folder?.close().catch(() => undefined);
  }
}

function direct(path: string, file: OpenFile): PendingFile {
  const abort = (): Promise<void> => file.close().catch(() => undefined);
  const orAbort = guarded(path, abort);
  return {
    temporary: path,
    write: (content) => orAbort(() => writeAll(file, content)),
    commit: () => orAbort(() => file.close()),
    abort,
  };
}

const codeOf = (cause: Error): string => (cause as NodeJS.ErrnoException).code ?? cause.message;

/** The sentence of a failed write; a SoftmaxError stays as it is. */
export function writeError(path: string, cause: unknown): Error {
  if (!(cause instanceof Error) || cause.name === "SoftmaxError") return cause as Error;
  return errors.cannotWrite(path, codeOf(cause));
}
