import type { MultiLabelClassifier, NumberColumn, Table } from "@softmax/core";
import { textBuilder } from "../data/columns.ts";
import { freeName } from "../data/names.ts";

/** What stands between predicted labels where training had a column for each. */
const BETWEEN = ";";

/** The table with the labels of its rows after its own columns; names that are taken get a number. */
export function withLabels(
  table: Table,
  classifier: MultiLabelClassifier,
  flags: { readonly probabilities?: boolean; readonly logits?: boolean },
): Table {
  const { labels } = classifier;
  const L = labels.length;
  const { given, probabilities } = classifier.answer(table);
  const taken = new Set(table.columns.map((column) => column.name));
  const name = (wanted: string): string => {
    const free = freeName(wanted, taken);
    taken.add(free);
    return free;
  };
  const numbers = (prefix: string, values: Float64Array): NumberColumn[] =>
    labels.map((label, l) => ({
      kind: "number",
      name: name(`${prefix}_${label}`),
      values: Float64Array.from({ length: table.rows }, (_, i) => values[i * L + l]),
    }));
  const join = joiner(classifier);
  const texts = textBuilder();
  for (let i = 0; i < table.rows; i++) {
    texts.add(join(labels.filter((_, l) => given[i * L + l] === 1)));
  }
  const added = [
    texts.finish(name("prediction")),
    ...(flags.probabilities === true ? numbers("probability", probabilities) : []),
    ...(flags.logits === true ? numbers("logit", classifier.logits(table)) : []),
  ];
  return { ...table, columns: [...table.columns, ...added] };
}

/** Labels as training read them, by its separator; as a JSON list where a label holds what would stand between. */
function joiner({ labels, model }: MultiLabelClassifier): (given: readonly string[]) => string {
  const between = model.target.separator ?? BETWEEN;
  return labels.some((label) => label.includes(between))
    ? (given) => JSON.stringify(given)
    : (given) => given.join(between);
}
