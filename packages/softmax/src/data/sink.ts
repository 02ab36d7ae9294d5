import type { Writable } from "node:stream";
import { openPending, writeError } from "./atomic.ts";

/** Where bytes go: a file that stands in its place only when whole, or standard output. */
export interface Sink {
  write(content: string | Uint8Array): Promise<void>;
  /** Puts the file in its place. */
  close(): Promise<void>;
  /** Leaves no file. */
  abort(): Promise<void>;
  /** False once the reader of standard output has gone; what is written then is dropped. */
  readonly isRead: boolean;
}

/** `path` "-" is standard output. */
export const openSink = (path: string): Promise<Sink> =>
  path === "-" ? Promise.resolve(streamSink(process.stdout)) : fileSink(path);

async function fileSink(path: string): Promise<Sink> {
  const file = await openPending(path);
  return {
    isRead: true,
    write: file.write,
    close: file.commit,
    abort: file.abort,
  };
}

/** A reader that stops early, such as `head`, is no error. */
export function streamSink(stream: Writable): Sink {
  let gone = false;
  let failure: Error | null = null;
  stream.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code === "EPIPE" || cause.code === "ERR_STREAM_DESTROYED") gone = true;
    else failure = cause;
  });
  const write = (content: string | Uint8Array): Promise<void> =>
    new Promise((done) => {
      if (gone || stream.destroyed) {
        gone = true;
        done();
      } else stream.write(content, () => done());
    });
  return {
    get isRead() {
      return !gone;
    },
    async write(content) {
      await write(content);
      if (failure !== null) throw writeError("standard output", failure);
    },
    close: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
}
