import { takeSteps } from "../base/breathe.ts";
import type { Row, Table } from "../base/table.ts";
import { addShifts, shiftedPrior } from "../calibrate/prior.ts";
import { checkColumns } from "../encode/columns.ts";
import { checkedLabelsOf } from "../encode/labels.ts";
import { asTable } from "../encode/rows.ts";
import { type Findings, modelOf, reportOf } from "./assemble.ts";
import { type Judge, rowsWhere } from "./candidates.ts";
import { type Choice, choose, crossFitted } from "./choose.ts";
import { Classifier } from "./classifier.ts";
import { growCurve } from "./curve.ts";
import { calibrated, decideOn } from "./decide.ts";
import { type EvaluateOptions, evaluateForReport } from "./evaluate.ts";
import { methodOf } from "./folds.ts";
import { atBothPriors, movedTo, type RowsToJudge } from "./judge.ts";
import type { MultiLabelTrainOptions } from "./multi/options.ts";
import { type TrainedMultiLabel, trainMultiLabel } from "./multi/train.ts";
import { checkTrainOptions, type TrainOptions } from "./options.ts";
import { judgeOf } from "./path.ts";
import { type Prepared, prepare } from "./prepare.ts";
import type { Evaluation, Report } from "./report.ts";
import { statisticsOf } from "./statistics.ts";
import { type TrainedAndJudged, trainWithSets } from "./train-sets.ts";
import { Workbench } from "./workbench.ts";

export interface Trained {
  readonly classifier: Classifier;
  readonly report: Report;
  /** Part that judged each used row, in file order; −1 for rows that were only trained on, −2 for those set aside for sets. */
  readonly folds: Int32Array;
}

/**
 * Learns a classifier from a table, or from rows by column name, and says honestly how good it is.
 *
 * Every encoding is fitted along a path of penalties on every split. The rows of each part are then scored with the
 * encoding, penalty and calibrator that the other parts choose; what ships is chosen on all judged rows and fitted once
 * more, on all rows. With the option `multiLabel` the classifier gives each row any number of labels.
 *
 * Throws TypeError and RangeError for wrong options, SoftmaxError "data" for what cannot be learned from and "aborted" where
 * the signal says so.
 */
export function train(
  data: Table | readonly Row[],
  options: MultiLabelTrainOptions,
): Promise<TrainedMultiLabel>;
export function train(data: Table | readonly Row[], options: TrainOptions): Promise<Trained>;
export async function train(
  data: Table | readonly Row[],
  options: TrainOptions | MultiLabelTrainOptions,
): Promise<Trained | TrainedMultiLabel> {
  if (options.multiLabel !== undefined) return trainMultiLabel(data, options);
  checkTrainOptions(options);
  if (options.infer !== true) return trainAll(data, options);
  const table = asTable(data);
  const trained = await trainAll(table, { ...options, onProgress: upTo(TRAINING, options) });
  options.onProgress?.({ fraction: TRAINING, doing: "statistics" });
  const inference = await statisticsOf(table, options);
  options.onProgress?.({ fraction: 1, doing: "done" });
  return { ...trained, report: { ...trained.report, inference } };
}

/** Share of the work that training is, where statistics come after it. */
const TRAINING = 0.9;

const upTo =
  (most: number, { onProgress }: TrainOptions): NonNullable<TrainOptions["onProgress"]> =>
  ({ fraction, doing }) =>
    onProgress?.({ fraction: most * fraction, doing });

async function trainAll(data: Table | readonly Row[], options: TrainOptions): Promise<Trained> {
  const { sets } = options;
  const { classifier, report, folds } =
    sets === undefined
      ? await trainOne(data, options)
      : await trainWithSets(trainOne, asTable(data), options, sets);
  return { classifier, report, folds };
}

/** Without sets. */
async function trainOne(
  data: Table | readonly Row[],
  options: TrainOptions,
): Promise<TrainedAndJudged> {
  const prepared = prepare(data, options);
  const tester = options.test === undefined ? null : asTable(options.test);
  // A test table that cannot be used is said before the work, not after.
  if (tester !== null) {
    checkColumns(tester, prepared.schema);
    checkedLabelsOf(tester, prepared.schema);
  }
  const bench = new Workbench(prepared, options);
  try {
    const { findings, evaluation, judged } = await learn(prepared, options, bench);
    const model = modelOf(prepared, options, bench, findings);
    const classifier = new Classifier(model);
    const test =
      tester === null ? null : evaluateForReport(classifier, tester, testOptions(tester, options));
    const report = {
      ...reportOf(prepared, options, bench, findings, model, { evaluation, test }),
      ...(options.learningCurve === true
        ? { learningCurve: await growCurve(prepared, options, findings.Z) }
        : {}),
    };
    options.onProgress?.({ fraction: 1, doing: "done" });
    return { classifier, report, folds: prepared.plan.partOf, judged };
  } finally {
    bench.close();
  }
}

/** Tries every encoding and chooses; scores the rows that judged while the last fit goes over all rows. */
async function learn(
  prepared: Prepared,
  options: TrainOptions,
  bench: Workbench,
): Promise<{ findings: Findings; evaluation: Evaluation; judged: RowsToJudge }> {
  const { k, schema, shares, shifted, priorShifts, positive } = prepared;
  const candidates = await bench.tryAll();
  const judge = judgeOf(bench.input());
  const { calibration, signal } = options;
  options.onProgress?.({ fraction: 0.9, doing: "calibrating" });
  const calibrating = { k, shifted, calibration, known: new Map() };
  const choice = await takeSteps(choose(candidates, judge, judge.parts, calibrating), signal);
  const refit = bench.refit(choice.candidate);
  // Whoever awaits it hears of a failure, be it after one of what follows.
  refit.catch(() => {});
  const choices = new Map<number, Choice>();
  const onChoice = (part: number, chosen: Choice): void => {
    choices.set(part, chosen);
    const fraction = Math.min(0.95, 0.9 + (0.05 * (part + 1)) / judge.parts);
    options.onProgress?.({ fraction, doing: "calibrating" });
  };
  const Z = await takeSteps(crossFitted(candidates, judge, calibrating, onChoice), signal);
  const { y, s, group } = judge;
  const seed = options.seed ?? 1;
  const judged = { method: methodOf(prepared.plan), Z, y, s, group, shares, seed, positive };
  const decided = decidedOn(prepared, judge, judged, { choice, choices });
  const aimed = priorShifts === null ? {} : { priorShifts };
  const evaluation = atBothPriors({ schema, shares, ...aimed }, judged);
  const fit = await refit;
  options.onProgress?.({ fraction: 0.95, doing: "measuring" });
  return { findings: { candidates, choice, fit, Z, decided }, evaluation, judged };
}

/** The decision that was asked for, chosen on the judged rows as they are at the prior that the model is for. */
function decidedOn(
  { wish, rowCosts, k, positive, schema, priorShifts, shares }: Prepared,
  judge: Judge,
  judged: RowsToJudge,
  found: { readonly choice: Choice; readonly choices: ReadonlyMap<number, Choice> },
): Findings["decided"] {
  if (wish === null) return null;
  const moved =
    priorShifts === null ? judged : movedTo(shiftedPrior(priorShifts, shares), priorShifts, judged);
  const logits = ({ candidate, calibrator }: Choice, rows: Int32Array): Float64Array => {
    const Z = calibrated(candidate.Z!, rows, k, calibrator);
    if (priorShifts !== null) addShifts(priorShifts, Z, Z);
    return Z;
  };
  return decideOn(wish, {
    judge: { ...judge, s: moved.s },
    k,
    shares: moved.shares,
    positive,
    seed: judged.seed,
    classes: schema.classes,
    honest: moved.Z,
    rowCosts: rowCosts?.subarray(0, judge.y.length) ?? null,
    Z: logits(
      found.choice,
      rowsWhere(judge.part, () => true),
    ),
    outside: (p) =>
      logits(
        found.choices.get(p)!,
        rowsWhere(judge.part, (part) => part !== p),
      ),
  });
}

/** The test table counts its rows as training did, where it can. */
function testOptions(
  tester: Table,
  { weight, group, seed, decide }: TrainOptions,
): EvaluateOptions {
  const costColumn = decide?.costColumn;
  const has = (name: string | undefined): name is string =>
    name !== undefined && tester.columns.some((column) => column.name === name);
  return {
    method: "test table",
    ...(has(weight) ? { weight } : {}),
    ...(has(group) ? { group } : {}),
    ...(has(costColumn) ? { costColumn } : {}),
    ...(seed === undefined ? {} : { seed }),
  };
}
