import type { Evaluation, OperatingPoints, Report } from "@softmax/core";
import { sha256 } from "@softmax/core";
import { type Axis, markedCurves, type Point } from "./charts.ts";
import { type ClassPoints, explore } from "./explorer-client.ts";
import { broken, html, Markup, scrolling } from "./html.ts";
import { clip, percent, weighted } from "./numbers.ts";

/** The page's only script: it moves the explorer, and knows nothing else. */
const SCRIPT = `(${explore.toString()})(document);`;

/** What the page's policy allows to run, by hash. */
export function scriptSource(): Markup {
  const hash = sha256(new TextEncoder().encode(SCRIPT));
  return new Markup(`'sha256-${btoa(String.fromCharCode(...hash))}'`);
}

const SHARE: Axis["range"] = [0, 1];
const ROC_AXES: readonly [Axis, Axis] = [
  { range: SHARE, label: "others taken for it" },
  { range: SHARE, label: "of the class, found (recall)" },
];
const PR_AXES: readonly [Axis, Axis] = [
  { range: SHARE, label: "found (recall)" },
  { range: SHARE, label: "right of those taken (precision)" },
];

/**
 * Thresholds and costs to play with: a slider that recomputes confusion, recall and cost in the page, beside the ROC and
 * precision–recall curves. Without scripts it shows the threshold 0.5. Null where there are no points, or nothing was learned.
 */
export function explorerSection(report: Report, judged: Evaluation): Markup | null {
  const { classes } = report;
  const points = judged.operating.filter(({ positives, negatives }) => positives * negatives > 0);
  if (points.length === 0 || judged.metrics.noBetterThanBaseline) return null;
  const labels = points.map(({ label }) => clip(classes[label].label, 60));
  const data = points.map((one, at): ClassPoints => ({ ...one, name: labels[at] }));
  const chooser =
    points.length === 1
      ? null
      : html`<label class="wide">Class <select data-part="class" disabled>${labels.map((label, at) => html`<option value="${at}" dir="auto">${label}</option>`)}</select></label>`;
  const first = points[0];
  const costs = statedCosts(report, first.label);
  const at = first.thresholds.findLastIndex((threshold) => threshold >= 0.5);
  return html`<section id="explorer"><h2>Thresholds and costs</h2><p>Every row whose probability of a class is at least the threshold is taken for it. Move the threshold, or say what mistakes cost, and see what would have come of it (${judged.method}).</p>${chooser}
<label class="wide">Threshold: take for <bdi data-part="name">${broken(labels[0])}</bdi> from a probability of <output data-part="value">${at < 0 ? "above all" : first.thresholds[at].toPrecision(3)}</output> on<input type="range" data-part="threshold" min="-1" max="${first.thresholds.length - 1}" value="${at}" disabled></label>
${outcomes(first, at, labels[0])}
<div class="costs"><label>A missed one costs <input type="number" min="0" step="any" value="${costs.missed}" data-part="missed" disabled></label><label>A false alarm costs <input type="number" min="0" step="any" value="${costs.alarm}" data-part="alarm" disabled></label><button type="button" data-part="cheapest" disabled>Go to the least cost</button><p>Cost a row: <output data-part="cost">${costAt(first, at, costs).toPrecision(3)}</output></p></div>
<div class="pair"><figure data-part="roc">${markedCurves("ROC curve", points.map(rocCurve), ROC_AXES, placeOf(rocCurve(first), at))}</figure><figure data-part="pr">${markedCurves("Precision–recall curve", points.map(prCurve), PR_AXES, placeOf(prCurve(first), at))}</figure></div>
<p>The best threshold found here has seen these rows: expect a little less of it on new ones.</p>
<script type="application/json" id="explorer-data">${new Markup(inScript(data))}</script>
<script>${new Markup(SCRIPT)}</script></section>`;
}

/** JSON in plain ASCII, which no text can leave the script element with. */
const inScript = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^ -~]|[<>&]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

function stateAt(points: OperatingPoints, at: number) {
  const tp = at < 0 ? 0 : points.truePositives[at];
  const fp = at < 0 ? 0 : points.falsePositives[at];
  return { tp, fp, fn: points.positives - tp, tn: points.negatives - fp };
}

/** What a missed row of the class costs, and one of another that is taken for it. */
interface Costs {
  readonly missed: number;
  readonly alarm: number;
}

/** Those that decisions of two classes were asked to go by, where what is right costs nothing; else 1. */
function statedCosts({ decision }: Report, label: number): Costs {
  const costs = decision?.costs ?? [];
  const other = 1 - label;
  const isStated = costs.length === 2 && costs[0][0] === 0 && costs[1][1] === 0;
  return isStated
    ? { missed: costs[label][other], alarm: costs[other][label] }
    : { missed: 1, alarm: 1 };
}

function costAt(points: OperatingPoints, at: number, { missed, alarm }: Costs): number {
  const { fp, fn } = stateAt(points, at);
  return (missed * fn + alarm * fp) / (points.positives + points.negatives);
}

function outcomes(points: OperatingPoints, at: number, label: string): Markup {
  const { tp, fp, fn, tn } = stateAt(points, at);
  const own = (): Markup => html`<bdi data-part="name">${broken(label)}</bdi>`;
  const cell = (part: string, value: number, kind: string): Markup =>
    html`<td class="${kind}" data-part="${part}">${weighted(value)}</td>`;
  const share = (part: string, meaning: string, value: number): Markup =>
    html`<tr><th scope="row">${meaning}</th><td data-part="${part}">${Number.isFinite(value) ? percent(value) : "–"}</td></tr>`;
  return html`<div class="pair">${scrolling(html`<table class="outcomes"><tr><th></th><th scope="col">taken for it</th><th scope="col">left</th></tr><tr><th scope="row">is ${own()}</th>${cell("tp", tp, "right")}${cell("fn", fn, "wrong")}</tr><tr><th scope="row">is not</th>${cell("fp", fp, "wrong")}${cell("tn", tn, "right")}</tr></table>`)}<table>${share("recall", "Recall", tp / points.positives)}${share("precision", "Precision", tp / (tp + fp))}${share("f1", "F1", (2 * tp) / (2 * tp + fp + fn))}${share("alarms", "False alarms among the others", fp / points.negatives)}${share("taken", "Rows taken", (tp + fp) / (points.positives + points.negatives))}</table></div>`;
}

const rocCurve = (points: OperatingPoints): Point[] => [
  [0, 0],
  ...points.thresholds.map((_, at): Point => {
    return [
      points.falsePositives[at] / points.negatives,
      points.truePositives[at] / points.positives,
    ];
  }),
];

/** The first point stands at the precision of the highest threshold. */
const prCurve = (points: OperatingPoints): Point[] => {
  const curve = points.thresholds.map((_, at): Point => {
    const [tp, fp] = [points.truePositives[at], points.falsePositives[at]];
    return [tp / points.positives, tp / (tp + fp)];
  });
  return [[0, curve[0][1]], ...curve];
};

const placeOf = (curve: readonly Point[], at: number): Point => curve[at + 1];
