/** What the process answers to its caller. */
export const exitCode = {
  ok: 0,
  internal: 1,
  usage: 2,
  data: 3,
  model: 4,
  notBuilt: 70,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** The codes that a caller may meet, and what each means: shown by --help and in docs/cli.md. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [exitCode.ok, "done; also where the reader of a pipe stopped early"],
  [exitCode.internal, "an error of ours; please report it"],
  [exitCode.usage, "the command line is wrong, whatever the data"],
  [exitCode.data, "a file cannot be read or written, or the data cannot be used as asked"],
  [exitCode.model, "the model file is damaged, foreign or too new"],
  [exitCode.interrupted, "stopped by Ctrl-C; 143 by SIGTERM, 129 by SIGHUP"],
];

/** An error of the command line itself. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
