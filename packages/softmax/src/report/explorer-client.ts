import type { OperatingPoints } from "@softmax/core";

/** What the page holds of one class. */
export interface ClassPoints extends OperatingPoints {
  readonly name: string;
}

/**
 * Makes the explorer of thresholds and costs move. This function alone is the page's script: its text goes into the page as it
 * stands, so that it may use nothing from outside itself. It writes text and attributes, never markup.
 */
export function explore(page: Document): void {
  const root = page.getElementById("explorer");
  const stored = page.getElementById("explorer-data")?.textContent;
  if (root === null || stored == null) return;
  const classes = JSON.parse(stored) as ClassPoints[];
  const find = <T extends Element | null>(name: string): T =>
    root.querySelector(`[data-part="${name}"]`) as T;
  const slider = find<HTMLInputElement>("threshold");
  const chooser = find<HTMLSelectElement | null>("class");
  const missed = find<HTMLInputElement>("missed");
  const alarm = find<HTMLInputElement>("alarm");
  const cheapest = find<HTMLButtonElement>("cheapest");
  let points = classes[0];

  const write = (part: string, text: string): void => {
    for (const element of root.querySelectorAll(`[data-part="${part}"]`))
      element.textContent = text;
  };
  const percent = (share: number): string =>
    Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "–";
  const amount = (weight: number): string =>
    String(Math.round(weight * 10) / 10).replace(/\B(?=(\d{3})+(?!\d)(?=\.|$))/g, ",");
  const costOf = (input: HTMLInputElement): number => {
    const value = Number(input.value);
    return Number.isFinite(value) && value >= 0 ? value : 0;
  };
  /** Weights of what is taken and left at a point; before the first one nothing is taken. */
  const stateAt = (at: number) => {
    const tp = at < 0 ? 0 : points.truePositives[at];
    const fp = at < 0 ? 0 : points.falsePositives[at];
    return { tp, fp, fn: points.positives - tp, tn: points.negatives - fp };
  };
  const meanCost = (at: number): number => {
    const { fp, fn } = stateAt(at);
    const total = points.positives + points.negatives;
    return (costOf(missed) * fn + costOf(alarm) * fp) / total;
  };
  const move = (chart: string, x: number, y: number): void => {
    const mark = root.querySelector(`[data-part="${chart}"] [data-axes]`);
    if (mark === null || !Number.isFinite(x + y)) return;
    const [left, right, bottom, top] = (mark.getAttribute("data-axes") as string)
      .split(" ")
      .map(Number);
    mark.setAttribute("cx", (left + x * (right - left)).toFixed(1));
    mark.setAttribute("cy", (bottom + y * (top - bottom)).toFixed(1));
  };
  const show = (): void => {
    const at = Number(slider.value);
    const { tp, fp, fn, tn } = stateAt(at);
    const recall = tp / points.positives;
    const precision = tp / (tp + fp);
    const text = at < 0 ? "above all" : points.thresholds[at].toPrecision(3);
    slider.setAttribute("aria-valuetext", text);
    write("value", text);
    write("tp", amount(tp));
    write("fp", amount(fp));
    write("fn", amount(fn));
    write("tn", amount(tn));
    write("recall", percent(recall));
    write("precision", percent(precision));
    write("f1", percent((2 * tp) / (2 * tp + fp + fn)));
    write("alarms", percent(fp / points.negatives));
    write("taken", percent((tp + fp) / (points.positives + points.negatives)));
    write("cost", meanCost(at).toPrecision(3));
    move("roc", fp / points.negatives, recall);
    move("pr", recall, precision);
  };
  const toCheapest = (): void => {
    let best = -1;
    for (let at = 0; at < points.thresholds.length; at++)
      if (meanCost(at) < meanCost(best)) best = at;
    slider.value = String(best);
    show();
  };
  const choose = (): void => {
    const number = chooser === null ? 0 : Number(chooser.value);
    points = classes[number];
    slider.max = String(points.thresholds.length - 1);
    const half = points.thresholds.findIndex((threshold) => threshold < 0.5);
    slider.value = String(half < 0 ? points.thresholds.length - 1 : half - 1);
    for (const element of root.querySelectorAll("[data-class]")) {
      element.toggleAttribute("hidden", element.getAttribute("data-class") !== String(number));
    }
    write("name", points.name);
    show();
  };
  for (const control of [slider, chooser, missed, alarm, cheapest]) {
    control?.removeAttribute("disabled");
  }
  slider.addEventListener("input", show);
  missed.addEventListener("input", show);
  alarm.addEventListener("input", show);
  cheapest.addEventListener("click", toCheapest);
  chooser?.addEventListener("change", choose);
  choose();
}
