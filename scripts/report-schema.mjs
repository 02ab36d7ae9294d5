// Writes the JSON Schemas of reports, from the types `Report` and `MultiLabelReport` and their docstrings:
// packages/softmax/report.schema.json and packages/softmax/multi-label-report.schema.json.
//   node scripts/report-schema.mjs           write them
//   node scripts/report-schema.mjs --check   only say whether they are up to date (exit status 1 if not)
import { readFileSync, writeFileSync } from "node:fs";
import { createGenerator } from "ts-json-schema-generator";
import { root } from "./tools.mjs";

keep("report.schema.json", "report.ts", "Report", "A report of softmax train");
keep(
  "multi-label-report.schema.json",
  "multi/report.ts",
  "MultiLabelReport",
  "A report of softmax train --multi-label",
);

function keep(name, source, type, title) {
  const file = `${root}packages/softmax/${name}`;
  const schema = createGenerator({
    path: `${root}packages/core/src/classifier/${source}`,
    tsconfig: `${root}tsconfig.test.json`,
    type,
    additionalProperties: false,
    skipTypeCheck: true,
    jsDoc: "extended",
  }).createSchema(type);
  // JSON has no number that is infinite or none: such become null.
  orNull(schema);
  const written = `${JSON.stringify({ title, ...schema }, null, 1)}\n`;
  if (!process.argv.includes("--check")) writeFileSync(file, written);
  else if (readFileSync(file, "utf8") !== written) {
    console.error(`packages/softmax/${name} is not what scripts/report-schema.mjs writes`);
    process.exitCode = 1;
  }
}

function orNull(node) {
  if (node === null || typeof node !== "object") return;
  if (node.type === "number") node.type = ["number", "null"];
  for (const part of Object.values(node)) orNull(part);
}
