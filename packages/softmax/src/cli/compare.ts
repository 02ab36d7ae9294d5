import { type Classifier, type Comparison, compare } from "@softmax/core";
import type { Command } from "commander";
import { metric, plural, pValue } from "../report/numbers.ts";
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
import { tableText, wrap } from "./text.ts";

interface CompareFlags extends ReadFlags, CommonFlags {
  readonly weight?: string;
  readonly group?: string;
  readonly seed?: number;
}

const EXAMPLES = `
Examples:
  softmax compare old.safetensors new.safetensors test.csv
  softmax compare a.safetensors b.safetensors visits.csv --group customer --json`;

export function addCompareCommand(program: Command): void {
  const command = program
    .command("compare")
    .summary("whether one model is really better than another")
    .description(
      "Says whether model B is really better than model A on rows with labels that neither was trained on: paired bootstrap of log loss, accuracy, Brier score and AUC, McNemar's and DeLong's tests. Each model decides as it was made to, by thresholds or costs: accuracy is of the rows that it decides.",
    )
    .argument("<a>", "a model file")
    .argument("<b>", "another, of the same classes")
    .argument("<data...>", "a table with the models' columns and their target, or texts")
    .option("--weight <column>", "weights of the rows")
    .option("--group <column>", "rows of one group are drawn together")
    .option("--seed <n>", "of the intervals", wholeNumber("--seed", 0), 1);
  addOutputFlags(addReadFlags(command)).addHelpText("after", EXAMPLES).action(run);
}

async function run(
  pathA: string,
  pathB: string,
  files: readonly string[],
  flags: CompareFlags,
): Promise<void> {
  const data = sourceOf(files, flags);
  await checkOutputs([rejectsPathOf(flags)], [pathA, pathB, ...files]);
  await inSession(flags, async (session) => {
    const [a, b] = [await loadModel(pathA), await loadModel(pathB)];
    const source = await tableFor(a, data, flags, session);
    for (const remark of b.remarks(source.table)) session.note(remark);
    const seen = trainedOn(a, b, source.sha256);
    const found = compare(a, b, source.table, pickDefined(flags, ["weight", "group", "seed"]));
    session.print(
      flags.json === true
        ? JSON.stringify({
            a: pathA,
            b: pathB,
            trainedOnTheseRows: seen,
            source: sourceJson(source),
            ...found,
          })
        : [
            ...wrap(`A: ${pathA}`),
            ...wrap(`B: ${pathB}`),
            ...wrap(`${source.name}: ${plural(found.rows, "row")} with a label`),
            ...comparisonLines(found),
            ...(seen.length === 0 ? [] : wrap(sameRows(seen))),
          ].join("\n"),
    );
  });
}

const trainedOn = (a: Classifier, b: Classifier, sha256: string): ("A" | "B")[] => [
  ...(a.model.provenance.dataHash === sha256 ? (["A"] as const) : []),
  ...(b.model.provenance.dataHash === sha256 ? (["B"] as const) : []),
];

const sameRows = (seen: readonly string[]): string =>
  `Note: these are the very rows that ${seen.join(" and ")} learned from, which flatters ${seen.length === 1 ? "it" : "them"}: compare on other rows.`;

const NAMES = [
  ["logLoss", "log loss"],
  ["accuracy", "accuracy"],
  ["brier", "Brier score"],
  ["auc", "AUC"],
  ["cost", "mean cost"],
  ["coverage", "share decided"],
] as const;

function comparisonLines(found: Comparison): string[] {
  const rows = NAMES.flatMap(([key, name]) => {
    const paired = found[key];
    if (paired == null) return [];
    const { a, b, gain } = paired;
    return [
      [
        name,
        metric(a),
        metric(b),
        signed(gain.value),
        `${signed(gain.low)} – ${signed(gain.high)}`,
      ],
    ];
  });
  return [
    "",
    tableText(
      [
        { head: "" },
        { head: "A", align: "right" },
        { head: "B", align: "right" },
        { head: "B is better by", align: "right" },
        { head: "95 % interval", align: "right" },
      ],
      rows,
    ),
    "",
    ...testLines(found),
    ...wrap(found.verdict),
    ...found.remarks.flatMap((remark) => wrap(`Note: ${remark}.`)),
  ];
}

function testLines({ mcnemar, delong, coverage }: Comparison): string[] {
  return [
    ...(mcnemar === null
      ? []
      : wrap(
          `McNemar${coverage === undefined ? "" : ", of the rows that both decide"}: only A right in ${plural(mcnemar.onlyA, "row")}, only B in ${mcnemar.onlyB}; p ${pValue(mcnemar.exact)} exact, ${pValue(mcnemar.midP)} mid-p`,
        )),
    ...(delong === null
      ? []
      : wrap(
          `DeLong: AUC differs by ${signed(delong.difference)}, standard error ${metric(delong.standardError)}, p ${pValue(delong.p)}`,
        )),
  ];
}

const signed = (value: number): string =>
  Number.isFinite(value) ? `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}` : "–";
