import { counted } from "../base/checks.ts";
import { matrixWidth } from "../base/matrix.ts";
import { VERSION } from "../base/version.ts";
import { temperatureOf } from "../calibrate/calibrator.ts";
import { calibrationReport } from "../calibrate/summary.ts";
import type { Decision } from "../decide/decision.ts";
import { effects, usedColumns } from "../explain/effects.ts";
import type { FittedWeights } from "../model/trainer.ts";
import { type Candidate, meanLoss } from "./candidates.ts";
import type { Choice } from "./choose.ts";
import type { DecisionReport } from "./decide.ts";
import { rowsReport, textsReport } from "./explain.ts";
import type { FittedNetworks } from "./hidden-path.ts";
import type { Model } from "./model.ts";
import { NUMBER_OPTIONS, type TrainOptions } from "./options.ts";
import type { Prepared } from "./prepare.ts";
import { type Evaluation, fitReport, type Provenance, type Report, shareList } from "./report.ts";
import { outputsOf, penaltyParts, withoutClassWeights } from "./splits.ts";
import type { Workbench } from "./workbench.ts";

/** What a training found, before it is put into words. */
export interface Findings {
  readonly candidates: readonly Candidate[];
  readonly choice: Choice;
  /** The last fit, on all rows. */
  readonly fit: FittedWeights | FittedNetworks;
  /** Honest logits of the judged rows. */
  readonly Z: Float64Array;
  /** How labels are decided on, where that was asked for. */
  readonly decided: { readonly decision: Decision; readonly report: DecisionReport } | null;
}

export function modelOf(
  prepared: Prepared,
  options: TrainOptions,
  bench: Workbench,
  { choice, fit, decided }: Findings,
): Model {
  const { schema, classWeights, priorShifts, shares, positive } = prepared;
  const { calibrator } = choice;
  return {
    schema,
    encoder: bench.encoder,
    weights: fit.weights,
    ...("hidden" in fit ? { hidden: fit.hidden } : {}),
    calibrator: classWeights === null ? calibrator : withoutClassWeights(calibrator, classWeights),
    ...(priorShifts === null ? {} : { priorShifts }),
    shares,
    positive,
    provenance: provenanceOf(prepared, options, bench.kernels.name, choice),
    ...(decided === null ? {} : { decision: decided.decision }),
  };
}

function provenanceOf(
  { schema, used, shapes }: Prepared,
  options: TrainOptions,
  kernels: string,
  { candidate: chosen, calibration }: Choice,
): Provenance {
  const parts = partsOf(chosen, options.l1Ratio);
  const { text, image } = shapes[chosen.shape];
  const given = NUMBER_OPTIONS.filter((name) => name !== "target" && options[name] !== undefined);
  return {
    version: VERSION,
    kernels,
    seed: options.seed ?? 1,
    rows: used.length,
    dataHash: options.dataHash ?? "",
    options: [
      ["target", JSON.stringify(schema.target)],
      ...given.map((name) => [name, JSON.stringify(options[name])] as const),
      ...(text === null ? [] : [["chosen texts", text.name] as const]),
      ...(image === undefined ? [] : [["chosen images", image.name] as const]),
      ...(image?.backbone === undefined ? [] : [["network", image.backbone.info.sha256] as const]),
      ...(parts.l1 === undefined ? [] : [["chosen l1", String(parts.l1)] as const]),
      parts.epochs === undefined
        ? (["chosen l2", String(parts.l2)] as const)
        : (["chosen epochs", String(parts.epochs)] as const),
      ...(options.calibration === "auto"
        ? [["chosen calibration", calibration.method] as const]
        : []),
    ],
  };
}

export function reportOf(
  prepared: Prepared,
  options: TrainOptions,
  bench: Workbench,
  { candidates, choice, fit, Z, decided }: Findings,
  model: Model,
  judged: { readonly evaluation: Evaluation; readonly test: Evaluation | null },
): Report {
  const { schema, shares, ledger, columns, shapes } = prepared;
  const { candidate, calibrator, calibration } = choice;
  const temperature = temperatureOf(calibrator);
  const { l1Ratio, focal } = bench.input();
  const calibrated = fit.weights.map((w) => w / temperature);
  // Of hidden layers no column has an effect of its own.
  const columnEffects =
    model.hidden === undefined ? effects(model.encoder, calibrated, schema.classes, bench.X) : [];
  const { table, order, plan } = prepared;
  const rows = order.subarray(0, plan.judged);
  const y = prepared.y.subarray(0, plan.judged);
  const judgedRows = { table, Z, y, rows };
  const texts = textsReport(model, columnEffects, judgedRows);
  const looks = rowsReport(model, judgedRows);
  return {
    format: 1,
    target: schema.target,
    classes: shareList(schema.classes, shares),
    rows: ledger,
    ...judged,
    choice: {
      encoding: shapes[candidate.shape].name,
      ...partsOf(candidate, l1Ratio),
      temperature,
      ...(focal === null ? {} : { focalGamma: focal }),
      ...hiddenPart(bench),
      tried: candidates.map((tried) => ({
        encoding: shapes[tried.shape].name,
        ...partsOf(tried, l1Ratio),
        logLoss: meanLoss(tried),
      })),
    },
    fit: fitReport(
      fit,
      matrixWidth(bench.X),
      l1Ratio > 0
        ? usedColumns(model.encoder, model.weights, outputsOf(schema.classes.length))
        : null,
    ),
    columns,
    effects: columnEffects,
    ...(texts === undefined ? {} : { texts }),
    ...(decided === null ? {} : { decision: decided.report }),
    ...(looks === undefined ? {} : { looks }),
    remarks: [
      ...prepared.remarks,
      ...bench.remarks(),
      ...(candidate.epochs === undefined ? fitRemarks(fit) : []),
      ...(decided?.report.reached === false ? [UNREACHED] : []),
    ],
    provenance: model.provenance,
    calibration: calibrationReport(options.calibration ?? "temperature", calibration),
  };
}

function hiddenPart(bench: Workbench): Pick<Report["choice"], "hidden"> {
  const { hidden } = bench.input();
  if (hidden == null) return {};
  const { units, activation, seeds, epochs } = hidden;
  return { hidden: { units, activation, networks: seeds, epochs } };
}

const UNREACHED =
  "what was asked of the decision is not reached on the rows that judged: the nearest to it was taken";

export interface Parts {
  readonly l1?: number;
  readonly l2: number;
  readonly epochs?: number;
}

/** λ1 and λ2 of a candidate, λ1 only where the penalty has such a part; of a bag its epochs. */
export function partsOf(
  { l2, epochs }: { readonly l2: number; readonly epochs?: number | undefined },
  l1Ratio = 0,
): Parts {
  if (epochs !== undefined) return { l2, epochs };
  return l1Ratio === 0 ? { l2 } : penaltyParts(l2, l1Ratio);
}

const fitRemarks = ({ converged, reason, iterations }: FittedWeights): string[] => {
  if (converged) return [];
  return reason === "epochs"
    ? [`the last fit ended after ${counted(iterations, "epoch")}, near the optimum at best`]
    : [`the last fit had not converged after ${counted(iterations, "iteration")} (${reason})`];
};
