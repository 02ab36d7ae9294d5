import {
  ABOVE_ALL,
  countBelow,
  isInCrossSet,
  type SplitSets,
  setScores,
  setsOf,
  withMostProbable,
} from "../decide/sets.ts";
import type { CrossSets, Model } from "./model.ts";

/** What the model of a fold says of the rows: n×k probabilities of its own classes. */
export type FoldProbabilities = (model: Model) => {
  readonly classes: readonly string[];
  readonly P: Float64Array;
};

/** n×k: 1 where a class is in a row's set; P: the probabilities of the model whose sets these are. */
export function insideSets(
  sets: SplitSets | CrossSets,
  P: Float64Array,
  classes: readonly string[],
  ofFold: FoldProbabilities,
): Uint8Array {
  const k = classes.length;
  if (!("folds" in sets)) return setsOf(sets, P, k);
  const below = new Float64Array(P.length);
  let n = 0;
  for (const { model, scores } of sets.folds) {
    n += scores.length;
    const fold = ofFold(model);
    const all = setScores(sets, fold.P, fold.classes.length);
    const place = classes.map((label) => fold.classes.indexOf(label));
    for (let i = 0, at = 0; at < P.length; i++) {
      for (let c = 0; c < k; c++, at++)
        below[at] += lowerScores(scores, all, i, place[c], fold.classes.length);
    }
  }
  const inside = Uint8Array.from(below, (count) => (isInCrossSet(count, n, sets.coverage) ? 1 : 0));
  return withMostProbable(inside, P, k);
}

/** Of a class that the fold's training rows lack, every score is lower. */
const lowerScores = (
  scores: Float64Array,
  all: Float64Array,
  row: number,
  place: number,
  k: number,
): number => countBelow(scores, place < 0 ? ABOVE_ALL : all[row * k + place]);
