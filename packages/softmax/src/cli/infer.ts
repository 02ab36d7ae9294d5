import type { Command } from "commander";
import { type InferFileOptions, inferFrom } from "../infer.ts";
import { refuseBackbone } from "./backbone.ts";
import { UsageError } from "./exit.ts";
import { inferenceText } from "./inference.ts";
import { checkOutputs } from "./outputs.ts";
import {
  addReadFlags,
  list,
  pickDefined,
  type ReadFlags,
  readOptionsOf,
  rejectedNotes,
  rejectsPathOf,
  share,
  sourceOf,
} from "./reading.ts";
import { addOutputFlags, type CommonFlags, inSession } from "./session.ts";
import { sourceJson } from "./summary.ts";

interface InferFlags extends ReadFlags, CommonFlags {
  readonly target: string;
  readonly base?: string;
  readonly level?: number;
  readonly robust?: boolean;
  readonly effects: boolean;
  readonly columns?: readonly string[];
  readonly numeric?: readonly string[];
  readonly categorical?: readonly string[];
  readonly ignore?: readonly string[];
  readonly missing?: readonly string[];
  readonly reference?: readonly string[];
  readonly frequencyWeight?: string;
  readonly probabilityWeight?: string;
  readonly cluster?: string;
}

const EXAMPLES = `
Examples:
  softmax infer titanic.csv --target survived --categorical pclass
  softmax infer visits.csv -t bought --cluster customer --reference plan=free
  softmax infer survey.csv -t party --base none --probability-weight weight
  softmax infer data.csv -t y --query "select *, ln(income) as lninc from data"`;

export function addInferCommand(program: Command): void {
  const command = program
    .command("infer")
    .summary("coefficients, standard errors and tests of what moves an outcome")
    .description(
      "Fits a logit, or for more classes a multinomial logit, without a penalty, and says what each column does to the outcome and how sure that is: coefficients, standard errors, tests, intervals, average marginal effects. Refuses where separation or collinearity leave no estimate.",
    )
    .argument("<data...>", "a table, as for train; - is standard input")
    .requiredOption("-t, --target <column>", "the outcome: a name, or a number (-1: the last)")
    .option("--base <class>", "the outcome with which the others are compared (the first)")
    .option("--level <share>", "of confidence intervals (0.95)", share("--level"))
    .option("--no-effects", "leave out the average marginal effects")
    .optionsGroup("Standard errors:")
    .option("--robust", "that hold where the model does not (Huber-White, HC0)")
    .option("--cluster <column>", "rows of one cluster may depend on each other")
    .option("--frequency-weight <column>", "a row stands for so many equal rows")
    .option("--probability-weight <column>", "1/probability that the row was drawn; robust")
    .optionsGroup("Columns (several: with commas between, or the option again):")
    .option("--columns <columns>", "enter, and no others", list)
    .option("--numeric <columns>", "read as numbers", list)
    .option("--categorical <columns>", "read as levels", list)
    .option("--ignore <columns>", "leave out", list)
    .option("--reference <column=level>", "a level to compare others with (the first)", list)
    .option("--missing <texts>", "texts that mean missing, instead of the usual ones", list);
  addOutputFlags(addReadFlags(command)).addHelpText("after", EXAMPLES).action(run);
}

async function run(files: readonly string[], flags: InferFlags): Promise<void> {
  const data = sourceOf(files, flags);
  refuseBackbone(flags);
  const options = optionsOf(flags);
  await checkOutputs([rejectsPathOf(flags)], files);
  await inSession(flags, async (session) => {
    const { inference, source } = await inferFrom(data, {
      ...options,
      read: readOptionsOf(flags, session),
    });
    for (const note of [...source.remarks, ...rejectedNotes(source, flags)]) session.note(note);
    session.print(
      flags.json === true
        ? JSON.stringify({ source: sourceJson(source), ...inference })
        : inferenceText(inference, source.name),
    );
  });
}

function optionsOf(flags: InferFlags): InferFileOptions {
  const { target, effects, reference } = flags;
  return {
    target: /^-?\d+$/.test(target) ? Number(target) : target,
    effects,
    ...pickDefined(flags, [
      "base",
      "level",
      "robust",
      "columns",
      "numeric",
      "categorical",
      "ignore",
      "missing",
      "frequencyWeight",
      "probabilityWeight",
      "cluster",
    ]),
    ...(reference === undefined ? {} : { reference: reference.map(pairOf) }),
  };
}

/** "plan=free" as a pair. */
function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--reference expected column=level, got "${text}"`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
