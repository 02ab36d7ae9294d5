import { evaluate, type MultiLabelClassifier } from "@softmax/core";
import type { TableSource } from "../data/source.ts";
import { plural } from "../report/numbers.ts";
import { evaluationLines, labelSetJson } from "./multi-label-summary.ts";
import type { Session } from "./session.ts";
import { sourceJson } from "./summary.ts";
import { wrap } from "./text.ts";

/** How good a model of several labels a row is on a table. `sameRows`: what is said of the rows of the training. */
export function evaluateLabels(
  classifier: MultiLabelClassifier,
  source: TableSource,
  { seed, json }: { readonly seed?: number; readonly json?: boolean },
  session: Session,
  sameRows: string,
): void {
  const seen = source.sha256 === classifier.model.provenance.dataHash;
  const evaluation = evaluate(classifier, source.table, {
    ...(seed === undefined ? {} : { seed }),
    method: source.name,
  });
  if (json === true) {
    const { labels } = classifier;
    const more = { trainedOnTheseRows: seen, source: sourceJson(source), labels, evaluation };
    session.print(JSON.stringify({ ...labelSetJson(evaluation), ...more }));
    return;
  }
  const left = source.table.rows - evaluation.rows;
  const out = left > 0 ? `; ${plural(left, "row")} whose labels are missing left out` : "";
  session.print(
    [
      ...wrap(`${source.name}: ${plural(evaluation.rows, "row")} with known labels${out}`),
      ...evaluationLines(evaluation),
      ...(seen ? wrap(sameRows) : []),
    ].join("\n"),
  );
}
