import type { Estimate, ReliabilityBin, ReliabilityPoint } from "@softmax/core";
import { html, Markup } from "./html.ts";
import { short } from "./numbers.ts";
import { type Range, type Tick, ticks } from "./scales.ts";

/**
 * The few charts of a report, as SVG made when the report is written: no script, no network, sharp on paper and on a
 * phone. Sizes are in the units of the viewBox; the page scales them.
 */

const WIDTH = 360;
const LEFT = 56;
const RIGHT = 14;
const TOP = 10;
const BOTTOM = 36;

export type Point = readonly [x: number, y: number];

export interface Axis {
  readonly range: Range;
  readonly label: string;
  /** Default: round numbers. */
  readonly ticks?: readonly Tick[];
}

type Scale = (value: number) => number;

const linear =
  ([from, to]: Range, start: number, end: number): Scale =>
  (value) =>
    start + ((value - from) / (to - from || 1)) * (end - start);

const at = (value: number): string => value.toFixed(1);

const ticksOf = ({ range, ticks: given }: Axis): readonly Tick[] =>
  given ?? ticks(range).map((value) => ({ value, text: short(value) }));

/** A chart with axes around what `draw` returns. */
function chart(
  title: string,
  [xAxis, yAxis]: readonly [Axis, Axis],
  height: number,
  draw: (x: Scale, y: Scale) => Markup,
): Markup {
  const right = WIDTH - RIGHT;
  const bottom = height - BOTTOM;
  const x = linear(xAxis.range, LEFT, right);
  const y = linear(yAxis.range, bottom, TOP);
  const below = ticksOf(xAxis).map(
    ({ value, text }) =>
      html`<text x="${at(x(value))}" y="${bottom + 14}" text-anchor="middle">${text}</text>`,
  );
  const beside = ticksOf(yAxis).map(
    ({ value, text }) =>
      html`<line class="grid" x1="${LEFT}" x2="${right}" y1="${at(y(value))}" y2="${at(y(value))}"/><text x="${LEFT - 5}" y="${at(y(value) + 3.5)}" text-anchor="end">${text}</text>`,
  );
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">${beside}${below}<text class="axis" x="${(LEFT + right) / 2}" y="${height - 5}" text-anchor="middle">${xAxis.label}</text><text class="axis" transform="translate(9 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">${yAxis.label}</text>${draw(x, y)}</svg>`;
}

const path = (points: readonly Point[], x: Scale, y: Scale): string =>
  points.map(([px, py], i) => `${i === 0 ? "M" : "L"}${at(x(px))} ${at(y(py))}`).join("");

/** Several lines over the same axes; line number i has the style s0, s1, … of the page. */
export function linesChart(
  title: string,
  lines: readonly (readonly Point[])[],
  axes: readonly [Axis, Axis],
  { marks = [], level = null }: { marks?: readonly Point[]; level?: number | null } = {},
): Markup {
  return chart(title, axes, 220, (x, y) => {
    const ideal =
      level === null
        ? null
        : html`<line class="ideal" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(level))}" y2="${at(y(level))}"/>`;
    const drawn = lines.map(
      (points, i) => html`<path class="line s${i}" d="${path(points, x, y)}"/>`,
    );
    const dots = marks.map(
      ([px, py]) => html`<circle cx="${at(x(px))}" cy="${at(y(py))}" r="4.5"/>`,
    );
    return html`${ideal}${drawn}${dots}`;
  });
}

/**
 * One curve for each of several classes, of which only the first is seen, with a mark that a script can move: it names where
 * its axes lead.
 */
export function markedCurves(
  title: string,
  curves: readonly (readonly Point[])[],
  axes: readonly [Axis, Axis],
  [px, py]: Point,
): Markup {
  return chart(title, axes, 300, (x, y) => {
    const drawn = curves.map(
      (points, i) =>
        html`<path class="line s0" data-class="${i}"${i === 0 ? null : new Markup(" hidden")} d="${path(points, x, y)}"/>`,
    );
    const [left, right] = axes[0].range.map((value) => at(x(value)));
    const [bottom, top] = axes[1].range.map((value) => at(y(value)));
    return html`${drawn}<circle data-axes="${left} ${right} ${bottom} ${top}" cx="${at(x(px))}" cy="${at(y(py))}" r="5"/>`;
  });
}

/** How often the model was right, by how sure it was. */
export function reliabilityDiagram(bins: readonly ReliabilityBin[]): Markup {
  const lowest = Math.min(...bins.map((bin) => Math.min(bin.confidence, bin.accuracy.low)), 0.9);
  const range = [Math.max(0, Math.floor(lowest * 10) / 10), 1] as const;
  const axes = [
    { range, label: "confidence of the model" },
    { range, label: "share that was right" },
  ] as const;
  const dots = bins.map(({ confidence, accuracy }) => [confidence, accuracy] as const);
  return promisedDiagram("Reliability diagram", axes, dots);
}

/** How often a class came true, by its probability. */
export function probabilityDiagram(curve: readonly ReliabilityPoint[]): Markup {
  const range = [0, 1] as const;
  const axes = [
    { range, label: "probability" },
    { range, label: "share that came true" },
  ] as const;
  const dots = curve.map(({ probability, happened }) => [probability, happened] as const);
  return promisedDiagram("Reliability of the probability", axes, dots);
}

/** What was promised against what came true; perfect calibration is the diagonal. */
function promisedDiagram(
  title: string,
  axes: readonly [Axis, Axis],
  dots: readonly (readonly [promised: number, happened: Estimate])[],
): Markup {
  const [low, high] = axes[0].range;
  return chart(title, axes, 300, (x, y) => {
    const diagonal: Point[] = [
      [low, low],
      [high, high],
    ];
    const points = dots.map(([promised, happened]) => {
      const whisker: Point[] = [
        [promised, happened.low],
        [promised, happened.high],
      ];
      return html`<path class="whisker" d="${path(whisker, x, y)}"/><circle cx="${at(x(promised))}" cy="${at(y(happened.value))}" r="3.4"/>`;
    });
    return html`<path class="ideal" d="${path(diagonal, x, y)}"/>${points}`;
  });
}

const HALF = 60;

/** A horizontal bar from the middle, to the right for positive values and to the left for negative ones. */
export function effectBar(value: number, largest: number): Markup {
  const length = (Math.abs(value) / (largest || 1)) * HALF;
  const start = value < 0 ? HALF - length : HALF;
  return html`<svg class="bar" viewBox="0 0 ${2 * HALF} 10" preserveAspectRatio="none" aria-hidden="true"><rect class="${value < 0 ? "minus" : "plus"}" x="${at(start)}" y="1" width="${at(length)}" height="8"/><line x1="${HALF}" x2="${HALF}" y1="0" y2="10"/></svg>`;
}

/** A horizontal bar from the left, for a value of at least 0. */
export function sizeBar(value: number, largest: number): Markup {
  const length = (value / (largest || 1)) * 2 * HALF;
  return html`<svg class="bar" viewBox="0 0 ${2 * HALF} 10" preserveAspectRatio="none" aria-hidden="true"><rect class="plus" x="0" y="1" width="${at(length)}" height="8"/></svg>`;
}
