import type { CalibrationReport } from "../calibrate/summary.ts";
import type { ColumnReport } from "../encode/describe.ts";
import type { ColumnEffect } from "../explain/effects.ts";
import type { RowsReport } from "../explain/rows.ts";
import type { TextsReport } from "../explain/texts.ts";
import type { Inference } from "../infer/inference.ts";
import type { Activation } from "../kernels/network.ts";
import type { DecidedMetrics } from "../measure/decided.ts";
import type { CalibrationMetrics } from "../measure/measure-calibration.ts";
import type { Metrics } from "../measure/metrics.ts";
import type { OperatingPoints } from "../measure/operating.ts";
import type { SetMetrics } from "../measure/sets.ts";
import type { FittedWeights } from "../model/trainer.ts";
import type { TracePoint } from "../optim/contracts.ts";
import type { LearningCurve } from "./curve-summary.ts";
import type { DecisionReport } from "./decide.ts";
import type { SetsReport } from "./set-options.ts";
import type { TuneReport } from "./tune/report.ts";

/** A report: what was learned from, how good it is and on what that rests. Plain data, ready for JSON. */
export interface Report {
  readonly format: 1;
  readonly target: string;
  readonly classes: readonly ClassShare[];
  readonly rows: RowLedger;
  /** On the rows that judged in training: out of fold, or set aside. */
  readonly evaluation: Evaluation;
  /** On a test table, where one was given. */
  readonly test: Evaluation | null;
  readonly choice: ChoiceReport;
  readonly fit: FitReport;
  /** Every column but the target, in the table's order. */
  readonly columns: readonly ColumnReport[];
  readonly effects: readonly ColumnEffect[];
  /** Typical, doubtful and perhaps wrongly labelled texts, where a column is text. */
  readonly texts?: TextsReport;
  /** How the label is decided on, where that was asked for. */
  readonly decision?: DecisionReport;
  /** Sets of labels, where they were asked for. */
  readonly sets?: SetsReport;
  /** Typical, doubtful and perhaps wrongly labelled rows, where a column is no text. */
  readonly looks?: RowsReport;
  /** What a person should know before trusting the numbers. */
  readonly remarks: readonly string[];
  readonly provenance: ReportProvenance;
  /** How logits become probabilities. */
  readonly calibration?: CalibrationReport;
  /** Whether more rows would help, where it was asked for. */
  readonly learningCurve?: LearningCurve;
  /** Coefficients with standard errors and tests, where they were asked for. */
  readonly inference?: StatisticsReport;
  /** What a search tried and found, where there was one: then `evaluation` is of rows that were held out of it. */
  readonly tune?: TuneReport;
}

/**
 * What a fit without a penalty says of the same columns (docs/math.md §10), without the covariances of all pairs of coefficients;
 * or, as a sentence, why there is no such fit.
 */
export type StatisticsReport = Omit<Inference, "covarianceMatrix"> | { readonly refused: string };

/** Rows read = rows used + rows rejected + rows without a label, always. */
export interface RowLedger {
  readonly read: number;
  readonly used: number;
  readonly rejected: number;
  readonly unlabelled: number;
}

export interface ClassShare {
  readonly label: string;
  /** Weighted where rows have weights. */
  readonly rows: number;
  readonly share: number;
}

export interface Evaluation {
  /** "5-fold cross-validation", "hold-out", "latest rows", or what the rows were called. */
  readonly method: string;
  readonly rows: number;
  /** Of the probabilities, and of the most probable class. */
  readonly metrics: Metrics;
  /** What thresholds do, for the class of interest or for each of up to twelve. */
  readonly operating: readonly OperatingPoints[];
  /** Of the labels, where a model decides otherwise; in a training it is in the report. */
  readonly decision?: DecidedMetrics;
  readonly sets?: SetMetrics;
  /** How far the probabilities can be taken at their word. */
  readonly calibration?: CalibrationMetrics;
  /** Where the model is for a stated prior: the same rows, reweighted to it. */
  readonly atPrior?: PriorEvaluation;
}

/** A class and its share of a prior. */
export interface PriorShare {
  readonly label: string;
  readonly share: number;
}

/** Of rows reweighted so that the classes have the shares of a prior, by the probabilities for it. */
export interface PriorEvaluation {
  readonly prior: readonly PriorShare[];
  readonly metrics: Metrics;
  readonly calibration?: CalibrationMetrics;
}

export interface ChoiceReport {
  /** The encoding that was chosen, in words. */
  readonly encoding: string;
  readonly l2: number;
  /** Where the penalty has an L1 part. */
  readonly l1?: number;
  /** Of embeddings and hidden layers, which end early instead of having a penalty on a path. */
  readonly epochs?: number;
  /** Where there are hidden layers. */
  readonly hidden?: HiddenReport;
  /** 1 where the calibrator is none of a temperature: see `Report.calibration`. */
  readonly temperature: number;
  /** Where focal loss was asked for. */
  readonly focalGamma?: number;
  /** All that was tried, in order, with its judged log loss in nats. */
  readonly tried: readonly Trial[];
}

/** Hidden layers as they were asked for. */
export interface HiddenReport {
  /** Of each layer, from the columns on. */
  readonly units: readonly number[];
  readonly activation: Activation;
  /** Networks of different seeds, whose logits are averaged. */
  readonly networks: number;
  /** Of the whole schedule, of which the fit took the `epochs` that were chosen. */
  readonly epochs: number;
}

export interface Trial {
  readonly encoding: string;
  readonly l2: number;
  readonly l1?: number;
  readonly epochs?: number;
  readonly logLoss: number;
}

/** How the last fit, on all rows, ended. */
export interface FitReport {
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
  readonly objective: number;
  readonly features: number;
  /** Where the penalty has an L1 part: columns and features with a weight that is not 0. */
  readonly used?: { readonly columns: number; readonly features: number };
  readonly trace: readonly TracePoint[];
}

/** Where the numbers come from. Nothing here names a time, a path or a machine: equal runs give equal bytes. */
export interface Provenance {
  readonly version: string;
  readonly kernels: string;
  readonly seed: number;
  readonly rows: number;
  /** Of the data; empty where the caller gave none. */
  readonly dataHash: string;
  /** Options that change numbers, in a fixed order, as JSON. */
  readonly options: readonly (readonly [name: string, value: string])[];
}

/** What a report says besides of how it was made; none of it is in the model file. */
export interface ReportProvenance extends Provenance {
  /** Of the test table, where its source gave one. */
  readonly testHash?: string;
  /** The command line, as a POSIX shell reads it. */
  readonly command?: string;
  /** What it ran on, such as "Node.js 22.11.0". */
  readonly runtime?: string;
}

export const shareList = (classes: readonly string[], shares: Float64Array): ClassShare[] => {
  const total = shares.reduce((a, b) => a + b, 0);
  return classes.map((label, c) => ({ label, rows: shares[c], share: shares[c] / total }));
};

export const fitReport = (
  fit: FittedWeights,
  features: number,
  used: FitReport["used"] | null,
): FitReport => ({
  converged: fit.converged,
  reason: fit.reason,
  iterations: fit.iterations,
  objective: fit.objective,
  features,
  ...(used == null ? {} : { used }),
  trace: fit.trace,
});
