import { SoftmaxError } from "@softmax/core";
import type { Command } from "commander";
import { exitCode } from "./exit.ts";
import { createProgress, type Progress, silent } from "./progress.ts";
import { visibleLines } from "./text.ts";

/** Flags that every command has. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const addOutputFlags = (command: Command): Command =>
  command
    .optionsGroup("Output:")
    .option("--json", "the result as JSON")
    .option("-q, --quiet", "no progress, no remarks");

/** What a running command has around it. */
export interface Session {
  readonly progress: Progress;
  /** Results, to standard output. */
  print(text: string): void;
  /** What the first signal does instead of ending the process; the second one ends it. `farewell`: said once the work has stopped. */
  whenStopped(stop: () => void, farewell: string): void;
  /** Remarks on the way, to standard error; nothing with --quiet. */
  note(text: string): void;
}

const SIGNALS = [
  ["SIGINT", exitCode.interrupted],
  ["SIGTERM", exitCode.terminated],
  ["SIGHUP", exitCode.hungUp],
] as const;

/**
 * Runs `work` with progress in place. Unless the work knows how to stop, a signal ends the process at once with a sentence: files are put in their place
 * only when whole, and those under way are removed on exit (data/atomic.ts).
 */
export async function inSession(
  flags: CommonFlags,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const progress = flags.quiet === true ? silent : createProgress();
  let asked: { readonly stop: () => void; readonly farewell: string } | null = null;
  let stoppedWith: number | null = null;
  const handlers = SIGNALS.map(([signal, code]) => {
    const stop = (): void => {
      progress.stop();
      if (asked !== null && stoppedWith === null) {
        stoppedWith = code;
        asked.stop();
        return;
      }
      process.stderr.write("softmax: stopped before the end; no unfinished file is left\n");
      process.exit(code);
    };
    process.on(signal, stop);
    return () => process.off(signal, stop);
  });
  try {
    await work({
      progress,
      whenStopped(stop, farewell) {
        asked = { stop, farewell };
      },
      print: (text) => {
        progress.stop();
        process.stdout.write(`${text}\n`);
      },
      note: (text) => {
        if (flags.quiet !== true) process.stderr.write(`${visibleLines(text)}\n`);
      },
    });
  } catch (cause) {
    const aborted = cause instanceof SoftmaxError && cause.code === "aborted";
    if (!aborted || stoppedWith === null || asked === null) throw cause;
    const { farewell }: { farewell: string } = asked;
    process.stderr.write(`softmax: ${visibleLines(farewell)}\n`);
    process.exit(stoppedWith);
  } finally {
    progress.stop();
    for (const takeAway of handlers) takeAway();
  }
}

/** Lets signals and pipes be heard between two pieces of work. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
