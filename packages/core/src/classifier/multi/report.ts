import type { ColumnReport } from "../../encode/describe.ts";
import type { LabelPlaces } from "../../encode/label-sets.ts";
import type { LabelCount } from "../../encode/labels.ts";
import type { ColumnEffect } from "../../explain/effects.ts";
import type { Estimate } from "../../measure/bootstrap.ts";
import type { LabelSetMetrics } from "../../measure/multi-label.ts";
import type { FitReason } from "../../model/trainer.ts";
import type { DecisionReport } from "../decide.ts";
import type { Provenance, RowLedger } from "../report.ts";

/** A report of a training with several labels a row. Plain data, ready for JSON. */
export interface MultiLabelReport {
  readonly format: 1;
  readonly kind: "multi-label";
  /** Where the labels stood. */
  readonly target: LabelPlaces;
  readonly rows: RowLedger;
  /** On the rows that judged in training: out of fold, or set aside. */
  readonly evaluation: MultiLabelEvaluation;
  /** On a test table, where one was given. */
  readonly test: MultiLabelEvaluation | null;
  /** One a label, in the model's order. */
  readonly labels: readonly LabelReport[];
  /** The encoding that was chosen for all labels together, and what was tried. */
  readonly choice: EncodingChoice;
  /** Every column but the target's, in the table's order. */
  readonly columns: readonly ColumnReport[];
  /** What a person should know before trusting the numbers. */
  readonly remarks: readonly string[];
  readonly provenance: Provenance;
}

export interface EncodingChoice {
  readonly encoding: string;
  readonly features: number;
  /** Each encoding with its judged log loss, the mean over labels at each label's penalty, before calibration, in nats. */
  readonly tried: readonly { readonly encoding: string; readonly logLoss: number }[];
}

/** How the head of one label came to be. */
export interface LabelReport {
  readonly label: string;
  /** Rows that have it, weighted where rows have weights. */
  readonly rows: number;
  readonly share: number;
  /** True where every row has the label, or none: its probability is constant. */
  readonly constant: boolean;
  /** Of its fit; null for a constant. */
  readonly fit: LabelFit | null;
  /** How it is decided whether a row gets it, where that was asked for. */
  readonly decision?: DecisionReport;
  /** The columns that move it most, at most five. */
  readonly effects: readonly ColumnEffect[];
}

export interface LabelFit {
  readonly l2: number;
  /** Where the penalty has an L1 part. */
  readonly l1?: number;
  /** Of embeddings, which have no penalty. */
  readonly epochs?: number;
  /** 1 where the calibrator is none of a temperature. */
  readonly temperature: number;
  /** How logits become probabilities. */
  readonly calibration: string;
  readonly converged: boolean;
  readonly reason: FitReason;
  readonly iterations: number;
}

/** How good labels and their probabilities are on some rows. */
export interface MultiLabelEvaluation {
  /** "5-fold cross-validation", "hold-out", "latest rows", or what the rows were called. */
  readonly method: string;
  readonly rows: number;
  readonly metrics: LabelSetMetrics;
  /** One a label, in the model's order. */
  readonly labels: readonly LabelEvaluation[];
  /** Labels of the rows that the model does not know; they are left out of account. */
  readonly unknown: readonly LabelCount[];
}

export interface LabelEvaluation {
  readonly label: string;
  /** Rows that have it, weighted where rows have weights. */
  readonly rows: number;
  /** Of its probability, in nats, beside that of always predicting the training's share. */
  readonly logLoss: Estimate;
  readonly baselineLogLoss: Estimate;
  /** True unless the interval of the gain in log loss lies above 0. */
  readonly noBetterThanBaseline: boolean;
  /** Null where all rows have the label, or none. */
  readonly auc: Estimate | null;
  /** Calibration error of the probability of the likelier of having and not having it, beside what perfect calibration would show. */
  readonly ece: Estimate;
  readonly eceExpected: Estimate;
  /** The probability from which a row gets the label: that of the model, in a training the one that ships. */
  readonly threshold: number;
  /** As it is given. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: Estimate;
}
