import type { ReliabilityBin } from "@softmax/core";
import { html, type Markup } from "./html.ts";
import { short } from "./numbers.ts";

/**
 * The few charts of a report, as SVG made when the report is written: no script, no network, sharp on paper and on a
 * phone. Sizes are in the units of the viewBox; the page scales them.
 */

const WIDTH = 360;
const HEIGHT = 240;
const LEFT = 46;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 34;

export type Point = readonly [x: number, y: number];

export interface Frame {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xLabel: string;
  readonly yLabel: string;
}

type Scale = (value: number) => number;

const linear =
  ([from, to]: readonly [number, number], start: number, end: number): Scale =>
  (value) =>
    start + ((value - from) / (to - from || 1)) * (end - start);

const at = (value: number): string => value.toFixed(1);

/** A chart with axes around what `draw` returns. */
function chart(frame: Frame, title: string, draw: (x: Scale, y: Scale) => Markup): Markup {
  const x = linear(frame.x, LEFT, WIDTH - RIGHT);
  const y = linear(frame.y, HEIGHT - BOTTOM, TOP);
  const xTicks = ticks(frame.x).map(
    (t) =>
      html`<text x="${at(x(t))}" y="${HEIGHT - BOTTOM + 14}" text-anchor="middle">${short(t)}</text>`,
  );
  const yTicks = ticks(frame.y).map(
    (t) =>
      html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(t))}" y2="${at(y(t))}"/><text x="${LEFT - 5}" y="${at(y(t) + 3.5)}" text-anchor="end">${short(t)}</text>`,
  );
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${yTicks}${xTicks}<text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${frame.xLabel}</text><text class="axis" transform="translate(10 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${frame.yLabel}</text>${draw(x, y)}</svg>`;
}

/** Three to six round values inside the range. */
export function ticks([from, to]: readonly [number, number]): number[] {
  const span = to - from;
  if (!(span > 0)) return [from];
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) as number;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

const path = (points: readonly Point[], x: Scale, y: Scale): string =>
  points.map(([px, py], i) => `${i === 0 ? "M" : "L"}${at(x(px))} ${at(y(py))}`).join("");

/** A line through points. */
export function lineChart(
  title: string,
  points: readonly Point[],
  xLabel: string,
  yLabel: string,
): Markup {
  const frame = {
    x: range(points.map((p) => p[0])),
    y: range(points.map((p) => p[1])),
    xLabel,
    yLabel,
  };
  return chart(frame, title, (x, y) => html`<path class="line" d="${path(points, x, y)}"/>`);
}

/** What was promised against what came true; perfect calibration is the diagonal. */
export function reliabilityDiagram(bins: readonly ReliabilityBin[]): Markup {
  const lowest = Math.min(...bins.map((bin) => Math.min(bin.confidence, bin.accuracy.low)), 0.9);
  const span = [Math.max(0, Math.floor(lowest * 10) / 10), 1] as const;
  const frame = {
    x: span,
    y: span,
    xLabel: "confidence of the model",
    yLabel: "share that was right",
  };
  return chart(
    frame,
    "Reliability diagram",
    (x, y) =>
      html`<path class="ideal" d="${path(
        [
          [span[0], span[0]],
          [1, 1],
        ],
        x,
        y,
      )}"/>${bins.map(
        (bin) =>
          html`<path class="whisker" d="${path(
            [
              [bin.confidence, bin.accuracy.low],
              [bin.confidence, bin.accuracy.high],
            ],
            x,
            y,
          )}"/><circle cx="${at(x(bin.confidence))}" cy="${at(y(bin.accuracy.value))}" r="3.2"/>`,
      )}`,
  );
}

/** How a numeric column moves the log-odds of one class over its range. */
export function curveChart(title: string, points: readonly Point[], xLabel: string): Markup {
  return lineChart(title, points, xLabel, "log-odds");
}

/** A horizontal bar from zero, to the right for positive values and to the left for negative ones. */
export function effectBar(value: number, largest: number): Markup {
  const half = 60;
  const length = (Math.abs(value) / (largest || 1)) * half;
  const start = value < 0 ? half - length : half;
  return html`<svg class="bar" viewBox="0 0 ${2 * half} 10" aria-hidden="true"><rect class="${value < 0 ? "minus" : "plus"}" x="${at(start)}" y="1" width="${at(length)}" height="8"/><line x1="${half}" x2="${half}" y1="0" y2="10"/></svg>`;
}

function range(values: readonly number[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(low <= high)) return [0, 1];
  const margin = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.04;
  return [low - margin, high + margin];
}
