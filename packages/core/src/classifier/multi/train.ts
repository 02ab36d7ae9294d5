import { takeSteps } from "../../base/breathe.ts";
import type { Row, Table } from "../../base/table.ts";
import { VERSION } from "../../base/version.ts";
import { temperatureOf } from "../../calibrate/calibrator.ts";
import { checkColumns } from "../../encode/columns.ts";
import { readLabelSets } from "../../encode/label-sets.ts";
import { asTable } from "../../encode/rows.ts";
import type { ColumnEffect } from "../../explain/effects.ts";
import type { FittedWeights } from "../../model/trainer.ts";
import { partsOf } from "../assemble.ts";
import { methodOf } from "../folds.ts";
import { NUMBER_OPTIONS } from "../options.ts";
import type { Provenance } from "../report.ts";
import { MultiLabelClassifier } from "./classifier.ts";
import { evaluateMultiLabel, placed } from "./evaluate.ts";
import { constantHead, type LearnedHead, learnHead } from "./heads.ts";
import { labelEvaluation } from "./judge.ts";
import { LabelBench, type Tried } from "./learn.ts";
import type { Head, MultiLabelModel } from "./model.ts";
import { checkMultiLabelOptions, type MultiLabelTrainOptions } from "./options.ts";
import {
  countsOf,
  labelList,
  type PreparedLabels,
  preparedLabel,
  prepareLabels,
} from "./prepare.ts";
import type { LabelReport, MultiLabelEvaluation, MultiLabelReport } from "./report.ts";

export interface TrainedMultiLabel {
  readonly classifier: MultiLabelClassifier;
  readonly report: MultiLabelReport;
  /** Part that judged each used row, in file order; −1 for rows that were only trained on. */
  readonly folds: Int32Array;
}

/** Columns whose effect on a label the report holds. */
const EFFECTS = 5;

/**
 * Learns a classifier that gives rows any number of labels. The table is encoded once; each label is a question of two classes with
 * a penalty, calibrator and threshold of its own, all on the same folds. What is chosen on a row is never scored on it.
 *
 * Throws as `train`; SoftmaxError "data" too where columns do not say which rows have a label, or all rows have the same labels.
 */
export async function trainMultiLabel(
  data: Table | readonly Row[],
  options: MultiLabelTrainOptions,
): Promise<TrainedMultiLabel> {
  checkMultiLabelOptions(options);
  const prepared = prepareLabels(data, options);
  const bench = new LabelBench(prepared, options);
  const tester = testerOf(prepared, options);
  const tried = await bench.tryAll();
  const heads: LearnedHead[] = [];
  for (const [at, l] of prepared.varying.entries()) {
    const { prepared: label, own } = preparedLabel(prepared, l, options);
    heads.push(await takeSteps(learnHead(label, tried.chosen, at, own), options.signal));
  }
  const chosen = tried.chosen[tried.chosen.length - 1];
  const fits = await bench.refitAll(
    chosen,
    heads.map((head) => head.chosen),
    EFFECTS,
  );
  options.onProgress?.({ fraction: 0.96, doing: "measuring" });
  const learned = { tried, heads, fits };
  const model = modelOf(prepared, options, bench, learned);
  const classifier = new MultiLabelClassifier(model);
  const report = reportOf(prepared, options, bench, learned, model, {
    evaluation: judgedBy(prepared, model, heads, options.seed ?? 1),
    test:
      tester === null ? null : evaluateMultiLabel(classifier, tester, testOptions(tester, options)),
  });
  options.onProgress?.({ fraction: 1, doing: "done" });
  return { classifier, report, folds: prepared.laid.plan.partOf };
}

interface Learned {
  readonly tried: Tried;
  /** One a varying label. */
  readonly heads: readonly LearnedHead[];
  readonly fits: readonly {
    readonly fit: FittedWeights;
    readonly effects: readonly ColumnEffect[];
  }[];
}

/** The test table; one that cannot be used is said before the work, not after. */
function testerOf(
  { places, labels, missing, columns }: PreparedLabels,
  { test }: MultiLabelTrainOptions,
): Table | null {
  if (test === undefined) return null;
  const tester = asTable(test);
  checkColumns(tester, { target: places.columns[0], classes: [], missing, columns });
  readLabelSets(tester, places, placed(tester, places), missing, labels);
  return tester;
}

/** The test table counts its rows as training did, where it can. */
function testOptions(tester: Table, { weight, group, seed }: MultiLabelTrainOptions) {
  const has = (name: string | undefined): name is string =>
    name !== undefined && tester.columns.some((column) => column.name === name);
  return {
    method: "test table",
    ...(has(weight) ? { weight } : {}),
    ...(has(group) ? { group } : {}),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** One of each label, from those of the labels that vary: others get `constant` of whether all rows have the label. */
function spread<T>(
  { labels, varying, truth }: PreparedLabels,
  own: readonly T[],
  constant: (has: boolean) => T,
): T[] {
  const counts = countsOf(truth, labels.length);
  return labels.map((_, l) => {
    const at = varying.indexOf(l);
    return at < 0 ? constant(counts[l] > 0) : own[at];
  });
}

function modelOf(
  prepared: PreparedLabels,
  options: MultiLabelTrainOptions,
  bench: LabelBench,
  learned: Learned,
): MultiLabelModel {
  const { labels, places, missing, columns, laid } = prepared;
  const n = laid.used.length;
  const L = labels.length;
  const d = bench.features;
  const weights = new Float64Array((d + 1) * L);
  const columnsOfW = spread(
    prepared,
    learned.fits.map(({ fit }) => fit.weights),
    (has) =>
      Float64Array.from({ length: d + 1 }, (_, j) => (j < d ? 0 : constantHead(has, n).logit)),
  );
  columnsOfW.forEach((own, l) => {
    for (let j = 0; j <= d; j++) weights[j * L + l] = own[j];
  });
  return {
    labels,
    target: places,
    missing,
    columns,
    encoder: bench.encoder,
    weights,
    heads: headsOf(prepared, learned),
    provenance: provenanceOf(prepared, options, bench, learned),
  };
}

const headsOf = (prepared: PreparedLabels, { heads }: Learned): Head[] =>
  spread(
    prepared,
    heads.map(({ head }) => head),
    (has) => constantHead(has, prepared.laid.used.length).head,
  );

function provenanceOf(
  { places, laid }: PreparedLabels,
  options: MultiLabelTrainOptions,
  bench: LabelBench,
  { tried, heads }: Learned,
): Provenance {
  const { shape } = tried.chosen[tried.chosen.length - 1];
  const { text } = laid.shapes[shape];
  const asked = new Map<string, unknown>(Object.entries(options));
  const given = [...NUMBER_OPTIONS, "multiLabel"].filter(
    (name) => name !== "target" && asked.get(name) !== undefined,
  );
  const chosen = heads.map(({ kept }) => kept.epochs ?? kept.l2);
  const isBag = heads[0].kept.epochs !== undefined;
  return {
    version: VERSION,
    kernels: bench.kernels,
    seed: options.seed ?? 1,
    rows: laid.used.length,
    dataHash: options.dataHash ?? "",
    options: [
      ["target", JSON.stringify(places.columns)],
      ...given.map((name) => [name, JSON.stringify(asked.get(name))] as const),
      ...(text === null ? [] : [["chosen texts", text.name] as const]),
      [isBag ? "chosen epochs" : "chosen penalties", chosen.join(", ")],
    ],
  };
}

/** How good the honest logits are, and the labels that are given by what other parts chose. */
function judgedBy(
  prepared: PreparedLabels,
  model: MultiLabelModel,
  heads: readonly LearnedHead[],
  seed: number,
): MultiLabelEvaluation {
  const { laid, labels, truth } = prepared;
  const { plan, s, group } = laid;
  const L = labels.length;
  const n = plan.judged;
  const used = laid.used.length;
  const logits = spread(
    prepared,
    heads.map((head) => head.logits),
    (has) => new Float64Array(n).fill(constantHead(has, used).logit),
  );
  const given = spread(
    prepared,
    heads.map((head) => head.given),
    (has) => new Uint8Array(n).fill(Number(has)),
  );
  return labelEvaluation({
    method: methodOf(plan),
    labels,
    truth: Uint8Array.from(
      { length: n * L },
      (_, at) => truth[plan.order[Math.floor(at / L)] * L + (at % L)],
    ),
    given: Uint8Array.from({ length: n * L }, (_, at) => given[at % L][Math.floor(at / L)]),
    logits: Float64Array.from({ length: n * L }, (_, at) => logits[at % L][Math.floor(at / L)]),
    s: s === null ? null : s.subarray(0, n),
    group: group === null ? null : group.subarray(0, n),
    shares: model.heads.map((head) => head.shares),
    thresholds: model.heads.map(({ threshold }) => threshold ?? 0.5),
    unknown: [],
    seed,
  });
}

function reportOf(
  prepared: PreparedLabels,
  options: MultiLabelTrainOptions,
  bench: LabelBench,
  learned: Learned,
  model: MultiLabelModel,
  judged: Pick<MultiLabelReport, "evaluation" | "test">,
): MultiLabelReport {
  const { laid, places } = prepared;
  const { tried } = learned;
  const { shape } = tried.chosen[tried.chosen.length - 1];
  return {
    format: 1,
    kind: "multi-label",
    target: places,
    rows: laid.ledger,
    ...judged,
    labels: labelReports(prepared, options, learned, model),
    choice: {
      encoding: laid.shapes[shape].name,
      features: bench.features,
      tried: tried.tried,
    },
    columns: laid.columns,
    remarks: remarksOf(prepared, learned),
    provenance: model.provenance,
  };
}

function labelReports(
  prepared: PreparedLabels,
  { l1Ratio }: MultiLabelTrainOptions,
  { heads, fits }: Learned,
  { heads: all, labels }: MultiLabelModel,
): LabelReport[] {
  const own = heads.map(({ kept, head, calibration, decision }, at) => {
    const { fit, effects } = fits[at];
    const { converged, reason, iterations } = fit;
    const temperature = temperatureOf(head.calibrator);
    const how = { temperature, calibration, converged, reason, iterations };
    return {
      constant: false,
      fit: { ...partsOf(kept, l1Ratio), ...how },
      ...(decision === null ? {} : { decision }),
      effects,
    };
  });
  type Own = Omit<LabelReport, "label" | "rows" | "share">;
  const constant = (): Own => ({ constant: true, fit: null, effects: [] });
  return spread<Own>(prepared, own, constant).map((rest, l) => {
    const [without, having] = all[l].shares;
    return { label: labels[l], rows: having, share: having / (without + having), ...rest };
  });
}

function remarksOf(prepared: PreparedLabels, { tried, heads, fits }: Learned): string[] {
  const { labels, laid, varying, truth } = prepared;
  const counts = countsOf(truth, labels.length);
  const list = (sentence: string, picked: readonly number[]): string[] =>
    picked.length === 0 ? [] : [`${labelList(picked.map((l) => labels[l]))}: ${sentence}`];
  const constant = labels.flatMap((_, l) => (varying.includes(l) ? [] : [l]));
  const isOn = (l: number): boolean => counts[l] > 0;
  const ended = varying.filter(
    (_, at) => !fits[at].fit.converged && heads[at].kept.epochs === undefined,
  );
  const unreached = varying.filter((_, at) => heads[at].decision?.reached === false);
  return [
    ...laid.remarks,
    ...prepared.remarks,
    ...list(
      "on no row; the probability is a small constant",
      constant.filter((l) => !isOn(l)),
    ),
    ...list("on every row; the probability is constant", constant.filter(isOn)),
    ...list(
      `on fewer rows than there are parts (${laid.plan.parts}), or lacking on as few; neither calibrated nor given a threshold other than ½`,
      prepared.rare,
    ),
    ...list(
      "absent from some fold's training rows, or on all of them; scored there with a constant probability",
      tried.absent,
    ),
    ...list("the last fit had not converged", ended),
    ...list(
      "what was asked of the decision is not reached on the rows that judged; the nearest to it was taken",
      unreached,
    ),
  ];
}
