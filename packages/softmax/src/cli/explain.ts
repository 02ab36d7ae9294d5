import {
  type Classifier,
  type ColumnReason,
  type Explanation,
  excerptOf,
  importance,
  MultiLabelClassifier,
  partialDependence,
  type Table,
} from "@softmax/core";
import { type Command, Option } from "commander";
import type { TableSource } from "../data/source.ts";
import { sliceRows } from "../predict/rows.ts";
import { metric, plural, signed } from "../report/numbers.ts";
import { changeText, rowOf } from "./changes.ts";
import { UsageError } from "./exit.ts";
import { importanceText, partialText } from "./influence.ts";
import { markedLines, takesColours } from "./marks.ts";
import { loadAny, tableFor } from "./model.ts";
import { refuseFlags } from "./multi-label.ts";
import { oddsText } from "./odds.ts";
import {
  addReadFlags,
  each,
  list,
  pickDefined,
  type ReadFlags,
  share,
  sourceOf,
  wholeNumber,
} from "./reading.ts";
import { type CommonFlags, inSession, type Session } from "./session.ts";
import { tableText, withFlags, wrap } from "./text.ts";

interface ExplainFlags extends ReadFlags, CommonFlags {
  readonly rows: RowSpan;
  readonly row?: number;
  readonly label?: string;
  readonly text?: string;
  readonly against?: string;
  readonly counterfactual?: boolean;
  readonly changeOnly?: readonly string[];
  readonly keep?: readonly string[];
  readonly most?: number;
  readonly probability?: number;
  readonly like?: readonly string[];
  readonly importance?: boolean;
  readonly repeats?: number;
  readonly partial?: string;
  readonly seed?: number;
}

/** Rows of a table, from 1, both ends included. */
interface RowSpan {
  readonly first: number;
  readonly last: number;
}

const EXAMPLES = `
Examples:
  softmax explain model.safetensors
  softmax explain model.safetensors new.csv --rows 3
  softmax explain model.safetensors new.csv --row 3 --counterfactual \\
    --keep age,sex --like train.csv
  softmax explain model.safetensors test.csv --importance
  softmax explain model.safetensors test.csv --partial age
  softmax explain model.safetensors --text "not a bad film at all"`;

const FIRST_ROWS: RowSpan = { first: 1, last: 10 };
/** Columns listed for a row at most, the rest in one line, and characters of a text. */
const LISTED = 20;
const SHOWN = 2000;
/** Classes side by side. */
const CLASSES = 5;
/** Labels that an error names. */
const SHOWN_LABELS = 5;

export function addExplainCommand(program: Command): void {
  const command = program
    .command("explain")
    .summary("show why rows or a text get their labels")
    .description(
      "Without a table: what each column does to the odds of the labels. With one: why rows get their labels, what each column adds to the log-odds of the label against the others, and in texts the words that push it, marked; or the smallest change that gives a row another label, how much the model needs each column, and how probabilities go along one.",
    )
    .argument("<model>", "a model file")
    .argument("[data...]", "a table with the model's columns, or texts as for predict")
    .option("--against <class>", "without a table: odds against this class, not against the others")
    .addOption(
      new Option("--rows <range>", "rows from 1, such as 3 or 11-20")
        .argParser(rowSpan)
        .default(FIRST_ROWS, "1-10"),
    )
    .option("--row <n>", "one row, with what speaks for each class", wholeNumber("--row", 1))
    .option(
      "--label <class>",
      "why this label, or why not; of --counterfactual: to be reached; of several labels a row: which",
    )
    .option("--text <text>", "this text instead of a table")
    .optionsGroup("The smallest change that gives a row another label:")
    .option("--counterfactual", "show it")
    .option("--probability <p>", "that the label is to reach", share("--probability"))
    .option("--change-only <columns>", "that may change (all but texts)", list)
    .option("--keep <columns>", "that stay as they are", list)
    .option("--most <n>", "columns that change at most (3)", wholeNumber("--most", 1, 100))
    .option(
      "--like <file>",
      "the training table: changes stay within its values; may be repeated",
      each,
    )
    .optionsGroup("All rows together:")
    .option("--importance", "how much worse predictions get where a column is shuffled")
    .option("--repeats <n>", "shuffles of each column (10)", wholeNumber("--repeats", 1, 10_000))
    .option("--seed <n>", "of the shuffles (1)", wholeNumber("--seed", 0))
    .option("--partial <column>", "mean probabilities along the values of a column");
  addReadFlags(command)
    .optionsGroup("Output:")
    .option("--json", "one object, or one a row (JSON lines), with all there is")
    .option("-q, --quiet", "no progress, no remarks")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

function rowSpan(text: string): RowSpan {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(text.trim()) ?? [];
  const span = { first: Number(from), last: Number(to ?? from) };
  if (span.first >= 1 && span.last >= span.first && Number.isSafeInteger(span.last)) return span;
  throw new UsageError(`--rows expected rows such as 3 or 1-10, got "${text}"`);
}

async function run(path: string, files: readonly string[], flags: ExplainFlags): Promise<void> {
  const hasData = files.length > 0 || flags.query !== undefined;
  checkFlags(flags, hasData);
  await inSession(flags, async (session) => {
    const { text } = flags;
    if (text !== undefined) {
      const classifier = await explainedModel(path, flags);
      checkSoleText(classifier);
      const explanation = classifier.explain(text, pickDefined(flags, ["label"]));
      session.print(
        flags.json === true ? JSON.stringify(explanation) : explanationText("", explanation),
      );
    } else if (!hasData) printOdds(await explainedModel(path, flags), flags, session);
    else await explainTable(path, files, flags, session);
  });
}

/** The model to explain: of one that gives several labels a row, that of the label named. */
async function explainedModel(
  path: string,
  { label, importance: isAsked }: ExplainFlags,
): Promise<Classifier> {
  const classifier = await loadAny(path);
  if (!(classifier instanceof MultiLabelClassifier)) return classifier;
  refuseFlags({ importance: isAsked }, ["importance"]);
  if (label !== undefined) return classifier.head(label);
  const shown = classifier.labels.slice(0, SHOWN_LABELS);
  const more = classifier.labels.length - shown.length;
  throw new UsageError(
    `this model gives several labels a row: name one by --label, such as ${shown.join(", ")}${more > 0 ? ` (and ${more} more)` : ""}`,
  );
}

/** Flags that go with a table, and those that go with --counterfactual. */
const OF_TABLES = ["row", "counterfactual", "importance", "partial"] as const;
const OF_CHANGES = ["probability", "changeOnly", "keep", "most", "like"] as const;

function checkFlags(flags: ExplainFlags, hasData: boolean): void {
  if (hasData && flags.text !== undefined) {
    throw new UsageError("explain expected a table, or --text with a text, and not both");
  }
  const asked = OF_TABLES.filter((name) => flags[name] !== undefined);
  if (!hasData && asked.length > 0) {
    throw new UsageError(`--${asked[0]} is of rows: name a table`);
  }
  if (hasData && flags.against !== undefined) {
    throw new UsageError("--against is for a model alone, without a table");
  }
  const [first, second] = asked.filter((name) => name !== "row");
  if (second !== undefined)
    throw new UsageError(`--${first} and --${second} are two questions: ask one`);
  const change = OF_CHANGES.find((name) => flags[name] !== undefined);
  if (change !== undefined && flags.counterfactual !== true) {
    throw new UsageError(
      `${withFlags(`"${change}" expected`).slice(0, -9)} is for --counterfactual`,
    );
  }
}

function printOdds(
  classifier: Classifier,
  { against, json }: ExplainFlags,
  session: Session,
): void {
  if (json !== true) session.print(oddsText(classifier, against));
  else {
    const columns = classifier.odds(against === undefined ? {} : { against });
    session.print(
      JSON.stringify({ classes: classifier.classes, against: against ?? null, columns }),
    );
  }
}

function checkSoleText({ columns, model }: Classifier): void {
  if (columns.length === 1 && model.schema.columns[0].kind === "text") return;
  throw new UsageError(
    `--text is for models that read a column of texts and nothing else; this one reads ${plural(columns.length, "column")}: name a table`,
  );
}

async function explainTable(
  path: string,
  files: readonly string[],
  flags: ExplainFlags,
  session: Session,
): Promise<void> {
  const classifier = await explainedModel(path, flags);
  const source = await tableFor(classifier, sourceOf(files, flags), flags, session);
  const seen = source.sha256 === classifier.model.provenance.dataHash;
  if (flags.importance === true) {
    const result = importance(classifier, source.table, pickDefined(flags, ["repeats", "seed"]));
    const json = { trainedOnTheseRows: seen, ...result };
    session.print(
      flags.json === true ? JSON.stringify(json) : importanceText(source.name, result, seen),
    );
    return;
  }
  if (flags.partial !== undefined) {
    const result = partialDependence(classifier, source.table, flags.partial);
    session.print(flags.json === true ? JSON.stringify(result) : partialText(result));
    return;
  }
  const [first, last] = spanOf(flags, source.table.rows);
  if (flags.counterfactual === true) {
    const like = await likeOf(classifier, source, seen, flags, session);
    printChanges(classifier, source.table, [first, last], { ...flags, ...like }, session);
    return;
  }
  const some = sliceRows(source.table, first - 1, last);
  const explanations = classifier.explain(some, pickDefined(flags, ["label"]));
  for (const [at, explanation] of explanations.entries()) {
    const row = first + at;
    const lead = `row ${row}: `;
    session.print(
      flags.json === true
        ? JSON.stringify({ row, ...explanation })
        : `${at === 0 ? "" : "\n"}${explanationText(lead, explanation, flags.row !== undefined)}`,
    );
  }
}

function spanOf({ row, rows: { first, last } }: ExplainFlags, rows: number): [number, number] {
  if (row !== undefined && row > rows) {
    throw new UsageError(`--row expected a row from 1 to ${rows}, got ${row}`);
  }
  if (row !== undefined) return [row, row];
  if (first > rows) throw new UsageError(`--rows expected rows from 1 to ${rows}, got ${first}`);
  return [first, Math.min(rows, last)];
}

/** The rows that say what training saw: those named, or the table itself where it is the training's. */
async function likeOf(
  classifier: Classifier,
  source: TableSource,
  seen: boolean,
  flags: ExplainFlags,
  session: Session,
): Promise<{ likeTable?: Table }> {
  const { like = [] } = flags;
  if (like.length === 0) return seen ? { likeTable: source.table } : {};
  return { likeTable: (await tableFor(classifier, sourceOf(like, flags), flags, session)).table };
}

function printChanges(
  classifier: Classifier,
  table: Table,
  [first, last]: readonly [number, number],
  flags: ExplainFlags & { readonly likeTable?: Table },
  session: Session,
): void {
  const { changeOnly, likeTable } = flags;
  const options = {
    ...pickDefined(flags, ["label", "probability", "keep", "most"]),
    ...(changeOnly === undefined ? {} : { change: changeOnly }),
    ...(likeTable === undefined ? {} : { like: likeTable }),
  };
  for (let row = first; row <= last; row++) {
    const cells = rowOf(table, row - 1);
    if (flags.json === true) {
      session.print(
        JSON.stringify({ rowNumber: row, ...classifier.counterfactual(cells, options) }),
      );
      continue;
    }
    const text = changeText(`row ${row}: `, classifier, cells, options, flags.row !== undefined);
    session.print(`${row === first ? "" : "\n"}${text}`);
  }
}

/** One row and what pushes it, within 80 columns. */
function explanationText(lead: string, explanation: Explanation, whole = false): string {
  const { label, explained, confidence, logOdds, intercept, columns, classes } = explanation;
  const named = label ?? `left to a person (else ${explained})`;
  const whom = explained === label || label === null ? "" : ` of ${explained}`;
  const each = whole && classes.length > 2 && classes.length <= CLASSES;
  const texts = columns.filter(({ parts }) => parts !== null);
  return [
    ...wrap(
      `${lead}${named}, probability ${metric(confidence)}, log-odds${whom} ${signed(logOdds)} (intercept ${signed(intercept)})`,
    ),
    ...(texts.length === columns.length && texts.length === 1
      ? []
      : [each ? classTable(explanation) : columnTable(columns)]),
    ...texts.flatMap((column) => textLines(column, texts.length === columns.length)),
  ].join("\n");
}

function valueWords({ kind, value }: ColumnReason): string {
  if (kind === "image") return "an image";
  return value === null ? "missing" : String(value);
}

function columnTable(columns: readonly ColumnReason[]): string {
  const sorted = [...columns].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const rows = sorted
    .slice(0, LISTED)
    .map((column) => [column.name, signed(column.contribution), valueWords(column)]);
  const rest = sorted.slice(LISTED);
  const more = rest.reduce((sum, { contribution }) => sum + contribution, 0);
  if (rest.length > 0) rows.push([plural(rest.length, "more column"), signed(more), ""]);
  return tableText(
    [{ head: "column", most: 30 }, { head: "log-odds", align: "right" }, { head: "value" }],
    rows,
  );
}

/** What each column adds to the logit of each class, the strongest first. */
function classTable({ columns, classes }: Explanation): string {
  const strength = ({ logits }: ColumnReason): number => Math.max(...logits) - Math.min(...logits);
  const sorted = [...columns].sort((a, b) => strength(b) - strength(a));
  const rest = sorted.slice(LISTED);
  const sums = classes.map((_, c) => rest.reduce((sum, { logits }) => sum + logits[c], 0));
  const numbers = (values: readonly number[]): string[] => values.map((value) => signed(value));
  return tableText(
    [
      { head: "column", most: 20 },
      { head: "value", most: 14 },
      ...classes.map(({ label }) => ({ head: label, align: "right" as const, most: 9 })),
    ],
    [
      ["(intercept)", "", ...numbers(classes.map((one) => one.intercept))],
      ...sorted
        .slice(0, LISTED)
        .map((column) => [column.name, valueWords(column), ...numbers(column.logits)]),
      ...(rest.length > 0 ? [[plural(rest.length, "more column"), "", ...numbers(sums)]] : []),
      ["logit", "", ...numbers(classes.map((one) => one.logit))],
    ],
  );
}

function textLines({ name, value, parts }: ColumnReason, alone: boolean): string[] {
  const head = alone ? [] : wrap(`${name}:`);
  if (value === null) return [...head, "  (no text)"];
  return [...head, ...markedLines(excerptOf(parts ?? [], SHOWN), takesColours())];
}
