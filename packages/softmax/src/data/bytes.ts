import { open, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import * as errors from "../errors.ts";
import { MAX_BYTES } from "./source.ts";

/** A source's bytes, unpacked. */
export interface SourceBytes {
  readonly bytes: Uint8Array;
  /** The file's name for sentences. */
  readonly name: string;
  /** Lower case, without the dot and without ".gz"; "" where there is none. */
  readonly extension: string;
  readonly compression: "none" | "gzip";
}

/** A file's bytes, unpacked. Throws as `wholeFile` does. */
export const fileBytes = async (path: string): Promise<SourceBytes> =>
  unpacked(await wholeFile(path), path);

/** Reads a file whole. Throws a SoftmaxError that names the file where it is absent, a folder, too large or cannot be read. */
export async function wholeFile(path: string): Promise<Uint8Array> {
  await checkFile(path);
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw errors.cannotRead(path, cause.code ?? cause.message);
  });
}

/** The first `size` bytes of a file, or all where there are fewer. Throws a SoftmaxError where it cannot be read. */
export async function fileHead(path: string, size: number): Promise<Uint8Array> {
  const fail = (cause: NodeJS.ErrnoException): never => {
    throw errors.cannotRead(path, cause.code ?? cause.message);
  };
  const file = await open(path).catch(fail);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0).catch(fail);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Throws where `path` is no file that can be read whole. */
export async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw errors.cannotRead(path, cause.code ?? cause.message);
    throw errors.noSuchFile(path, await readdir(dirname(path)).catch(() => []));
  });
  if (found.isDirectory()) throw errors.isFolder(path);
  if (found.size > MAX_BYTES) throw errors.tooLarge(path, found.size, MAX_BYTES);
}

/** Reads a stream to its end. */
export async function streamBytes(
  stream: AsyncIterable<Uint8Array>,
  name: string,
): Promise<SourceBytes> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_BYTES) throw errors.tooLarge(name, size, MAX_BYTES);
    chunks.push(chunk);
  }
  return unpacked(Buffer.concat(chunks, size), name);
}

/** The bytes themselves, or what they hold where they are gzip. Throws where that is more than `limit` bytes. */
export async function unpacked(
  bytes: Uint8Array,
  name: string,
  limit: number = MAX_BYTES,
): Promise<SourceBytes> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const extension = extensionOf(name);
  if (!isGzip) return { bytes, name, extension, compression: "none" };
  const whole = await promisify(gunzip)(bytes, { maxOutputLength: limit }).catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ERR_BUFFER_TOO_LARGE") throw errors.tooLargeUnpacked(name, limit);
      throw errors.badGzip(name, cause.message);
    },
  );
  return { bytes: whole, name, extension, compression: "gzip" };
}

export function extensionOf(name: string): string {
  const base = basename(name).toLowerCase().replace(/\.gz$/, "");
  const dot = base.lastIndexOf(".");
  return dot <= 0 ? "" : base.slice(dot + 1);
}
