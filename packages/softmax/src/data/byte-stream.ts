import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import * as errors from "../errors.ts";
import { extensionOf, type SourceBytes } from "./bytes.ts";
import { MAX_BYTES } from "./source.ts";

/** A source whose bytes come in blocks, unpacked. */
export interface ByteStream extends Omit<SourceBytes, "bytes"> {
  /** The first bytes; all of them where `isWhole`. */
  readonly head: Uint8Array;
  readonly isWhole: boolean;
  /** Whether it is a file that can be read again, and whole. */
  readonly canReopen: boolean;
  /** Blocks of about `block` bytes that follow the head; to be asked for once. Closes the source when they end. */
  rest(block: number): AsyncGenerator<Uint8Array>;
  /** Share of a file that has been read, 0…1; 0 where that is not known. */
  share(): number;
  close(): Promise<void>;
}

/** Bytes asked of the system at a time. */
const READ_BYTES = 1 << 18;

/**
 * Opens a file, or standard input ("-"), and reads its first `headBytes` bytes. Throws a SoftmaxError that names it where it cannot
 * be read.
 */
export async function openBytes(path: string, headBytes: number): Promise<ByteStream> {
  const file = path === "-" ? null : await opened(path);
  const close = async (): Promise<void> => {
    await file?.close().catch(() => undefined);
    if (file === null) process.stdin.destroy();
  };
  try {
    return await started(path, file, headBytes, close);
  } catch (cause) {
    await close();
    throw cause;
  }
}

async function started(
  path: string,
  file: FileHandle | null,
  headBytes: number,
  close: () => Promise<void>,
): Promise<ByteStream> {
  const name = file === null ? "standard input" : path;
  const found = await file?.stat();
  const size = found?.isFile() ? found.size : 0;
  let passed = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of file === null ? process.stdin : fileBlocks(file, path)) {
      passed += (bytes as Uint8Array).length;
      yield bytes as Uint8Array;
    }
  };
  const raw = await startOf(counted(), 2);
  const isGzip = raw.head[0] === 0x1f && raw.head[1] === 0x8b;
  const packed = joined(raw.head, raw.rest);
  const start = await startOf(isGzip ? unpackedBlocks(packed, name) : packed, headBytes);
  return {
    name,
    extension: extensionOf(name),
    compression: isGzip ? "gzip" : "none",
    head: start.head,
    isWhole: start.isWhole,
    canReopen: size > 0 && size <= MAX_BYTES,
    share: () => (size > 0 ? Math.min(1, passed / size) : 0),
    close,
    async *rest(block) {
      yield* gathered(start.rest, block);
      await close();
    },
  };
}

/** The whole of a stream, unpacked. Throws where it is more than can be read. */
export async function allBytes(stream: ByteStream): Promise<SourceBytes> {
  const { name, extension, compression } = stream;
  const blocks = [stream.head];
  let size = stream.head.length;
  for await (const block of stream.rest(READ_BYTES)) {
    blocks.push(block);
    size += block.length;
    if (size > MAX_BYTES) throw errors.tooLarge(name, size, MAX_BYTES);
  }
  return { bytes: Buffer.concat(blocks, size), name, extension, compression };
}

async function opened(path: string): Promise<FileHandle> {
  return open(path).catch((cause: NodeJS.ErrnoException) => {
    throw errors.cannotRead(path, cause.code ?? cause.message);
  });
}

async function* fileBlocks(file: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { bytesRead, buffer } = await file
      .read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES)
      .catch((cause: NodeJS.ErrnoException) => {
        throw errors.cannotRead(path, cause.code ?? cause.message);
      });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unpackedBlocks(
  packed: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const source = Readable.from(packed);
  source.on("error", (cause) => gunzip.destroy(cause));
  try {
    for await (const block of source.pipe(gunzip)) yield block as Uint8Array;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw code?.startsWith("Z_") ? errors.badGzip(name, message) : cause;
  }
}

/** The first `size` bytes of blocks, or all where there are fewer, and the blocks that follow. */
async function startOf(
  blocks: AsyncGenerator<Uint8Array>,
  size: number,
): Promise<{ head: Uint8Array; isWhole: boolean; rest: AsyncGenerator<Uint8Array> }> {
  const taken: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  while (length <= size && !isWhole) {
    const { value, done } = await blocks.next();
    if (done === true) isWhole = true;
    else {
      taken.push(value);
      length += value.length;
    }
  }
  const all = Buffer.concat(taken, length);
  const head = all.subarray(0, size);
  return { head, isWhole: length <= size, rest: joined(all.subarray(head.length), blocks) };
}

async function* joined(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* rest;
}

/** The same bytes in blocks of at least `size`, but for the last. */
async function* gathered(
  blocks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let taken: Uint8Array[] = [];
  let length = 0;
  for await (const block of blocks) {
    taken.push(block);
    length += block.length;
    if (length < size) continue;
    yield taken.length === 1 ? block : Buffer.concat(taken, length);
    taken = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(taken, length);
}
