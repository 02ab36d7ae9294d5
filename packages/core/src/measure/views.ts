import { massBins, sortOrder } from "./order.ts";
import type { ScoredRows } from "./rows.ts";

/** Probabilities of an event, one a row, cut into bins: what a calibration error compares with how often it happens. */
export interface View {
  readonly probability: Float64Array;
  /** 1 where the event happened, else 0. */
  readonly happened: Uint8Array;
  readonly bin: Uint8Array;
}

/** Sums of one bin, one after the other: Σw, Σw², Σw p, Σw y, Σw p², Σw p y. */
export const SUMS = 6;
export const WEIGHT = 0;
export const SQUARES = 1;
export const PROMISED = 2;
export const HAPPENED = 3;
export const PROMISED_SQUARES = 4;
export const PRODUCTS = 5;

/** The most probable class, right or wrong, in bins of equal weight. */
export function topView(rows: ScoredRows, bin: Uint8Array): View {
  const { confidence, predicted, y } = rows;
  const happened = Uint8Array.from(predicted, (label, i) => (label === y[i] ? 1 : 0));
  return { probability: confidence, happened, bin };
}

/** The same in bins of equal width. */
export const topWidthView = (rows: ScoredRows, bins: number): View =>
  topView(rows, widthBins(rows.confidence, bins));

/** Class c against the rest, in bins of equal weight of its probability. */
export function classView({ n, k, y, s, P, logP }: ScoredRows, c: number, bins: number): View {
  const values = Float64Array.from({ length: n }, (_, i) => logP[i * k + c]);
  return {
    probability: Float64Array.from({ length: n }, (_, i) => P[i * k + c]),
    happened: Uint8Array.from(y, (label) => (label === c ? 1 : 0)),
    bin: massBins(values, sortOrder(values), s, bins),
  };
}

/** The bin b of ((b)/B, (b + 1)/B] that each probability falls in; 0 falls in the first (Guo et al. 2017, §2). */
export const widthBins = (values: Float64Array, bins: number): Uint8Array =>
  Uint8Array.from(values, (p) => Math.max(0, Math.ceil(bins * p) - 1));

export const emptySums = (bins: number): Float64Array => new Float64Array(SUMS * bins);

/** Overwrites `sums`, SUMS a bin, with those of a view under the row weights w. */
export function sumBins({ probability, happened, bin }: View, w: Float64Array, sums: Float64Array) {
  sums.fill(0);
  for (let i = 0; i < w.length; i++) {
    const weight = w[i];
    const at = SUMS * bin[i];
    const p = probability[i];
    sums[at] += weight;
    sums[at + SQUARES] += weight * weight;
    sums[at + PROMISED] += weight * p;
    sums[at + HAPPENED] += weight * happened[i];
    sums[at + PROMISED_SQUARES] += weight * p * p;
    sums[at + PRODUCTS] += weight * p * happened[i];
  }
}
