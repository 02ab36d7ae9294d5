import { type Classifier, dataError, evaluate, type ShrinkOptions, shrink } from "@softmax/core";
import type { Command } from "commander";
import { writeFileAtomically } from "../data/atomic.ts";
import type { TableSource } from "../data/source.ts";
import { bytes, count, metric } from "../report/numbers.ts";
import { UsageError } from "./exit.ts";
import { loadModel, tableFor } from "./model.ts";
import { checkOutputs } from "./outputs.ts";
import { addReadFlags, each, type ReadFlags, rejectsPathOf, sourceOf } from "./reading.ts";
import { addOutputFlags, type CommonFlags, inSession, type Session } from "./session.ts";
import { tableText, wrap } from "./text.ts";

interface ShrinkFlags extends ReadFlags, CommonFlags {
  readonly output: string;
  readonly keep: number;
  readonly bits: 8 | 32 | 64;
  readonly like?: readonly string[];
  readonly calibrate?: readonly string[];
  readonly data?: readonly string[];
}

const EXAMPLES = `
Examples:
  softmax shrink model.safetensors -o small.safetensors
  softmax shrink model.safetensors -o small.safetensors --keep 10% \\
    --like train.csv --data test.csv`;

export function addShrinkCommand(program: Command): void {
  const command = program
    .command("shrink")
    .summary("make a model file smaller, and say what that costs")
    .description(
      "Makes a model file smaller: fewer terms of texts, fewer bits a weight. With labelled rows it says what that costs.",
    )
    .argument("<model>", "a model file")
    .requiredOption("-o, --output <file>", "where the smaller model goes")
    .option("--keep <share>", "of the terms of texts, such as 10% or 0.1 (all)", shareOrPercent, 1)
    .option("--bits <n>", "of a weight: 8, 32, or 64 to leave it", bits, 8)
    .option(
      "--like <file>",
      "rows like those to come, such as the training's: with --keep; may be repeated",
      each,
    )
    .option(
      "--calibrate <file>",
      "rows with labels, not the training's, to fit the temperature on; may be repeated",
      each,
    )
    .option("--data <file>", "rows with labels, to judge both models on; may be repeated", each);
  addOutputFlags(addReadFlags(command)).addHelpText("after", EXAMPLES).action(run);
}

async function run(path: string, flags: ShrinkFlags): Promise<void> {
  const { output, keep, like = [], calibrate = [], data = [] } = flags;
  await checkOutputs([output, rejectsPathOf(flags)], [path, ...like, ...calibrate, ...data]);
  await inSession(flags, async (session) => {
    const whole = await loadModel(path);
    const read = async (files: readonly string[]): Promise<TableSource | null> =>
      files.length === 0 ? null : tableFor(whole, sourceOf(files, flags), flags, session);
    const options = await optionsOf(whole, flags, read);
    if (keep < 1 && like.length === 0) session.note(BLIND);
    const small = shrink(whole, options);
    const saved = small.save();
    const judge = await read(data);
    const states = [whole, small].map((classifier) => stateOf(classifier, judge));
    await writeFileAtomically(output, saved);
    tell(session, flags, states, judge);
    const seen = judge !== null && judge.sha256 === whole.model.provenance.dataHash;
    if (seen) session.note(SAME_ROWS);
  });
}

const BLIND =
  "without --like the smaller model is too sure of itself: name a file of rows like those to come";
const SAME_ROWS =
  "the rows of --data are those that the model was trained on, so the numbers flatter it";

async function optionsOf(
  { model }: Classifier,
  { keep, bits: wanted, like = [], calibrate = [] }: ShrinkFlags,
  read: (files: readonly string[]) => Promise<TableSource | null>,
): Promise<ShrinkOptions> {
  const [alike, labelled] = [await read(like), await read(calibrate)];
  if (labelled !== null && labelled.sha256 === model.provenance.dataHash) {
    throw dataError(
      "--calibrate expected rows that the training did not see, and these are the training's: on them the model is surer than it may be",
    );
  }
  return {
    ...{ keep, bits: wanted },
    ...(alike === null ? {} : { like: alike.table }),
    ...(labelled === null ? {} : { calibrate: labelled.table }),
  };
}

/** What is compared of a model. */
interface State {
  readonly bytes: number;
  readonly weights: number;
  readonly accuracy?: number;
  readonly logLoss?: number;
}

function stateOf(classifier: Classifier, judge: TableSource | null): State {
  const size = { bytes: classifier.save().length, weights: classifier.model.weights.length };
  if (judge === null) return size;
  const { accuracy, logLoss } = evaluate(classifier, judge.table).metrics;
  return { ...size, accuracy: accuracy.value, logLoss: logLoss.value };
}

function tell(
  { print }: Session,
  { output, json }: ShrinkFlags,
  [before, after]: readonly State[],
  judge: TableSource | null,
): void {
  if (json === true) {
    print(JSON.stringify({ model: output, before, after, ...(judge && { data: judge.name }) }));
    return;
  }
  const scores = (["accuracy", "logLoss"] as const).flatMap((key) => {
    const [old, now] = [before[key], after[key]];
    if (old === undefined || now === undefined) return [];
    const name = key === "accuracy" ? "accuracy" : "log loss";
    return [[name, metric(old), metric(now), signed(now - old)]];
  });
  print(
    [
      tableText(
        [
          { head: "" },
          { head: "before", align: "right" },
          { head: "after", align: "right" },
          { head: "difference", align: "right" },
        ],
        [
          ["file", bytes(before.bytes), bytes(after.bytes), percentOf(after.bytes, before.bytes)],
          [
            "weights",
            count(before.weights),
            count(after.weights),
            percentOf(after.weights, before.weights),
          ],
          ...scores,
        ],
      ),
      ...wrap(`Wrote ${output} (${bytes(after.bytes)})`),
    ].join("\n"),
  );
}

const signed = (difference: number): string =>
  `${difference < 0 ? "−" : "+"}${metric(Math.abs(difference))}`;

/** "−93 %" */
const percentOf = (now: number, old: number): string => {
  const change = Math.round(100 * (now / old - 1));
  return `${change < 0 ? "−" : "+"}${Math.abs(change)} %`;
};

/** "10%" or "0.1". */
function shareOrPercent(text: string): number {
  const isPercent = text.trim().endsWith("%");
  const value = Number(isPercent ? text.trim().slice(0, -1) : text) / (isPercent ? 100 : 1);
  if (/\d/.test(text) && value > 0 && value <= 1) return value;
  throw new UsageError(`--keep expected a share such as 10% or 0.1, got "${text}"`);
}

function bits(text: string): 8 | 32 | 64 {
  const value = ([8, 32, 64] as const).find((known) => String(known) === text.trim());
  if (value !== undefined) return value;
  throw new UsageError(`--bits expected 8, 32 or 64, got "${text}"`);
}
