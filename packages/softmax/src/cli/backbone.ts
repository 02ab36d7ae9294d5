import type { Backbone, BackboneInfo, Classifier, MultiLabelClassifier } from "@softmax/core";
import type { Command } from "commander";
import { type BackboneOptions, openBackbone, openSameBackbone } from "../data/onnx.ts";
import { UsageError } from "./exit.ts";
import { defined, list, type ReadFlags, wholeNumber } from "./reading.ts";

/** Flags that say how a pretrained network takes images; its file is named where data is read. */
export interface BackboneFlags extends Pick<ReadFlags, "backbone"> {
  readonly backboneOutput?: string;
  readonly backboneSize?: number;
  readonly backboneMean?: readonly number[];
  readonly backboneStd?: readonly number[];
}

export function addBackboneFlags(command: Command): Command {
  return command
    .optionsGroup("Pretrained network for images (--backbone):")
    .option("--backbone-output <name>", "whose numbers are the features (the only one)")
    .option(
      "--backbone-size <pixels>",
      "a side of its images, where its file leaves that open",
      wholeNumber("--backbone-size", 1, 1024),
    )
    .option(
      "--backbone-mean <numbers>",
      "taken off pixels of 0 to 1, one or one a channel (ImageNet's; 0 of grey)",
      numbers("--backbone-mean"),
    )
    .option(
      "--backbone-std <numbers>",
      "that they are then divided by (ImageNet's; 1 of grey)",
      numbers("--backbone-std"),
    );
}

const numbers =
  (flag: string) =>
  (text: string): readonly number[] => {
    const found = list(text).map(Number);
    if (found.length > 0 && found.every(Number.isFinite)) return found;
    throw new UsageError(`${flag} expected numbers with commas between, got "${text}"`);
  };

/** The network to train with; undefined where none is asked for. */
export async function backboneToTrain(flags: BackboneFlags): Promise<Backbone | undefined> {
  const { backbone, backboneOutput, backboneSize, backboneMean, backboneStd } = flags;
  const options: BackboneOptions = defined({
    output: backboneOutput,
    size: backboneSize,
    means: backboneMean,
    deviations: backboneStd,
  });
  if (backbone !== undefined) return openBackbone(backbone, options);
  if (Object.keys(options).length === 0) return undefined;
  throw new UsageError("flags of a network expected its file beside them: --backbone model.onnx");
}

/** The network by which a model reads images; undefined where it reads none by one. */
export async function backboneOf(
  classifier: Classifier | MultiLabelClassifier,
  { backbone: path }: Pick<ReadFlags, "backbone">,
): Promise<Backbone | undefined> {
  const info = infoOf(classifier);
  if (info !== undefined && path !== undefined) return openSameBackbone(path, info);
  if (info !== undefined) {
    throw new UsageError(
      `the model reads images by a network, whose file it does not hold; name it with --backbone (SHA-256 ${info.sha256})`,
    );
  }
  if (path === undefined) return undefined;
  throw new UsageError("--backbone expected a model that was trained with a network; leave it out");
}

/** Whether a model reads images by a network. */
export const readsByNetwork = (classifier: Classifier | MultiLabelClassifier): boolean =>
  infoOf(classifier) !== undefined;

function infoOf(classifier: Classifier | MultiLabelClassifier): BackboneInfo | undefined {
  for (const column of classifier.model.encoder.columns) {
    if (column.kind === "image" && column.backbone !== undefined) return column.backbone;
  }
  return undefined;
}

/** Throws where a network is named for a command that looks at no images. */
export function refuseBackbone({ backbone }: Pick<ReadFlags, "backbone">): void {
  if (backbone === undefined) return;
  throw new UsageError("--backbone is for models of images; leave it out");
}
