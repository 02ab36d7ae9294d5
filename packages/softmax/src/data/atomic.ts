import { randomBytes } from "node:crypto";
import { unlinkSync } from "node:fs";
import { type FileHandle, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as errors from "../errors.ts";

/** A file being written beside its final place. */
export interface PendingFile {
  readonly handle: FileHandle;
  /** Where it stands until `commit`. */
  readonly temporary: string;
  /** Flushes it to the disk and puts it in its place. */
  commit(): Promise<void>;
  /** Removes it; the place keeps what was there. Does nothing after `commit`. */
  abort(): Promise<void>;
}

/** Temporary files still open; `process.exit` must leave none behind. */
const pending = new Set<string>();
let watching = false;

function removePending(): void {
  for (const path of pending) {
    try {
      unlinkSync(path);
    } catch {
      // It is gone already.
    }
  }
}

/**
 * Opens a temporary file in the folder of `path`, which `commit` renames to it; a link is followed. What is no regular file
 * (a pipe, /dev/null) is written directly. Throws a SoftmaxError that names the path.
 */
export async function openPending(path: string): Promise<PendingFile> {
  try {
    return await opened(path);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

async function opened(given: string): Promise<PendingFile> {
  const path = await realpath(given).catch(() => given);
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory()) throw errors.isFolder(given);
  if (there !== null && !there.isFile()) return direct(path);
  const name = `.${basename(path).slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`;
  const temporary = join(dirname(path), name);
  const handle = await open(temporary, "wx", there?.mode ?? 0o666);
  if (!watching) process.on("exit", removePending);
  watching = true;
  pending.add(temporary);
  const abort = async (): Promise<void> => {
    if (!pending.has(temporary)) return;
    await handle.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    pending.delete(temporary);
  };
  const commit = async (): Promise<void> => {
    try {
      await handle.sync();
      await handle.close();
      await rename(temporary, path);
      pending.delete(temporary);
      await syncFolder(dirname(path));
    } catch (cause) {
      await abort();
      throw writeError(given, cause);
    }
  };
  return { handle, temporary, commit, abort };
}

async function direct(path: string): Promise<PendingFile> {
  const handle = await open(path, "w");
  return { handle, temporary: path, commit: () => handle.close(), abort: () => handle.close() };
}

/** So that the new name itself outlives a crash; folders cannot be opened on Windows. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/** Writes the whole content, or leaves the place as it was. Throws a SoftmaxError that names the path. */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const file = await openPending(path);
  try {
    await file.handle.writeFile(content);
  } catch (cause) {
    await file.abort();
    throw writeError(path, cause);
  }
  await file.commit();
}

export function writeError(path: string, cause: unknown): Error {
  if (!(cause instanceof Error) || cause.name === "SoftmaxError") return cause as Error;
  return errors.cannotWrite(path, (cause as NodeJS.ErrnoException).code ?? cause.message);
}
