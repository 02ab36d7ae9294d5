import {
  type Classifier,
  type ColumnEncoder,
  encodedWidth,
  type GramEncoder,
  type ImageEncoder,
  MultiLabelClassifier,
  type NumericEncoder,
  priorOfModel,
  priorShares,
  type TextColumnEncoder,
  usedColumns,
} from "@softmax/core";
import type { Command } from "commander";
import { clip, count, percent, plural, short, usedWords } from "../report/numbers.ts";
import { calibratorWords } from "./calibration.ts";
import { decisionWords } from "./decision-lines.ts";
import { UsageError } from "./exit.ts";
import { hiddenSizes, hiddenWords } from "./hidden.ts";
import { labelsJson, labelsText } from "./inspect-labels.ts";
import { loadAny } from "./model.ts";
import { priorWords } from "./prior-summary.ts";
import { describeRuntime, runtimeText } from "./runtime.ts";
import { type CommonFlags, inSession } from "./session.ts";
import { tableText, wrap } from "./text.ts";

export function addInspectCommand(program: Command): void {
  program
    .command("inspect")
    .summary("show what is in a model file")
    .description(
      "Shows what is in a model file: classes, columns, how they enter, where it comes from. With --runtime instead: what training runs on here.",
    )
    .argument("[model]", "a model file")
    .option("--runtime", "show what this machine and Node offer, and what is switched on")
    .optionsGroup("Output:")
    .option("--json", "as JSON")
    .action(run);
}

interface InspectFlags extends CommonFlags {
  readonly runtime?: boolean;
}

async function run(path: string | undefined, flags: InspectFlags): Promise<void> {
  if ((path === undefined) !== (flags.runtime === true)) {
    throw new UsageError("inspect expected a model file, or --runtime without one");
  }
  await inSession(flags, async ({ print }) => {
    if (path === undefined) {
      const runtime = await describeRuntime();
      print(flags.json === true ? JSON.stringify(runtime) : runtimeText(runtime));
      return;
    }
    const classifier = await loadAny(path);
    if (classifier instanceof MultiLabelClassifier) {
      const { model } = classifier;
      print(
        flags.json === true
          ? json(labelsJson(classifier))
          : labelsText(classifier, columnLines(model), provenanceLines(model)),
      );
      return;
    }
    print(flags.json === true ? asJson(classifier) : asText(classifier));
  });
}

function asJson({ model }: Classifier): string {
  const {
    schema,
    encoder,
    calibrator,
    priorShifts,
    provenance,
    weights,
    shares,
    bits = 64,
    decision,
    sets,
    hidden,
  } = model;
  const total = shares.reduce((a, b) => a + b, 0);
  return json({
    target: schema.target,
    classes: schema.classes.map((label, c) => ({ label, share: shares[c] / total })),
    missing: schema.missing,
    columns: encoder.columns.map((column) => ({ ...column })),
    weights: weights.length,
    ...(hidden === undefined ? {} : { hidden: hiddenSizes(hidden, encodedWidth(encoder)) }),
    bits,
    calibrator,
    ...(priorShifts === undefined
      ? {}
      : { prior: priorShares(schema.classes, priorOfModel(model)) }),
    decision: decision ?? { rule: "argmax" },
    ...(sets === undefined
      ? {}
      : { sets: "folds" in sets ? { ...sets, folds: sets.folds.length } : sets }),
    provenance,
  });
}

/** As JSON, typed arrays as lists. */
const json = (value: object): string =>
  JSON.stringify(value, (_, part) =>
    ArrayBuffer.isView(part) ? Array.from(part as Float64Array) : part,
  );

function asText({ model, classes, target }: Classifier): string {
  const { calibrator, weights, bits, hidden, encoder } = model;
  return [
    ...wrap(`Predicts ${target}: ${classes.join(", ")}`),
    "",
    ...columnLines(model),
    ...(hidden === undefined ? [] : wrap(hiddenWords(hidden, encodedWidth(encoder)))),
    ...wrap(
      `${count(weights.length)} weights${bits === undefined ? "" : ` of ${bits} bits`}${usedOf(model)}, ${calibratorWords(calibrator)}`,
    ),
    ...(model.priorShifts === undefined
      ? []
      : wrap(
          `Probabilities are for the prior ${priorWords(priorShares(classes, priorOfModel(model)))}`,
        )),
    ...(model.decision === undefined
      ? []
      : wrap(`Decides for ${decisionWords(model.decision, classes)}`)),
    ...(model.sets === undefined
      ? []
      : wrap(
          `Sets of labels (${model.sets.method}) with a coverage of ${percent(model.sets.coverage)}`,
        )),
    ...provenanceLines(model),
  ].join("\n");
}

type Read = Pick<Classifier["model"], "encoder" | "provenance">;

/** How each column enters. */
function columnLines({ encoder }: Read): string[] {
  const table = tableText(
    [{ head: "column", most: 30 }, { head: "read as" }, { head: "enters as" }],
    encoder.columns.map((column) => [column.name, column.kind, entersAs(column)]),
  );
  const texts = encoder.columns.flatMap((column) =>
    column.kind === "text" ? textLines(column) : [],
  );
  return [table, "", ...texts];
}

const provenanceLines = ({ provenance }: Read): string[] => [
  ...wrap(
    `Trained on ${count(provenance.rows)} rows by version ${provenance.version}, ${provenance.kernels} kernels, seed ${provenance.seed}`,
  ),
  ...provenance.options.flatMap(([name, value]) => wrap(`${name}: ${clip(value, 300)}`)),
  ...(provenance.dataHash === "" ? [] : wrap(`data: sha256 ${provenance.dataHash}`)),
];

/** Of a penalty with an L1 part, what it left. */
function usedOf({ encoder, weights, schema, provenance }: Classifier["model"]): string {
  if (!provenance.options.some(([name]) => name === "chosen l1")) return "";
  const outputs = schema.classes.length === 2 ? 1 : schema.classes.length;
  const used = usedColumns(encoder, weights, outputs);
  const features = weights.length / outputs - 1;
  return ` (${usedWords(used, encoder.columns.length, features).toLowerCase()})`;
}

/** How a column becomes numbers, in words. */
function entersAs(column: ColumnEncoder): string {
  switch (column.kind) {
    case "numeric":
      return numericWords(column);
    case "boolean":
      return `${column.words.join(" or ")}${column.missing ? ", or missing" : ""}`;
    case "categorical": {
      const more = [column.other ? "other" : "", column.missing ? "missing" : ""].filter(Boolean);
      const levels = clip(column.levels.join(", "), 60);
      return `${plural(column.levels.length, "level")} (${levels})${more.map((word) => ` + ${word}`).join("")}`;
    }
    case "date":
      return `days as ${numericWords(column.days)}; cycles: ${column.cycles.join(", ") || "none"}`;
    case "text":
      return column.grams.map(gramWords).join(", ");
    case "image":
      return imageWords(column);
  }
}

function imageWords({ width, height, channels, patches, backbone, means }: ImageEncoder): string {
  const size = `${channels === 1 ? "grey" : "colour"}, ${width} × ${height} pixels`;
  if (backbone !== undefined) {
    return `${means.length} features of network ${backbone.sha256.slice(0, 12)}; ${size}`;
  }
  if (patches === null) return size;
  const kinds = patches.centroids.length / (patches.side * patches.side * channels);
  return `${size}; ${kinds} kinds of patches of ${patches.side} × ${patches.side}, summed over ${patches.grid} × ${patches.grid} cells`;
}

/** "41,234 n-grams of 1–2 words" */
function gramWords({ of, from, to, terms, bits }: GramEncoder): string {
  const lengths = from === to ? `${from}` : `${from}–${to}`;
  const how = bits > 0 ? `n-grams hashed to 2^${bits}` : plural(terms.length, "n-gram");
  return `${how} of ${lengths} ${to === 1 ? of.slice(0, -1) : of}`;
}

/** What a text column's n-grams count, and what was done to its words. */
function textLines(column: TextColumnEncoder): string[] {
  const { name, counts, grams, normalise, foldAccents, stopWords, stemmer, segmenter } = column;
  const idf = grams.some(({ weights }) => weights.length > 0);
  const facts = [
    counts === "log" ? `counts as 1 + log${idf ? ", times idf" : ""}` : "presence, not counts",
    normalise ? "divided by their norm" : "not divided by their norm",
    foldAccents ? "accents folded" : "",
    stopWords.length > 0 ? `${plural(stopWords.length, "stop word")} left out` : "",
    stemmer === "" ? "" : `stems by ${stemmer}`,
    segmenter === "" ? "" : `scripts without spaces cut by dictionaries ${segmenter}`,
  ];
  return wrap(`Texts of ${name}: ${facts.filter(Boolean).join("; ")}`);
}

/** "line", "curve of 17 knots from 19 to 61 + 0 + missing (as 37)" */
function numericWords({ knots, frequent, missing, line }: NumericEncoder): string {
  const shape =
    knots.length < 2
      ? "line"
      : `curve of ${knots.length} knots from ${short(knots[0])} to ${short(knots[knots.length - 1])}`;
  const levels = [...Array.from(frequent, short), ...(missing ? ["missing"] : [])];
  return `${[shape, ...levels].join(" + ")}${missing ? ` (as ${short(line[0])})` : ""}`;
}
