import type { Decision } from "../../decide/decision.ts";
import type { LabelCount } from "../../encode/labels.ts";
import { measure } from "../../measure/metrics.ts";
import { measureLabelSets } from "../../measure/multi-label.ts";
import { pairLogits } from "../../model/logits.ts";
import type { LabelEvaluation, MultiLabelEvaluation } from "./report.ts";

/** Rows to be judged: n rows, L labels. */
export interface LabelRowsToJudge {
  readonly method: string;
  readonly labels: readonly string[];
  /** n×L: whether a row has a label, and whether it is given it. */
  readonly truth: Uint8Array;
  readonly given: Uint8Array;
  /** n×L: calibrated log-odds of having the label. */
  readonly logits: Float64Array;
  readonly s: Float64Array | null;
  readonly group: Int32Array | null;
  /** By label, the weighted number of training rows without and with it. */
  readonly shares: readonly Float64Array[];
  readonly thresholds: readonly number[];
  readonly unknown: readonly LabelCount[];
  readonly seed: number;
}

/** Labels above which the bootstrap of each takes fewer samples. */
const MANY_LABELS = 20;
const FEWER_REPLICATES = 200;

export function labelEvaluation(rows: LabelRowsToJudge): MultiLabelEvaluation {
  const { method, labels, truth, given, logits, s, group, shares, unknown, seed } = rows;
  const n = truth.length / labels.length;
  const metrics = measureLabelSets({
    ...{ truth, given, logits, s, group, seed },
    labels: labels.length,
    shares: Float64Array.from(shares, ([without, having]) => having / (without + having)),
  });
  const own = labels.map((label, l): LabelEvaluation => {
    const { precision, recall, f1 } = metrics.perLabel[l];
    return {
      label,
      ...probabilityMetrics(rows, l, n),
      threshold: rows.thresholds[l],
      precision,
      recall,
      f1,
    };
  });
  return { method, rows: n, metrics, labels: own, unknown };
}

function probabilityMetrics(
  { truth, logits, labels, s, group, shares, seed }: LabelRowsToJudge,
  l: number,
  n: number,
): Omit<LabelEvaluation, "label" | "threshold" | "precision" | "recall" | "f1"> {
  const L = labels.length;
  const Z = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) Z[i] = logits[i * L + l];
  pairLogits(Z, n);
  const y = Int32Array.from({ length: n }, (_, i) => truth[i * L + l]);
  const few = L > MANY_LABELS ? { replicates: FEWER_REPLICATES } : {};
  const options = { group, shares: shares[l], seed, positive: 1, ...few };
  const { perClass, logLoss, auc, ece, eceExpected, baseline, noBetterThanBaseline } = measure(
    Z,
    y,
    s,
    2,
    options,
  );
  return {
    rows: perClass[1].weight,
    logLoss,
    baselineLogLoss: baseline.logLoss,
    noBetterThanBaseline,
    auc,
    ece,
    eceExpected,
  };
}

/** The probability from which a decision of two classes gives the second. */
export const thresholdOf = (decision: Decision | undefined): number =>
  decision?.rule === "threshold" ? decision.threshold : 0.5;
