// Puts our results beside the references: prints the table and writes it into docs/results.md.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { differenceText, mean, meanInterval, number } from "../intervals.mjs";
import { looksText } from "../looks.mjs";
import { replaceSection } from "../sections.mjs";
import { allSets, cacheFolder, here } from "./sources.mjs";

const NAMES = { accuracy: "accuracy", logLoss: "log loss", auc: "AUC", ece: "ECE" };
const SMALLER_IS_BETTER = new Set(["logLoss", "ece"]);

/** The table of all sets in Markdown, and the same as objects. */
export function compareAll() {
  const runs = readRuns();
  const reference = readReference();
  const rows = allSets.flatMap((set) => {
    const own = runs.filter((run) => run.set === set.name);
    const plain = own.filter((run) => set.linear === true || !run.linear);
    const linear = set.linearGoals ? own.filter((run) => run.linear) : [];
    return [
      ...linesOf(set, plain, set.goals ?? {}, "", reference),
      ...linesOf(set, linear, set.linearGoals ?? {}, " `--linear`", reference),
    ];
  });
  return rows;
}

function readRuns() {
  if (!existsSync(cacheFolder)) return [];
  return readdirSync(cacheFolder)
    .filter((name) => /^ours-.*\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(cacheFolder + name, "utf8")))
    .sort((a, b) => a.seed - b.seed);
}

function readReference() {
  const path = here("reference.json");
  return existsSync(path)
    ? JSON.parse(readFileSync(path, "utf8"))
    : { scikitLearn: null, results: {} };
}

/** One line a metric: what we reach, what the reference reaches on the same rows, and whether the goal is met. */
function linesOf(set, runs, goals, suffix, reference) {
  if (runs.length === 0) return [];
  const { remark, noBetterThanBaseline } = goals;
  if (remark !== undefined) {
    const hasIt = (run) => run.remarks.some((text) => text.includes(remark));
    return [findingLine(set, runs, `a remark names “${remark}”`, hasIt)];
  }
  if (noBetterThanBaseline) {
    const saysSo = (run) => run.noBetterThanBaseline;
    return [findingLine(set, runs, "no better than the baseline", saysSo)];
  }
  const names = Object.keys(NAMES).filter((name) => runs.every((run) => name in run.metrics));
  return names.map((name) => {
    const ours = runs.map((run) => run.metrics[name]);
    const theirs = runs.map((run) => referenceOf(set, run, reference)?.[name]);
    const paired = theirs.every((value) => value !== undefined) ? theirs : null;
    const difference = paired === null ? null : meanInterval(ours.map((v, i) => v - paired[i]));
    return {
      set: set.name + suffix,
      metric: NAMES[name],
      runs: runs.length,
      judged: set.split === "folds" ? "folds" : "test rows",
      ours: mean(ours),
      reference: paired === null ? null : mean(paired),
      difference,
      goal: goals[name] ?? null,
      met: isMet(name, goals[name], mean(ours), difference),
    };
  });
}

/** A goal that is a finding: something the report must say. */
function findingLine(set, runs, says, test) {
  const met = runs.every(test);
  const blank = { ours: null, reference: null, difference: null };
  return {
    set: set.name,
    metric: says,
    runs: runs.length,
    judged: "folds",
    ...blank,
    goal: "said",
    met,
  };
}

/** The reference of a run: only where it was computed on exactly these folds. */
function referenceOf(set, run, reference) {
  if (set.split !== "folds") return reference.results[set.name];
  const found = reference.results[`${set.name} ${run.seed}`];
  const folds = createHash("sha256").update(run.folds).digest("hex").slice(0, 16);
  return found?.folds === folds ? found : undefined;
}

/** Against the reference a goal is met if the 95 % interval of the paired difference reaches it. */
function isMet(name, goal, ours, difference) {
  if (goal === undefined) return null;
  const sign = SMALLER_IS_BETTER.has(name) ? -1 : 1;
  if (goal !== "reference") return sign * ours >= sign * goal;
  if (difference === null) return null;
  return sign * (sign > 0 ? difference.high : difference.low) >= 0;
}

function asMarkdown(rows) {
  const head =
    "| set | metric | seeds | Softmax | scikit-learn | difference, 95 % interval | goal | met |";
  const lines = rows.map(
    ({ set, metric, runs, judged, ours, reference, difference, goal, met }) => {
      const gap = differenceText(difference, runs);
      const seeds = judged === "folds" ? `${runs}` : "test rows";
      const state = met === null ? "" : met ? "yes" : "**no**";
      return `| ${set} | ${metric} | ${seeds} | ${number(ours)} | ${number(reference)} | ${gap} | ${goal ?? ""} | ${state} |`;
    },
  );
  return [head, "|---|---|---|---|---|---|---|---|", ...lines].join("\n");
}

function missingText() {
  const present = new Set(readRuns().map((run) => run.set));
  const missing = allSets.filter((set) => !present.has(set.name)).map((set) => set.name);
  return missing.length === 0 ? "" : `\n\nNot run: ${missing.join(", ")}.`;
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const rows = compareAll();
  const { scikitLearn } = readReference();
  const source =
    scikitLearn === null ? "No references yet." : `References: scikit-learn ${scikitLearn}.`;
  const text = `${asMarkdown(rows)}\n\n${source}${missingText()}`;
  console.log(text);
  const unmet = rows.filter((row) => row.met === false);
  console.log(
    unmet.length === 0
      ? "\nevery goal that could be checked is met"
      : `\n${unmet.length} goals not met`,
  );
  if (!process.argv.includes("--print")) {
    replaceSection("results.md", "tables", text);
    replaceSection("results.md", "looks", looksText());
  }
}
