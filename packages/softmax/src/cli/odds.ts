import type { Classifier, ColumnOdds, OddsStep } from "@softmax/core";
import { clip, dateText, factor, plural, short, signed } from "../report/numbers.ts";
import { tableText, visible, wrap } from "./text.ts";

/** Columns, steps of one and labels side by side at most. */
const COLUMNS = 24;
const STEPS = 8;
const LABELS = 4;
/** Characters of a level, a term or a label. */
const NAME = 24;

/** What each column does to the odds of the labels, from the model alone, within 80 columns. */
export function oddsText(classifier: Classifier, against: string | undefined): string {
  const odds = classifier.odds(against === undefined ? {} : { against });
  const sorted = [...odds].sort((a, b) => strengthOf(b) - strengthOf(a));
  const shown = sorted.filter(({ steps }) => steps.length > 0).slice(0, COLUMNS);
  const labels = odds[0]?.labels ?? [];
  const more = odds.length - shown.length;
  return [
    ...wrap(`${leadOf(classifier, labels, against)}, all else alike:`),
    labels.length > LABELS ? strongestTable(shown) : tableOf(shown, labels),
    ...(more > 0 ? wrap(`and ${plural(more, "more column")}; --json has all`) : []),
  ].join("\n");
}

function leadOf(
  { classes }: Classifier,
  labels: readonly string[],
  against: string | undefined,
): string {
  if (classes.length === 2) {
    const other = classes.find((label) => label !== labels[0]) as string;
    return `Odds of ${clip(labels[0], NAME)} against ${clip(other, NAME)}`;
  }
  const whom =
    against === undefined
      ? "the others (the geometric mean of their probabilities)"
      : clip(against, NAME);
  return `Odds of each label against ${whom}`;
}

/** The largest log-odds of a step; a unit of a line says little. */
const strengthOf = ({ steps }: ColumnOdds): number =>
  Math.max(0, ...steps.flatMap(({ by, logOdds }) => (by === "unit" ? [] : logOdds.map(Math.abs))));

function tableOf(odds: readonly ColumnOdds[], labels: readonly string[]): string {
  const alone = labels.length === 1;
  const rows = odds.flatMap((column) =>
    stepsOf(column).map((step, i) => [
      i === 0 ? column.name : "",
      stepWords(column, step),
      ...step.logOdds.map(times),
      ...(alone ? [signed(step.logOdds[0], small(step.logOdds[0]) ? 4 : 2)] : []),
    ]),
  );
  return tableText(
    [
      { head: "column", most: 20 },
      { head: "step", most: alone ? 36 : 52 - 10 * Math.min(labels.length, LABELS - 1) },
      ...(alone
        ? [
            { head: "odds", align: "right" as const },
            { head: "log-odds", align: "right" as const },
          ]
        : labels.map((label) => ({ head: visible(label), align: "right" as const, most: 10 }))),
    ],
    rows,
  );
}

/** Of many labels the two that a step moves most. */
function strongestTable(odds: readonly ColumnOdds[]): string {
  const rows = odds.flatMap((column) =>
    stepsOf(column).map((step, i) => [
      i === 0 ? column.name : "",
      stepWords(column, step),
      step.logOdds
        .map((v, at) => ({ v, label: column.labels[at] }))
        .sort((a, b) => Math.abs(b.v) - Math.abs(a.v))
        .slice(0, 2)
        .map(({ v, label }) => `${clip(label, 12)} ${times(v)}`)
        .join(", "),
    ]),
  );
  return tableText(
    [{ head: "column", most: 20 }, { head: "step", most: 28 }, { head: "odds of" }],
    rows,
  );
}

const small = (logOdds: number): boolean => Math.abs(logOdds) < 0.095;

/** A factor, of its logarithm: "×1.8", near 1 with three decimals. */
const times = (logOdds: number): string =>
  small(logOdds) ? `×${Math.exp(logOdds).toFixed(3)}` : factor(logOdds);

/** The strongest steps of a column, in its order; the first ones of a line always. */
function stepsOf({ steps }: ColumnOdds): OddsStep[] {
  const size = ({ logOdds }: OddsStep): number => Math.max(...logOdds.map(Math.abs));
  const kept = new Set([...steps].sort((a, b) => size(b) - size(a)).slice(0, STEPS));
  return steps.filter((step) => kept.has(step) || step.by === "unit" || step.by === "deviation");
}

/** "+1", "+13.64 (deviation)", "37 → 61", "37 → missing" */
function stepWords({ kind }: ColumnOdds, { by, from, to }: OddsStep): string {
  const show = (value: OddsStep["to"]): string =>
    typeof value === "number"
      ? kind === "date"
        ? dateText(value)
        : short(value)
      : clip(String(value), NAME);
  switch (by) {
    case "unit":
      return kind === "date" ? "+1 day" : "+1";
    case "deviation":
      return `+${short((to as number) - (from as number))} (deviation)`;
    case "term":
      return `"${show(to)}"`;
    case "other":
      return `${show(from)} → a rare level`;
    case "missing":
      return `${show(from)} → missing`;
    default:
      return `${show(from)} → ${show(to)}`;
  }
}
