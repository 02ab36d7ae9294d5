import type { Command } from "commander";
import { MIN_SANDBOX_BYTES, type ReadOptions } from "../data/source.ts";
import { byteSize } from "./byte-size.ts";
import { UsageError } from "./exit.ts";

/** Flags of reading in a process of its own. */
export interface SandboxFlags {
  readonly sandbox?: number | true;
  readonly sandboxSeconds?: number;
}

const DEFAULT_BYTES = 2 ** 30;
const DEFAULT_SECONDS = 600;

export const addSandboxFlags = (command: Command): Command =>
  command
    .option(
      "--sandbox [size]",
      "read files that nobody vouches for in a process of its own, with memory for at most this (1GB)",
      sandboxSize,
    )
    .option("--sandbox-seconds <n>", "and time for at most this (600)", seconds);

export const sandboxOf = ({
  sandbox,
  sandboxSeconds = DEFAULT_SECONDS,
}: SandboxFlags): Pick<ReadOptions, "sandbox"> => {
  if (sandbox === undefined) return {};
  return {
    sandbox: { bytes: sandbox === true ? DEFAULT_BYTES : sandbox, seconds: sandboxSeconds },
  };
};

function sandboxSize(text: string): number {
  const bytes = byteSize(text);
  if (bytes >= MIN_SANDBOX_BYTES) return bytes;
  throw new UsageError(
    `--sandbox expected a size from 128MB, such as 2GB, or nothing with another flag after it, got "${text}"`,
  );
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0.001 && value <= 1e6) return value;
  throw new UsageError(`--sandbox-seconds expected seconds up to 1000000, got "${text}"`);
}
