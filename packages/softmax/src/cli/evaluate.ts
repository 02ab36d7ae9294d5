import { evaluate } from "@softmax/core";
import type { Command } from "commander";
import { readTable } from "../data/read.ts";
import { loadModel } from "./model.ts";
import { addReadFlags, type ReadFlags, readOptionsOf, sourceOf, wholeNumber } from "./reading.ts";
import { type CommonFlags, inSession } from "./session.ts";
import { evaluationJson, metricTable, verdictLines, wrap } from "./summary.ts";

interface EvaluateFlags extends ReadFlags, CommonFlags {
  readonly positive?: string;
  readonly seed?: number;
}

export function addEvaluateCommand(program: Command): void {
  const command = program
    .command("evaluate")
    .summary("say how good a model is on a table with labels")
    .description("Says how good a model is on a table that has the target column.")
    .argument("<model>", "a model file")
    .argument("<data...>", "a table with the model's columns and its target; - is standard input")
    .option("--positive <class>", "the class that two-class metrics are about (as in training)")
    .option("--seed <n>", "of the intervals", wholeNumber("--seed", 0), 1);
  addReadFlags(command)
    .optionsGroup("Output:")
    .option("--json", "the result as JSON")
    .option("-q, --quiet", "no progress, no remarks")
    .action(run);
}

async function run(path: string, files: readonly string[], flags: EvaluateFlags): Promise<void> {
  await inSession(flags, async ({ signal, print, note }) => {
    const classifier = await loadModel(path);
    const source = await readTable(sourceOf(files, flags), {
      ...readOptionsOf(flags, signal),
      knownColumns: classifier.columns,
    });
    for (const remark of source.remarks) note(remark);
    const { positive, seed } = flags;
    const evaluation = evaluate(classifier, source.table, {
      ...(positive === undefined ? {} : { positive }),
      ...(seed === undefined ? {} : { seed }),
      method: source.name,
    });
    if (flags.json === true) {
      print(JSON.stringify({ ...evaluationJson(evaluation), evaluation }));
      return;
    }
    print(
      [
        ...wrap(`${source.name}: ${evaluation.rows} rows with a label`),
        metricTable(evaluation),
        "",
        ...verdictLines(evaluation),
      ].join("\n"),
    );
  });
}
