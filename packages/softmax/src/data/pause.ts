import { setImmediate } from "node:timers/promises";
import * as errors from "../errors.ts";
import type { ReadOptions } from "./source.ts";

/** Lets signals and timers run, reports the share done, and throws where the caller has asked to stop. */
export async function pause(options: ReadOptions, share: number): Promise<void> {
  options.onProgress?.(share);
  await setImmediate();
  if (options.signal?.aborted) throw errors.aborted();
}
