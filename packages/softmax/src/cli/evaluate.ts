import {
  type Classifier,
  type Evaluation,
  evaluate,
  MultiLabelClassifier,
  type PriorOption,
} from "@softmax/core";
import type { Command } from "commander";
import type { TableSource } from "../data/source.ts";
import { plural } from "../report/numbers.ts";
import {
  decidedConfusion,
  decisionWords,
  measuredLines,
  setMetricLines,
} from "./decision-lines.ts";
import { evaluateLabels } from "./evaluate-labels.ts";
import { prior } from "./imbalance.ts";
import { openAnyWithTable } from "./model.ts";
import { refuseFlags } from "./multi-label.ts";
import { checkOutputs } from "./outputs.ts";
import { calibrationLines, priorLines, priorWords } from "./prior-summary.ts";
import {
  addReadFlags,
  pickDefined,
  type ReadFlags,
  rejectsPathOf,
  sourceOf,
  wholeNumber,
} from "./reading.ts";
import { addOutputFlags, type CommonFlags, inSession } from "./session.ts";
import {
  confusionLines,
  evaluationJson,
  metricTable,
  positiveLines,
  sourceJson,
  verdictLines,
} from "./summary.ts";
import { wrap } from "./text.ts";

interface EvaluateFlags extends ReadFlags, CommonFlags {
  readonly positive?: string;
  readonly seed?: number;
  readonly costColumn?: string;
  readonly prior?: PriorOption;
}

const EXAMPLES = `
Examples:
  softmax evaluate model.safetensors test.csv
  softmax evaluate adult.safetensors adult.test.gz --header no --query \\
    "select * replace (rtrim(column15, '.') as column15) from data"`;

const SAME_ROWS =
  "Note: these are the very rows that the model was trained on, so the numbers flatter it; the honest ones are those that softmax train printed.";

export function addEvaluateCommand(program: Command): void {
  const command = program
    .command("evaluate")
    .summary("say how good a model is on a table with labels")
    .description("Says how good a model is on a table that has the target column.")
    .argument("<model>", "a model file")
    .argument(
      "<data...>",
      "a table with the model's columns and its target, or texts as for train; - is standard input",
    )
    .option("--positive <class>", "the class that two-class metrics are about (as in training)")
    .option(
      "--cost-column <column>",
      "multiplies the cost of each row's error, where the model decides by costs",
    )
    .option("--seed <n>", "of the intervals", wholeNumber("--seed", 0), 1)
    .option(
      "--prior <shares>",
      "probabilities for these class shares: yes=0.02, or uniform",
      prior,
    );
  addOutputFlags(addReadFlags(command)).addHelpText("after", EXAMPLES).action(run);
}

async function run(path: string, files: readonly string[], flags: EvaluateFlags): Promise<void> {
  const data = sourceOf(files, flags);
  await checkOutputs([rejectsPathOf(flags)], [path, ...files]);
  await inSession(flags, async (session) => {
    const { classifier, source } = await openAnyWithTable(path, data, flags, session);
    if (classifier instanceof MultiLabelClassifier) {
      refuseFlags(flags, ["positive", "costColumn", "prior"]);
      evaluateLabels(classifier, source, flags, session, SAME_ROWS);
      return;
    }
    const seen = isTrainingData(classifier, source);
    const evaluation = evaluate(classifier, source.table, {
      ...pickDefined(flags, ["positive", "seed", "costColumn", "prior"]),
      method: source.name,
    });
    if (flags.json === true) {
      const { classes } = classifier;
      const shared = evaluationJson(evaluation, classes);
      const more = { trainedOnTheseRows: seen, source: sourceJson(source), classes, evaluation };
      session.print(JSON.stringify({ ...shared, ...more }));
      return;
    }
    const unlabelled = source.table.rows - evaluation.rows;
    const left = unlabelled > 0 ? `; ${plural(unlabelled, "row")} without one left out` : "";
    session.print(
      [
        ...wrap(`${source.name}: ${plural(evaluation.rows, "row")} with a label${left}`),
        ...(evaluation.atPrior === undefined
          ? []
          : wrap(
              `Probabilities are for the prior ${priorWords(evaluation.atPrior.prior)}. The rows as they are:`,
            )),
        metricTable(evaluation),
        ...confusionLines(evaluation, classifier.classes),
        "",
        ...verdictLines(evaluation),
        ...positiveLines(evaluation, classifier.classes),
        ...calibrationLines(evaluation),
        ...decidedLines(evaluation, classifier),
        ...priorLines(evaluation),
        ...(seen ? wrap(SAME_ROWS) : []),
      ].join("\n"),
    );
  });
}

/** Of the labels where the model decides otherwise than by the largest probability, and of its sets. */
function decidedLines(
  { decision: measured, sets }: Evaluation,
  { classes, model }: Classifier,
): string[] {
  return [
    ...(measured === undefined || model.decision === undefined
      ? []
      : [
          "",
          ...wrap(`Decides for ${decisionWords(model.decision, classes)}.`),
          ...measuredLines(measured, classes),
          ...decidedConfusion(measured, classes),
        ]),
    ...(sets === undefined ? [] : ["", ...wrap("Sets of labels:"), ...setMetricLines(sets)]),
  ];
}

const isTrainingData = ({ model }: Classifier, { sha256 }: TableSource): boolean =>
  sha256 === model.provenance.dataHash;
