import type { Row, Table } from "../base/table.ts";
import { mostLikelyPrior, priorOf, priorShifts, shiftedPrior } from "../calibrate/prior.ts";
import { Classifier } from "./classifier.ts";
import type { Model } from "./model.ts";
import { type PriorOption, resolvePrior } from "./prior-options.ts";
import type { PriorShare } from "./report.ts";

/** The prior that a model's probabilities are for: the stated one, else that of the training. */
export const priorOfModel = ({
  priorShifts: shifts,
  shares,
}: Pick<Model, "priorShifts" | "shares">): Float64Array =>
  shifts === undefined ? priorOf(shares) : shiftedPrior(shifts, shares);

export const priorShares = (classes: readonly string[], prior: Float64Array): PriorShare[] =>
  classes.map((label, c) => ({ label, share: prior[c] }));

/**
 * The classifier with probabilities for another prior; null: for that of the training. Only the class shares are
 * supposed to differ, not how the rows of a class look (docs/math.md §5.12). A prior that it had before is replaced.
 *
 *     const atWork = withPrior(classifier, [["fraud", 0.002]]);
 */
export function withPrior(classifier: Classifier, prior: PriorOption | null): Classifier {
  const { priorShifts: _before, ...model } = classifier.model;
  if (prior === null) return new Classifier(model);
  const { schema, shares } = model;
  const shifts = priorShifts(resolvePrior(prior, schema.classes, shares), shares);
  return new Classifier({ ...model, ...(shifts === null ? {} : { priorShifts: shifts }) });
}

/**
 * The class shares among rows without labels, by expectation–maximisation (Saerens, Latinne & Decaestecker 2002): pairs
 * that `withPrior` takes. Throws a SoftmaxError "data" without rows.
 */
export function estimatePrior(
  classifier: Classifier,
  rows: Table | readonly Row[],
): (readonly [label: string, share: number])[] {
  const { shares } = classifier.model;
  const Z = withPrior(classifier, null).logitMatrix(rows);
  const { prior } = mostLikelyPrior(Z, shares);
  return classifier.classes.map((label, c) => [label, prior[c]] as const);
}
