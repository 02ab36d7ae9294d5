import { open } from "node:fs/promises";
import { dataError, isContainer, recalibrate } from "@softmax/core";
import { type Command, Option } from "commander";
import { writeFileAtomically } from "../data/atomic.ts";
import { applyToScores, calibrateScores } from "./calibrate-scores.ts";
import { type CalibrateFlags, tell } from "./calibrate-told.ts";
import { addCalibrationFlag } from "./calibration.ts";
import { UsageError } from "./exit.ts";
import { openWithTable } from "./model.ts";
import { checkOutputs } from "./outputs.ts";
import {
  addReadFlags,
  list,
  pickDefined,
  rejectsPathOf,
  sourceOf,
  wholeNumber,
} from "./reading.ts";
import { addOutputFlags, inSession, type Session } from "./session.ts";

const EXAMPLES = `
Examples:
  softmax calibrate model.safetensors new.csv -o better.safetensors
  softmax calibrate scores.csv --target label -o calibrator.safetensors
  softmax calibrate more.csv --apply calibrator.safetensors -o answers.csv`;

export function addCalibrateCommand(program: Command): void {
  const command = program
    .command("calibrate")
    .summary("make probabilities honest, of a model or of any classifier")
    .description(
      "Fits how logits become probabilities on rows with labels that were not trained on, and says what it is worth on rows that it was not fitted on. The file is a model, followed by rows for it; or a table of probabilities or logits of any classifier, one column a class.",
    )
    .argument("<file>", "a model file, or a table of probabilities or logits")
    .argument("[data...]", "after a model: a table with its columns and labels")
    .option("-o, --output <file>", "where the new model or the calibrator goes; of --apply a table")
    .option("--apply <calibrator>", "do not fit: calibrate the table by this file");
  addCalibrationFlag(command, "auto")
    .optionsGroup("Judging:")
    .option("--folds <n>", "parts of the cross-fitting (5)", wholeNumber("--folds", 2))
    .option("--seed <n>", "of everything random (1)", wholeNumber("--seed", 0))
    .option("--weight <column>", "weights of the rows")
    .option("--group <column>", "rows of one group are judged together")
    .optionsGroup("A table of probabilities or logits:")
    .option("-t, --target <column>", "the column of labels: a name, or a number (-1: the last)")
    .option(
      "--columns <names>",
      "one a class (those named by the labels, also behind probability_ or logit_); of two classes one is enough",
      list,
    )
    .option("--positive <class>", "the class that a single column is of")
    .addOption(
      new Option("--input <what>", "what the columns hold (found out)").choices([
        "probabilities",
        "logits",
      ]),
    )
    .addOption(
      new Option("--output-format <format>", "of --apply, instead of the ending's").choices([
        "csv",
        "tsv",
        "jsonl",
        "parquet",
      ]),
    );
  addOutputFlags(addReadFlags(command)).addHelpText("after", EXAMPLES).action(run);
}

async function run(file: string, data: readonly string[], flags: CalibrateFlags): Promise<void> {
  const isModel = await holdsModel(file);
  checkUse(file, data, flags, isModel);
  const output = flags.output ?? "-";
  await checkOutputs(
    [output, rejectsPathOf(flags)],
    [file, ...data, ...(flags.apply === undefined ? [] : [flags.apply])].filter((f) => f !== "-"),
  );
  await inSession(flags, async (session) => {
    if (flags.apply !== undefined) await applyToScores(file, flags.apply, output, flags, session);
    else if (isModel) await recalibrateModel(file, data, output, flags, session);
    else await calibrateScores(file, output, flags, session);
  });
}

/** Whether the file begins as model files do. What cannot be read is told of by who reads it. */
async function holdsModel(path: string): Promise<boolean> {
  if (path === "-") return false;
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const start = new Uint8Array(64);
    const { bytesRead } = await file.read(start).catch(() => ({ bytesRead: 0 }));
    return isContainer(start.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

const OF_SCORES = ["target", "columns", "positive", "input"] as const;

function checkUse(
  file: string,
  data: readonly string[],
  flags: CalibrateFlags,
  isModel: boolean,
): void {
  const { apply, output, target } = flags;
  if (isModel && apply !== undefined) {
    throw new UsageError(
      `--apply is for a table of probabilities or logits, and ${file} is a model`,
    );
  }
  if (apply === undefined && (output === undefined || output === "-")) {
    throw new UsageError("calibrate expected -o with a file for the result");
  }
  if (isModel) {
    const stray = OF_SCORES.find((name) => flags[name] !== undefined);
    if (stray !== undefined) {
      throw new UsageError(
        `--${stray} is for a table of probabilities or logits: a model knows its own`,
      );
    }
    if (data.length === 0 && flags.query === undefined) {
      throw new UsageError("calibrate expected a table with labels after the model");
    }
    return;
  }
  if (data.length > 0) {
    throw new UsageError(`calibrate expected a model file before ${data[0]}, and ${file} is none`);
  }
  if (apply === undefined && target === undefined) {
    throw new UsageError("calibrate expected --target with the column of labels");
  }
}

async function recalibrateModel(
  path: string,
  data: readonly string[],
  output: string,
  flags: CalibrateFlags,
  session: Session,
): Promise<void> {
  const { classifier, source } = await openWithTable(path, sourceOf(data, flags), flags, session);
  if (source.sha256 === classifier.model.provenance.dataHash) {
    throw dataError(
      "calibrate expected rows that the training did not see, and these are the training's: on them the model is surer than it may be",
    );
  }
  const found = recalibrate(classifier, source.table, {
    ...pickDefined(flags, ["weight", "group", "folds", "seed"]),
    method: flags.calibration ?? "auto",
  });
  const saved = found.classifier.save();
  await writeFileAtomically(output, saved);
  const { before, after } = found;
  tell(session, flags, {
    ...{ output, size: saved.length, calibration: found.calibration, gain: found.gain },
    ...{ name: source.name, classes: classifier.classes, before, after },
    next: [],
  });
}
