import type { LearningCurve } from "@softmax/core";
import { linesChart, type Point } from "./charts.ts";
import { html, type Markup } from "./html.ts";
import { count, metric } from "./numbers.ts";
import { factorTicks, rangeOf } from "./scales.ts";

/** Whether more rows would help; null where it was not asked. */
export function curveSection(curve: LearningCurve | undefined): Markup | null {
  if (curve === undefined) return null;
  const lines = curve.points.map(
    ({ rows, logLoss }) =>
      html`<tr><th scope="row">${count(rows)}</th><td>${metric(logLoss.value)}<small class="interval">${metric(logLoss.low)} – ${metric(logLoss.high)}</small></td></tr>`,
  );
  return html`<section><h2>Would more rows help?</h2><p>${curve.sentence} Every point is judged on the same ${count(curve.judged)} rows.</p>${figure(curve)}<table><tr><th scope="col">trained on</th><th scope="col">log loss</th></tr>${lines}</table></section>`;
}

function figure({ points }: LearningCurve): Markup | null {
  if (points.length < 2) return null;
  const line = points.map(({ rows, logLoss }): Point => [Math.log(rows), logLoss.value]);
  const xRange = rangeOf(line.map(([x]) => x));
  const yRange = rangeOf(line.map(([, y]) => y));
  const ticks = factorTicks(xRange).map(({ value }) => {
    return { value, text: count(Math.round(Math.exp(value))) };
  });
  const axes = [
    { range: xRange, label: "rows trained on", ticks },
    { range: yRange, label: "log loss" },
  ] as const;
  return html`<figure>${linesChart("Log loss by rows trained on", [line], axes, { marks: line })}</figure>`;
}
