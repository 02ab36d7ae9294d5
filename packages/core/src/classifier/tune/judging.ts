import { takeSteps } from "../../base/breathe.ts";
import { internalError } from "../../base/checks.ts";
import { rowLosses } from "../../base/losses.ts";
import type { Table } from "../../base/table.ts";
import type { ChosenCalibrator } from "../../calibrate/methods.ts";
import { modelOf } from "../assemble.ts";
import { type Candidate, lossesAtTemperature } from "../candidates.ts";
import { choose, crossFitted } from "../choose.ts";
import { Classifier } from "../classifier.ts";
import { firstSplitOf } from "../folds.ts";
import { scoreMissing } from "../hidden-path.ts";
import type { TrainOptions } from "../options.ts";
import { judgeOf } from "../path.ts";
import { prepare } from "../prepare.ts";
import { Workbench } from "../workbench.ts";

/** A way of training, judged on rows that its fits had not seen. */
export interface Verdict {
  /** Cross-fitted log loss of each judged row, by position (folds.ts). */
  readonly losses: Float64Array;
  /** The same by what it chose on all of them, at the temperature that suits them best: what rivals are held against while they are fitted. */
  readonly bare: Float64Array;
  /** Row weights (null for 1) and groups (null for none) of the judged rows. */
  readonly s: Float64Array | null;
  readonly group: Int32Array | null;
  /** What it chose on all of them: enough to fit it once more. */
  readonly choice: TunedChoice;
}

/** What a round said of a way of training. */
export interface Judgement {
  /** Null where it was given up or failed. */
  readonly verdict: Verdict | null;
  /** Why it failed; null where it did not. */
  readonly reason: string | null;
  /** That it took. */
  readonly seconds: number;
}

export interface TunedChoice {
  readonly shape: number;
  readonly l2: number;
  readonly epochs: number | null;
  readonly calibration: ChosenCalibrator;
}

export interface JudgeRequest {
  /** `Verdict.bare` of another way of training: where this one lies far behind, it is given up. */
  readonly rival: Float64Array | null;
  /** Only the rows of the first split judge. */
  readonly firstSplit: boolean;
}

/**
 * Judges a way of training: its honest losses, as `train` reports their mean, but without the last fit. Null where it was given up.
 * Throws as `train` does.
 */
export async function judgeWay(
  table: Table,
  options: TrainOptions,
  { rival, firstSplit }: JudgeRequest,
): Promise<Verdict | null> {
  const all = prepare(table, options);
  const { k, shifted, y, group } = all;
  const plan = firstSplit
    ? firstSplitOf(all.plan, { y, k, group, seed: options.seed ?? 1 })
    : all.plan;
  const bench = new Workbench({ ...all, plan, rival }, options);
  const { signal, calibration } = options;
  try {
    const candidates = await bench.tryAll();
    if (candidates.length === 0) return null;
    const judge = judgeOf(bench.input());
    const calibrating = { k, shifted, calibration, known: new Map() };
    const choice = await takeSteps(choose(candidates, judge, judge.parts, calibrating), signal);
    const Z = await takeSteps(crossFitted(candidates, judge, calibrating), signal);
    const { shape, l2, epochs, Z: own } = choice.candidate;
    const { y: labels, s } = judge;
    return {
      losses: rowLosses(Z, labels, labels.length, k),
      bare: lossesAtTemperature(own!, labels, s, k),
      ...{ s, group: judge.group },
      choice: { shape, l2, epochs: epochs ?? null, calibration: choice.calibration },
    };
  } finally {
    bench.close();
  }
}

/** Honest logits of other rows, n × k for `classes`, by one fit of what was chosen on all rows of a table. */
export async function scoreRows(
  table: Table,
  options: TrainOptions,
  { shape, l2, epochs, calibration }: TunedChoice,
  rows: Table,
  classes: readonly string[],
): Promise<Float64Array> {
  const prepared = prepare(table, options);
  const bench = new Workbench(prepared, options);
  try {
    const place = { shape, l2, ...(epochs === null ? {} : { epochs }) };
    const nothing = { losses: new Float64Array(0), means: new Float64Array(0), bounded: false };
    const candidate: Candidate = { ...place, ...nothing, Z: null };
    const fit = await bench.refit(candidate);
    const choice = { candidate, calibrator: calibration.calibrator, calibration };
    const found = { candidates: [], choice, fit, Z: nothing.losses, decided: null };
    const model = modelOf(prepared, options, bench, found);
    const own = new Classifier(model).logitMatrix(rows);
    return amongClasses(own, model.schema.classes, classes, table.rows);
  } finally {
    bench.close();
  }
}

/** Logits for more classes; one that `known` lacks gets the constant probability that it has in folds that lack it. */
function amongClasses(
  own: Float64Array,
  known: readonly string[],
  classes: readonly string[],
  rows: number,
): Float64Array {
  if (known.length === classes.length) return own;
  const place = known.map((label) => classes.indexOf(label));
  if (place.includes(-1)) throw internalError("a class of some rows is none of all rows");
  const [k, all] = [known.length, classes.length];
  const Z = new Float64Array((own.length / k) * all);
  for (let i = 0; i < own.length; i++) Z[Math.floor(i / k) * all + place[i % k]] = own[i];
  const missing = Array.from(classes.keys()).filter((c) => !place.includes(c));
  scoreMissing(Z, all, missing, 1 / (2 * Math.max(rows, missing.length)));
  return Z;
}
