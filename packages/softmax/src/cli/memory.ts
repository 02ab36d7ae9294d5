import { statSync } from "node:fs";
import { freemem } from "node:os";
import { dirname } from "node:path";
import type { Command } from "commander";
import { type MemoryLimit, MIN_MEMORY_BYTES } from "../data/store/store.ts";
import { byteSize } from "./byte-size.ts";
import { UsageError } from "./exit.ts";

/** Flags of a training whose data may be larger than memory. */
export interface MemoryFlags {
  readonly memory?: number;
  readonly scratch?: string;
}

export const addMemoryFlags = (command: Command): Command =>
  command
    .option(
      "--memory <size>",
      "at most, from 256MB (half of what is free); the rest goes to a disk",
      memorySize,
    )
    .option("--scratch <folder>", "where that goes (the folder of --output)");

/** The limit; by default half of the memory that is free. `several`: of several labels a row, whose training has none. */
export function memoryOf(
  { memory, scratch }: MemoryFlags,
  output: string,
  several: boolean,
): MemoryLimit {
  const given = memory === undefined ? "--scratch" : "--memory";
  if (several && (memory ?? scratch) !== undefined) {
    throw new UsageError(`${given} is not there beside --multi-label yet`);
  }
  const folder = scratch ?? (output === "-" ? "." : dirname(output));
  if (scratch !== undefined && !isFolder(scratch)) {
    throw new UsageError(`--scratch expected a folder that is there, got "${scratch}"`);
  }
  const bytes = memory ?? Math.max(MIN_MEMORY_BYTES, Math.floor(freeBytes() / 2));
  return { bytes, folder, pipes: memory !== undefined };
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** What this process may still take, where the system knows: a container often may take less than the machine has. */
function freeBytes(): number {
  const { availableMemory } = process as { availableMemory?: () => number };
  return availableMemory?.call(process) ?? freemem();
}

function memorySize(text: string): number {
  const bytes = byteSize(text);
  if (bytes >= MIN_MEMORY_BYTES) return bytes;
  throw new UsageError(`--memory expected a size from 256MB, such as 2GB, got "${text}"`);
}
