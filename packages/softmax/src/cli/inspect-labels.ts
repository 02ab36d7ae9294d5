import type { MultiLabelClassifier } from "@softmax/core";
import { clip, count, metric, percent, plural } from "../report/numbers.ts";
import { calibratorWords } from "./calibration.ts";
import { tableText, wrap } from "./text.ts";

/** Labels listed before the rest is counted. */
const LISTED = 40;

export const labelsJson = ({ model }: MultiLabelClassifier): object => {
  const { labels, heads, target, missing, encoder, weights, provenance } = model;
  return {
    target,
    labels: labels.map((label, l) => ({
      label,
      share: shareOf(heads[l].shares),
      threshold: heads[l].threshold ?? 0.5,
      calibrator: heads[l].calibrator,
    })),
    missing,
    columns: encoder.columns.map((column) => ({ ...column })),
    weights: weights.length,
    bits: 64,
    provenance,
  };
};

const shareOf = ([without, having]: Float64Array): number => having / (without + having);

/** What a model of several labels a row is, around the lines on its columns. */
export function labelsText(
  { model, labels }: MultiLabelClassifier,
  columnLines: readonly string[],
  provenanceLines: readonly string[],
): string {
  const { heads, target, weights } = model;
  const where =
    target.separator === null
      ? `a column each`
      : `cells of ${clip(target.columns[0], 60)}, with ${JSON.stringify(target.separator)} between`;
  const table = tableText(
    [
      { head: "label", most: 34 },
      { head: "share", align: "right" },
      { head: "from p", align: "right" },
      { head: "calibrated" },
    ],
    labels
      .slice(0, LISTED)
      .map((label, l) => [
        label,
        percent(shareOf(heads[l].shares)),
        metric(heads[l].threshold ?? 0.5),
        calibratorWords(heads[l].calibrator),
      ]),
  );
  const more = labels.length - LISTED;
  return [
    ...wrap(`Gives a row any of ${plural(labels.length, "label")}; they stood in ${where}`),
    "",
    table,
    ...(more > 0 ? [`… and ${count(more)} more`] : []),
    "",
    ...columnLines,
    ...wrap(`${count(weights.length)} weights`),
    ...provenanceLines,
  ].join("\n");
}
