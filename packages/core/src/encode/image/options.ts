import { checkInteger, checkKeys, checkKind, unknownName } from "../../base/checks.ts";
import { PANEL } from "../../kernels/patches.ts";
import { HELD_SIDE } from "./resize.ts";

/** How to take images, where the defaults are not wanted. */
export interface ImageChoice {
  /**
   * "pixels": each pixel is a feature; "patches": what small patches are like, learned without labels (docs/images.md).
   * Default: the one with the lower out-of-fold loss.
   */
  readonly features?: ImageFeatures;
  /** Pixels a side, 8 to 128, to which all images are brought. Default: their own where all have one of at most 32, else 32. */
  readonly size?: number;
  /** Pixels a side of a patch, 2 to 16. Default 6. */
  readonly patch?: number;
  /** Centroids that patches are compared with: a multiple of 8 from 8 to 4,096. Default 400. */
  readonly centroids?: number;
  /** Cells a side of the grid in which they are summed up, 1 to 8. Default 3. */
  readonly grid?: number;
  /** Training images are learned from shifted by up to so many pixels too, 1 to 16, at the size to which they are brought. */
  readonly shift?: number;
  /** The same mirrored: left and right change places ("horizontal"), above and below ("vertical"), or "both". */
  readonly flip?: ImageFlip;
  /** Versions of each training image, itself among them, 2 to 64, where "shift" or "flip" allow as many. Default 6. */
  readonly versions?: number;
}

export type ImageFeatures = "pixels" | "patches";
export type ImageFlip = "horizontal" | "vertical" | "both";

const FEATURES: readonly ImageFeatures[] = ["pixels", "patches"];
const FLIPS: readonly ImageFlip[] = ["horizontal", "vertical", "both"];
const VERSION_KEYS = ["shift", "flip", "versions"] as const;
const KEYS: readonly (keyof ImageChoice)[] = [
  ...(["features", "size", "patch", "centroids", "grid"] as const),
  ...VERSION_KEYS,
];
export const LEAST_SIDE = 8;
export const MOST_PATCH = 16;
export const MOST_CENTROIDS = 4096;
export const MOST_GRID = 8;
const MOST_SHIFT = 16;
const MOST_VERSIONS = 64;

/** Throws a TypeError or RangeError where a choice is none. */
export function checkImageChoice(choice: ImageChoice): void {
  checkKind("images", "an object", choice, typeof choice === "object" && choice !== null);
  checkKeys("images", choice, KEYS);
  const { features, size, patch, centroids, grid } = choice;
  if (features !== undefined && !FEATURES.includes(features)) {
    const expected = '"pixels" or "patches"';
    throw new RangeError(unknownName("images.features", expected, String(features), FEATURES));
  }
  if (size !== undefined) checkInteger("images.size", size, LEAST_SIDE, HELD_SIDE);
  if (patch !== undefined) checkInteger("images.patch", patch, 2, MOST_PATCH);
  if (grid !== undefined) checkInteger("images.grid", grid, 1, MOST_GRID);
  checkVersionsChoice(choice);
  if (centroids === undefined) return;
  checkInteger("images.centroids", centroids, PANEL, MOST_CENTROIDS);
  if (centroids % PANEL !== 0) {
    throw new RangeError(`"images.centroids" expected a multiple of ${PANEL}, got ${centroids}`);
  }
}

function checkVersionsChoice({ shift, flip, versions }: ImageChoice): void {
  if (shift !== undefined) checkInteger("images.shift", shift, 1, MOST_SHIFT);
  if (flip !== undefined && !FLIPS.includes(flip)) {
    const expected = '"horizontal", "vertical" or "both"';
    throw new RangeError(unknownName("images.flip", expected, String(flip), FLIPS));
  }
  if (versions === undefined) return;
  checkInteger("images.versions", versions, 2, MOST_VERSIONS);
  if (shift !== undefined || flip !== undefined) return;
  throw new TypeError('"images.versions" expected "images.shift" or "images.flip" beside it');
}
