import type {
  CellChange,
  Classifier,
  Counterfactual,
  CounterfactualOptions,
  Row,
  Table,
} from "@softmax/core";
import { clip, metric, plural, short } from "../report/numbers.ts";
import { tableText, wrap } from "./text.ts";

/** Characters of a cell. */
const CELL = 24;
/** Columns that can do it alone, listed at most. */
const ALONE = 5;

/** A row of a table by column name. */
export const rowOf = (table: Table, row: number): Row =>
  Object.fromEntries(
    table.columns.map((column) => {
      if (column.kind === "number") return [column.name, column.values[row]];
      const code = column.codes[row];
      return [column.name, code < 0 ? null : column.dictionary[code]];
    }),
  );

/** The smallest change of a row, within 80 columns; with `alone` also what single columns can do. */
export function changeText(
  lead: string,
  classifier: Classifier,
  row: Row,
  options: CounterfactualOptions,
  alone: boolean,
): string {
  const found = classifier.counterfactual(row, options);
  const { before, reached } = found;
  return [
    ...wrap(
      `${lead}${before.label ?? "left to a person"}, probability ${metric(before.probability)}`,
    ),
    ...(reached ? reachedLines(found) : wrap(`No change that is allowed ${goalWords(options)}.`)),
    ...unseenLines(found),
    ...(alone && reached && found.changes.length > 0
      ? aloneLines(classifier, row, options, found)
      : []),
  ].join("\n");
}

function goalWords({ label, probability }: CounterfactualOptions): string {
  const what = label === undefined ? "another label" : `the label ${clip(label, CELL)}`;
  return `gives it ${what}${probability === undefined ? "" : ` with a probability of ${probability}`}`;
}

function reachedLines({ after, changes, cost, exact }: Counterfactual): string[] {
  const now = `${after.label}, probability ${metric(after.probability)}`;
  if (changes.length === 0) return wrap(`Already ${now}: nothing has to change.`);
  const how = exact ? "the smallest change" : "the smallest change found";
  return [
    ...wrap(`${now}, by ${how}, ${metric(cost)} deviations of the training rows:`),
    tableText(
      [
        { head: "  column", most: 30 },
        { head: "from", most: CELL },
        { head: "to", most: CELL },
        { head: "cost", align: "right" },
      ],
      changes.map((change) => [
        `  ${change.name}`,
        shown(change.from),
        shown(change.to),
        metric(change.cost),
      ]),
    ),
  ];
}

const shown = (value: CellChange["from"]): string =>
  value === null
    ? "missing"
    : typeof value === "number"
      ? Math.abs(value) < 1e7
        ? String(value)
        : short(value)
      : clip(value, CELL);

const unseenLines = ({ unseen }: Counterfactual): string[] =>
  unseen.length === 0
    ? []
    : wrap(
        `${plural(unseen.length, "column")} stayed as they were, for it is not known what training saw of them (${unseen.slice(0, 8).join(", ")}${unseen.length > 8 ? ", …" : ""}): name the training table with --like.`,
      );

/** What columns can do alone, the cheapest first. */
function aloneLines(
  classifier: Classifier,
  row: Row,
  options: CounterfactualOptions,
  { changes }: Counterfactual,
): string[] {
  const { change, keep = [], ...rest } = options;
  const names = (change ?? classifier.columns).filter((name) => !keep.includes(name));
  const texts = new Set(
    classifier.model.schema.columns.flatMap(({ name, kind }) => (kind === "text" ? [name] : [])),
  );
  const single = names
    .filter((name) => !texts.has(name) && (changes.length > 1 || changes[0].name !== name))
    .map((name) => classifier.counterfactual(row, { ...rest, change: [name], most: 1 }))
    .filter((one) => one.reached)
    .sort((a, b) => a.cost - b.cost)
    .slice(0, ALONE)
    .map(
      ({ changes: [one] }) =>
        `${one.name} ${shown(one.from)} → ${shown(one.to)} (${metric(one.cost)})`,
    );
  return single.length === 0 ? [] : wrap(`Or one column alone: ${single.join("; ")}.`);
}
