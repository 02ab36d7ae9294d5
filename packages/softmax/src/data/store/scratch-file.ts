import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, statfsSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import * as errors from "../../errors.ts";
import { forgetUnfinished, keepUnfinished } from "../unfinished.ts";

/** What a scratch file asks of a disk; tests make the calls fail. */
export interface ScratchCalls {
  open(path: string): number;
  unlink(path: string): void;
  /** Bytes that a user may still write in a folder. */
  free(folder: string): number;
  write(fd: number, bytes: Uint8Array, at: number): number;
  read(fd: number, bytes: Uint8Array, at: number): number;
  close(fd: number): void;
}

export const nodeCalls: ScratchCalls = {
  // Nobody else is to read what is in it.
  open: (path) => openSync(path, "wx+", 0o600),
  unlink: unlinkSync,
  free(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  write: (fd, bytes, at) => writeSync(fd, bytes, 0, bytes.length, at),
  read: (fd, bytes, at) => readSync(fd, bytes, 0, bytes.length, at),
  close: closeSync,
};

/**
 * A file for what does not fit in memory. Its name goes as soon as it is open, so that nothing is left whatever ends the process;
 * where a system does not allow that, it goes with the file, or with the process.
 */
export interface ScratchFile {
  readonly fd: number;
  /** Throws where the disk has no room for so many bytes more. */
  expect(bytes: number): void;
  /** Writes behind all that was written; returns where. */
  append(numbers: NodeJS.TypedArray): number;
  write(numbers: NodeJS.TypedArray, at: number): void;
  /** Fills the array. */
  read(numbers: NodeJS.TypedArray, at: number): void;
  /** Once; later calls do nothing. */
  close(): void;
}

/** Left free on the disk for others. */
const SPARE_BYTES = 64 * 2 ** 20;

/** Throws a SoftmaxError ("data") that names the folder where its disk is full or fails. */
export function openScratch(folder: string, calls: ScratchCalls = nodeCalls): ScratchFile {
  const path = join(folder, `.softmax-${randomBytes(6).toString("hex")}.tmp`);
  const fd = tried(folder, () => calls.open(path));
  const remove = (): void => calls.unlink(path);
  let isNamed = false;
  try {
    remove();
  } catch {
    isNamed = true;
    keepUnfinished(path, remove);
  }
  let end = 0;
  let isOpen = true;
  const write = (numbers: NodeJS.TypedArray, at: number): void =>
    tried(folder, () => {
      const bytes = bytesOf(numbers);
      for (let done = 0; done < bytes.length; ) {
        const count = calls.write(fd, bytes.subarray(done), at + done);
        if (count <= 0) throw Object.assign(new Error("nothing was written"), { code: "EIO" });
        done += count;
      }
      end = Math.max(end, at + bytes.length);
    });
  return {
    fd,
    expect(bytes) {
      const free = tried(folder, () => calls.free(folder)) - SPARE_BYTES;
      if (bytes > free) throw errors.noRoom(folder, bytes, Math.max(0, free));
    },
    append(numbers) {
      const at = end;
      write(numbers, at);
      return at;
    },
    write,
    read: (numbers, at) => tried(folder, () => readFully(fd, bytesOf(numbers), at, calls.read)),
    close() {
      if (!isOpen) return;
      isOpen = false;
      calls.close(fd);
      if (!isNamed) return;
      remove();
      forgetUnfinished(path);
    },
  };
}

/** Reads until the bytes are full; throws where the file ends before. */
export function readFully(
  fd: number,
  bytes: Uint8Array,
  at: number,
  read: ScratchCalls["read"] = nodeCalls.read,
): void {
  for (let done = 0; done < bytes.length; ) {
    const count = read(fd, bytes.subarray(done), at + done);
    if (count <= 0) throw Object.assign(new Error("the file ended"), { code: "EIO" });
    done += count;
  }
}

export const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function tried<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw errors.scratchFailed(folder, code ?? message);
  }
}
