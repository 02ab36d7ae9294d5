import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { SoftmaxError } from "@softmax/core";
import * as errors from "../../errors.ts";
import type { ReadOptions, ReadTable, Sandbox, Source } from "../source.ts";
import { framesOf } from "./frames.ts";
import { receivedRead } from "./received.ts";
import { OUT_OF_MEMORY, type Request, type SentError } from "./request.ts";
import { type TableFiller, tableFiller } from "./table-bytes.ts";

/** Characters of the head of a table at most: names, remarks and rejected rows. */
const HEAD_CHARACTERS = 2 ** 28;
/** Characters kept of what the process says of its end. */
const WORDS = 4096;

/**
 * Reads a source in a process of its own with a limit of memory and of time. What ends that process (a crash in a library, want of
 * memory) is an error here; what it sends is checked before it is used.
 *
 * Throws what the reading throws, or a SoftmaxError ("data") that names the source.
 */
export async function readSandboxed(
  source: Exclude<Source, { rows: unknown }>,
  { sandbox, signal, onProgress, ...options }: ReadOptions & { readonly sandbox: Sandbox },
): Promise<ReadTable> {
  const name = nameOf(source);
  const asked = typeof source === "object" && "bytes" in source ? { input: name } : source;
  const child = startChild(source === "-", sandbox.bytes);
  const end = endOf(child);
  const stop = (): void => void child.kill("SIGKILL");
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, 1000 * sandbox.seconds);
  process.on("exit", stop);
  signal?.addEventListener("abort", stop);
  try {
    const limitBytes = sandbox.bytes;
    child.send({ source: asked, options, limitBytes, parent: process.pid } satisfies Request);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end("bytes" in Object(source) ? (source as { bytes: Uint8Array }).bytes : "");
    const received = await receive(child, sandbox, onProgress).catch((cause: Error) => cause);
    if (signal?.aborted) throw errors.aborted();
    if (isLate) throw errors.sandboxLate(name, sandbox.seconds);
    if (received instanceof SoftmaxError || isOption(received)) throw received;
    if (!(received instanceof Error) && received !== null) return received;
    stop();
    throw deathOf(name, sandbox, await end, received);
  } finally {
    clearTimeout(timer);
    process.off("exit", stop);
    signal?.removeEventListener("abort", stop);
    stop();
  }
}

const isOption = (cause: unknown): boolean =>
  cause instanceof TypeError || cause instanceof RangeError;

function nameOf(source: Exclude<Source, { rows: unknown }>): string {
  if (typeof source === "string") return source === "-" ? "standard input" : source;
  if ("query" in source) return "the query";
  if ("files" in source) return source.files[0] ?? "files";
  if ("bytes" in source) return source.name ?? "bytes";
  return "path" in source ? source.path : source.folder;
}

/** What a program needs to start, and no more of this one's environment. */
const KEPT_VARIABLES = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot"];

function startChild(readsInput: boolean, bytes: number): ChildProcess {
  const entry = fileURLToPath(new URL("./child.js", import.meta.url));
  const heap = `--max-old-space-size=${Math.floor(bytes / 2 ** 20)}`;
  const env = Object.fromEntries(
    KEPT_VARIABLES.flatMap((key) => {
      const value = process.env[key];
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
  return spawn(process.execPath, [heap, entry], {
    env,
    stdio: [readsInput ? "inherit" : "pipe", "ignore", "pipe", "pipe", "ipc"],
  });
}

interface End {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** What it said of it. */
  readonly words: string;
}

function endOf(child: ChildProcess): Promise<End> {
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-WORDS);
  });
  return new Promise((resolve) => {
    // Of a process that has started, its end says more.
    child.on("error", ({ message }) => {
      if (child.pid === undefined) resolve({ signal: null, code: null, words: message });
    });
    child.on("close", (code, signal) => resolve({ code, signal, words }));
  });
}

function deathOf(name: string, { bytes }: Sandbox, end: End, cause: Error | null): SoftmaxError {
  const isFull =
    end.words.includes(OUT_OF_MEMORY) || /heap out of memory|bad_alloc/i.test(end.words);
  if (isFull) return errors.sandboxFull(name, bytes);
  if (cause !== null) return errors.sandboxNonsense(name, cause.message);
  return errors.sandboxCrashed(
    name,
    end.signal ?? (end.code === null ? end.words : `code ${end.code}`),
  );
}

/** The table; null where the process ended before it was sent. Throws the error that the process sent, or one about what it sent. */
async function receive(
  child: ChildProcess,
  { bytes: limit }: Sandbox,
  onProgress: ReadOptions["onProgress"],
): Promise<ReadTable | null> {
  const head = jsonTaker();
  const failure = jsonTaker();
  let filler: TableFiller | null = null;
  for await (const { kind, bytes } of framesOf(child.stdio[3] as Readable)) {
    if (kind === "H") head.take(bytes);
    else if (kind === "E") failure.take(bytes);
    else if (kind === "P" && bytes.length === 8) {
      onProgress?.(Buffer.from(bytes).readDoubleLE(0));
    } else if (kind === "D") {
      filler ??= tableFiller(head.value().shape, limit);
      filler.take(bytes);
    } else if (kind === "Z") {
      if (!failure.isEmpty()) throw errorOf(failure.value());
      filler ??= tableFiller(head.value().shape, limit);
      return receivedRead(head.value(), filler.finish());
    } else throw new Error(`a frame of kind ${JSON.stringify(kind)}`);
  }
  return null;
}

/** Puts JSON together; its value is parsed once. */
function jsonTaker() {
  const decoder = new TextDecoder();
  let text = "";
  let value: Record<string, unknown> | null = null;
  return {
    take(bytes: Uint8Array): void {
      if (value !== null || text.length > HEAD_CHARACTERS) throw new Error("a head without an end");
      text += decoder.decode(bytes, { stream: true });
    },
    isEmpty: () => text === "",
    value: (): Record<string, unknown> => (value ??= Object(JSON.parse(text))),
  };
}

function errorOf({ kind, code, message }: { [K in keyof SentError]?: unknown }): Error {
  const words = typeof message === "string" ? message : "";
  if (kind === "TypeError") return new TypeError(words);
  if (kind === "RangeError") return new RangeError(words);
  if (kind === "SoftmaxError" && (code === "data" || code === "aborted")) {
    return new SoftmaxError(code, words);
  }
  return new SoftmaxError("internal", `internal: ${words}`);
}
