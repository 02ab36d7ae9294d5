// From a table to a model, a report and predictions, with the command line as a person would type it.
//   npm run quickstart [-- FOLDER]     writes into FOLDER, or quickstart-output/
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const output = process.argv[2] ?? "quickstart-output";
const penguins = "packages/softmax/data/penguins.csv";
const newPenguins = "examples/new-penguins.csv";
const [model, report, predictions] = ["penguins.safetensors", "report.html", "predictions.csv"].map(
  (name) => join(output, name),
);

process.chdir(root);
mkdirSync(output, { recursive: true });
if (!existsSync("packages/softmax/dist/cli/main.js")) run("scripts/build.mjs");

say("344 penguins were measured. Learn their species, and how far to trust what was learned:");
softmax("train", penguins, "--target", "species", "-o", model, "--report", report);

say(
  "Four new birds, one with no sex noted and one not weighed. What are they, and how sure is that?",
);
softmax("predict", model, newPenguins, "-o", predictions, "--probabilities");
console.log(`\n${readFileSync(predictions, "utf8").trimEnd()}`);

say("Next:");
console.log(`  open ${report} in a browser: what the model knows, and how sure it may be
  npx softmax inspect ${model}
  npx softmax train packages/softmax/data/titanic.csv --target survived --report ${join(output, "titanic.html")}
  npx softmax explore 0.03 1.92
  npx softmax train YOUR.csv --target YOUR_COLUMN`);

function softmax(...args) {
  console.log(`\n$ npx softmax ${args.join(" ")}`);
  run("packages/softmax/bin/softmax.js", ...args);
}

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function say(text) {
  console.log(`\n${text}`);
}
