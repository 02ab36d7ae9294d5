import { weightedMean } from "../base/losses.ts";
import { createRandom, type Random } from "../base/random.ts";
import { type Estimate, percentileInterval } from "../measure/bootstrap.ts";
import { fitPowerLaw, type PowerLaw, powerLawAt } from "../measure/power-law.ts";

/** Log loss on the same judged rows, by the number of training rows (docs/math.md §10.9). Plain data, ready for JSON. */
export interface LearningCurve {
  /** Rows that judge every point. */
  readonly judged: number;
  readonly points: readonly LearningPoint[];
  /** How much the log loss fell from half of the training rows to all; null without such a point. */
  readonly lastDoubling: Estimate | null;
  /** A power law through the points, and what it expects of twice as many rows; null of fewer than four points. */
  readonly projection: Projection | null;
  /** Whether more rows would lower the log loss by a fiftieth or more. */
  readonly moreRows: "would help" | "would hardly help" | "unclear";
  /** The same as a sentence. */
  readonly sentence: string;
}

export interface LearningPoint {
  /** Training rows of a fit, the mean over the splits. */
  readonly rows: number;
  readonly share: number;
  /** Disjoint parts of the training rows over which the loss is averaged. */
  readonly draws: number;
  readonly logLoss: Estimate;
}

export interface Projection {
  /** log loss = floor + factor · rows^−exponent */
  readonly floor: number;
  readonly factor: number;
  readonly exponent: number;
  /** Twice the rows of the last point, and the log loss there. */
  readonly rows: number;
  readonly logLoss: number;
  /** Log loss now less that with twice as many rows. */
  readonly gain: Estimate;
}

/** Losses of the judged rows at one share, one list a draw. */
export interface JudgedLosses {
  readonly share: number;
  readonly rows: number;
  readonly losses: readonly Float64Array[];
}

interface Judges {
  readonly s: Float64Array | null;
  readonly group: Int32Array | null;
}

/** Points from which a law of three numbers is fitted. */
const LEAST_POINTS = 4;
/** A share of the log loss that is worth naming. */
const WORTH = 0.02;
const [FEW, MANY, SMALL_ROWS] = [200, 1000, 10_000];

/**
 * Points with their intervals, and the law through them. Each replicate of the bootstrap draws judged rows (whole groups), the same for
 * all points, and at each share as many draws of training rows as there are: it carries both kinds of luck.
 */
export function summarise(
  points: readonly JudgedLosses[],
  judges: Judges,
  seed: number,
): LearningCurve {
  const n = points[0].losses[0].length;
  const replicates = n <= SMALL_ROWS ? MANY : FEW;
  const values = points.map(({ losses }) => meanOf(losses.map((l) => weightedMean(l, judges.s))));
  const samples = replicate(points, judges, replicates, createRandom(seed));
  const projection = points.length < LEAST_POINTS ? null : project(points, values, samples);
  const half = points.findIndex(({ share }) => share === 0.5);
  const last = points.length - 1;
  const lastDoubling =
    half < 0
      ? null
      : percentileInterval(
          values[half] - values[last],
          samples[half].map((value, r) => value - samples[last][r]),
        );
  const moreRows = answerOf(projection, values[last]);
  return {
    judged: n,
    points: points.map(({ share, rows, losses }, at) => ({
      rows: Math.round(rows),
      share,
      draws: losses.length,
      logLoss: percentileInterval(values[at], samples[at]),
    })),
    lastDoubling,
    projection,
    moreRows,
    sentence: sentenceOf(projection, moreRows, values[last]),
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** Mean losses, one list of replicates a point. */
function replicate(
  points: readonly JudgedLosses[],
  { s, group }: Judges,
  replicates: number,
  random: Random,
): Float64Array[] {
  const n = points[0].losses[0].length;
  const unit = group === null ? Int32Array.from({ length: n }, (_, i) => i) : numbered(group);
  const units = unit.reduce((most, u) => Math.max(most, u + 1), 0);
  const out = points.map(() => new Float64Array(replicates));
  const times = new Float64Array(units);
  for (let r = 0; r < replicates; r++) {
    times.fill(0);
    for (let j = 0; j < units; j++) times[random.below(units)]++;
    const w = Float64Array.from(unit, (u, i) => times[u] * (s === null ? 1 : s[i]));
    points.forEach(({ losses }, at) => {
      const means = losses.map((own) => weightedMean(own, w));
      out[at][r] = meanOf(means.map(() => means[random.below(means.length)]));
    });
  }
  return out;
}

function numbered(group: Int32Array): Int32Array {
  const ids = new Map<number, number>();
  return group.map((g) => {
    if (!ids.has(g)) ids.set(g, ids.size);
    return ids.get(g)!;
  });
}

/** Weights are shares: a few rows often say nothing yet, and a law holds from where the curve begins to fall. */
function project(
  points: readonly JudgedLosses[],
  values: readonly number[],
  samples: readonly Float64Array[],
): Projection {
  const sizes = points.map(({ rows }) => rows);
  const weights = points.map(({ share }) => share);
  const now = sizes.at(-1)!;
  const gainOf = (law: PowerLaw): number => powerLawAt(law, now) - powerLawAt(law, 2 * now);
  const law = fitPowerLaw(sizes, values, weights);
  const gains = samples[0].map((_, r) =>
    gainOf(
      fitPowerLaw(
        sizes,
        samples.map((own) => own[r]),
        weights,
      ),
    ),
  );
  const gain: Estimate = percentileInterval(gainOf(law), gains);
  return { ...law, rows: Math.round(2 * now), logLoss: powerLawAt(law, 2 * now), gain };
}

function answerOf(projection: Projection | null, now: number): LearningCurve["moreRows"] {
  if (projection === null) return "unclear";
  if (projection.gain.low > WORTH * now) return "would help";
  return projection.gain.high < WORTH * now ? "would hardly help" : "unclear";
}

function sentenceOf(
  projection: Projection | null,
  moreRows: LearningCurve["moreRows"],
  now: number,
): string {
  if (projection === null) {
    return "There are too few rows for a curve that could tell whether more would help.";
  }
  const { low, high, value } = projection.gain;
  const figures = `from ${now.toFixed(3)} by about ${value.toFixed(4)} (95 % interval ${low.toFixed(4)} to ${high.toFixed(4)})`;
  const proviso = "if the curve goes on as a power law through its points does";
  switch (moreRows) {
    case "would help":
      return `Twice as many rows of the same kind would probably lower the log loss, ${figures}, ${proviso}.`;
    case "would hardly help":
      return `More rows of the same kind would hardly help: twice as many would lower the log loss ${figures}, ${proviso}; other columns might.`;
    case "unclear":
      return `Whether more rows would help is unclear: twice as many would lower the log loss ${figures}, ${proviso}.`;
  }
}
