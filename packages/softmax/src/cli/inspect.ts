import type { Classifier, ColumnEncoder, NumericEncoder } from "@softmax/core";
import type { Command } from "commander";
import { count, plural, short } from "../report/numbers.ts";
import { loadModel } from "./model.ts";
import { type CommonFlags, inSession } from "./session.ts";
import { plainTable, wrap } from "./summary.ts";

export function addInspectCommand(program: Command): void {
  program
    .command("inspect")
    .summary("show what is in a model file")
    .description(
      "Shows what is in a model file: classes, columns, how they enter, where it comes from.",
    )
    .argument("<model>", "a model file")
    .optionsGroup("Output:")
    .option("--json", "as JSON")
    .option("-q, --quiet", "accepted; there are no remarks")
    .action(run);
}

async function run(path: string, flags: CommonFlags): Promise<void> {
  await inSession(flags, async ({ print }) => {
    const classifier = await loadModel(path);
    print(flags.json === true ? asJson(classifier) : asText(classifier));
  });
}

function asJson({ model }: Classifier): string {
  const { schema, encoder, calibrator, provenance, weights, shares } = model;
  const total = shares.reduce((a, b) => a + b, 0);
  return JSON.stringify(
    {
      target: schema.target,
      classes: schema.classes.map((label, c) => ({ label, share: shares[c] / total })),
      missing: schema.missing,
      columns: encoder.columns.map((column) => ({ ...column })),
      weights: weights.length,
      calibrator,
      provenance,
    },
    (_, value) => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value),
  );
}

function asText({ model, classes, target }: Classifier): string {
  const { encoder, calibrator, provenance, weights } = model;
  const nameWidth = Math.min(30, Math.max(8, ...encoder.columns.map((c) => c.name.length + 1)));
  const table = plainTable(
    ["column", "read as", "enters as"],
    [nameWidth, 13, 79 - nameWidth - 13],
  );
  for (const column of encoder.columns) table.push([column.name, column.kind, entersAs(column)]);
  return [
    ...wrap(`Predicts ${target}: ${classes.join(", ")}`),
    "",
    table.toString(),
    "",
    ...wrap(`${count(weights.length)} weights, temperature ${short(calibrator.temperature)}`),
    ...wrap(
      `Trained on ${count(provenance.rows)} rows by version ${provenance.version}, ${provenance.kernels} kernels, seed ${provenance.seed}`,
    ),
    ...provenance.options.flatMap(([name, value]) => wrap(`  ${name}: ${value}`)),
    ...(provenance.dataHash === "" ? [] : wrap(`  data: sha256 ${provenance.dataHash}`)),
  ].join("\n");
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
  }
}

function numericWords({ knots, frequent, missing, line }: NumericEncoder): string {
  const parts = [
    knots.length < 2
      ? "a straight line"
      : `a curve with ${knots.length} knots from ${short(knots[0])} to ${short(knots[knots.length - 1])}`,
    ...(frequent.length > 0 ? [`levels for ${Array.from(frequent, short).join(", ")}`] : []),
    ...(missing ? ["a level for missing"] : []),
  ];
  return `${parts.join(", ")}; missing counts as ${short(line[0])}`;
}

const clip = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;
