import type { ImageChoice, ImageFeatures, ImageFlip } from "@softmax/core";
import { type Command, Option } from "commander";
import { UsageError } from "./exit.ts";
import { defined, pickDefined, wholeNumber } from "./reading.ts";

/** Flags that say how images are taken. */
export interface ImageFlags {
  readonly imageFeatures?: ImageFeatures;
  readonly imageSize?: number;
  readonly patch?: number;
  readonly centroids?: number;
  readonly imageGrid?: number;
  readonly imageShift?: number;
  readonly imageFlip?: ImageFlip;
  readonly imageVersions?: number;
}

export function addImageFlags(command: Command): Command {
  return command
    .optionsGroup("Images (pixels or patches are chosen by log loss unless said):")
    .addOption(
      new Option("--image-features <how>", "what is looked at").choices(["pixels", "patches"]),
    )
    .option(
      "--image-size <pixels>",
      "a side, to which all are brought (32; their own where all are smaller)",
      wholeNumber("--image-size", 8, 128),
    )
    .option("--patch <pixels>", "a side of a patch (6)", wholeNumber("--patch", 2, 16))
    .option("--centroids <n>", "kinds of patches, a multiple of 8 (400)", centroids)
    .option(
      "--image-grid <n>",
      "cells a side in which patches are summed (3)",
      wholeNumber("--image-grid", 1, 8),
    )
    .option(
      "--image-shift <pixels>",
      "learn from images shifted by up to so many too",
      wholeNumber("--image-shift", 1, 16),
    )
    .addOption(
      new Option("--image-flip <how>", "learn from them mirrored too").choices([
        "horizontal",
        "vertical",
        "both",
      ]),
    )
    .option(
      "--image-versions <n>",
      "of each image that is learned from, with shift or flip (6)",
      wholeNumber("--image-versions", 2, 64),
    );
}

function centroids(text: string): number {
  const value = wholeNumber("--centroids", 8, 4096)(text);
  if (value % 8 === 0) return value;
  throw new UsageError(`--centroids expected a multiple of 8, got "${text}"`);
}

/** What the flags choose; undefined where they say nothing. */
export function imageChoiceOf(flags: ImageFlags): ImageChoice | undefined {
  const { imageFeatures, imageSize, imageGrid, imageShift, imageFlip, imageVersions } = flags;
  if (imageVersions !== undefined && imageShift === undefined && imageFlip === undefined) {
    throw new UsageError("--image-versions expected --image-shift or --image-flip beside it");
  }
  const choice: ImageChoice = {
    ...pickDefined(flags, ["patch", "centroids"]),
    ...defined({
      features: imageFeatures,
      size: imageSize,
      grid: imageGrid,
      shift: imageShift,
      flip: imageFlip,
      versions: imageVersions,
    }),
  };
  return Object.keys(choice).length === 0 ? undefined : choice;
}
