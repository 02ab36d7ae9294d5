import { pairedDifference, rowLosses, weightedMean } from "../../base/losses.ts";
import { rowsWhere } from "../candidates.ts";
import { atBothPriors } from "../judge.ts";
import type { Model } from "../model.ts";
import type { TrainOptions } from "../options.ts";
import type { Evaluation } from "../report.ts";
import { scoreRows } from "./judging.ts";
import type { PairedLosses, TunedOptions, TuneFinding, TuneReport } from "./report.ts";
import type { Found } from "./search.ts";
import { withTuned } from "./space.ts";
import type { HeldOut, OuterSplit } from "./split.ts";
import { excess, topOf, type Way } from "./ways.ts";

/** What ships, and what the rows held out say. */
export interface Outcome {
  readonly options: TunedOptions;
  readonly kept: TuneReport["kept"];
  readonly finding: TuneFinding;
  /** Honest logits of the rows held out, at the training's prior. */
  readonly Z: Float64Array;
}

/**
 * What was found takes the place of the default where its out-of-fold loss is lower by more than one paired standard error, and its
 * loss on the rows held out not higher by more than one. The latter is a choice on these rows: the logits of each part of them
 * are of the model that the other parts choose, so that nothing chosen on a row is scored on it. Null where nothing stands beside
 * the default: then no row had a say in anything.
 */
export async function judgeFound(
  { search, heldOut, prepared }: OuterSplit,
  options: TrainOptions,
  { contest, ways: [first], tableOf }: Found,
): Promise<Outcome | null> {
  if (contest === null) return null;
  const { classes } = prepared.schema;
  const { best, round } = contest;
  const score = (way: Way, at: number): Promise<Float64Array> => {
    const { choice } = way.verdicts[at];
    const own = withTuned(options, way.options);
    return scoreRows(tableOf(at), own, choice, heldOut.table, classes);
  };
  const { mean, standardError } = excess(best, first, round);
  const isBetter = -mean > standardError;
  const [Z, own] = [await score(first, round), await score(best, round)];
  const [losses, ownLosses] = [Z, own].map((logits) =>
    rowLosses(logits, heldOut.y, heldOut.y.length, classes.length),
  );
  const isRefused = isBetter && isWorse(ownLosses, losses, heldOut, heldOut.parts);
  // In a round of fewer rows the default stands as it was judged, what was found as it came furthest.
  const isWhole = tableOf(round).rows === search.rows || topOf(best) === round;
  const whole = isWhole ? own : await score(best, topOf(best));
  return {
    options: isBetter && !isRefused ? best.options : {},
    kept: isBetter ? (isRefused ? "worse on held-out rows" : null) : "nothing better",
    finding: {
      options: best.options,
      round,
      search: pairOf(
        first.verdicts[round].losses,
        best.verdicts[round].losses,
        first.verdicts[round],
      ),
      heldOut: pairOf(losses, ownLosses, heldOut),
    },
    Z: isBetter ? chosenByOthers([Z, whole], [losses, ownLosses], heldOut) : Z,
  };
}

/** Whether losses are higher than others by more than one paired standard error on the rows outside a part (all rows: `parts`). */
function isWorse(
  losses: Float64Array,
  others: Float64Array,
  { s, group, part }: HeldOut,
  without: number,
): boolean {
  const weights = Float64Array.from(part, (own, i) => (own === without ? 0 : (s?.[i] ?? 1)));
  const { mean, standardError } = pairedDifference(losses, others, weights, group);
  return mean > standardError;
}

/** Logits of each part by the one of two models that the other parts choose by their losses. */
function chosenByOthers(
  [Z, own]: readonly Float64Array[],
  [losses, ownLosses]: readonly Float64Array[],
  heldOut: HeldOut,
): Float64Array {
  const { part, parts, y } = heldOut;
  const k = Z.length / y.length;
  const chosen = new Float64Array(Z.length);
  for (let p = 0; p < parts; p++) {
    const from = isWorse(ownLosses, losses, heldOut, p) ? Z : own;
    for (const row of rowsWhere(part, (other) => other === p)) {
      chosen.set(from.subarray(row * k, (row + 1) * k), row * k);
    }
  }
  return chosen;
}

function pairOf(
  first: Float64Array,
  found: Float64Array,
  { s, group }: Pick<HeldOut, "s" | "group">,
): PairedLosses {
  const { mean, standardError } = pairedDifference(found, first, s, group);
  return {
    default: weightedMean(first, s),
    found: weightedMean(found, s),
    difference: mean,
    standardError: Number.isFinite(standardError) ? standardError : null,
  };
}

/** The evaluation of what ships, on the rows held out. */
export function evaluationOf(
  { prepared, heldOut }: OuterSplit,
  { Z }: Outcome,
  model: Model,
  seed: number,
): Evaluation {
  const { y, s, group } = heldOut;
  const { shares, positive } = prepared;
  const inside = shares.slice();
  y.forEach((c, i) => {
    inside[c] -= s?.[i] ?? 1;
  });
  // The baseline knows the rows of the search alone, unless they lack a class.
  const known = inside.every((share) => share > 0) ? inside : shares;
  const judged = { method: METHOD, Z, y, s, group, shares: known, seed, positive };
  return atBothPriors({ ...model, shares: known }, judged);
}

const METHOD = "rows held out of the search";
