import { pairedDifference, rowLosses } from "../base/losses.ts";
import { fitTemperature } from "../calibrate/temperature.ts";

/** One way of training, judged: every judged row scored by a model that never saw it. */
export interface Candidate {
  /** Index of the encoding shape. */
  readonly shape: number;
  /** The penalty λ; of an elastic net both parts together. */
  readonly l2: number;
  /** Of a bag of embeddings, which has no penalty. */
  readonly epochs?: number;
  /** Log loss of each judged row, nats. */
  readonly losses: Float64Array;
  /** Of a bag, entry p: the losses at the temperature of the rows outside part p; the last, `losses`: of all. */
  readonly tempered?: readonly Float64Array[];
  /** Entry p: mean loss of the judged rows outside part p; the last entry: of all. */
  readonly means: Float64Array;
  /** Logits of the judged rows, judged × k, class weighting taken back out; null once no choice can fall on them. */
  Z: Float64Array | null;
  /** Whether memory took its logits: it is chosen no more. */
  bounded: boolean;
}

/** The judged rows: by position, class, weight (null for 1), group (null for none) and part. */
export interface Judge {
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  readonly group: Int32Array | null;
  readonly part: Int32Array;
  readonly parts: number;
}

/** Mean over all judged rows. */
export const meanLoss = ({ means }: Candidate): number => means[means.length - 1];

/** Σ s_i l_i / Σ s_i over the rows outside each part, then over all; no entry depends on a row of its part. */
export function meansOf(losses: Float64Array, { s, part, parts }: Judge): Float64Array {
  const sums = new Float64Array(parts);
  const weights = new Float64Array(parts);
  for (let i = 0; i < losses.length; i++) {
    const weight = s === null ? 1 : s[i];
    if (weight === 0) continue;
    sums[part[i]] += weight * losses[i];
    weights[part[i]] += weight;
  }
  return Float64Array.from({ length: parts + 1 }, (_, without) => {
    let sum = 0;
    let weight = 0;
    for (let p = 0; p < parts; p++) {
      if (p === without) continue;
      sum += sums[p];
      weight += weights[p];
    }
    return sum / weight;
  });
}

type Losses = Pick<Candidate, "losses" | "tempered" | "means">;

export function plainLosses(Z: Float64Array, judge: Judge, k: number): Losses {
  const losses = rowLosses(Z, judge.y, judge.y.length, k);
  return { losses, means: meansOf(losses, judge) };
}

/**
 * The losses at a temperature fitted without the part for which is chosen, so that nothing of its rows is in the choice. A bag
 * soon is too sure of itself, which a temperature mends: epochs chosen by plain losses would be too few for the labels
 * (rt-polarity: 2 and a log loss of 0.500 in the end, for 3 and 0.489).
 */
export function temperedLosses(Z: Float64Array, judge: Judge, k: number): Losses {
  const { y, s, part, parts } = judge;
  const tempered = Array.from({ length: parts + 1 }, (_, without) => {
    const weights = Float64Array.from(part, (own, i) => (own === without ? 0 : (s?.[i] ?? 1)));
    return lossesAtTemperature(Z, y, weights, k);
  });
  const means = Float64Array.from(tempered, (losses, without) => meansOf(losses, judge)[without]);
  return { losses: tempered[parts], tempered, means };
}

/** Losses at the temperature that suits these rows best, by weights s. */
export function lossesAtTemperature(
  Z: Float64Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
): Float64Array {
  const temperature = fitTemperature(Z, y, s, k);
  return rowLosses(
    Z.map((z) => z / temperature),
    y,
    y.length,
    k,
  );
}

/** Losses of the judged rows outside a part, by which is chosen for it. */
export const lossesOutside = (
  candidate: Pick<Candidate, "losses" | "tempered">,
  { part }: Judge,
  without: number,
): Float64Array =>
  pick(
    lossesFor(candidate, without),
    rowsWhere(part, (own) => own !== without),
  );

/** The losses by which is chosen for a part. */
const lossesFor = (
  { losses, tempered }: Pick<Candidate, "losses" | "tempered">,
  without: number,
): Float64Array => tempered?.[without] ?? losses;

/** The first of those with the least mean loss outside a part (all rows: `parts`). */
export const leastLoss = (candidates: readonly Candidate[], without: number): Candidate =>
  candidates.reduce((kept, next) => (next.means[without] < kept.means[without] ? next : kept));

/**
 * A penalty larger than the one with the least judged loss is preferred while its loss is within this many paired
 * standard errors: between the least, which follows the noise of few rows, and the usual rule of one (Hastie,
 * Tibshirani & Friedman 2009, §7.10), which costs too much. Measured (reported log loss, three seeds, slack 0, ½, 1):
 * wdbc 0.0766, 0.0748, 0.0745; wine 0.0722, 0.0689, 0.0684; iris 0.0869, 0.0827, 0.0850; penguins 0.0233, 0.0240, 0.0257.
 * Of no effect on tables of many thousand rows.
 */
const PENALTY_SLACK = 0.5;
/** Bytes of logits that a path holds at most while it runs. */
const LOGIT_BYTES = 2 ** 30;

/** While a path runs: the logits of the worst candidates go where all together take more than `bytes`. */
export function boundLogits(ofShape: readonly Candidate[], bytes = LOGIT_BYTES): void {
  const held = ofShape.filter(({ Z }) => Z !== null).sort((a, b) => meanLoss(a) - meanLoss(b));
  let sum = 0;
  for (const candidate of held) {
    sum += candidate.Z!.byteLength;
    if (sum <= bytes || candidate === held[0]) continue;
    candidate.Z = null;
    candidate.bounded = true;
  }
}

/** When a path has ended: of one shape, only what is chosen for some part keeps its logits. */
export function keepChoices(ofShape: readonly Candidate[], judge: Judge): void {
  const wanted = choicesOf(ofShape, judge);
  for (const candidate of ofShape) if (!wanted.has(candidate)) candidate.Z = null;
}

/** What is chosen for the parts, one after the other, and for all rows: last where it is chosen for no part. Of no candidates nothing. */
export function choicesOf(candidates: readonly Candidate[], judge: Judge): Set<Candidate> {
  const chosen = new Set<Candidate>();
  if (candidates.length === 0) return chosen;
  for (let part = 0; part <= judge.parts; part++) {
    chosen.add(chooseCandidate(candidates, judge, part));
  }
  return chosen;
}

/** Paired standard errors behind another way of training at which one is given up. */
const FAR_BEHIND = 3;

/**
 * Whether logits Z of the first judged rows are so far behind a rival that more rows will not mend it: both at the temperature that suits
 * their own rows best. `rival`: such losses of all judged rows.
 */
export function isFarBehind(
  Z: Float64Array,
  rival: Float64Array,
  { y, s, group }: Pick<Judge, "y" | "s" | "group">,
  k: number,
): boolean {
  const rows = Z.length / k;
  const [weights, groups] = [s?.subarray(0, rows) ?? null, group?.subarray(0, rows) ?? null];
  const losses = lossesAtTemperature(Z, y.subarray(0, rows), weights, k);
  const { mean, standardError } = pairedDifference(
    losses,
    rival.subarray(0, rows),
    weights,
    groups,
  );
  return mean > FAR_BEHIND * standardError;
}

/**
 * The candidate to use, chosen on the rows outside a part (all rows: `parts`): of each shape the largest penalty, or fewest epochs,
 * within the slack of the least loss; a shape later in the list replaces an earlier one only where its loss is lower by more
 * than one paired standard error.
 */
export function chooseCandidate(
  candidates: readonly Candidate[],
  judge: Judge,
  without: number,
): Candidate {
  const rows = rowsWhere(judge.part, (part) => part !== without);
  const { s, group } = pickJudge(judge, rows);
  const shapes = [...new Set(candidates.map(({ shape }) => shape))];
  const best = shapes.map((wanted) => {
    const ofShape = candidates.filter(({ shape, bounded }) => shape === wanted && !bounded);
    const least = leastLoss(ofShape, without);
    const leastLosses = pick(lossesFor(least, without), rows);
    const larger = ofShape
      .filter((other) => restraint(other) > restraint(least))
      .sort((a, b) => restraint(b) - restraint(a));
    for (const candidate of larger) {
      const losses = pick(lossesFor(candidate, without), rows);
      const { mean, standardError } = pairedDifference(losses, leastLosses, s, group);
      if (mean <= PENALTY_SLACK * standardError) return { candidate, losses };
    }
    return { candidate: least, losses: leastLosses };
  });
  return best.reduce((kept, next) => {
    const gain = pairedDifference(kept.losses, next.losses, s, group);
    return gain.mean > gain.standardError ? next : kept;
  }).candidate;
}

/** How much holds the weights back: the penalty, or how few the epochs are. */
const restraint = ({ l2, epochs }: Candidate): number => (epochs === undefined ? l2 : 1 / epochs);

export function rowsWhere(part: Int32Array, wanted: (part: number) => boolean): Int32Array {
  const rows = new Int32Array(part.length);
  let at = 0;
  for (let i = 0; i < part.length; i++) if (wanted(part[i])) rows[at++] = i;
  return rows.subarray(0, at);
}

function pick<T extends Float64Array | Int32Array>(values: T, rows: Int32Array): T {
  const out = new (values.constructor as new (length: number) => T)(rows.length);
  for (let at = 0; at < rows.length; at++) out[at] = values[rows[at]];
  return out;
}

export const pickJudge = ({ y, s, group, part, parts }: Judge, rows: Int32Array): Judge => ({
  y: pick(y, rows),
  s: s === null ? null : pick(s, rows),
  group: group === null ? null : pick(group, rows),
  part: pick(part, rows),
  parts,
});
