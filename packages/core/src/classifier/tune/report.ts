import type { CalibrationChoice } from "../../calibrate/kinds.ts";
import type { ImageChoice } from "../../encode/image/options.ts";
import type { TextChoice } from "../../encode/text/shapes.ts";
import type { Activation } from "../../kernels/network.ts";

/** Options of `train` that a search may choose. What is absent is as ever. */
export interface TunedOptions {
  readonly linear?: boolean;
  readonly l1Ratio?: number;
  readonly hidden?: readonly number[];
  readonly activation?: Activation;
  readonly dropout?: number;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  readonly batchSize?: number;
  readonly epochs?: number;
  readonly averageSeeds?: number;
  readonly texts?: TunedTexts;
  readonly images?: TunedImages;
  readonly calibration?: CalibrationChoice;
}

export type TunedTexts = Pick<
  TextChoice,
  "words" | "characters" | "weights" | "leastTexts" | "mostShare" | "normalise"
>;

export type TunedImages = Pick<ImageChoice, "features" | "size" | "patch" | "centroids" | "grid">;

/** What a search tried and found, and how good that is on rows that had no say in it. */
export interface TuneReport {
  /** Why it ended: its time was over, it was told to, so many ways were tried as were asked for, or there are no others. */
  readonly ended: "time" | "stopped" | "count" | "exhausted";
  /** Its time, where it had one. */
  readonly seconds?: number;
  /** Rows that it saw, and rows that were held out of it. */
  readonly rows: { readonly search: number; readonly heldOut: number };
  /** From the first that a way must pass to the last. */
  readonly rounds: readonly TuneRound[];
  readonly counts: TuneCounts;
  /** What ships: what was found, or nothing where it is the default. */
  readonly options: TunedOptions;
  /** Whether the default ships, and why; null where what was found does. */
  readonly kept: "nothing better" | "worse on held-out rows" | "no time" | null;
  /** The best of all others that were tried, beside the default; null where nothing stands beside it. */
  readonly found: TuneFinding | null;
  /** All that was tried: those of the last round by log loss, then the others, the last round first. */
  readonly candidates: readonly TuneTrial[];
  /** The command line that trains the same model without a search, where a command line was used. */
  readonly command?: string;
}

export interface TuneRound {
  readonly rows: number;
  /** Whether the rows of one fold judge, not those of all. */
  readonly oneFold: boolean;
}

export interface TuneCounts {
  readonly tried: number;
  /** Judged in the last round. */
  readonly finished: number;
  /** Not among the better third of a round, or worse than the best so far. */
  readonly dropped: number;
  /** Stopped within a round, clearly worse than those that would pass it. */
  readonly killed: number;
  /** Cannot be trained on this table. */
  readonly failed: number;
  /** The time was over before they were judged. */
  readonly unfinished: number;
}

/** A way of training beside the default, on the same rows. */
export interface TuneFinding {
  readonly options: TunedOptions;
  /** The last round in which both were judged, from 0. */
  readonly round: number;
  /** Out of fold in that round: by these it was chosen, so that they read a little too good. */
  readonly search: PairedLosses;
  /** On the rows held out of the search, by fits on the rows of that round. */
  readonly heldOut: PairedLosses;
}

/** Mean log losses in nats. */
export interface PairedLosses {
  readonly default: number;
  readonly found: number;
  /** found − default, and its paired standard error (docs/math.md §7.1); null where it has none. */
  readonly difference: number;
  readonly standardError: number | null;
}

export interface TuneTrial {
  readonly options: TunedOptions;
  /** True of the default alone, which may have found a way of calibrating. */
  readonly isDefault?: true;
  /** The round that it came to, from 0. */
  readonly round: number;
  readonly outcome: TuneOutcome;
  /** The last round that judged it to the end, and its out-of-fold log loss there; null where none did. */
  readonly judged: { readonly round: number; readonly logLoss: number } | null;
  /** Why it failed. */
  readonly reason?: string;
}

export type TuneOutcome = "finished" | "dropped" | "killed" | "failed" | "unfinished";
