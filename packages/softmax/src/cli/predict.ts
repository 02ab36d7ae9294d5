import {
  type Classifier,
  checkColumns,
  estimatePrior,
  MultiLabelClassifier,
  type PriorOption,
  type Table,
} from "@softmax/core";
import { type Command, Option } from "commander";
import type { SourceBytes } from "../data/bytes.ts";
import { openRows, type RowStream } from "../data/row-stream.ts";
import type { Dialect, Source, TableSource } from "../data/source.ts";
import { renamedText } from "../data/text-table.ts";
import {
  type OutputFormat,
  openWriter,
  outputFormatOf,
  type WriterOptions,
} from "../data/writer.ts";
import type { AnswerColumns } from "../predict/answers.ts";
import { sliceRows } from "../predict/rows.ts";
import { predictStream } from "../predict/stream.ts";
import { type Answerer, answererOf, type PredictJob, schemaOf } from "../predict/work.ts";
import { plural } from "../report/numbers.ts";
import { readsByNetwork } from "./backbone.ts";
import { UsageError } from "./exit.ts";
import { prior } from "./imbalance.ts";
import { loadBytes, tableFor } from "./model.ts";
import { refuseFlags } from "./multi-label.ts";
import { checkOutputs, checkTablePath } from "./outputs.ts";
import { priorWords } from "./prior-summary.ts";
import {
  addReadFlags,
  pickDefined,
  positiveNumber,
  type ReadFlags,
  readOptionsOf,
  rejectedNotes,
  rejectsPathOf,
  sourceOf,
  wholeNumber,
} from "./reading.ts";
import { breathe, type CommonFlags, inSession, type Session } from "./session.ts";
import { sourceJson } from "./summary.ts";

interface PredictFlags extends ReadFlags, CommonFlags {
  readonly output: string;
  readonly outputFormat?: OutputFormat;
  readonly probabilities?: boolean;
  readonly logits?: boolean;
  readonly top?: number;
  readonly temperature?: number;
  readonly undecided?: string;
  readonly prior?: PriorOption | "estimate";
}

const EXAMPLES = `
Examples:
  softmax predict model.safetensors new.csv -o answers.csv --probabilities
  softmax predict model.safetensors new.csv --top 3 --json | head -1
  softmax predict model.safetensors inbox/ --format texts -o answers.csv
  cat new.csv | softmax predict model.safetensors - > answers.csv`;

/** Rows predicted and written at a time. */
const BLOCK_ROWS = 16_384;

export function addPredictCommand(program: Command): void {
  const command = program
    .command("predict")
    .summary("label the rows of a table")
    .description(
      "Labels the rows of a table: keeps its columns and their text, adds prediction and confidence. A name that is taken gets a number: prediction_1. Of a model of several labels a row, prediction holds them with its separator between, and there is no confidence.",
    )
    .argument("<model>", "a model file")
    .argument(
      "<data...>",
      "a table with the model's columns, or texts as for train; - is standard input",
    )
    .option(
      "-o, --output <file>",
      "ending in .csv, .tsv, .jsonl or .parquet; - is standard output",
      "-",
    )
    .addOption(
      new Option("--output-format <format>", "instead of the ending's").choices([
        "csv",
        "tsv",
        "jsonl",
        "parquet",
      ]),
    )
    .optionsGroup("Columns:")
    .option("-p, --probabilities", "one column of probabilities a class")
    .option("--logits", "one column of logits a class")
    .option(
      "--top <k>",
      "the k most probable classes with their probabilities",
      wholeNumber("--top", 1),
    )
    .option(
      "--temperature <t>",
      "below 1 sharper, above 1 softer than calibrated",
      positiveNumber("--temperature"),
    )
    .option(
      "--undecided <text>",
      "stands for the label where the model leaves a row to a person (nothing)",
    )
    .option(
      "--prior <shares>",
      "for these class shares instead: yes=0.02, uniform, or estimate from the rows",
      priorOrEstimate,
    );
  addReadFlags(command)
    .optionsGroup("Output:")
    .option("--json", "JSON lines on standard output; with -o, what was done as JSON")
    .option("-q, --quiet", "no progress, no remarks")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

const priorOrEstimate = (
  text: string,
  before?: PriorOption | "estimate",
): PriorOption | "estimate" => {
  if (text !== "estimate" && before !== "estimate") return prior(text, before);
  if (text === "estimate" && before === undefined) return text;
  throw new UsageError("--prior estimate expected nothing beside it");
};

async function run(path: string, files: readonly string[], flags: PredictFlags): Promise<void> {
  const data = sourceOf(files, flags);
  if (flags.outputFormat === undefined) checkTablePath(flags.output);
  await checkOutputs([flags.output, rejectsPathOf(flags)], [path, ...files]);
  await inSession(flags, async (session) => {
    const { classifier, bytes } = await loadBytes(path);
    checkFlags(flags, classifier);
    const options = { ...readOptionsOf(flags, session), knownColumns: classifier.columns };
    const needsAll =
      flags.sandbox !== undefined ||
      flags.prior === "estimate" ||
      flags.images !== undefined ||
      readsByNetwork(classifier) ||
      flags.backbone !== undefined;
    const opened = typeof data === "string" && !needsAll ? await openRows(data, options) : data;
    const done =
      typeof opened === "object" && "pieces" in opened
        ? await writeStream(opened, classifier, bytes, flags, session)
        : await writeTable(classifier, opened, flags, session);
    if (flags.output === "-") return;
    const { rows, source } = done;
    if (flags.json === true) {
      const { output } = flags;
      session.print(JSON.stringify({ rows, output, source: sourceJson(source) }));
    } else session.note(`Wrote ${flags.output} (${plural(rows, "row")})`);
  });
}

/** What was predicted. */
interface Done {
  readonly rows: number;
  readonly source: Parameters<typeof sourceJson>[0];
}

/** Rows as they come, without ever having them all. */
async function writeStream(
  stream: RowStream,
  classifier: Classifier | MultiLabelClassifier,
  model: Uint8Array,
  flags: PredictFlags,
  { note, progress }: Session,
): Promise<Done> {
  const schema = schemaOf(classifier);
  checkColumns(renamedText(stream.head, schema), schema);
  const cuts = classifier.remarks(sliceRows(stream.head, 0, 0));
  const { format, ...form } = writerOptions(stream.dialect, flags);
  const output = format ?? outputFormatOf(flags.output);
  const job: PredictJob = {
    model,
    ...(flags.prior === undefined ? {} : { prior: flags.prior as PriorOption }),
    answers: answersOf(flags),
    plan: stream.plan,
    output: output === "parquet" ? null : { ...form, format: output },
  };
  const rejects = rejectsPathOf(flags);
  const streamed = await predictStream(job, schema, stream, {
    path: flags.output,
    ...(rejects === undefined ? {} : { rejectsPath: rejects }),
    onProgress: (share) => progress.update(share, "predicting"),
  });
  const { remarks, strays, ...done } = streamed;
  for (const remark of [...remarks, ...rejectedNotes(done, flags), ...cuts, ...strays]) {
    note(remark);
  }
  const { name } = stream;
  return { rows: done.rows, source: { ...done, name, sha256: null } };
}

/** The table read whole, then predicted. */
async function writeTable(
  model: Classifier | MultiLabelClassifier,
  data: Source | SourceBytes,
  flags: PredictFlags,
  session: Session,
): Promise<Done> {
  const source = await tableFor(model, data, flags, session);
  const shares = priorFor(model, source.table, flags.prior, session);
  await write(answererOf(model, shares, answersOf(flags)), source, flags, session);
  return { rows: source.table.rows, source };
}

const answersOf = (flags: PredictFlags): AnswerColumns =>
  pickDefined(flags, ["probabilities", "logits", "top", "temperature", "undecided"]);

/** The class shares that the flag says, where they are wanted. */
function priorFor(
  classifier: Classifier | MultiLabelClassifier,
  table: Table,
  wanted: PredictFlags["prior"],
  { note }: Session,
): PriorOption | undefined {
  if (wanted !== "estimate" || classifier instanceof MultiLabelClassifier) {
    return wanted === "estimate" ? undefined : wanted;
  }
  const estimated = estimatePrior(classifier, table);
  const words = priorWords(estimated.map(([label, share]) => ({ label, share })));
  note(`Class shares estimated from ${plural(table.rows, "row")}: ${words}`);
  return estimated;
}

async function write(
  answer: Answerer,
  { table, dialect }: TableSource,
  flags: PredictFlags,
  { progress }: Session,
): Promise<void> {
  const writer = await openWriter(flags.output, writerOptions(dialect, flags));
  try {
    for (let start = 0; start < Math.max(1, table.rows) && writer.isRead; start += BLOCK_ROWS) {
      const block = sliceRows(table, start, Math.min(table.rows, start + BLOCK_ROWS));
      await writer.write(answer(block));
      await breathe();
      progress.update((start + block.rows) / table.rows, "predicting");
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** Numbers are written with the decimal sign of the input. */
export function writerOptions(
  { decimal }: Dialect,
  flags: Pick<PredictFlags, "json" | "output" | "outputFormat">,
): WriterOptions {
  const lines = flags.json === true && flags.output === "-" ? "jsonl" : undefined;
  const format = flags.outputFormat ?? lines;
  const isTsv = format === "tsv" || (format === undefined && /\.tsv$/i.test(flags.output));
  return {
    ...(format === undefined ? {} : { format }),
    ...(decimal === "," ? { decimal } : {}),
    ...(decimal === "," && !isTsv ? { delimiter: ";" } : {}),
  };
}

/** No label may be taken for the word that stands for none. */
function checkFlags(flags: PredictFlags, classifier: Classifier | MultiLabelClassifier): void {
  if (classifier instanceof MultiLabelClassifier) {
    refuseFlags(flags, ["top", "temperature", "undecided", "prior"]);
    return;
  }
  const { undecided } = flags;
  if (undecided === undefined || !classifier.classes.includes(undecided)) return;
  throw new UsageError(
    `--undecided expected a text that is no label of the model, got "${undecided}"`,
  );
}
