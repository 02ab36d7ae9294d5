import type {
  Aim,
  DecidedMetrics,
  Decision,
  DecisionReport,
  Estimate,
  LabelScores,
  Report,
  SetMetrics,
  SetsReport,
} from "@softmax/core";
import { scoreName } from "../report/decision.ts";
import { clip, count, metric, percent, plural, short, signed } from "../report/numbers.ts";
import { type TableColumn, tableText, visible, wrap } from "./text.ts";

const NAME = 40;
/** Classes up to which each one's number is shown. */
const LISTED = 12;

/** How a decision comes to a label, in a sentence without its end. */
export function decisionWords(decision: Decision, classes: readonly string[]): string {
  const rule = ruleWords(decision, classes);
  const { abstention } = decision;
  if (abstention === undefined) return rule;
  const when =
    abstention.by === "cost"
      ? `the expected cost is above ${short(abstention.cost)}`
      : `its probability is below ${metric(abstention.floor)}`;
  return `${rule}; left to a person where ${when}`;
}

function ruleWords(decision: Decision, classes: readonly string[]): string {
  const name = (c: number): string => clip(classes[c], NAME);
  switch (decision.rule) {
    case "argmax":
      return "the most probable label";
    case "threshold": {
      const other = classes.length === 2 ? name(1 - decision.class) : "the most probable other";
      return `${name(decision.class)} from a probability of ${metric(decision.threshold)} on, else ${other}`;
    }
    case "thresholds":
      return `the label with the largest probability / threshold; ${thresholdWords(decision.thresholds, classes)}`;
    case "costs":
      return "the label of least expected cost";
    case "top":
      return `the ${decision.count} most probable labels`;
  }
}

function thresholdWords(thresholds: Float64Array, classes: readonly string[]): string {
  const shown = classes
    .slice(0, LISTED)
    .map((label, c) => `${clip(label, NAME)} ${metric(thresholds[c])}`);
  const more = classes.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${count(more)} more` : ""}`;
}

/** What a training or a new choice found of the decision. */
export function decisionReportLines(
  { chosen, measured, abstain }: DecisionReport,
  decision: Decision,
  classes: readonly string[],
): string[] {
  return [
    "",
    ...wrap(`Decides for ${decisionWords(decision, classes)}.`),
    ...chosen.slice(0, LISTED).flatMap(spreadLine),
    ...(measured === null ? [] : measuredLines(measured, classes)),
    ...(abstain?.by === "error" && measured !== null ? errorLine(measured, abstain.at) : []),
  ];
}

/** "threshold for yes: 0.312; by part 0.29 to 0.35; over samples of the rows 0.32 ± 0.03" */
function spreadLine({
  of,
  class: label,
  value,
  parts,
  spread,
}: DecisionReport["chosen"][number]): string[] {
  if (parts.every((part) => part === value)) return [];
  const whom = label === null ? "" : ` for ${clip(label, NAME)}`;
  const range = `${metric(Math.min(...parts))} to ${metric(Math.max(...parts))} by part`;
  const drawn =
    spread === null
      ? ""
      : `, ${metric(spread.mean)} ± ${metric(spread.deviation)} over samples of the rows`;
  return wrap(`The ${of}${whom} is ${metric(value)}: ${range}${drawn}.`);
}

/** The scores that tell of a decision, beside those of argmax and of one label for all. */
export function measuredLines(measured: DecidedMetrics, classes: readonly string[]): string[] {
  const { aim, decided, argmax, baseline, baselineLabel, gain } = measured;
  const rows = rowsOf(measured).map((name) => [
    scoreName(name),
    numberOf(decided[name]),
    interval(decided[name]),
    numberOf(argmax[name]),
    numberOf(baseline[name]),
  ]);
  return [
    tableText(
      [
        { head: "of the labels" },
        { head: "value", align: "right" },
        { head: "95 % interval", align: "right" },
        { head: "most probable", align: "right" },
        { head: visible(`always ${clip(classes[baselineLabel], 20)}`), align: "right" },
      ],
      rows,
    ),
    ...wrap(
      `Gain in ${scoreName(aim)} over the most probable label: ${signed(gain.value, 3)} (${signed(gain.low, 3)} to ${signed(gain.high, 3)}).`,
    ),
    ...(measured.noBetterThanBaseline
      ? wrap("NO BETTER THAN ONE LABEL FOR ALL, by what this decision is meant for.")
      : []),
  ];
}

function rowsOf({ aim, decided, argmax }: DecidedMetrics): (Aim | "coverage")[] {
  const isOfClass = aim === "f1" || aim === "recall" || aim === "precision";
  const wanted: (Aim | "coverage")[] = [
    aim,
    ...(isOfClass ? (["precision", "recall", "f1"] as const) : []),
    "accuracy",
    ...(decided.cost === null ? [] : (["cost"] as const)),
    ...(decided.coverage.value < 1 || argmax.coverage.value < 1 ? (["coverage"] as const) : []),
  ];
  return [...new Set(wanted)];
}

const numberOf = (estimate: Estimate | null): string =>
  estimate === null ? "" : metric(estimate.value);

const interval = (estimate: LabelScores[keyof LabelScores]): string =>
  estimate === null ? "" : `${metric(estimate.low)} – ${metric(estimate.high)}`;

const errorLine = ({ decided }: DecidedMetrics, target: number): string[] =>
  wrap(
    `Of the rows decided ${percent(1 - decided.accuracy.value)} are wrong (${percent(1 - decided.accuracy.high)} to ${percent(1 - decided.accuracy.low)}), where ${percent(target)} was the aim: chosen on rows, not guaranteed.`,
  );

/** Rows of each class by the class decided on; nothing of many classes. */
export function decidedConfusion(
  { confusion }: DecidedMetrics,
  classes: readonly string[],
): string[] {
  if (classes.length > 8) return [];
  const abstains = confusion.some((row) => row[classes.length] > 0);
  const heads = [...classes, ...(abstains ? ["(person)"] : [])];
  const columns = heads.map(
    (head): TableColumn => ({ head: visible(head), align: "right", most: 9 }),
  );
  const rows = confusion.map((row, r) => [
    classes[r],
    ...heads.map((_, c) => count(Math.round(row[c]))),
  ]);
  return ["", tableText([{ head: "true, decided as:", most: 19 }, ...columns], rows)];
}

/** What sets promise, and how they fared. */
export function setLines({ sets }: Report): string[] {
  if (sets === undefined) return [];
  return [
    "",
    ...wrap(promise(sets)),
    ...(sets.measured === null ? [] : setMetricLines(sets.measured)),
  ];
}

function promise({
  method,
  coverage,
  from,
  guaranteed,
  perClass,
  rows,
  quantiles,
}: SetsReport): string {
  const all = quantiles?.some((quantile) => quantile === null)
    ? " The rows are too few for this: some sets hold every label."
    : "";
  if (from === "cv+") {
    return `Sets of labels (${method}, CV+ over ${plural(rows, "row")}) are made for ${percent(coverage)} of new rows like these; what is guaranteed is ${percent(guaranteed)}.`;
  }
  return `Sets of labels (${method}) hold the true one for at least ${percent(coverage)} of new rows like these${perClass ? ", in each class" : ""}: guaranteed by ${plural(rows, "row")} that were set aside.${all}`;
}

/** Coverage and size as measured. */
export const setMetricLines = ({ coverage, size, rows }: SetMetrics): string[] =>
  wrap(
    `Measured on ${plural(rows, "row")}: ${percent(coverage.value)} (${percent(coverage.low)} to ${percent(coverage.high)}) of the sets hold it, with ${short(size.value)} labels on average.`,
  );
