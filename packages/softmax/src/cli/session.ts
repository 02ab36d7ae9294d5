import { createProgress, type Progress, silent } from "./progress.ts";

/** Flags that every command has. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What a running command has around it. */
export interface Session {
  /** Aborted by the first Ctrl-C; the second ends the process at once. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Results, to standard output. */
  print(text: string): void;
  /** Remarks on the way, to standard error; nothing with --quiet. */
  note(text: string): void;
}

/** Runs `work` with progress and Ctrl-C in place, and takes both away whatever happens. */
export async function inSession(
  flags: CommonFlags,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const progress = flags.quiet === true ? silent : createProgress();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    progress.stop();
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    await work({
      signal: controller.signal,
      progress,
      print: (text) => void process.stdout.write(`${text}\n`),
      note: (text) => {
        if (flags.quiet !== true) process.stderr.write(`${text}\n`);
      },
    });
  } finally {
    progress.stop();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
