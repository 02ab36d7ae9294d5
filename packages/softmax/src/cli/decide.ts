import { redecide } from "@softmax/core";
import type { Command } from "commander";
import { writeFileAtomically } from "../data/atomic.ts";
import { bytes, plural } from "../report/numbers.ts";
import { decidedConfusion, decisionReportLines } from "./decision-lines.ts";
import { addDecideFlags, type DecideFlags, decideOptionsOf } from "./decisions.ts";
import { UsageError } from "./exit.ts";
import { loadModel, tableFor } from "./model.ts";
import { checkOutputs } from "./outputs.ts";
import {
  addReadFlags,
  pickDefined,
  type ReadFlags,
  rejectsPathOf,
  sourceOf,
  wholeNumber,
} from "./reading.ts";
import { addOutputFlags, type CommonFlags, inSession } from "./session.ts";
import { sourceJson } from "./summary.ts";
import { wrap } from "./text.ts";

interface Flags extends ReadFlags, DecideFlags, CommonFlags {
  readonly output: string;
  readonly weight?: string;
  readonly group?: string;
  readonly seed?: number;
}

const EXAMPLES = `
Examples:
  softmax decide model.safetensors --cost bad:good=5 -o costly.safetensors
  softmax decide model.safetensors --abstain confidence=0.8 -o careful.safetensors
  softmax decide model.safetensors fresh.csv --decide f1 -o f1.safetensors
  softmax decide model.safetensors --decide argmax -o plain.safetensors`;

const SAME_ROWS =
  "these are the very rows that the model was trained on: it is surer on them than on others, and what is chosen on them suits others less; choose in softmax train instead";

export function addDecideCommand(program: Command): void {
  const command = program
    .command("decide")
    .summary("give a model another way to come to a label")
    .description(
      "Gives a model another way to come from probabilities to a label. Costs, a floor of the confidence and a threshold that is named need no rows; with labelled rows it says how good the labels are.",
    )
    .argument("<model>", "a model file")
    .argument("[data...]", "a table with labels, not that of the training; - is standard input")
    .requiredOption("-o, --output <file>", "where the new model goes");
  addDecideFlags(command)
    .optionsGroup("Rows:")
    .option("--weight <column>", "weights of the rows")
    .option("--group <column>", "rows of one group are judged together")
    .option("--seed <n>", "of the parts and intervals", wholeNumber("--seed", 0), 1);
  addOutputFlags(addReadFlags(command)).addHelpText("after", EXAMPLES).action(run);
}

async function run(path: string, files: readonly string[], flags: Flags): Promise<void> {
  const decide = await decideOptionsOf(flags);
  if (decide === undefined) {
    throw new UsageError("decide expected how to: --decide, --cost, --costs or --abstain");
  }
  const { output } = flags;
  const hasData = files.length > 0 || flags.query !== undefined;
  await checkOutputs([output, rejectsPathOf(flags)], [path, ...files]);
  await inSession(flags, async (session) => {
    const before = await loadModel(path);
    const source = hasData ? await tableFor(before, sourceOf(files, flags), flags, session) : null;
    if (source !== null && source.sha256 === before.model.provenance.dataHash)
      session.note(SAME_ROWS);
    const { classifier, report } = redecide(before, decide, {
      ...(source === null ? {} : { data: source.table }),
      ...pickDefined(flags, ["weight", "group", "seed"]),
    });
    const model = classifier.save();
    await writeFileAtomically(output, model);
    if (flags.json === true) {
      const from = source === null ? null : sourceJson(source);
      session.print(JSON.stringify({ model: output, decision: report, source: from }));
      return;
    }
    const { classes } = classifier;
    const { decision = { rule: "argmax" } } = classifier.model;
    const { measured } = report;
    session.print(
      [
        ...(source === null || measured === null
          ? []
          : wrap(`${source.name}: ${plural(measured.rows, "row")} with a label`)),
        ...decisionReportLines(report, decision, classes).slice(1),
        ...(measured === null ? [] : decidedConfusion(measured, classes)),
        ...wrap(`Wrote ${output} (${bytes(model.length)})`),
      ].join("\n"),
    );
  });
}
