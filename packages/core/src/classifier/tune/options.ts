import { checkInteger, checkKeys, checkKind, checkNumber } from "../../base/checks.ts";
import { checkJournal } from "../journal.ts";
import { checkTrainOptions, type TrainOptions } from "../options.ts";
import type { TunedOptions, TuneOutcome } from "./report.ts";

/** The time of a search, as its caller measures it: the core has no clock. */
export interface TuneClock {
  /** Seconds since some moment. */
  now(): number;
  /** Calls `ring` when `now()` is at least `seconds`; what it returns takes the alarm away. */
  alarm(seconds: number, ring: () => void): () => void;
}

/** How long to search. Without a time a number of candidates is needed. */
export interface TuneLimits {
  /** Seconds for all of it, the last training included; 1 to 604,800 (a week). The clock decides how much is tried, and nothing else. */
  readonly seconds?: number;
  readonly clock?: TuneClock;
  /** Ways of training that are tried beside the default, at most. */
  readonly candidates?: number;
  /** Ends the search, and keeps the best so far: the rest of the work is still done. */
  readonly stop?: AbortSignal;
  readonly onEvent?: (event: TuneEvent) => void;
}

/** A way of training was judged, in some round. */
export interface TuneEvent {
  /** Its number, from 0, which is the default. */
  readonly candidate: number;
  readonly options: TunedOptions;
  readonly round: number;
  /** Rows of the round. */
  readonly rows: number;
  /** "unfinished" where it goes on to other rounds, or the time was over. */
  readonly outcome: TuneOutcome;
  /** Out of fold in the last round that judged it to the end, in nats; null where none did. */
  readonly logLoss: number | null;
  /** The best so far, with its loss in the last round that it was judged in. */
  readonly best: { readonly options: TunedOptions; readonly logLoss: number | null };
}

export interface TuneOptions extends TrainOptions {
  readonly tune: TuneLimits;
}

const LONGEST = 604_800;

/** Throws TypeError and RangeError for wrong options. */
export function checkTuneOptions({ tune, checkpoint, ...options }: TuneOptions): void {
  checkTrainOptions(options);
  checkJournal(checkpoint);
  checkKind("tune", "an object", tune, typeof tune === "object" && tune !== null);
  checkKeys("tune", tune, ["seconds", "clock", "candidates", "stop", "onEvent"]);
  const { seconds, clock, candidates } = tune;
  if (seconds !== undefined) checkNumber("tune.seconds", seconds, 1, LONGEST);
  if (candidates !== undefined) checkInteger("tune.candidates", candidates, 0, 1_000_000);
  if (seconds === undefined && candidates === undefined) {
    throw new TypeError('"tune" expected "seconds" or "candidates", got neither');
  }
  if (seconds !== undefined && clock === undefined) {
    throw new TypeError('"tune.seconds" expected "tune.clock" beside it, got none');
  }
  if (options.sets !== undefined) {
    throw new TypeError(
      '"sets" expected nothing beside "tune": the rows that are set aside for sets may have no say in a search',
    );
  }
}
