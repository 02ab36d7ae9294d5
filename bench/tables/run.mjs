// npm run bench:tables: ours, then the references where Python is present, then the table.
// Arguments go to ours.mjs (set names, --seeds, --folds-only, --keep). PYTHON names the interpreter.
import { execFileSync, spawnSync } from "node:child_process";
import { here } from "./sources.mjs";

const python = process.env.PYTHON ?? "python3";
const node = (script, ...args) =>
  execFileSync(process.execPath, [here(script), ...args], { stdio: "inherit" });

node("ours.mjs", ...process.argv.slice(2));
if (spawnSync(python, ["-c", "import sklearn, pandas"]).status === 0) {
  execFileSync(python, [here("reference.py")], { stdio: "inherit" });
} else {
  console.log(
    `${python} with scikit-learn and pandas not found: references are the committed ones of reference.json`,
  );
}
node("report.mjs");
