import { pairedDifference } from "../base/losses.ts";

/** One way of training, judged: every judged row scored by a model that never saw it. */
export interface Candidate {
  /** Index of the encoding shape. */
  readonly shape: number;
  readonly l2: number;
  /** Log loss of each judged row, nats. */
  readonly losses: Float64Array;
  /** Entry p: mean loss of the judged rows outside part p; the last entry: of all. */
  readonly means: Float64Array;
  /** Logits of the judged rows, judged × k, class weighting taken back out; null once no choice can fall on them. */
  Z: Float64Array | null;
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

/** The first of those with the least mean loss outside a part (all rows: `parts`). */
export const leastLoss = (candidates: readonly Candidate[], without: number): Candidate =>
  candidates.reduce((kept, next) => (next.means[without] < kept.means[without] ? next : kept));

/**
 * Drops the logits that no choice can fall on: of one shape, only the candidate with the least loss outside some part is
 * ever chosen, however many follow. Memory stays at a few candidates' logits for any number of penalties.
 */
export function dropLogits(ofShape: readonly Candidate[]): void {
  const wanted = new Set(Array.from(ofShape[0].means.keys(), (part) => leastLoss(ofShape, part)));
  for (const candidate of ofShape) if (!wanted.has(candidate)) candidate.Z = null;
}

/**
 * The candidate to use, chosen on the rows outside a part (all rows: `parts`): of each shape the penalty with the least
 * loss; a shape later in the list replaces an earlier one only where its loss is lower by more than one paired standard
 * error.
 */
export function chooseCandidate(
  candidates: readonly Candidate[],
  judge: Judge,
  without: number,
): Candidate {
  const shapes = [...new Set(candidates.map(({ shape }) => shape))];
  const best = shapes.map((wanted) =>
    leastLoss(
      candidates.filter(({ shape }) => shape === wanted),
      without,
    ),
  );
  const rows = rowsWhere(judge.part, (part) => part !== without);
  const { s, group } = pickJudge(judge, rows);
  return best.reduce((kept, next) => {
    const gain = pairedDifference(pick(kept.losses, rows), pick(next.losses, rows), s, group);
    return gain.mean > gain.standardError ? next : kept;
  });
}

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
