import type { ChoiceReport } from "@softmax/core";
import { linesChart, type Point } from "./charts.ts";
import { legend } from "./effects.ts";
import { html, type Markup } from "./html.ts";
import { powerTicks, rangeOf } from "./scales.ts";

/** All that was tried, encoding by penalty, and what was chosen; null where there was no choice. */
export function triedFigure({ tried, encoding, l2 }: ChoiceReport): Markup | null {
  if (tried.length < 2) return null;
  const encodings = [...new Set(tried.map((trial) => trial.encoding))];
  const lines = encodings.map((wanted) =>
    tried
      .filter((trial) => trial.encoding === wanted)
      .map((trial): Point => [Math.log(trial.l2), trial.logLoss]),
  );
  const chosen = tried
    .filter((trial) => trial.encoding === encoding && trial.l2 === l2)
    .map((trial): Point => [Math.log(trial.l2), trial.logLoss]);
  const xRange = rangeOf(lines.flatMap((line) => line.map((point) => point[0])));
  const yRange = rangeOf(lines.flatMap((line) => line.map((point) => point[1])));
  const chart = linesChart(
    "Log loss by penalty",
    lines,
    [
      { range: xRange, label: "penalty λ", ticks: powerTicks(xRange) },
      { range: yRange, label: "out-of-fold log loss" },
    ],
    { marks: chosen },
  );
  return html`<figure>${chart}${encodings.length > 1 ? legend(encodings) : null}</figure>`;
}
