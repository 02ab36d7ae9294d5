import { damagedFile, modelNotCalibrator } from "../base/checks.ts";
import { type Calibrator, checkCalibrator } from "../calibrate/calibrator.ts";
import { isTexts } from "../encode/schema.ts";
import { readContainer, writeContainer } from "../file/container.ts";
import { type Packable, pack, unpack } from "../file/pack.ts";
import { isScoreKind, type ScoreKind } from "./calibrate.ts";
import { CALIBRATED_VERSION, CALIBRATOR_KIND, checkProvenance } from "./model.ts";
import type { Provenance } from "./report.ts";

/** A calibrator for the logits or probabilities of a classifier of another make: plain data, all of it in its file. */
export interface SavedCalibrator {
  /** The labels, in the order of the calibrator. */
  readonly classes: readonly string[];
  /** The columns that held the numbers, in the same order; of two classes one alone may hold those of the second. */
  readonly columns: readonly string[];
  /** What the numbers are. */
  readonly input: ScoreKind;
  readonly calibrator: Calibrator;
  readonly provenance: Provenance;
}

/** The bytes of a calibrator's file: the container of model files, of another kind (docs/model-file.md). */
export const packCalibrator = (saved: SavedCalibrator): Uint8Array => {
  const tree = { kind: CALIBRATOR_KIND, ...saved } as unknown as { [key: string]: Packable };
  return writeContainer(pack(tree), CALIBRATED_VERSION);
};

/** The calibrator of a file's bytes. Throws a SoftmaxError "model" where they are damaged, foreign or too new. */
export function unpackCalibrator(bytes: Uint8Array): SavedCalibrator {
  const tree = unpack(readContainer(bytes));
  if (tree.kind !== CALIBRATOR_KIND) throw modelNotCalibrator();
  const { classes, columns, input } = tree;
  if (!isTexts(classes) || classes.length < 2 || new Set(classes).size < classes.length) {
    throw damagedFile("its classes are not two or more different texts");
  }
  const k = classes.length;
  const one = k === 2 && isTexts(columns) && columns.length === 1;
  if (!isTexts(columns) || !(columns.length === k || one)) {
    throw damagedFile("its columns are not one a class");
  }
  if (!isScoreKind(input)) throw damagedFile("it says neither logits nor probabilities");
  return {
    classes: [...classes],
    columns: [...columns],
    input,
    calibrator: checkCalibrator(tree.calibrator, k),
    provenance: checkProvenance(tree.provenance),
  };
}
