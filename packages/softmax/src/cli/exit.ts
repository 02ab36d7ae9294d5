/** What the process answers to its caller; documented in docs/cli.md. */
export const exitCode = {
  ok: 0,
  /** Something failed that should not: our fault. */
  internal: 1,
  /** The command line cannot be understood: an unknown option, a wrong value, a wrong column. */
  usage: 2,
  /** The data, or a file, cannot be read, used or written as asked. */
  data: 3,
  /** The model file is damaged, foreign or too new. */
  model: 4,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const;

/** An error of the command line itself. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
