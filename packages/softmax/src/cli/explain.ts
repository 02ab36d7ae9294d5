import { type Classifier, type ColumnReason, type Explanation, excerptOf } from "@softmax/core";
import { type Command, Option } from "commander";
import { metric, plural, signed } from "../report/numbers.ts";
import { UsageError } from "./exit.ts";
import { markedLines, takesColours } from "./marks.ts";
import { loadModel, openWithTable } from "./model.ts";
import { addReadFlags, type ReadFlags, sourceOf } from "./reading.ts";
import { sliceRows } from "./rows.ts";
import { type CommonFlags, inSession, type Session } from "./session.ts";
import { tableText, wrap } from "./text.ts";

interface ExplainFlags extends ReadFlags, CommonFlags {
  readonly rows: RowSpan;
  readonly text?: string;
}

/** Rows of a table, from 1, both ends included. */
interface RowSpan {
  readonly first: number;
  readonly last: number;
}

const EXAMPLES = `
Examples:
  softmax explain model.safetensors new.csv --rows 3
  softmax explain model.safetensors --text "not a bad film at all"`;

const FIRST_ROWS: RowSpan = { first: 1, last: 10 };
/** Columns listed for a row at most, the rest in one line, and characters of a text. */
const LISTED = 20;
const SHOWN = 2000;

export function addExplainCommand(program: Command): void {
  const command = program
    .command("explain")
    .summary("show why rows or a text get their labels")
    .description(
      "Shows why rows get their labels: what each column adds to the log-odds of the label against the others, and in texts the words that push it, marked.",
    )
    .argument("<model>", "a model file")
    .argument("[data...]", "a table with the model's columns, or texts as for predict")
    .addOption(
      new Option("--rows <range>", "rows from 1, such as 3 or 11-20")
        .argParser(rowSpan)
        .default(FIRST_ROWS, "1-10"),
    )
    .option("--text <text>", "this text instead of a table");
  addReadFlags(command)
    .optionsGroup("Output:")
    .option("--json", "one object a row (JSON lines), with every part of a text")
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
  if (hasData === (flags.text !== undefined)) {
    throw new UsageError("explain expected a table, or --text with a text, and not both");
  }
  await inSession(flags, async (session) => {
    const { text } = flags;
    if (text !== undefined) {
      const classifier = await loadModel(path);
      checkSoleText(classifier);
      const explanation = classifier.explain(text);
      session.print(
        flags.json === true ? JSON.stringify(explanation) : explanationText("", explanation),
      );
    } else await explainRows(path, files, flags, session);
  });
}

function checkSoleText({ columns, model }: Classifier): void {
  if (columns.length === 1 && model.schema.columns[0].kind === "text") return;
  throw new UsageError(
    `--text is for models that read a column of texts and nothing else; this one reads ${plural(columns.length, "column")}: name a table`,
  );
}

async function explainRows(
  path: string,
  files: readonly string[],
  flags: ExplainFlags,
  session: Session,
): Promise<void> {
  const { classifier, source } = await openWithTable(path, sourceOf(files, flags), flags, session);
  const { first, last } = flags.rows;
  const { rows } = source.table;
  if (first > rows) {
    throw new UsageError(`--rows expected rows from 1 to ${rows}, got ${first}`);
  }
  const some = sliceRows(source.table, first - 1, Math.min(rows, last));
  for (const [at, explanation] of classifier.explain(some).entries()) {
    const row = first + at;
    session.print(
      flags.json === true
        ? JSON.stringify({ row, ...explanation })
        : `${at === 0 ? "" : "\n"}${explanationText(`row ${row}: `, explanation)}`,
    );
  }
}

/** One row and what pushes it, within 80 columns. */
function explanationText(lead: string, explanation: Explanation): string {
  const { label, explained, confidence, logOdds, intercept, columns } = explanation;
  const texts = columns.filter(({ parts }) => parts !== null);
  return [
    ...wrap(
      `${lead}${label ?? `left to a person (else ${explained})`}, probability ${metric(confidence)}, log-odds ${signed(logOdds)} (intercept ${signed(intercept)})`,
    ),
    ...(texts.length === columns.length && texts.length === 1 ? [] : [columnTable(columns)]),
    ...texts.flatMap((column) => textLines(column, texts.length === columns.length)),
  ].join("\n");
}

function columnTable(columns: readonly ColumnReason[]): string {
  const sorted = [...columns].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const rows = sorted
    .slice(0, LISTED)
    .map(({ name, contribution, value }) => [
      name,
      signed(contribution),
      value === null ? "missing" : String(value),
    ]);
  const rest = sorted.slice(LISTED);
  const more = rest.reduce((sum, { contribution }) => sum + contribution, 0);
  if (rest.length > 0) rows.push([plural(rest.length, "more column"), signed(more), ""]);
  return tableText(
    [{ head: "column", most: 30 }, { head: "log-odds", align: "right" }, { head: "value" }],
    rows,
  );
}

function textLines({ name, value, parts }: ColumnReason, alone: boolean): string[] {
  const head = alone ? [] : wrap(`${name}:`);
  if (value === null) return [...head, "  (no text)"];
  return [...head, ...markedLines(excerptOf(parts ?? [], SHOWN), takesColours())];
}
