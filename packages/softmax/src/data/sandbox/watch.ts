/** The thread of a reading process that ends it where it takes too much memory, or its parent is gone; it runs while native code does. */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { OUT_OF_MEMORY } from "./request.ts";

const EVERY_MS = 20;

const { limitBytes, parent } = workerData as { limitBytes: number; parent: number };
setInterval(() => {
  const isOver = process.memoryUsage.rss() > limitBytes;
  if (isOver) writeSync(2, OUT_OF_MEMORY);
  if (isOver || process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, EVERY_MS);
