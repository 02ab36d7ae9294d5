import type { Importance, PartialDependence, PartialPoint } from "@softmax/core";
import { clip, metric, plural, short, signed } from "../report/numbers.ts";
import { tableText, visible, wrap } from "./text.ts";

/** Columns of a table and classes side by side at most. */
const COLUMNS = 40;
const CLASSES = 5;
const BAR = 24;

/** What shuffling each column costs, within 80 columns. */
export function importanceText(name: string, result: Importance, seen: boolean): string {
  const { rows, repeats, logLoss, accuracy, columns } = result;
  const more = columns.length - COLUMNS;
  return [
    ...wrap(
      `${name}: ${plural(rows, "row")} with a label, log loss ${metric(logLoss)}, accuracy ${metric(accuracy)}. By how much the log loss grows and the accuracy falls where a column is shuffled (${plural(repeats, "time")}):`,
    ),
    tableText(
      [
        { head: "column", most: 26 },
        { head: "log loss", align: "right" },
        { head: "95 % interval", align: "right" },
        { head: "accuracy", align: "right" },
        { head: "mean |log-odds|", align: "right" },
      ],
      columns
        .slice(0, COLUMNS)
        .map((column) => [
          column.name,
          signed(column.logLoss.value, 4),
          `${signed(column.logLoss.low, 4)} – ${signed(column.logLoss.high, 4)}`,
          signed(-column.accuracy.value, 4),
          Math.max(...column.meanAbsolute).toFixed(2),
        ]),
    ),
    ...(more > 0 ? wrap(`and ${plural(more, "more column")}; --json has all`) : []),
    ...(seen ? wrap(SAME_ROWS) : []),
  ].join("\n");
}

const SAME_ROWS =
  "Note: these are the very rows that the model was trained on; on others it may need the columns less than it seems.";

/** Probabilities along a column, within 80 columns. */
export function partialText({ column, rows, classes, points }: PartialDependence): string {
  const two = classes.length === 2;
  const shown = two ? [1] : widestClasses(points, classes.length);
  const range = (point: PartialPoint, c: number): string =>
    `${metric(point.low[c])} – ${metric(point.high[c])}`;
  const [label] = shown.map((c) => visible(clip(classes[c], 20)));
  return [
    ...wrap(
      two
        ? `Probability of ${label} where ${column} is the same in all of ${plural(rows, "row")}, and the range of nine rows in ten:`
        : `Mean probability of each class where ${column} is the same in all of ${plural(rows, "row")}:`,
    ),
    two
      ? tableText(
          [
            { head: column, most: 24 },
            { head: "mean", align: "right" },
            { head: "5 % – 95 %", align: "right" },
            { head: "" },
          ],
          points.map((point) => [
            shownValue(point),
            metric(point.mean[1]),
            range(point, 1),
            "█".repeat(Math.round(BAR * point.mean[1])),
          ]),
        )
      : tableText(
          [
            { head: column, most: 24 },
            ...shown.map((c) => ({ head: visible(classes[c]), align: "right" as const, most: 10 })),
          ],
          points.map((point) => [shownValue(point), ...shown.map((c) => metric(point.mean[c]))]),
        ),
  ].join("\n");
}

/** The classes whose probability moves most, in their order. */
function widestClasses(points: readonly PartialPoint[], k: number): number[] {
  const width = (c: number): number => {
    const means = points.map(({ mean }) => mean[c]);
    return Math.max(...means) - Math.min(...means);
  };
  const all = Array.from({ length: k }, (_, c) => c);
  const widest = new Set([...all].sort((a, b) => width(b) - width(a)).slice(0, CLASSES));
  return all.filter((c) => widest.has(c));
}

const shownValue = ({ value, role }: PartialPoint): string => {
  if (role === "missing") return "missing";
  if (role === "other") return "a rare level";
  return typeof value === "number" ? short(value) : String(value);
};
