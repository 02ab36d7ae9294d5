import type { Report } from "@softmax/core";
import { clip, count, metric } from "../report/numbers.ts";
import { wrap } from "./text.ts";

/** Rows named at most, and characters of a label. */
const NAMED = 4;
const LABEL = 20;
/** A label of less probability than this is worth a look. */
const UNLIKELY = 0.05;

/** The rows whose label is least likely to be right: the essential of the report's rows to look at. */
export function lookLines({ looks, evaluation }: Report): string[] {
  const { noBetterThanBaseline } = evaluation.metrics;
  const rows = (looks?.mislabelled ?? []).filter((row) => row.labelProbability < UNLIKELY);
  if (rows.length === 0 || noBetterThanBaseline) return [];
  const named = rows
    .slice(0, NAMED)
    .map(
      ({ row, label, labelProbability }) =>
        `row ${count(row)} (${clip(label, LABEL)} ${metric(labelProbability)})`,
    );
  return wrap(`Labels to look at, by their probability out of fold: ${named.join(", ")}.`);
}
