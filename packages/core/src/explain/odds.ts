import { exp } from "../base/math.ts";
import type { Cycle } from "../encode/dates.ts";
import { type ColumnEncoder, layoutOf } from "../encode/encoder.ts";
import type { NumericEncoder } from "../encode/numeric.ts";
import type { TextEncoder } from "../encode/text/text.ts";
import { directionOf, type Explained } from "./reasons.ts";
import { levelsOf, type Response, responseOf } from "./response.ts";
import { bestTerms } from "./terms.ts";

/** What an input column does to the odds of labels, in steps in the units of the data: plain data (docs/math.md §8.9). */
export interface ColumnOdds {
  readonly name: string;
  readonly kind: ColumnEncoder["kind"];
  /** The labels whose odds are meant: with two classes one of them, else every class. */
  readonly labels: readonly string[];
  readonly steps: readonly OddsStep[];
}

/** A change of a cell, all else alike, and by how much it moves the odds. */
export interface OddsStep {
  /**
   * Of a line one unit and one standard deviation of the training rows; of a curve the way from the median to a point; else from
   * the first level to another, through a cycle of dates, or a term for one unit of its value.
   */
  readonly by: "unit" | "deviation" | "point" | "level" | "other" | "missing" | "cycle" | "term";
  /** Numbers, days since 1970 of dates, levels; null for what has no text: missing, rare levels together, no term. */
  readonly from: number | string | null;
  readonly to: number | string | null;
  /** One a label. */
  readonly logOdds: readonly number[];
  /** Their exponentials: odds ratios. */
  readonly oddsRatios: readonly number[];
}

/** Of which labels the odds are, and by how much they grow with each logit of the model. */
export interface OddsView {
  readonly labels: readonly string[];
  readonly directions: readonly Float64Array[];
}

/** Corner points shown of a curve at most, and terms of a text each way for a label. */
const POINTS = 7;
const TERMS = 5;

/**
 * The odds of each label against the others (the geometric mean of the others' probabilities, docs/math.md §8.7), or where
 * `against` names a class against that class. With two classes the odds are the second's, or those against the one named.
 */
export function oddsView(
  classes: readonly string[],
  temperature: number,
  against: number | null,
): OddsView {
  const k = classes.length;
  const all = Array.from(classes.keys());
  const asked = k === 2 ? [against === 1 ? 0 : 1] : all.filter((c) => c !== against);
  const directions = asked.map((c) =>
    against === null || k === 2
      ? directionOf(c, k, temperature)
      : Float64Array.from(all, (o) => ((o === c ? 1 : 0) - (o === against ? 1 : 0)) / temperature),
  );
  return { labels: asked.map((c) => classes[c]), directions };
}

/** The odds of every column, in the model's order. */
export function columnOdds({ encoder, weights }: Explained, view: OddsView): ColumnOdds[] {
  const { labels, directions } = view;
  const outputs = directions[0].length;
  const step = (
    by: OddsStep["by"],
    from: OddsStep["from"],
    to: OddsStep["to"],
    logits: ArrayLike<number>,
  ): OddsStep => {
    const logOdds = directions.map((v) => v.reduce((sum, w, o) => sum + w * logits[o], 0));
    return { by, from, to, logOdds, oddsRatios: logOdds.map((odds) => exp(odds)) };
  };
  return encoder.columns.map((column, p): ColumnOdds => {
    const { name, kind } = column;
    const response = responseOf(encoder, weights, outputs, p);
    const steps =
      response === null
        ? termSteps(column as TextEncoder, firstOf(encoder, p), weights, view, step)
        : stepsOf(response, step);
    return { name, kind, labels, steps };
  });
}

type MakeStep = (
  by: OddsStep["by"],
  from: OddsStep["from"],
  to: OddsStep["to"],
  logits: ArrayLike<number>,
) => OddsStep;

function stepsOf(response: Response, step: MakeStep): OddsStep[] {
  const { column, at } = response;
  const levels = levelsOf(column);
  if (column.kind === "numeric" || column.kind === "date") {
    const days = column.kind === "date" ? column.days : column;
    const median = days.line[0];
    const start = column.kind === "date" ? response.curve!(median) : at(median);
    return [
      ...bendSteps(days, response, start, step),
      ...levels
        .filter(({ meaning }) => meaning !== median)
        .map(({ level, role, meaning }) =>
          step(role, median, level === null ? null : meaning, minus(at(meaning), start)),
        ),
      ...(column.kind === "date"
        ? column.cycles.flatMap((c) => cycleSteps(c, response, step))
        : []),
    ];
  }
  const [first, ...others] = levels;
  if (first === undefined) return [];
  const start = at(first.meaning);
  return others.map(({ level, role, meaning }) =>
    step(role, first.level, level, minus(at(meaning), start)),
  );
}

const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((v, o) => v - b[o]);

function bendSteps(
  { line, knots, frequent }: NumericEncoder,
  { slope, curve }: Response,
  start: readonly number[],
  step: MakeStep,
): OddsStep[] {
  const [median, , deviation] = line;
  if (slope !== null) {
    const by = (size: number): number[] => slope.map((w) => w * size);
    return [
      step("unit", median, median + 1, by(1)),
      step("deviation", median, median + deviation, by(deviation)),
    ];
  }
  return pointsOf(knots)
    .filter((x) => x !== median && !frequent.includes(x))
    .map((x) => step("point", median, x, minus(curve!(x), start)));
}

/** All knots where they are few, else some of them at even steps, the outermost included. */
function pointsOf(knots: Float64Array): number[] {
  const last = knots.length - 1;
  if (last < POINTS) return Array.from(knots);
  return Array.from({ length: POINTS }, (_, i) => knots[Math.round((i * last) / (POINTS - 1))]);
}

/** Names of some days since 1970-01-01, a Thursday, that show a cycle. */
const CYCLE_DAYS: Readonly<Record<Cycle, readonly (readonly [name: string, day: number])[]>> = {
  week: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"].map(
    (name, i) => [name, i + 4] as const,
  ),
  year: [
    ...["January", "February", "March", "April", "May", "June"],
    ...["July", "August", "September", "October", "November", "December"],
  ].map((name, i) => [name, 14.5 + (i * 365.2425) / 12] as const),
  day: ["00:00", "06:00", "12:00", "18:00"].map((name, i) => [name, i / 4] as const),
};

/** From the first of a cycle's days to each other one, by the cycle alone. */
function cycleSteps(cycle: Cycle, { cycleAt }: Response, step: MakeStep): OddsStep[] {
  const [[from, first], ...others] = CYCLE_DAYS[cycle];
  const start = cycleAt!(cycle, first);
  return others.map(([to, day]) => step("cycle", from, to, minus(cycleAt!(cycle, day), start)));
}

/** The row of W at which column p's terms start. */
function firstOf(encoder: Explained["encoder"], p: number): number {
  const { places, denseWidth, codesWidth } = layoutOf(encoder);
  return denseWidth + codesWidth + places[p].csrStart;
}

/** Terms by weight alone: how often they occur is not in a model. */
function termSteps(
  encoder: TextEncoder,
  first: number,
  W: Float64Array,
  { directions }: OddsView,
  step: MakeStep,
): OddsStep[] {
  const outputs = directions[0].length;
  const logitsOf = (j: number): Float64Array =>
    W.subarray((first + j) * outputs, (first + j + 1) * outputs);
  const found = new Map<number, string>();
  for (const v of directions) {
    const weightOf = (j: number): number => v.reduce((sum, w, o) => sum + w * logitsOf(j)[o], 0);
    for (const sign of directions.length === 1 ? [1, -1] : [1]) {
      for (const { feature, term } of bestTerms(encoder, (j) => sign * weightOf(j), TERMS)) {
        found.set(feature, term);
      }
    }
  }
  return Array.from(found, ([j, term]) => step("term", null, term, logitsOf(j)));
}
