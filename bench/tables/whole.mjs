// The commands that bench/adult.mjs and bench/peers time: from a CSV of adult to a model and a report.
import { spawnSync } from "node:child_process";
import { here } from "./sources.mjs";

/** `softmax train` on `data`, writing into `out`. */
export function ourCommand(data, out) {
  const tool = here("../../packages/softmax/bin/softmax.js");
  const train = ["train", data, "--target", "-1", "--header", "no", "--quiet"];
  const reports = ["--report", `${out}/report.html`, "--report", `${out}/ours.json`];
  const files = ["-o", `${out}/model.safetensors`, ...reports];
  return { name: "`softmax train`", command: process.execPath, args: [tool, ...train, ...files] };
}

/** The same work by sklearn_adult.py; `jobs` processes share the folds. */
export function scikitCommand(python, data, out, { solver, jobs, more = [] }) {
  const chosen = ["--jobs", String(jobs), "--solver", solver, ...more];
  return {
    name: `scikit-learn, ${solver}, folds on ${jobs} process${jobs === 1 ? "" : "es"}`,
    command: python,
    args: ["-W", "ignore", here("sklearn_adult.py"), data, out, ...chosen],
  };
}

/** Whether this Python has what sklearn_adult.py imports. */
export const hasScikitLearn = (python) =>
  spawnSync(python, ["-c", "import sklearn, pandas"]).status === 0;
