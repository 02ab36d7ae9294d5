import type { Work } from "../../base/breathe.ts";
import { log } from "../../base/math.ts";
import { type Calibrator, IDENTITY } from "../../calibrate/calibrator.ts";
import type { CalibrationChoice } from "../../calibrate/kinds.ts";
import { type Judge, rowsWhere } from "../candidates.ts";
import { type Choice, crossFittedBy, withCalibrator } from "../choose.ts";
import { calibrated, type DecisionReport, decideOn, probabilitiesOf } from "../decide.ts";
import { judgeOf } from "../path.ts";
import type { Prepared } from "../prepare.ts";
import { withoutClassWeights } from "../splits.ts";
import { thresholdOf } from "./judge.ts";
import type { ChosenShape, Kept } from "./learn.ts";
import type { Head } from "./model.ts";

/** The head of a label, and what the judged rows say of it. */
export interface LearnedHead {
  readonly head: Head;
  /** The calibrator as it was chosen, on logits without class weights. */
  readonly chosen: Calibrator;
  readonly kept: Kept;
  /** The method of calibration that was chosen. */
  readonly calibration: string;
  /** Of the judged rows: honest log-odds of the label, and 1 where a row gets it by what other parts chose. */
  readonly logits: Float64Array;
  readonly given: Uint8Array;
  readonly decision: DecisionReport | null;
}

/**
 * Calibrates and decides for one label: what ships on all judged rows, what is reported of each part by what the others choose.
 * `chosen`: by part, and at last of all rows; `at` the label's place among those that vary.
 */
export function* learnHead(
  prepared: Prepared,
  chosen: readonly ChosenShape[],
  at: number,
  options: { readonly calibration?: CalibrationChoice; readonly seed?: number },
): Work<LearnedHead> {
  const { shifted, classWeights, shares } = prepared;
  const judge = judgeOf(prepared);
  const rule = { k: 2, shifted, calibration: options.calibration };
  const choices: (Omit<Choice, "candidate"> & { readonly candidate: Kept })[] = [];
  for (const [part, { candidates }] of chosen.entries()) {
    choices.push(yield* withCalibrator(candidates[at], judge, part, rule));
  }
  const all = choices[judge.parts];
  const Z = yield* crossFittedBy(judge, 2, function* (part) {
    yield;
    return choices[part];
  });
  const decided = decidedOn(prepared, judge, Z, choices, options.seed ?? 1);
  const threshold =
    decided === null || decided.decision.rule === "argmax"
      ? {}
      : { threshold: thresholdOf(decided.decision) };
  const calibrator =
    classWeights === null ? all.calibrator : withoutClassWeights(all.calibrator, classWeights);
  const n = judge.y.length;
  const P = probabilitiesOf(Z, 2);
  return {
    head: { calibrator, shares, ...threshold },
    chosen: all.calibrator,
    kept: all.candidate,
    calibration: all.calibration.method,
    logits: Float64Array.from({ length: n }, (_, i) => Z[2 * i + 1] - Z[2 * i]),
    given: Uint8Array.from({ length: n }, (_, i) =>
      decided === null ? Number(P[2 * i + 1] > 0.5) : decided.labels[i],
    ),
    decision: decided?.report ?? null,
  };
}

function decidedOn(
  { wish, shares, schema }: Prepared,
  judge: Judge,
  honest: Float64Array,
  choices: readonly { readonly candidate: Kept; readonly calibrator: Calibrator }[],
  seed: number,
): ReturnType<typeof decideOn> | null {
  if (wish === null) return null;
  const outside = (part: number): Float64Array => {
    const { candidate, calibrator } = choices[part];
    const rows = rowsWhere(judge.part, (of) => of !== part);
    return calibrated(candidate.Z!, rows, 2, calibrator);
  };
  return decideOn(wish, {
    judge,
    k: 2,
    Z: outside(judge.parts),
    outside,
    honest,
    rowCosts: null,
    shares,
    positive: 1,
    classes: schema.classes,
    seed,
  });
}

/** A label that every one of n rows has, or none: a constant probability of 1/(2n) to be wrong. */
export function constantHead(
  has: boolean,
  n: number,
): { readonly head: Head; readonly logit: number } {
  const logit = log(2 * n - 1);
  return {
    head: { calibrator: IDENTITY, shares: Float64Array.of(has ? 0 : n, has ? n : 0) },
    logit: has ? logit : -logit,
  };
}
