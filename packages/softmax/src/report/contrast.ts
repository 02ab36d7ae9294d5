import type { ColumnEffect } from "@softmax/core";
import { roundUp } from "./scales.ts";

/** Classes shown beside each other at most. */
const SHOWN_LABELS = 4;

/** Two places of a column between which the odds of a class (against another) differ most. */
export interface Contrast {
  /** Indices of `labels`; `against` is null where there are two classes. */
  readonly label: number;
  readonly against: number | null;
  /** Positions of the places. */
  readonly low: number;
  readonly high: number;
  /** Logarithm of the ratio of the odds, at least 0. */
  readonly size: number;
}

/** Indices of the labels that the column moves most, in the order of the labels. */
export function shownLabels({ deviations }: ColumnEffect): number[] {
  const order = [...deviations.keys()].sort((a, b) => deviations[b] - deviations[a] || a - b);
  return order.slice(0, SHOWN_LABELS).sort((a, b) => a - b);
}

/** The greatest contrast among places, given their log-odds for each label; null of fewer than two. */
export function contrastOf(
  effect: ColumnEffect,
  places: readonly (readonly number[])[],
): Contrast | null {
  if (places.length < 2) return null;
  let best: Contrast | null = null;
  for (const [label, against] of pairsOf(effect)) {
    const values = places.map((odds) => odds[label] - (against === null ? 0 : odds[against]));
    const low = values.indexOf(Math.min(...values));
    const high = values.indexOf(Math.max(...values));
    const size = values[high] - values[low];
    if (best === null || size > best.size) best = { label, against, low, high, size };
  }
  return best;
}

function pairsOf(effect: ColumnEffect): (readonly [number, number | null])[] {
  if (effect.labels.length === 1) return [[0, null]];
  const shown = shownLabels(effect);
  return shown.flatMap((a, i) => shown.slice(i + 1).map((b) => [a, b] as const));
}

/** Log-odds of one label (against another) over a step of a straight line; the label gains where it rises. */
export interface Slope {
  readonly label: number;
  readonly against: number | null;
  /** A sensible step, in the units of the data (days, for dates): a round number of about half the column's spread. */
  readonly step: number;
  /** Over that step. Negative only where there are two classes. */
  readonly logOdds: number;
}

/** Steps along dates, in days: a day, a week, 30 days, a year, ten years. */
const DATE_STEPS: readonly number[] = [1, 7, 30, 365.25, 3652.5];

/** What a step along a straight line does; null where the line is flat. `whole`: the column holds integers only. */
export function slopeOf(effect: ColumnEffect, whole: boolean): Slope | null {
  const { perUnit, deviations, kind } = effect;
  if (perUnit === null) return null;
  const steepest = perUnit.reduce((a, b, c) => (Math.abs(b) > Math.abs(perUnit[a]) ? c : a), 0);
  const spread = deviations[steepest] / Math.abs(perUnit[steepest]);
  if (!(spread > 0) || !Number.isFinite(spread)) return null;
  const step = kind === "date" ? dateStep(spread / 2) : measureStep(spread / 2, whole);
  if (perUnit.length === 1) return { label: 0, against: null, step, logOdds: perUnit[0] * step };
  const label = perUnit.indexOf(Math.max(...perUnit));
  const against = perUnit.indexOf(Math.min(...perUnit));
  return { label, against, step, logOdds: (perUnit[label] - perUnit[against]) * step };
}

const measureStep = (about: number, whole: boolean): number =>
  whole ? Math.max(1, roundUp(about)) : roundUp(about);

const dateStep = (about: number): number =>
  DATE_STEPS.find((step) => step >= about) ?? DATE_STEPS[DATE_STEPS.length - 1];
