// The results of lines.mjs as tables, printed and in docs/results.md.
import { cpus } from "node:os";
import { differenceText, mean, meanInterval, number } from "../intervals.mjs";
import { looksText } from "../looks.mjs";
import { median } from "../measure.mjs";
import { replaceSection } from "../sections.mjs";
import { readResults } from "./line-results.mjs";
import { textSets } from "./line-sets.mjs";

/** Of rows judged out of fold, where they are more than so many. */
const ECE_GOAL = 0.03;
const ECE_ABOVE = 1000;
const SMALLER_IS_BETTER = new Set(["logLoss", "ece"]);
const NAMES = { accuracy: "accuracy", logLoss: "log loss", ece: "ECE" };

/** Writes the tables into docs/results.md, and returns them as text. `only`: returns them only. */
export function writeReport(only) {
  const results = readResults();
  const sections = {
    texts: linesText(results),
    "text-times": timesText(results),
    "text-large": largeText(results),
  };
  if (!only) {
    for (const [name, text] of Object.entries(sections)) replaceSection("results.md", name, text);
    replaceSection("results.md", "looks", looksText());
  }
  return Object.values(sections).join("\n\n");
}

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function linesText({ runs, references }) {
  const rows = textSets.flatMap((set) => {
    const own = Object.values(runs).filter((run) => run.set === set.name);
    return own.length === 0 ? [] : rowsOf(set, own, references);
  });
  const head = ["set", "metric", "seeds", "Softmax", "scikit-learn"];
  const more = ["difference, 95 % interval", "line", "met", "chosen"];
  const versions = new Set(Object.values(references).map(({ scikitLearn }) => scikitLearn));
  const missing = textSets.filter(
    ({ name }) => !Object.values(runs).some(({ set }) => set === name),
  );
  return [
    table([...head, ...more], rows),
    ...(versions.size === 0 ? [] : [`References: scikit-learn ${[...versions].join(", ")}.`]),
    ...(missing.length === 0 ? [] : [`Not run: ${missing.map(({ name }) => name).join(", ")}.`]),
  ].join("\n\n");
}

function rowsOf(set, runs, references) {
  const rows = ["accuracy", "logLoss"].map((name) => rowOf(set, runs, references, name));
  const errors = runs.map(({ outOfFold }) => outOfFold.ece);
  const theirs = set.test === undefined ? theirsOf(runs, references, "ece") : null;
  const goal = runs[0].rows > ECE_ABOVE ? ECE_GOAL : undefined;
  const judged = set.test === undefined ? String(runs.length) : "training rows";
  return [...rows, cellsOf({ set, name: "ece", judged, ours: errors, theirs, goal })];
}

function rowOf(set, runs, references, name) {
  const ours = runs.map(({ metrics }) => metrics[name]);
  const judged = set.test === undefined ? String(runs.length) : "test rows";
  const goal = name === "accuracy" ? set.goal : undefined;
  const chosen = name === "accuracy" ? chosenText(runs) : "";
  const theirs = theirsOf(runs, references, name);
  return cellsOf({ set, name, judged, ours, theirs, goal, chosen });
}

/** The reference's values with the same seeds and folds; null where one is missing. */
function theirsOf(runs, references, name) {
  const values = runs.map(({ set, seed, folds }) => {
    const found = references[`${set} ${seed}`];
    return found?.folds === folds ? found[name] : undefined;
  });
  return values.every((value) => value !== undefined) ? values : null;
}

function cellsOf({ set, name, judged, ours, theirs, goal, chosen = "" }) {
  const sign = SMALLER_IS_BETTER.has(name) ? -1 : 1;
  const met = goal === undefined ? "" : sign * mean(ours) >= sign * goal ? "yes" : "**no**";
  const difference = theirs === null ? null : meanInterval(ours.map((v, i) => v - theirs[i]));
  return [
    ...[set.name, NAMES[name], judged, number(mean(ours))],
    number(theirs === null ? null : mean(theirs)),
    differenceText(difference, ours.length),
    ...[goal ?? "", met, chosen],
  ];
}

/** How often each encoding was chosen, the most frequent first. */
function chosenText(runs) {
  const counts = new Map();
  for (const { encoding } of runs) counts.set(encoding, (counts.get(encoding) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]);
  return parts
    .map(([name, count]) => (count === runs.length ? name : `${name} (${count})`))
    .join("; ");
}

function timesText({ times, fastText, runs }) {
  const rows = Object.entries(times).flatMap(([name, { rows: n, contestants }]) =>
    contestants.map(({ name: who, seconds, processor }) => {
      const accuracy = accuracyOf(who, fastText[name], runs[`${name} 1`]);
      const range = `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`;
      const spent = processor === undefined ? "" : median(processor).toFixed(2);
      return [name, n, who, median(seconds).toFixed(2), range, spent, accuracy];
    }),
  );
  const head = ["set", "texts", "training", "seconds, median", "range"];
  const more = ["processor, median", "accuracy out of fold"];
  return rows.length === 0
    ? "Not run."
    : [table([...head, ...more], rows), machineText()].join("\n\n");
}

/** Of fastText with the settings in its name, and of our whole training, on the folds of seed 1. */
function accuracyOf(who, fastText, run) {
  if (who.includes("all of `train`")) return number(run?.outOfFold.accuracy ?? null);
  const found = fastText?.settings.find(
    ({ options: { dim, epoch, lr } }) => who === `fastText, dim ${dim}, epoch ${epoch}, lr ${lr}`,
  );
  return number(found?.accuracy ?? null);
}

function largeText({ large }) {
  const labels = { l2: "`--l2` given", defaults: "defaults" };
  const rows = Object.entries(large).map(([how, found]) => [
    ...[labels[how], found.documents, found.seconds.toFixed(1)],
    found.megabytes?.toFixed(0) ?? "not measured",
    ...[found.features, number(found.accuracy), found.encoding],
  ]);
  const head = ["`softmax train`", "documents", "seconds", "peak memory, MB"];
  const more = ["features", "accuracy", "chosen"];
  return rows.length === 0
    ? "Not run."
    : [table([...head, ...more], rows), machineText()].join("\n\n");
}

const machineText = () =>
  `${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.versions.node}.`;
