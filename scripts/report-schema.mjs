// Writes packages/softmax/report.schema.json, the JSON Schema of a report, from the type `Report` and its docstrings.
//   node scripts/report-schema.mjs           write it
//   node scripts/report-schema.mjs --check   only say whether it is up to date (exit status 1 if not)
import { readFileSync, writeFileSync } from "node:fs";
import { createGenerator } from "ts-json-schema-generator";
import { root } from "./tools.mjs";

const file = `${root}packages/softmax/report.schema.json`;
const schema = createGenerator({
  path: `${root}packages/core/src/classifier/report.ts`,
  tsconfig: `${root}tsconfig.test.json`,
  type: "Report",
  additionalProperties: false,
  skipTypeCheck: true,
  jsDoc: "extended",
}).createSchema("Report");

// JSON has no number that is infinite or none: such become null.
orNull(schema);
const written = `${JSON.stringify({ title: "A report of softmax train", ...schema }, null, 1)}\n`;
if (!process.argv.includes("--check")) writeFileSync(file, written);
else if (readFileSync(file, "utf8") !== written) {
  console.error("packages/softmax/report.schema.json is not what scripts/report-schema.mjs writes");
  process.exitCode = 1;
}

function orNull(node) {
  if (node === null || typeof node !== "object") return;
  if (node.type === "number") node.type = ["number", "null"];
  for (const part of Object.values(node)) orNull(part);
}
