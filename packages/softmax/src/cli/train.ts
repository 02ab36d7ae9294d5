import type { Command } from "commander";
import { writeFileAtomically } from "../data/atomic.ts";
import { reportPage } from "../report/page.ts";
import { type TrainFileOptions, trainOn } from "../train.ts";
import { UsageError } from "./exit.ts";
import {
  addReadFlags,
  list,
  pickDefined,
  positiveNumber,
  type ReadFlags,
  readOptionsOf,
  sourceOf,
  wholeNumber,
} from "./reading.ts";
import { type CommonFlags, inSession } from "./session.ts";
import { summary, summaryJson } from "./summary.ts";

interface TrainFlags extends ReadFlags, CommonFlags {
  readonly target: string;
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
  readonly l2?: number;
  readonly folds?: number;
  readonly seed?: number;
}

export function addTrainCommand(program: Command): void {
  const command = program
    .command("train")
    .summary("learn a classifier from a table and say how good it is")
    .description(
      "Learns a classifier from a table, says honestly how good it is, and writes it to a file.",
    )
    .argument(
      "<data...>",
      "CSV, TSV, JSON lines, Parquet or ARFF, also gzipped; - is standard input",
    )
    .requiredOption(
      "-t, --target <column>",
      "the column to predict: a name, or a number (-1: the last)",
    )
    .option("-o, --output <file>", "where the model goes", "model.safetensors")
    .option("-r, --report <file>", "a report to write, .html or .json; may be repeated", list)
    .optionsGroup("Judging:")
    .option("--test <file>", "a table to test on besides")
    .option("--group <column>", "rows of one group are judged together")
    .option("--time <column>", "the latest fifth of the rows is judged")
    .option("--positive <class>", "the class that two-class metrics are about (the rarer)")
    .option("--folds <n>", "parts of the cross-validation", wholeNumber("--folds", 2), 5)
    .option("--seed <n>", "of everything random", wholeNumber("--seed", 0), 1)
    .optionsGroup("Columns:")
    .option("--numeric <columns>", "read as numbers", list)
    .option("--categorical <columns>", "read as categories", list)
    .option("--ignore <columns>", "leave out", list)
    .option("--weight <column>", "weights of the rows")
    .option("--missing <texts>", "texts that mean missing, instead of the usual ones", list)
    .optionsGroup("Model:")
    .option("--linear", "numeric columns as straight lines only")
    .option("--class-weights <how>", "balanced, or class=weight,…")
    .option("--l2 <lambda>", "this penalty instead of a search", positiveNumber("--l2"));
  addReadFlags(command)
    .optionsGroup("Output:")
    .option("--json", "the result as JSON")
    .option("-q, --quiet", "no progress, no remarks")
    .action(run);
}

async function run(files: readonly string[], flags: TrainFlags): Promise<void> {
  for (const path of flags.report ?? []) {
    if (!/\.(html?|json)$/i.test(path)) {
      throw new UsageError(`--report expected a file ending in .html or .json, got "${path}"`);
    }
  }
  await inSession(flags, async (session) => {
    const options: TrainFileOptions = {
      target: /^-?\d+$/.test(flags.target) ? Number(flags.target) : flags.target,
      ...pickDefined(flags, [
        "group",
        "time",
        "weight",
        "positive",
        "numeric",
        "categorical",
        "ignore",
        "missing",
        "linear",
        "l2",
        "folds",
        "seed",
        "test",
      ]),
      ...(flags.classWeights === undefined
        ? {}
        : { classWeights: classWeightsOf(flags.classWeights) }),
      read: readOptionsOf(flags, session.signal),
      signal: session.signal,
      onProgress: ({ fraction, doing }) => session.progress.update(fraction, doing),
    };
    const { classifier, report, source } = await trainOn(sourceOf(files, flags), options);
    session.progress.stop();
    const model = classifier.save();
    await writeFileAtomically(flags.output, model);
    for (const path of flags.report ?? []) {
      const title = `${report.target}: a classifier from ${source.name}`;
      const content = /json$/i.test(path)
        ? `${JSON.stringify(report, null, 2)}\n`
        : reportPage(report, title);
      await writeFileAtomically(path, content);
    }
    if (flags.json === true) session.print(summaryJson(report, source));
    else session.print(summary(report, source, { ...flags, size: model.length, data: files }));
  });
}

/** "balanced", or "yes=2,no=1" as pairs. */
function classWeightsOf(text: string): "balanced" | (readonly [string, number])[] {
  if (text === "balanced") return text;
  return text.split(",").map((pair) => {
    const at = pair.lastIndexOf("=");
    const weight = Number(pair.slice(at + 1));
    if (at < 1 || !(weight > 0) || !Number.isFinite(weight)) {
      throw new UsageError(`--class-weights expected balanced or class=weight, got "${pair}"`);
    }
    return [pair.slice(0, at).trim(), weight] as const;
  });
}
