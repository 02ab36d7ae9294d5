import { pairedDifference } from "../base/losses.ts";
import { exp } from "../base/math.ts";
import { type Matrix, matrixWidth } from "../base/matrix.ts";
import { windowsOf } from "../base/stored.ts";
import type { Trainer } from "../model/trainer.ts";
import {
  boundLogits,
  type Candidate,
  choicesOf,
  isFarBehind,
  type Judge,
  keepChoices,
  leastLoss,
  meanLoss,
  plainLosses,
  temperedLosses,
} from "./candidates.ts";
import { openSplits, type PathInput } from "./splits.ts";

/** After this many successive penalties clearly worse than the best, the path ends. */
const WORSE_IN_A_ROW = 4;
/** The same on the coarser path of texts, whose last steps cost the most. */
const WORSE_WITH_TEXTS = 1;
/** Where the path of texts begins: the larger penalties are tried where this one is not too large for some part. */
const FIRST_WITH_TEXTS = 2;
const LN10 = Math.LN10;

/**
 * Penalties of the path: `count` log-spaced values from 10 to 1e-6 times the largest mean square of a penalised
 * column, downwards (docs/math.md, penalty path).
 */
export function penaltyGrid(X: Matrix, count: number): number[] {
  const scale = largestMeanSquare(X);
  const step = (7 * LN10) / (count - 1);
  return Array.from({ length: count }, (_, i) => scale * 10 * exp(-i * step));
}

function largestMeanSquare(X: Matrix): number {
  const sums = new Float64Array(matrixWidth(X));
  for (const { X: here } of windowsOf(X, [{ start: 0, end: X.rows }])) addSquares(here, sums);
  const largest = sums.reduce((a, b) => Math.max(a, b), 0) / Math.max(1, X.rows);
  return largest > 0 ? largest : 1;
}

function addSquares({ rows, dense, codes, csr }: Matrix, sums: Float64Array): void {
  if (dense !== null) {
    const { width, data } = dense;
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < width; j++, at++) sums[j] += data[at] * data[at];
    }
  }
  if (codes !== null) {
    const offset = dense?.width ?? 0;
    for (let at = 0; at < rows * codes.perRow; at++) {
      if (codes.data[at] >= 0) sums[offset + codes.data[at]]++;
    }
  }
  if (csr !== null) {
    const { width, columns, values } = csr;
    const offset = sums.length - width;
    for (let at = 0; at < values.length; at++)
      sums[offset + columns[at]] += values[at] * values[at];
  }
}

/**
 * Fits every split at every penalty, each from the weights of the one before, and returns the judged logits of each. For a
 * bag of embeddings the same along epochs, each from the start. Ends after four successive ones whose judged loss is more
 * than one paired standard error above the best; with texts, whose grid is coarse, after one. There it begins further down,
 * goes up for as long as some part would choose the largest penalty tried, and leaves what `refinePath` may want. Where the losses no
 * longer fall and the best lies far behind the input's rival, there are no candidates.
 * Splits are fitted beside each other where there are several trainers. `absent` names the classes that some split had no training row of.
 */
export async function runPath(
  input: PathInput,
  trainers: readonly Trainer[],
  shape: number,
  grid: readonly number[],
  onFit: (point: number, fitted: number) => void,
): Promise<{ candidates: Candidate[]; absent: Set<number> }> {
  const path = await openPath(input, trainers, shape, "split");
  const { judge, absent } = path;
  const candidates: Candidate[] = [];
  const first = firstOf(input, grid);
  try {
    const judgeAt = async (i: number, at: number): Promise<Candidate> => {
      const candidate = await path.judgeAt(grid[i], (fitted) => onFit(at, fitted));
      boundLogits([...candidates, candidate]);
      return candidate;
    };
    let worse = 0;
    const enough = input.X.csr === null ? WORSE_IN_A_ROW : WORSE_WITH_TEXTS;
    for (let i = first; i < grid.length && worse < enough; i++) {
      const candidate = await judgeAt(i, i);
      worse = candidates.length > 0 && clearlyWorse(candidate, candidates, judge) ? worse + 1 : 0;
      const leadsAway = first === 0 && candidates.length > 0;
      if (leadsAway && isHopeless(candidate, candidates, judge, input)) {
        return { candidates: [], absent };
      }
      candidates.push(candidate);
    }
    for (let i = first - 1; i >= 0 && isWanted(candidates[0], candidates, judge); i--) {
      candidates.unshift(await judgeAt(i, grid.length - 1));
    }
  } finally {
    await path.close();
  }
  if (isCoarse(input)) keepNear(candidates, judge);
  else keepChoices(candidates, judge);
  return { candidates, absent };
}

/**
 * Of the coarse path of texts: judges the penalties halfway from the best to its neighbours too, the best of each part's
 * others. Returns all candidates of the path. What is in no choice loses its logits.
 */
export async function refinePath(
  input: PathInput,
  trainers: readonly Trainer[],
  grid: readonly number[],
  candidates: readonly Candidate[],
  onFit: (share: number) => void,
): Promise<Candidate[]> {
  const judge = judgeOf(input);
  const points = isCoarse(input) ? middles(candidates, grid, judge) : [];
  const all = [...candidates];
  if (points.length > 0) {
    const path = await openPath(input, trainers, candidates[0].shape, "between");
    try {
      for (const [at, l2] of points.entries()) {
        all.push(
          await path.judgeAt(l2, (fitted) => onFit((at + fitted / path.fits) / points.length)),
        );
        boundLogits(all);
      }
    } finally {
      await path.close();
    }
  }
  keepChoices(all, judge);
  return all;
}

/** Whether the path is one of sparse rows, with few penalties. */
const isCoarse = ({ X, bag }: PathInput): boolean => X.csr !== null && bag === null;

/** Of an L1 part the first penalty is the least at which all weights are 0, from where fits build on each other. */
const firstOf = (input: PathInput, grid: readonly number[]): number =>
  isCoarse(input) && input.l1Ratio === 0 ? Math.min(FIRST_WITH_TEXTS, grid.length - 1) : 0;

/** All splits of an encoding, to be fitted and judged at one point after another; kept in a journal under `key`. */
async function openPath(
  input: PathInput,
  trainers: readonly Trainer[],
  shape: number,
  key: string,
) {
  const { plan, k } = input;
  const { fitters, absent } = await openSplits(input, trainers, key);
  const judge = judgeOf(input);
  // Neither a bag nor a fit of focal loss is sure of itself by the right amount before its temperature.
  const lossesOf = input.bag === null && input.focal === null ? plainLosses : temperedLosses;
  return {
    judge,
    absent,
    fits: fitters.length,
    async judgeAt(point: number, onFitted: (fitted: number) => void): Promise<Candidate> {
      const Z = new Float64Array(plan.judged * k);
      let fitted = 0;
      await Promise.all(
        fitters.map(async (fitter, f) => {
          const { start, end } = plan.splits[f].judge;
          await fitter.fitAndScore(point, Z.subarray(start * k, end * k));
          onFitted(++fitted);
        }),
      );
      const place = input.bag === null ? { l2: point } : { l2: 0, epochs: point };
      return { shape, ...place, ...lossesOf(Z, judge, k), Z, bounded: false };
    },
    close: () => Promise.all(fitters.map((fitter) => fitter.close())),
  };
}

/** The penalties halfway from the best of each part's others to its neighbours on the grid, falling. */
function middles(
  candidates: readonly Candidate[],
  grid: readonly number[],
  { parts }: Judge,
): number[] {
  const between = new Set<number>();
  for (let without = 0; without <= parts; without++) {
    const best = grid.indexOf(leastLoss(candidates, without).l2);
    if (best > 0) between.add(best - 0.5);
    if (best + 1 < grid.length) between.add(best + 0.5);
  }
  return [...between]
    .sort((a, b) => a - b)
    .map((at) => Math.sqrt(grid[Math.floor(at)] * grid[Math.ceil(at)]));
}

/** Of the positions that are judged. */
export function judgeOf({
  y,
  s,
  group,
  plan,
}: Pick<PathInput, "y" | "s" | "group" | "plan">): Judge {
  const cut = plan.judged;
  return {
    y: y.subarray(0, cut),
    s: s === null ? null : s.subarray(0, cut),
    group: group === null ? null : group.subarray(0, cut),
    part: plan.order.subarray(0, cut).map((row) => plan.partOf[row]),
    parts: plan.parts,
  };
}

/** Whether some part's others choose this candidate. */
function isWanted(candidate: Candidate, candidates: readonly Candidate[], judge: Judge): boolean {
  return choicesOf(candidates, judge).has(candidate);
}

/** Drops the logits of what is clearly worse than the best: no choice will fall on it, whatever comes to be judged beside. */
function keepNear(candidates: readonly Candidate[], judge: Judge): void {
  const wanted = choicesOf(candidates, judge);
  for (const candidate of candidates) {
    if (wanted.has(candidate) || !clearlyWorse(candidate, candidates, judge)) continue;
    candidate.Z = null;
    candidate.bounded = true;
  }
}

/** Whether the best before is far behind a rival, and the path leads away from it. */
function isHopeless(
  candidate: Candidate,
  others: readonly Candidate[],
  judge: Judge,
  { rival, k }: Pick<PathInput, "rival" | "k">,
): boolean {
  const best = leastLoss(others, judge.parts);
  if (rival == null || best.Z === null) return false;
  return meanLoss(candidate) >= meanLoss(best) && isFarBehind(best.Z, rival, judge, k);
}

function clearlyWorse(candidate: Candidate, others: readonly Candidate[], judge: Judge): boolean {
  const best = leastLoss(others, judge.parts);
  const difference = pairedDifference(candidate.losses, best.losses, judge.s, judge.group);
  return difference.mean > difference.standardError;
}
