import { letOthersRun } from "../base/breathe.ts";
import type { Row, Table } from "../base/table.ts";
import { checkColumns } from "../encode/columns.ts";
import { checkedLabelsOf } from "../encode/labels.ts";
import { measure } from "../measure/metrics.ts";
import { operatingPoints } from "../measure/operating.ts";
import { type Findings, modelOf, reportOf } from "./assemble.ts";
import { type Candidate, type Judge, rowsWhere } from "./candidates.ts";
import { type Choice, choose, crossFitted } from "./choose.ts";
import { Classifier } from "./classifier.ts";
import { growCurve } from "./curve.ts";
import { calibrated, decideOn } from "./decide.ts";
import { type EvaluateOptions, evaluate } from "./evaluate.ts";
import { checkTrainOptions, type TrainOptions } from "./options.ts";
import { judgeOf } from "./path.ts";
import { asTable, type Prepared, prepare } from "./prepare.ts";
import type { Evaluation, Report } from "./report.ts";
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
 * more, on all rows.
 *
 * Throws TypeError and RangeError for wrong options, SoftmaxError "data" for what cannot be learned from and "aborted" where
 * the signal says so.
 */
export async function train(data: Table | readonly Row[], options: TrainOptions): Promise<Trained> {
  checkTrainOptions(options);
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
    const { findings, evaluation } = await learn(prepared, options, bench);
    const model = modelOf(prepared, options, bench, findings);
    const classifier = new Classifier(model);
    const test =
      tester === null ? null : evaluate(classifier, tester, testOptions(tester, options));
    const report = {
      ...reportOf(prepared, options, bench, findings, model, { evaluation, test }),
      ...(options.learningCurve === true
        ? { learningCurve: await growCurve(prepared, options, findings.Z) }
        : {}),
    };
    options.onProgress?.({ fraction: 1, doing: "done" });
    const judged = { Z: findings.Z, y: prepared.y.subarray(0, prepared.plan.judged) };
    return { classifier, report, folds: prepared.plan.partOf, judged };
  } finally {
    bench.close();
  }
}

/** Tries every encoding, chooses, fits on all rows, and measures on the rows that judged. */
async function learn(
  prepared: Prepared,
  options: TrainOptions,
  bench: Workbench,
): Promise<{ findings: Findings; evaluation: Evaluation }> {
  const { k, shapes, shares, positive } = prepared;
  const candidates: Candidate[] = [];
  for (let shape = 0; shape < shapes.length; shape++) {
    candidates.push(...(await bench.tryShape(shape)));
  }
  const judge = judgeOf(bench.input());
  const shifted = prepared.classWeights !== null;
  const { calibration } = options;
  const choice = choose(candidates, judge, judge.parts, k, shifted, calibration);
  await letOthersRun();
  const choices = new Map<number, Choice>();
  const Z = crossFitted(candidates, judge, k, shifted, calibration, (part, chosen) =>
    choices.set(part, chosen),
  );
  const fit = await bench.refit(choice.candidate);
  options.onProgress?.({ fraction: 0.95, doing: "measuring" });
  const metrics = measure(Z, judge.y, judge.s, k, {
    group: judge.group,
    shares,
    seed: options.seed ?? 1,
    ...(positive < 0 ? {} : { positive }),
  });
  const operating = operatingPoints(Z, judge.y, judge.s, k, metrics.positive);
  const evaluation = { method: methodOf(prepared), rows: judge.y.length, metrics, operating };
  const decided = decidedOn(prepared, options, judge, { choice, choices, honest: Z });
  return { findings: { candidates, choice, fit, Z, decided }, evaluation };
}

/** The decision that was asked for, chosen on the judged rows. */
function decidedOn(
  { wish, rowCosts, k, shares, positive, schema }: Prepared,
  { seed = 1 }: TrainOptions,
  judge: Judge,
  found: {
    readonly choice: Choice;
    readonly choices: ReadonlyMap<number, Choice>;
    readonly honest: Float64Array;
  },
): Findings["decided"] {
  if (wish === null) return null;
  const logits = ({ candidate, calibrator }: Choice, rows: Int32Array): Float64Array =>
    calibrated(candidate.Z!, rows, k, calibrator);
  return decideOn(wish, {
    judge,
    k,
    shares,
    positive,
    seed,
    classes: schema.classes,
    honest: found.honest,
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

function methodOf({ plan }: Prepared): string {
  return plan.method === "cross-validation" ? `${plan.parts}-fold cross-validation` : plan.method;
}
