import type { Work } from "../base/breathe.ts";
import { applyCalibrator, type Calibrator } from "../calibrate/calibrator.ts";
import type { CalibrationChoice } from "../calibrate/kinds.ts";
import { type ChosenCalibrator, findingCalibrator } from "../calibrate/methods.ts";
import { type Candidate, chooseCandidate, type Judge, pickJudge, rowsWhere } from "./candidates.ts";

export interface Choice {
  readonly candidate: Candidate;
  readonly calibrator: Calibrator;
  /** Which method that is, and what else was tried. */
  readonly calibration: ChosenCalibrator;
}

/** Of each candidate the calibrators that were fitted already. */
export type KnownCalibrators = Map<Pick<Candidate, "Z">, Map<string, Calibrator>>;

/** Penalty, shape and calibrator chosen on the judged rows outside the part `without` (`judge.parts`: on all rows). */
export function* choose(
  candidates: readonly Candidate[],
  judge: Judge,
  without: number,
  calibrating: Calibrating,
): Work<Choice> {
  const candidate = chooseCandidate(candidates, judge, without);
  return yield* withCalibrator(candidate, judge, without, calibrating);
}

export interface Calibrating {
  readonly k: number;
  readonly shifted: boolean;
  readonly calibration?: CalibrationChoice | undefined;
  readonly known?: KnownCalibrators;
}

/** What was chosen, with the calibrator that the judged rows outside the part `without` choose for it. */
export function* withCalibrator<C extends Pick<Candidate, "Z">>(
  candidate: C,
  judge: Judge,
  without: number,
  { k, shifted, calibration = "temperature", known = new Map() }: Calibrating,
): Work<Omit<Choice, "candidate"> & { readonly candidate: C }> {
  const rows = rowsWhere(judge.part, (part) => part !== without);
  const { y, s, part, group } = pickJudge(judge, rows);
  const Z = pickRows(candidate.Z!, rows, k);
  const rule = { choice: calibration, shifted, cautious: true };
  const fits = known.get(candidate) ?? new Map<string, Calibrator>();
  known.set(candidate, fits);
  const seen = { fits, without: without === judge.parts ? [] : [without] };
  const chosen = yield* findingCalibrator({ Z, y, s, k, part, group, known: seen }, rule);
  return { candidate, calibrator: chosen.calibrator, calibration: chosen };
}

/**
 * Honest logits of the judged rows: each part's rows by the candidate and calibrator that were chosen on the other
 * parts (no new fits), so that nothing chosen on a row is scored on it. `onChoice` hears of what was chosen for each part.
 */
export function* crossFitted(
  candidates: readonly Candidate[],
  judge: Judge,
  calibrating: Calibrating,
  onChoice: (part: number, choice: Choice) => void = () => {},
): Work<Float64Array> {
  return yield* crossFittedBy(judge, calibrating.k, function* (part) {
    const choice = yield* choose(candidates, judge, part, calibrating);
    onChoice(part, choice);
    return choice;
  });
}

/** The same by what `chosenFor` a part was chosen on the others. */
export function* crossFittedBy(
  judge: Judge,
  k: number,
  chosenFor: (
    part: number,
  ) => Work<Pick<Choice, "calibrator"> & { readonly candidate: Pick<Candidate, "Z"> }>,
): Work<Float64Array> {
  const Z = new Float64Array(judge.y.length * k);
  for (let p = 0; p < judge.parts; p++) {
    const rows = rowsWhere(judge.part, (part) => part === p);
    if (rows.length === 0) continue;
    const { candidate, calibrator } = yield* chosenFor(p);
    const own = pickRows(candidate.Z!, rows, k);
    applyCalibrator(calibrator, own, rows.length, k, own);
    rows.forEach((row, at) => {
      Z.set(own.subarray(at * k, (at + 1) * k), row * k);
    });
  }
  return Z;
}

export function pickRows(Z: Float64Array, rows: Int32Array, k: number): Float64Array {
  const out = new Float64Array(rows.length * k);
  rows.forEach((row, at) => {
    out.set(Z.subarray(row * k, (row + 1) * k), at * k);
  });
  return out;
}
