import { basename } from "node:path";
import type {
  Classifier,
  MultiLabelReport,
  OptimizerName,
  Progress,
  Report,
  Schedule,
} from "@softmax/core";
import { type Command, Option } from "commander";
import { writeFileAtomically } from "../data/atomic.ts";
import { openSink } from "../data/sink.ts";
import type { Source, TableSource } from "../data/source.ts";
import { multiLabelPage } from "../report/multi-label.ts";
import { reportPage } from "../report/page.ts";
import { picturesOf } from "../report/pictures.ts";
import {
  type MultiLabelTrainFileOptions,
  type TrainFileOptions,
  trainLabelsOn,
  trainOn,
} from "../train.ts";
import { addBackboneFlags, type BackboneFlags, backboneToTrain } from "./backbone.ts";
import { addCalibrationFlag, type CalibrationFlags } from "./calibration.ts";
import {
  addCheckpointFlags,
  type CheckpointFlags,
  checkpointOf,
  commandToGoOn,
  keptIn,
} from "./checkpoint.ts";
import { addCurveFlags, type CurveFlags } from "./curve.ts";
import {
  addDecideFlags,
  addSetFlags,
  type DecideFlags,
  decideOptionsOf,
  type SetFlags,
  setOptionsOf,
} from "./decisions.ts";
import { UsageError } from "./exit.ts";
import { addHiddenFlags, type HiddenFlags, hiddenOptionsOf } from "./hidden.ts";
import { addImageFlags, type ImageFlags, imageChoiceOf } from "./images.ts";
import { addImbalanceFlags, type ImbalanceFlags, imbalanceOptionsOf } from "./imbalance.ts";
import { withMaking } from "./made.ts";
import { addMemoryFlags, type MemoryFlags, memoryOf } from "./memory.ts";
import {
  addMultiLabelFlags,
  columnNamed,
  type MultiLabelFlags,
  multiLabelOptionsOf,
} from "./multi-label.ts";
import { labelsName, multiLabelSummary, multiLabelSummaryJson } from "./multi-label-summary.ts";
import { checkOutputs } from "./outputs.ts";
import {
  addReadFlags,
  each,
  list,
  pickDefined,
  positiveNumber,
  type ReadFlags,
  readOptionsOf,
  rejectsPathOf,
  share,
  sourceOf,
  wholeNumber,
} from "./reading.ts";
import { bytesOf, revectorize } from "./revectorize.ts";
import { addOutputFlags, type CommonFlags, inSession, type Session } from "./session.ts";
import { addStatisticsFlags, type StatisticsFlags } from "./statistics.ts";
import { summary, summaryJson } from "./summary.ts";
import { addTextFlags, type TextFlags, textChoiceOf } from "./texts.ts";
import { addTuneFlag, stoppable, type TuneFlags, tuneOf, withCommand } from "./tune.ts";

const OPTIMIZERS: readonly OptimizerName[] = ["lbfgs", "newton", "sgd", "adam"];
const SCHEDULES: readonly Schedule[] = ["constant", "inverse", "step", "cosine"];

export interface TrainFlags
  extends ReadFlags,
    TextFlags,
    ImageFlags,
    BackboneFlags,
    MultiLabelFlags,
    CalibrationFlags,
    ImbalanceFlags,
    HiddenFlags,
    DecideFlags,
    SetFlags,
    CurveFlags,
    StatisticsFlags,
    CheckpointFlags,
    TuneFlags,
    MemoryFlags,
    CommonFlags {
  readonly target?: readonly string[];
  readonly output: string;
  readonly report?: readonly string[];
  readonly test?: string;
  readonly group?: string;
  readonly time?: string;
  readonly weight?: string;
  readonly positive?: string;
  readonly numeric?: readonly string[];
  readonly categorical?: readonly string[];
  readonly ignore?: readonly string[];
  readonly missing?: readonly string[];
  readonly classWeights?: string;
  readonly linear?: boolean;
  readonly l1Ratio?: number;
  readonly l2?: number;
  readonly folds?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly optimizer?: OptimizerName;
  readonly learningRate?: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly batchSize?: number;
  readonly epochs?: number;
  readonly schedule?: Schedule;
  readonly revectorize: boolean;
}

const EXAMPLES = `
Examples:
  softmax train penguins.csv --target species --report report.html
  softmax train adult.data.gz --header no --target -1 -o adult.safetensors
  softmax train visits.parquet --target bought --group customer --json
  softmax train reviews/ --report report.html
  softmax train photos/ --report report.html
  softmax train train-images-idx3-ubyte.gz --image-features patches
  softmax train rt-polarity.pos rt-polarity.neg
  softmax train TREC.train --label-until :
  softmax train tickets.csv -t team --text subject,body --stop-words english
  softmax train posts.csv -t tags --multi-label ";"
  softmax train a.csv b.csv -t y --query "select * from a join b using (id)"`;

export function addTrainCommand(program: Command): void {
  const command = program
    .command("train")
    .summary("learn a classifier from a table and say how good it is")
    .description(
      "Learns a classifier from a table, says honestly how good it is, and writes it to a file. What is chosen on a row is never scored on it.",
    )
    .argument(
      "<data...>",
      "CSV, TSV, JSON lines, Parquet or ARFF, also gzipped; - is standard input; or images: a folder a class, or IDX; or texts: a folder a class, a file a class, or lines of a label and a text",
    )
    .option(
      "-t, --target <column>",
      "the column to predict: a name, or a number (-1: the last); of texts their label",
      each,
    )
    .option(
      "-o, --output <file>",
      "where the model goes; - is standard output",
      "model.safetensors",
    )
    .option("-r, --report <file>", "a report to write, .html or .json; may be repeated", each)
    .optionsGroup("Judging:")
    .option("--test <file>", "a table to test on besides")
    .option("--group <column>", "rows of one group are judged together")
    .option("--time <column>", "the latest fifth of the rows is judged")
    .option("--positive <class>", "the class that two-class metrics are about (the rarer)")
    .option("--folds <n>", "parts of the cross-validation", wholeNumber("--folds", 2), 5)
    .option("--seed <n>", "of everything random", wholeNumber("--seed", 0), 1)
    .optionsGroup("Columns (several: with commas between, or the option again):")
    .option("--numeric <columns>", "read as numbers", list)
    .option("--categorical <columns>", "read as categories", list)
    .option("--ignore <columns>", "leave out", list)
    .option("--weight <column>", "weights of the rows")
    .option("--missing <texts>", "texts that mean missing, instead of the usual ones", list);
  addMultiLabelFlags(command);
  addBackboneFlags(addImageFlags(addTextFlags(command)))
    .optionsGroup("Model:")
    .option("--linear", "numeric columns as straight lines only")
    .option("--class-weights <how>", "balanced, or class=weight,…")
    .option(
      "--l1-ratio <share>",
      "this share (0–1) of the penalty is L1: it leaves columns out",
      share("--l1-ratio"),
    )
    .option("--l2 <lambda>", "this penalty instead of a search", positiveNumber("--l2"));
  addImbalanceFlags(command);
  addHiddenFlags(command)
    .optionsGroup("Optimiser (those after the first: sgd and adam only, or hidden layers):")
    .addOption(
      new Option("--optimizer <name>", "how weights are sought (lbfgs)").choices(OPTIMIZERS),
    )
    .option("--learning-rate <rate>", "of the first step", positiveNumber("--learning-rate"))
    .option("--momentum <share>", "of a step that the next one keeps; sgd only (0.9)", momentum)
    .option("--nesterov", "the gradient is taken where momentum leads; sgd only")
    .option(
      "--batch-size <rows>",
      "rows a step (32; hidden layers 128)",
      wholeNumber("--batch-size", 1),
    )
    .option(
      "--epochs <n>",
      "times that every row is seen (30, hidden layers 20; more of few rows)",
      wholeNumber("--epochs", 1),
    )
    .addOption(
      new Option("--schedule <name>", "how the learning rate falls (cosine)").choices(SCHEDULES),
    );
  addCalibrationFlag(command.optionsGroup("Probabilities:"), "temperature");
  addDecideFlags(command);
  addSetFlags(command);
  addCurveFlags(command);
  addStatisticsFlags(command);
  addTuneFlag(addCheckpointFlags(command));
  addMemoryFlags(command);
  addReadFlags(command)
    .optionsGroup("Machine:")
    .option(
      "--threads <n>",
      "that do the arithmetic (those available); the model is the same",
      wholeNumber("--threads", 1),
    )
    .option("--no-revectorize", "do not let V8 fuse vector operations (Node 24 and later)");
  addOutputFlags(command).addHelpText("after", EXAMPLES).action(run);
}

async function run(files: readonly string[], flags: TrainFlags): Promise<void> {
  const options = await trainOptionsOf(flags);
  const data = sourceOf(files, flags);
  const several = multiLabelOptionsOf(flags);
  const memory = memoryOf(flags, flags.output, several !== null);
  const checkpoint = checkpointOf(flags, several !== null);
  const limits = tuneOf(flags, several !== null);
  checkReports(flags);
  await checkOutputs(
    [flags.output, ...(flags.report ?? []), rejectsPathOf(flags)],
    [...files, ...(flags.test === undefined ? [] : [flags.test])],
  );
  await inSession(flags, async (session) => {
    const { done, ...kept } = await keptIn(checkpoint, session);
    await revectorize(flags.revectorize, await bytesOf(files));
    const backbone = await backboneToTrain(flags);
    const reading = {
      read: { ...readOptionsOf(flags, session), ...(backbone && { backbone }) },
      onProgress: ({ fraction, doing }: Progress) => session.progress.update(fraction, doing),
    };
    if (several !== null) {
      await trainLabels(data, { ...options, ...several, ...reading }, flags, session);
      return;
    }
    const search = limits === undefined ? null : stoppable(limits, session);
    const tuned = search === null ? {} : { tune: search.tune };
    const asked = { ...options, ...kept, ...reading, ...tuned, memory };
    const { classifier, report, source } = await trainOn(data, asked);
    session.progress.stop();
    const remarks = [...source.remarks, ...report.remarks];
    const told = withMaking(withCommand({ ...report, remarks }, process.argv.slice(2)));
    const model = classifier.save();
    await writeModel(flags.output, model);
    await writeReports(told, flags, () =>
      reportPage(
        told,
        `${told.target}: a classifier from ${basename(source.name)}`,
        picturesOf(source.table),
      ),
    );
    // A search that was stopped may go on.
    if (search?.isStopped() !== true) await done();
    else if (checkpoint !== undefined) session.note(`go on with: ${commandToGoOn()}`);
    tell(session, told, source, flags, classifier, model.length);
  });
}

/** Several labels a row. */
async function trainLabels(
  data: Source,
  options: MultiLabelTrainFileOptions,
  flags: TrainFlags,
  session: Session,
): Promise<void> {
  const { classifier, report, source } = await trainLabelsOn(data, options);
  session.progress.stop();
  const told = { ...report, remarks: [...source.remarks, ...report.remarks] };
  const model = classifier.save();
  await writeModel(flags.output, model);
  await writeReports(told, flags, () =>
    multiLabelPage(told, `${labelsName(told)}: a classifier from ${basename(source.name)}`),
  );
  const rejects = rejectsPathOf(flags);
  const text =
    flags.json === true
      ? multiLabelSummaryJson(told, source, flags.output)
      : multiLabelSummary(told, source, {
          ...pickDefined(flags, ["report"]),
          output: flags.output,
          size: model.length,
          ...(rejects === undefined ? {} : { rejects }),
        });
  if (flags.output === "-") session.note(text);
  else session.print(text);
}

/** The options of the library that the flags say. */
export async function trainOptionsOf(flags: TrainFlags): Promise<TrainFileOptions> {
  const texts = await textChoiceOf(flags);
  const images = imageChoiceOf(flags);
  if (images !== undefined && flags.backbone !== undefined) {
    throw new UsageError("--backbone expected no flags of images beside it, but its own");
  }
  const decide = await decideOptionsOf(flags);
  const sets = setOptionsOf(flags);
  return {
    ...optionsOf(flags),
    ...(texts === undefined ? {} : { texts }),
    ...(images === undefined ? {} : { images }),
    ...(decide === undefined ? {} : { decide }),
    ...(sets === undefined ? {} : { sets }),
  };
}

function optionsOf(flags: TrainFlags): TrainFileOptions {
  const { target, classWeights } = flags;
  return {
    ...(target === undefined ? {} : { target: columnNamed(target[0]) }),
    ...pickDefined(flags, [
      "group",
      "time",
      "weight",
      "positive",
      "numeric",
      "categorical",
      "text",
      "ignore",
      "missing",
      "linear",
      "l1Ratio",
      "l2",
      "folds",
      "seed",
      "threads",
      "optimizer",
      "learningRate",
      "momentum",
      "nesterov",
      "batchSize",
      "schedule",
      "test",
      "calibration",
      "learningCurve",
      "infer",
    ]),
    ...imbalanceOptionsOf(flags),
    ...hiddenOptionsOf(flags),
    // With embeddings they are theirs.
    ...(flags.embeddings === undefined ? pickDefined(flags, ["epochs"]) : {}),
    ...(classWeights === undefined ? {} : { classWeights: classWeightsOf(classWeights) }),
  };
}

/** A share from 0 to below 1. */
function momentum(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < 1)) {
    throw new UsageError(`--momentum expected a number from 0 to below 1, got "${text}"`);
  }
  return value;
}

function checkReports({ report, output, json }: TrainFlags): void {
  for (const path of report ?? []) {
    if (!/\.(html?|json)$/i.test(path)) {
      throw new UsageError(`--report expected a file ending in .html or .json, got "${path}"`);
    }
  }
  if (output === "-" && json === true) {
    throw new UsageError("--output - and --json both want standard output; name a file for one");
  }
}

async function writeModel(path: string, model: Uint8Array): Promise<void> {
  if (path !== "-") return writeFileAtomically(path, model);
  const sink = await openSink(path);
  await sink.write(model);
  await sink.close();
}

async function writeReports(
  report: Report | MultiLabelReport,
  flags: TrainFlags,
  page: () => string,
): Promise<void> {
  for (const path of flags.report ?? []) {
    const content = /json$/i.test(path) ? `${JSON.stringify(report, null, 2)}\n` : page();
    await writeFileAtomically(path, content);
  }
}

function tell(
  { print, note }: Session,
  report: Report,
  source: TableSource,
  flags: TrainFlags,
  { model }: Classifier,
  size: number,
): void {
  if (flags.json === true) {
    print(summaryJson(report, source, flags.output));
    return;
  }
  const rejects = rejectsPathOf(flags);
  const text = summary(report, source, {
    ...pickDefined(flags, ["report"]),
    output: flags.output,
    decision: model.decision,
    size,
    ...(rejects === undefined ? {} : { rejects }),
  });
  if (flags.output === "-") note(text);
  else print(text);
}

/** "balanced", or "yes=2,no=1" as pairs. */
function classWeightsOf(text: string): "balanced" | (readonly [string, number])[] {
  if (text === "balanced") return text;
  return list(text).map((pair) => {
    const at = pair.lastIndexOf("=");
    const weight = Number(pair.slice(at + 1));
    if (at < 1 || !(weight > 0) || !Number.isFinite(weight)) {
      throw new UsageError(`--class-weights expected balanced or class=weight, got "${pair}"`);
    }
    return [pair.slice(0, at).trim(), weight] as const;
  });
}
