import {
  type Classifier,
  estimatePrior,
  MultiLabelClassifier,
  type NumberColumn,
  type PriorOption,
  type Table,
  type TextColumn,
  topK,
  withPrior,
} from "@softmax/core";
import { type Command, Option } from "commander";
import { freeName } from "../data/names.ts";
import type { Dialect, TableSource } from "../data/source.ts";
import { type OutputFormat, openWriter, type WriterOptions } from "../data/writer.ts";
import { plural } from "../report/numbers.ts";
import { UsageError } from "./exit.ts";
import { prior } from "./imbalance.ts";
import { openAnyWithTable } from "./model.ts";
import { refuseFlags } from "./multi-label.ts";
import { checkOutputs, checkTablePath } from "./outputs.ts";
import { withLabels } from "./predict-labels.ts";
import { priorWords } from "./prior-summary.ts";
import {
  addReadFlags,
  pickDefined,
  positiveNumber,
  type ReadFlags,
  rejectsPathOf,
  sourceOf,
  wholeNumber,
} from "./reading.ts";
import { sliceRows } from "./rows.ts";
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
    const { classifier, source } = await openAnyWithTable(path, data, flags, session);
    await write(answererOf(classifier, source, flags, session), source, flags, session);
    if (flags.output === "-") return;
    const { rows } = source.table;
    if (flags.json === true) {
      const { output } = flags;
      session.print(JSON.stringify({ rows, output, source: sourceJson(source) }));
    } else session.note(`Wrote ${flags.output} (${plural(rows, "row")})`);
  });
}

/** What gives a block of rows its answers. */
type Answerer = (block: Table) => Table;

function answererOf(
  classifier: Classifier | MultiLabelClassifier,
  { table }: TableSource,
  flags: PredictFlags,
  session: Session,
): Answerer {
  if (classifier instanceof MultiLabelClassifier) {
    refuseFlags(flags, ["top", "temperature", "undecided", "prior"]);
    return (block) => withLabels(block, classifier, flags);
  }
  checkUndecided(flags, classifier);
  const own = atPrior(classifier, table, flags, session);
  return (block) => withAnswers(block, own, flags);
}

/** The classifier for the prior that the flag says. */
function atPrior(
  classifier: Classifier,
  table: Table,
  { prior: wanted }: PredictFlags,
  { note }: Session,
): Classifier {
  if (wanted !== "estimate") {
    return wanted === undefined ? classifier : withPrior(classifier, wanted);
  }
  const estimated = estimatePrior(classifier, table);
  const words = priorWords(estimated.map(([label, share]) => ({ label, share })));
  note(`Class shares estimated from ${plural(table.rows, "row")}: ${words}`);
  return withPrior(classifier, estimated);
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
function checkUndecided({ undecided }: PredictFlags, { classes }: Classifier): void {
  if (undecided === undefined || !classes.includes(undecided)) return;
  throw new UsageError(
    `--undecided expected a text that is no label of the model, got "${undecided}"`,
  );
}

/** The table with the answers' columns after its own; names that are taken get a number. */
function withAnswers(table: Table, classifier: Classifier, flags: PredictFlags): Table {
  const { classes } = classifier;
  const answer = classifier.answer(table, pickDefined(flags, ["temperature"]));
  const { probabilities: P, labels, answers, sets } = answer;
  const added: (TextColumn | NumberColumn)[] = [];
  const taken = new Set(table.columns.map((column) => column.name));
  const name = (wanted: string): string => {
    const free = freeName(wanted, taken);
    taken.add(free);
    return free;
  };
  const addTexts = (wanted: string, codes: Int32Array, dictionary: readonly string[]): void => {
    added.push({ kind: "text", name: name(wanted), codes, dictionary });
  };
  const addLabels = (wanted: string, of: (i: number) => number): void =>
    addTexts(
      wanted,
      Int32Array.from(P, (_, i) => of(i)),
      classes,
    );
  const addNumbers = (wanted: string, of: (i: number) => number): void => {
    const values = Float64Array.from(P, (_, i) => of(i));
    added.push({ kind: "number", name: name(wanted), values });
  };
  const { undecided } = flags;
  if (undecided === undefined) addLabels("prediction", (i) => labels[i]);
  else {
    const codes = labels.map((c) => (c < 0 ? classes.length : c));
    addTexts("prediction", codes, [...classes, undecided]);
  }
  addNumbers("confidence", (i) => P[i][answers[i]]);
  if (sets !== null) {
    const { codes, dictionary } = setTexts(P, sets, classes);
    addTexts("set", codes, dictionary);
  }
  if (flags.probabilities === true) {
    for (const [c, label] of classes.entries()) addNumbers(`probability_${label}`, (i) => P[i][c]);
  }
  if (flags.logits === true) {
    const Z = classifier.logits(table);
    for (const [c, label] of classes.entries()) addNumbers(`logit_${label}`, (i) => Z[i][c]);
  }
  const top = Math.min(flags.top ?? topOf(classifier), classes.length);
  const ranked = P.map((p) => topK(p, top));
  for (let rank = 0; rank < top; rank++) {
    addLabels(`top${rank + 1}`, (i) => ranked[i][rank]);
    addNumbers(`top${rank + 1}_probability`, (i) => P[i][ranked[i][rank]]);
  }
  return { ...table, columns: [...table.columns, ...added] };
}

/** How many labels a model's decision names beside the one. */
const topOf = ({ model }: Classifier): number =>
  model.decision?.rule === "top" ? model.decision.count : 0;

/** Each set as a JSON list, the most probable label first. */
function setTexts(
  P: readonly Float64Array[],
  sets: Uint8Array,
  classes: readonly string[],
): { codes: Int32Array; dictionary: string[] } {
  const position = new Map<string, number>();
  const codes = Int32Array.from(P, (p, i) => {
    const order = topK(p, classes.length);
    const inside = Array.from(order).filter((c) => sets[i * classes.length + c] === 1);
    const text = JSON.stringify(inside.map((c) => classes[c]));
    if (!position.has(text)) position.set(text, position.size);
    return position.get(text) as number;
  });
  return { codes, dictionary: [...position.keys()] };
}
