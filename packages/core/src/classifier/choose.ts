import { pairedDifference, weightedMean } from "../base/losses.ts";
import { applyCalibrator, type Calibrator } from "../calibrate/calibrator.ts";
import { chooseCalibrator } from "../calibrate/temperature.ts";
import type { Candidate, Judge } from "./path.ts";

/**
 * A penalty larger than the best by judged loss is preferred while its loss is within this many paired standard errors:
 * between the minimum, which follows the noise of few rows, and the usual rule of one (Hastie, Tibshirani & Friedman
 * 2009, §7.10), which costs too much. Measured out of fold: wdbc 0.0748 (0: 0.0766, 1: 0.0745), wine 0.0689 (0.0722,
 * 0.0684), iris 0.0827 (0.0869, 0.0850), penguins 0.0240 (0.0233, 0.0257); of no effect on tables of thousands of rows.
 */
const PENALTY_SLACK = 0.5;

/**
 * The candidate to use: of each shape the largest penalty whose loss is within the slack of the least; a shape later in
 * the list replaces an earlier one only where its loss is lower by more than one paired standard error.
 */
export function chooseCandidate(candidates: readonly Candidate[], judge: Judge): Candidate {
  const shapes = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    const list = shapes.get(candidate.shape);
    if (list === undefined) shapes.set(candidate.shape, [candidate]);
    else list.push(candidate);
  }
  const [first, ...rest] = Array.from(shapes.values(), (list) => choosePenalty(list, judge));
  return rest.reduce((kept, next) => {
    const gain = pairedDifference(kept.losses, next.losses, judge.s, judge.group);
    return gain.mean > gain.standardError ? next : kept;
  }, first);
}

function choosePenalty(candidates: readonly Candidate[], judge: Judge): Candidate {
  const best = candidates.reduce((a, b) => (b.meanLoss < a.meanLoss ? b : a));
  return candidates.reduce((kept, candidate) => {
    if (candidate.l2 <= kept.l2) return kept;
    const { mean, standardError } = pairedDifference(
      candidate.losses,
      best.losses,
      judge.s,
      judge.group,
    );
    return mean <= PENALTY_SLACK * standardError ? candidate : kept;
  }, best);
}

export interface Choice {
  readonly candidate: Candidate;
  readonly calibrator: Calibrator;
}

/** Penalty, shape and calibrator chosen on the judged rows of `part` ≠ `without` (all rows for −1). */
export function choose(
  candidates: readonly Candidate[],
  judge: Judge,
  part: Int32Array,
  without: number,
  k: number,
  shifted: boolean,
): Choice {
  const rows = Int32Array.from(part.keys()).filter((i) => part[i] !== without);
  const inner = pickJudge(judge, rows);
  const reduced = candidates.map((candidate) => {
    const losses = pick(candidate.losses, rows);
    return { ...candidate, losses, meanLoss: weightedMean(losses, inner.s) };
  });
  const winner = candidates[reduced.indexOf(chooseCandidate(reduced, inner) as Candidate)];
  const Z = pickRows(winner.Z, rows, k);
  const calibrator = chooseCalibrator(
    Z,
    inner.y,
    inner.s,
    k,
    pick(part, rows),
    shifted,
    inner.group,
  );
  return { candidate: winner, calibrator };
}

/**
 * Honest logits of the judged rows: each part's rows by the candidate and calibrator that were chosen on the other
 * parts (no new fits), so that nothing chosen on a row is scored on it.
 */
export function crossFitted(
  candidates: readonly Candidate[],
  judge: Judge,
  part: Int32Array,
  parts: number,
  k: number,
  shifted: boolean,
): Float64Array {
  const Z = new Float64Array(part.length * k);
  for (let p = 0; p < parts; p++) {
    const rows = Int32Array.from(part.keys()).filter((i) => part[i] === p);
    if (rows.length === 0) continue;
    const { candidate, calibrator } = choose(candidates, judge, part, p, k, shifted);
    const own = pickRows(candidate.Z, rows, k);
    applyCalibrator(calibrator, own, rows.length, k, own);
    rows.forEach((row, at) => {
      Z.set(own.subarray(at * k, (at + 1) * k), row * k);
    });
  }
  return Z;
}

function pick<T extends Float64Array | Int32Array>(values: T, rows: Int32Array): T {
  const out = new (values.constructor as new (length: number) => T)(rows.length);
  for (let at = 0; at < rows.length; at++) out[at] = values[rows[at]];
  return out;
}

function pickRows(Z: Float64Array, rows: Int32Array, k: number): Float64Array {
  const out = new Float64Array(rows.length * k);
  rows.forEach((row, at) => {
    out.set(Z.subarray(row * k, (row + 1) * k), at * k);
  });
  return out;
}

const pickJudge = (judge: Judge, rows: Int32Array): Judge => ({
  y: pick(judge.y, rows),
  s: judge.s === null ? null : pick(judge.s, rows),
  group: judge.group === null ? null : pick(judge.group, rows),
});
