import { checkKeys, dataError } from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import { ARGMAX, decide } from "../decide/decision.ts";
import { checkColumns } from "../encode/columns.ts";
import { checkedLabelsOf } from "../encode/labels.ts";
import { groupsOf, weightsOf } from "../encode/roles.ts";
import { asTable } from "../encode/rows.ts";
import type { Estimate } from "../measure/bootstrap.ts";
import { compareLogits, type PairedMetric, type PairedMetrics } from "../measure/compare.ts";
import type { DecidedPair, ModelLabels } from "../measure/compare-labels.ts";
import type { Classifier } from "./classifier.ts";
import { probabilitiesOf } from "./decide.ts";

/** Two classifiers on the same rows: is B really better than A? */
export interface Comparison extends PairedMetrics {
  readonly target: string;
  readonly classes: readonly string[];
  /** The one whose log loss is lower beyond the paired interval; null where none is. */
  readonly better: "A" | "B" | null;
  /** The answer as a sentence. */
  readonly verdict: string;
  /** What to know of it. */
  readonly remarks: readonly string[];
}

export interface CompareModelsOptions {
  /** A column of row weights, at least 0. */
  readonly weight?: string;
  /** A column of groups, which the bootstrap draws together. */
  readonly group?: string;
  /** Of the bootstrap. Default 1. */
  readonly seed?: number;
}

/**
 * Compares two classifiers of the same classes on rows with labels; rows without one are left out. The models may read
 * different columns. Each decides as it was made to: accuracy is of the rows that it decides, McNemar's test of those that both
 * decide; where one decides by costs, the mean cost of both is by those. Throws a SoftmaxError "data" where their targets or classes differ, or the table cannot be read by both.
 *
 *     compare(before, after, rows).verdict  // "B is better: …"
 */
export function compare(
  a: Classifier,
  b: Classifier,
  data: Table | readonly Row[],
  options: CompareModelsOptions = {},
): Comparison {
  checkKeys("compare", options, ["weight", "group", "seed"]);
  checkSameClasses(a, b);
  const { schema } = a.model;
  const table = asTable(data);
  for (const { model } of [a, b]) checkColumns(table, model.schema);
  const labels = checkedLabelsOf(table, schema);
  const rows = Int32Array.from(labels.y.keys()).filter((i) => labels.y[i] >= 0);
  if (rows.length === 0) throw dataError(`no row has a label in column "${schema.target}"`);
  const k = schema.classes.length;
  const [ZA, ZB] = [a, b].map((one) => labelled(one.logitMatrix(table), rows, k));
  const decided = decidedPair(a, ZA, b, ZB, k);
  const metrics = compareLogits(
    ZA,
    ZB,
    rows.map((i) => labels.y[i]),
    weightsOf(table, schema, options.weight, rows),
    k,
    {
      ...{ group: groupsOf(table, schema, options.group, rows), seed: options.seed ?? 1 },
      ...(decided === null ? {} : { labels: decided }),
    },
  );
  const { gain } = metrics.logLoss;
  const better = gain.low > 0 ? "B" : gain.high < 0 ? "A" : null;
  const { target, classes } = schema;
  const verdict = verdictOf(metrics, better);
  const remarks = [a, b].every(costsOf) && metrics.cost === undefined ? [OTHER_COSTS] : [];
  return { target, classes, ...metrics, better, verdict, remarks };
}

const OTHER_COSTS = "the models decide by different costs, so that no cost is compared";

/** What the models decide by themselves; null where both take the most probable class. */
function decidedPair(
  a: Classifier,
  ZA: Float64Array,
  b: Classifier,
  ZB: Float64Array,
  k: number,
): DecidedPair | null {
  if (a.model.decision === undefined && b.model.decision === undefined) return null;
  const [own, other] = [costsOf(a), costsOf(b)];
  const differ = own !== null && other !== null && own.some((cost, at) => cost !== other[at]);
  return {
    models: [labelsBy(a, ZA, k), labelsBy(b, ZB, k)],
    costs: differ ? null : (own ?? other),
  };
}

function labelsBy({ model }: Classifier, Z: Float64Array, k: number): ModelLabels {
  const decision = model.decision ?? ARGMAX;
  const { abstention } = decision;
  return {
    labels: decide(decision, probabilitiesOf(Z, k), k),
    abstainCost: abstention?.by === "cost" ? abstention.cost : null,
  };
}

const costsOf = ({ model: { decision } }: Classifier): Float64Array | null =>
  decision?.rule === "costs" ? decision.costs : null;

function checkSameClasses(a: Classifier, b: Classifier): void {
  if (a.target !== b.target) {
    throw dataError(
      `the models predict different columns, "${a.target}" and "${b.target}": they cannot be compared`,
    );
  }
  const only = (one: Classifier, other: Classifier): string =>
    one.classes
      .filter((label) => !other.classes.includes(label))
      .slice(0, 5)
      .map((label) => `"${label}"`)
      .join(", ");
  const [inA, inB] = [only(a, b), only(b, a)];
  if (inA === "" && inB === "") return;
  throw dataError(
    `the models have different classes${inA === "" ? "" : `; only A has ${inA}`}${inB === "" ? "" : `; only B has ${inB}`}: train both on the same labels`,
  );
}

function labelled(Z: Float64Array, rows: Int32Array, k: number): Float64Array {
  const out = new Float64Array(rows.length * k);
  rows.forEach((row, at) => {
    out.set(Z.subarray(row * k, (row + 1) * k), at * k);
  });
  return out;
}

/** Judged by log loss, a proper score; accuracy is told beside it, as it may say otherwise. */
function verdictOf(
  { logLoss, accuracy, rows, cost }: PairedMetrics,
  better: Comparison["better"],
): string {
  const ahead = better ?? (logLoss.gain.value < 0 ? "A" : "B");
  const other = ahead === "B" ? "A" : "B";
  const own = (metric: PairedMetric): number => (ahead === "B" ? metric.b : metric.a);
  const theirs = (metric: PairedMetric): number => (ahead === "B" ? metric.a : metric.b);
  const gain = ahead === "B" ? logLoss.gain : turned(logLoss.gain);
  const lower = `lower by ${figure(gain.value)}, 95 % interval ${figure(gain.low)} to ${figure(gain.high)}`;
  const shares = `${share(own(accuracy))} and ${share(theirs(accuracy))}`;
  const seen = (metric: PairedMetric): Estimate =>
    ahead === "B" ? metric.gain : turned(metric.gain);
  const chance = `${spread(seen(accuracy), ahead, ["higher", "lower"])}${
    cost === undefined
      ? ""
      : `; the mean costs are ${figure(own(cost))} and ${figure(theirs(cost))}, ${spread(seen(cost), ahead, ["lower", "higher"])}`
  }`;
  const loss = `log loss ${figure(own(logLoss))} where ${other} has ${figure(theirs(logLoss))}`;
  return better === null
    ? `These ${rows} rows do not show which model is better: ${ahead} has the ${loss}, ${lower}; the accuracies are ${shares}, ${chance}.`
    : `${ahead} is better: on the same ${rows} rows it has the ${loss}, ${lower}; the accuracies are ${shares}, ${chance}.`;
}

const turned = ({ value, low, high }: Estimate): Estimate => ({
  value: 0 - value,
  low: 0 - high,
  high: 0 - low,
});

function spread(
  { low, high }: Estimate,
  ahead: string,
  [better, worse]: readonly [string, string],
): string {
  if (low > 0) return `${better} with ${ahead} beyond chance`;
  return high < 0 ? `${worse} with ${ahead} beyond chance` : "which chance may explain";
}

const figure = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : "infinite");
const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
