// Growth curves as SVG, by the chart that our reports use: its axes are linear, so it is given logarithms.
import { linesChart } from "../../packages/softmax/dist/report/charts.js";
import { powerTicks, rangeOf } from "../../packages/softmax/dist/report/scales.js";

const WIDTH = 360;
const HEIGHT = 220;
const KEY = 34;

/** Colours that stand on white and on black; dashes tell lines apart without colour. */
const STYLE = `
svg { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
text { fill: #6b7280; } .axis { fill: #808896; } .grid { stroke: #9ca3af; stroke-opacity: .35; stroke-width: .6; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.s0 { stroke: #3b82f6; } .s1 { stroke: #f97316; stroke-dasharray: 7 3; } .s2 { stroke: #8b93a1; stroke-dasharray: 2 3; }`;

/** Two charts, time above memory, against the values of the axis; all scales are logarithmic. `slopes`: one a thread count. */
export function drawGrowth(axis, points, [one, all], slopes) {
  const line = (cost) => points.map((point) => [Math.log(point.value), Math.log(cost(point))]);
  const of = (threads, key) => line((point) => point.threads[threads][key]);
  const time = [of(one, "seconds"), of(all, "seconds")];
  const memory = [of(one, "megabytes"), of(all, "megabytes"), line((point) => point.data)];
  const names = ["1 thread", `${all} threads`];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${2 * (HEIGHT + KEY)}" role="img" aria-label="Time and memory of a fit against ${axis}">`,
    `<style>${STYLE}\n</style>`,
    panel(0, `Time of a fit, ${slopesText(slopes.seconds)}`, time, [axis, "seconds"], names),
    panel(
      HEIGHT + KEY,
      `Memory of a fit, ${slopesText(slopes.megabytes)}`,
      memory,
      [axis, "MB, highest"],
      [...names, "the data, float32"],
    ),
    "</svg>\n",
  ].join("\n");
}

const slopesText = (slopes) => `slopes ${slopes.map((slope) => slope.toFixed(2)).join(" and ")}`;

function panel(top, title, lines, labels, names) {
  const axes = labels.map((label, i) => {
    const range = wholeDecades(rangeOf(lines.flat().map((point) => point[i])), i === 1);
    return { range, label, ticks: powerTicks(range) };
  });
  const chart = linesChart(title, lines, axes).text;
  const inner = chart.replace(
    "<svg ",
    `<svg width="${WIDTH}" height="${HEIGHT}" y="${top + KEY - 8}" `,
  );
  return `${key(top, title, names)}\n${inner}`;
}

/** A logarithmic range, widened to powers of ten where it spans less than two. */
function wholeDecades([low, high], always) {
  if (!always && high - low > 2 * Math.LN10) return [low, high];
  const ten = (value, round) => round(value / Math.LN10) * Math.LN10;
  return [ten(low, Math.floor), ten(high, Math.ceil)];
}

/** Which line is which. */
function key(top, title, names) {
  const entries = names.map((name, i) => {
    const x = 10 + 105 * i;
    return `<line class="line s${i}" x1="${x}" x2="${x + 22}" y1="${top + 20}" y2="${top + 20}"/><text x="${x + 27}" y="${top + 24}">${name}</text>`;
  });
  return `<text class="axis" x="10" y="${top + 10}">${title}</text>${entries.join("")}`;
}
