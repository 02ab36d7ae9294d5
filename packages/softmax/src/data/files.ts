import { closeSync, openSync, unlinkSync } from "node:fs";
import { type FileHandle, open, readlink, realpath, rename, stat, unlink } from "node:fs/promises";

/** What saving asks of a disk, a method a system call. Each rejects with an Error whose `code` is that of the system ("EIO"). */
export interface Files {
  /** The file that a path leads to, links followed. */
  stat(path: string): Promise<FileFacts>;
  /** Where a path leads, links followed. */
  realpath(path: string): Promise<string>;
  /** What a link says, whether or not anything is there. */
  readlink(path: string): Promise<string>;
  /** "r" to read, "w" to write over, "wx" to create: fails where something is there, and leaves nothing where it fails. */
  open(path: string, flags: "r" | "w" | "wx", mode?: number): Promise<OpenFile>;
  /** `to` is replaced in one step. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** The same at once, for a process that ends. */
  unlinkSync(path: string): void;
}

export interface OpenFile {
  /** Writes what it can, and says how many bytes that was: they may be fewer than given. */
  write(bytes: Uint8Array): Promise<number>;
  /** Until the disk has what was written. */
  sync(): Promise<void>;
  chmod(mode: number): Promise<void>;
  chown(owner: number, group: number): Promise<void>;
  /** After what is under way. Closing again does nothing. */
  close(): Promise<void>;
}

export interface FileFacts {
  readonly kind: "file" | "folder" | "other";
  /** Permissions of owner, group and others. */
  readonly mode: number;
  readonly owner: number;
  readonly group: number;
}

/** The disk. */
export const nodeFiles: Files = {
  async stat(path) {
    const found = await stat(path);
    const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
    return { kind, mode: found.mode & 0o777, owner: found.uid, group: found.gid };
  },
  realpath: (path) => realpath(path),
  readlink: (path) => readlink(path),
  async open(path, flags, mode) {
    const handle = await (flags === "wx" ? created(path, mode) : open(path, flags, mode));
    return {
      write: async (bytes) => (await handle.write(bytes)).bytesWritten,
      sync: () => handle.sync(),
      chmod: (permissions) => handle.chmod(permissions),
      chown: (owner, group) => handle.chown(owner, group),
      close: () => handle.close(),
    };
  },
  rename,
  unlink,
  unlinkSync,
};

/** Created at once: an exit or a signal finds it there to remove, never about to come. */
async function created(path: string, mode?: number): Promise<FileHandle> {
  closeSync(openSync(path, "wx", mode));
  try {
    return await open(path, "r+");
  } catch (cause) {
    unlinkSync(path);
    throw cause;
  }
}
