import type { Report, TunedOptions } from "@softmax/core";
import type { Command } from "commander";
import { tunedFlags } from "../report/tune.ts";
import type { TrainFileOptions } from "../train.ts";
import { UsageError } from "./exit.ts";
import type { Session } from "./session.ts";
import { shellWord } from "./text.ts";

/** Flags of a search for options. */
export interface TuneFlags {
  /** Seconds. */
  readonly tune?: number;
  readonly coverage?: number;
}

export const addTuneFlag = (command: Command): Command =>
  command.option(
    "--tune <time>",
    "search for better options for so long: 60s, 5m, 1h; those that are given stay",
    duration,
  );

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, min: 60, h: 3600 };
const LONGEST = 86_400;

/** Seconds of "60", "90s", "1.5m" or "2h". */
export function duration(text: string): number {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,9})?)(s|min|m|h)?$/.exec(text.trim()) ?? [];
  const seconds = number === undefined ? Number.NaN : Number(number) * UNITS[unit];
  if (seconds >= 1 && seconds <= LONGEST) return seconds;
  throw new UsageError(
    `--tune expected a time from 1s to 24h, such as 60s, 5m or 1h, got "${text}"`,
  );
}

/**
 * The library's option; undefined without --tune. The first signal ends the search, and what is best so far is trained; the second one
 * leaves at once. `several`: of several labels a row.
 */
export function tuneOf(
  { tune, coverage }: TuneFlags,
  several: boolean,
): { seconds: number } | undefined {
  if (tune === undefined) return undefined;
  if (several) throw new UsageError("--tune is not there beside --multi-label yet");
  if (coverage !== undefined) {
    throw new UsageError(
      "--tune and --coverage do not go together: rows set aside for sets may have no say in a search; search first, then train with what it found and --coverage",
    );
  }
  return { seconds: tune };
}

/** Ends the search at the first signal. */
export function stoppable(
  tune: { readonly seconds: number },
  session: Session,
): { readonly tune: NonNullable<TrainFileOptions["tune"]>; isStopped(): boolean } {
  const controller = new AbortController();
  session.whenStopped(() => {
    session.note(
      "the search ends here: the best so far is judged and trained; once more leaves at once",
    );
    controller.abort();
  }, "stopped");
  return { tune: { ...tune, stop: controller.signal }, isStopped: () => controller.signal.aborted };
}

/** The report with the command line that trains the same model without a search. */
export const withCommand = (report: Report, args: readonly string[]): Report =>
  report.tune === undefined
    ? report
    : { ...report, tune: { ...report.tune, command: repeating(args, report.tune.options) } };

/** Flags of a search and of where it is kept, and whether a value follows. */
const OF_SEARCH = new Map([
  ["--tune", true],
  ["--checkpoint", true],
  ["--checkpoint-every", true],
  ["--resume", false],
]);

/** A command line with what a search found in the place of the search. */
export function repeating(args: readonly string[], options: TunedOptions): string {
  const [command, ...rest] = args;
  const kept: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const hasValue = OF_SEARCH.get(rest[at]);
    if (hasValue === true) at++;
    const [name] = rest[at]?.split("=", 1) ?? [];
    if (hasValue === undefined && !OF_SEARCH.has(name)) kept.push(rest[at]);
  }
  return ["softmax", command, ...tunedFlags(options), ...kept].map(shellWord).join(" ");
}
