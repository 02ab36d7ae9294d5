import type { ChoiceReport, FitReport, Trial } from "@softmax/core";
import { linesChart, type Point } from "./charts.ts";
import { legend } from "./effects.ts";
import { html, type Markup, scrolling } from "./html.ts";
import { metric } from "./numbers.ts";
import { factorTicks, powerTicks, rangeOf } from "./scales.ts";

/**
 * All that was tried, encoding by penalty, and what was chosen; null where there was no choice. Where hidden layers were tried
 * beside linear models, those alone that were chosen.
 */
export function triedFigure(choice: ChoiceReport): Markup | null {
  const { encoding } = choice;
  const hasEpochs = choice.epochs !== undefined;
  const tried = choice.tried.filter(({ epochs }) => (epochs !== undefined) === hasEpochs);
  const point = (trial: Trial): Point => [Math.log(placeOf(trial)), trial.logLoss];
  if (tried.length < 2) return null;
  const encodings = [...new Set(tried.map((trial) => trial.encoding))];
  const lines = encodings.map((wanted) =>
    tried.filter((trial) => trial.encoding === wanted).map(point),
  );
  const chosen = tried
    .filter((trial) => trial.encoding === encoding && placeOf(trial) === placeOf(choice))
    .map(point);
  const xRange = rangeOf(lines.flatMap((line) => line.map((point) => point[0])));
  const yRange = rangeOf(lines.flatMap((line) => line.map((point) => point[1])));
  const chart = linesChart(
    hasEpochs ? "Log loss by epochs" : "Log loss by penalty",
    lines,
    [
      hasEpochs
        ? { range: xRange, label: "epochs", ticks: tried.map(epochTick) }
        : { range: xRange, label: "penalty λ", ticks: powerTicks(xRange) },
      { range: yRange, label: "out-of-fold log loss" },
    ],
    { marks: chosen },
  );
  return html`<figure>${chart}${encodings.length > 1 ? legend(encodings) : null}</figure>`;
}

/** Where a trial stands on the path: its penalty, or its epochs. */
const placeOf = (trial: Omit<Trial, "logLoss" | "encoding">): number =>
  trial.epochs ?? penaltyOf(trial);

const epochTick = ({ epochs = 1 }: Trial) => ({ value: Math.log(epochs), text: String(epochs) });

/** What was tried of one encoding that did best. */
export interface BestTrial {
  readonly encoding: string;
  readonly logLoss: number;
  readonly chosen: boolean;
}

/** The least judged log loss of each encoding that was tried, in order. */
export function bestTrials({ tried, encoding: chosen }: ChoiceReport): BestTrial[] {
  const least = new Map<string, number>();
  for (const { encoding, logLoss } of tried) {
    least.set(encoding, Math.min(logLoss, least.get(encoding) ?? Number.POSITIVE_INFINITY));
  }
  return [...least].map(([encoding, logLoss]) => {
    return { encoding, logLoss, chosen: encoding === chosen };
  });
}

/** Encodings with their log losses; null where there was one only. */
export function triedTable(choice: ChoiceReport): Markup | null {
  const trials = bestTrials(choice);
  if (trials.length < 2) return null;
  const lines = trials.map(
    ({ encoding, logLoss, chosen }) =>
      html`<tr><th scope="row">${encoding}</th><td>${metric(logLoss)}</td><td>${chosen ? "chosen" : ""}</td></tr>`,
  );
  return scrolling(
    html`<table><tr><th scope="col">encoding</th><th scope="col">log loss</th><th></th></tr>${lines}</table>`,
  );
}

/** λ, of which both parts are a share. */
export const penaltyOf = ({ l1 = 0, l2 }: { readonly l1?: number; readonly l2: number }): number =>
  l1 + l2;

/** The objective of the last fit, iteration by iteration; as factors of its last value where it fell far. */
export function traceFigure({ trace }: FitReport): Markup | null {
  if (trace.length < 2) return null;
  const values = trace.map((point) => point.objective);
  const last = values[values.length - 1];
  const far = Math.min(...values) > 0 && Math.max(...values) > 3 * last;
  const line = trace.map(({ iteration, objective }): Point => {
    return [iteration, far ? Math.log(objective / last) : objective];
  });
  const yRange = rangeOf(line.map((point) => point[1]));
  const yAxis = far
    ? { range: yRange, label: "objective, × its last value", ticks: factorTicks(yRange) }
    : { range: yRange, label: "objective (nats)" };
  const xAxis = { range: rangeOf(line.map((point) => point[0])), label: "iteration" };
  return html`<figure>${linesChart("Objective by iteration", [line], [xAxis, yAxis])}</figure>`;
}
