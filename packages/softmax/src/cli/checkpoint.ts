import { type Command, Option } from "commander";
import { type CheckpointFolder, hasCheckpoint, removeCheckpoint } from "../data/checkpoint.ts";
import type { TrainFileOptions } from "../train.ts";
import { UsageError } from "./exit.ts";
import type { Session } from "./session.ts";
import { shellWord } from "./text.ts";

/** Flags of a training that another process can go on with. */
export interface CheckpointFlags {
  readonly checkpoint?: string;
  readonly resume?: boolean;
  readonly checkpointEvery?: number;
}

export const addCheckpointFlags = (command: Command): Command =>
  command
    .optionsGroup("Long trainings:")
    .option("--checkpoint <folder>", "keep there what is done, to go on after a stop or a crash")
    .option("--resume", "go on with what --checkpoint holds; the model is the same to the byte")
    .addOption(
      new Option("--checkpoint-every <s>", "seconds of work that may be lost (30)").argParser(
        seconds,
      ),
    );

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1e6)) {
    throw new UsageError(`--checkpoint-every expected seconds from 0, got "${text}"`);
  }
  return value;
}

/** Throws a UsageError where flags are of no use without --checkpoint. */
function checkFlags({ checkpoint, resume, checkpointEvery }: CheckpointFlags): void {
  if (checkpoint !== undefined) return;
  const alone = resume === true ? "--resume" : "--checkpoint-every";
  if (resume === true || checkpointEvery !== undefined) {
    throw new UsageError(`${alone} expected --checkpoint with the folder that it is about`);
  }
}

/** The library's option; undefined without --checkpoint. `several`: of several labels a row. */
export function checkpointOf(
  flags: CheckpointFlags,
  several: boolean,
): CheckpointFolder | undefined {
  checkFlags(flags);
  if (several && flags.checkpoint !== undefined) {
    throw new UsageError("--checkpoint is not there beside --multi-label yet");
  }
  const { checkpoint, resume, checkpointEvery } = flags;
  if (checkpoint === undefined) return undefined;
  return {
    folder: checkpoint,
    ...(resume === undefined ? {} : { resume }),
    ...(checkpointEvery === undefined ? {} : { everyMs: 1000 * checkpointEvery }),
  };
}

/**
 * The options that keep a training in its folder: the first signal stops it there, and says how to go on. `done`, once the
 * model is written, removes what was kept.
 */
export async function keptIn(
  choice: CheckpointFolder | undefined,
  session: Session,
): Promise<Pick<TrainFileOptions, "checkpoint" | "signal"> & { done(): Promise<void> }> {
  if (choice === undefined) return { done: async () => {} };
  const { folder, resume = false } = choice;
  if (resume && !(await hasCheckpoint(folder))) {
    session.note(`${folder} holds no checkpoint: the training begins anew`);
  }
  const controller = new AbortController();
  session.whenStopped(() => controller.abort(), `stopped; go on with: ${commandToGoOn()}`);
  return {
    checkpoint: choice,
    signal: controller.signal,
    done: () => removeCheckpoint(folder),
  };
}

/** This command, as a shell reads it, with --resume. */
export function commandToGoOn(): string {
  const args = process.argv.slice(2);
  const all = args.includes("--resume") ? args : [...args, "--resume"];
  return ["softmax", ...all].map(shellWord).join(" ");
}
