/** The entry of a process that reads one source and sends what it holds to its parent, through the pipe with number 3. */
import { createWriteStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import { Worker } from "node:worker_threads";
import { SoftmaxError } from "@softmax/core";
import { limitDatabases } from "../duckdb.ts";
import { readAny } from "../read.ts";
import type { ReadOptions } from "../source.ts";
import { type FrameKind, framed } from "./frames.ts";
import type { Request, SentError } from "./request.ts";
import { cellBytes, shapeOf } from "./table-bytes.ts";

const out = createWriteStream("", { fd: 3 });
// A parent that is gone needs nothing more.
out.on("error", () => process.exit(1));
process.on("disconnect", () => process.exit(1));
if (!process.connected) process.exit(1);
process.once("message", async (request: Request) => {
  await answer(request).catch((cause) => send("E", json(sentError(cause))));
  await send("Z", new Uint8Array(0));
  process.exit(0);
});

async function answer({ source, options, limitBytes, parent }: Request): Promise<void> {
  const workerData = { limitBytes, parent };
  new Worker(new URL("./watch.js", import.meta.url), { workerData }).unref();
  limitDatabases(Math.floor(limitBytes / 2));
  const given =
    typeof source === "object" && "input" in source
      ? { bytes: await buffer(process.stdin), name: source.input }
      : source;
  const { table, ...rest } = await readAny(given, reporting(options));
  await send("H", json({ ...rest, shape: shapeOf(table) }));
  for (const bytes of cellBytes(table)) await send("D", bytes);
}

/** The options, with word of the progress to the parent. */
function reporting(options: Request["options"]): ReadOptions {
  let said = 0;
  return {
    ...options,
    onProgress(share) {
      if (Math.abs(share - said) < 0.01) return;
      said = share;
      for (const part of framed("P", new Uint8Array(Float64Array.of(share).buffer)))
        out.write(part);
    },
  };
}

async function send(kind: FrameKind, bytes: Uint8Array): Promise<void> {
  for (const part of framed(kind, bytes)) await new Promise((done) => out.write(part, done));
}

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), "utf8");

function sentError(cause: unknown): SentError {
  const { name, message, stack } = cause as Error;
  if (cause instanceof SoftmaxError) return { kind: "SoftmaxError", code: cause.code, message };
  if (name === "TypeError" || name === "RangeError") return { kind: name, code: null, message };
  return { kind: "Error", code: null, message: stack ?? message };
}
