import { type BackboneInfo, sameBackbone } from "../../base/backbone.ts";
import { abortedError, dataError } from "../../base/checks.ts";
import { type ImageColumn, imageColumn, type Picture } from "../../base/image.ts";
import type { DenseBlock } from "../../base/matrix.ts";
import type { Table } from "../../base/table.ts";
import { type ImageEncoder, type ImageShape, writeFeatures } from "./image.ts";
import { createResizer } from "./resize.ts";

/** A pretrained network that is there to be run. */
export interface Backbone {
  readonly info: BackboneInfo;
  /** The output's numbers for each picture, as many for one as for another. */
  features(pictures: readonly Picture[]): Promise<readonly Float32Array[]>;
}

/** Pictures that are put through a network between two looks at the signal. */
const AT_ONCE = 16;

/**
 * A picture as a network's input: brought to its size, each pixel x as (x/255 − mean)/deviation of its channel; channels · height · width
 * numbers in its layout.
 */
export function backboneInput(
  picture: Picture,
  { width, height, channels, layout, means, deviations }: BackboneInfo,
): Float32Array {
  const pixels = new Uint8Array(width * height * channels);
  createResizer(width, height, channels)(picture, pixels, 0);
  const plane = width * height;
  const input = new Float32Array(pixels.length);
  pixels.forEach((x, at) => {
    const c = at % channels;
    const to = layout === "NHWC" ? at : c * plane + Math.floor(at / channels);
    input[to] = (x / 255 - means[c]) / deviations[c];
  });
  return input;
}

/**
 * The table with what a pretrained network says of its images, by which they are then learned from and predicted. Throws a SoftmaxError
 * "data" that names the row whose features are not finite, or of another number than the first row's; "aborted" where the signal says so.
 */
export async function withFeatures(
  table: Table,
  backbone: Backbone,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Table> {
  const images: ImageColumn[] = [];
  for (const { name, pictures } of table.images ?? []) {
    const rows: Float32Array[] = [];
    for (let start = 0; start < pictures.length; start += AT_ONCE) {
      if (signal?.aborted === true) throw abortedError();
      rows.push(...(await backbone.features(pictures.slice(start, start + AT_ONCE))));
    }
    images.push(imageColumn(name, pictures, { info: backbone.info, rows }));
  }
  return { ...table, ...(table.images === undefined ? {} : { images }) };
}

/** The features by which images are taken, where all columns have some of one network. */
export function sharedBackbone(columns: readonly ImageColumn[]): ImageShape["backbone"] | null {
  const [first] = columns;
  const info = first?.features?.info;
  if (info === undefined) return null;
  const width = first.features!.rows[0]?.length ?? 0;
  const isShared = columns.every(
    ({ features }) =>
      features !== undefined &&
      sameBackbone(features.info, info) &&
      (features.rows[0]?.length ?? 0) === width,
  );
  return isShared ? { info, width } : null;
}

/** A deviation that is smaller beside its mean is none: float32 has no finer steps. */
const FINEST = 1 / 16_777_216;

/** Mean and deviation of each feature over the rows; a deviation of 1 where it does not vary. */
export function backboneScales(
  column: ImageColumn,
  rows: Int32Array,
): Pick<ImageEncoder, "means" | "deviations"> {
  const { rows: features } = column.features!;
  const meanOf = (of: (x: number, j: number) => number): Float64Array => {
    const sums = new Float64Array(features[0].length);
    for (const row of rows) features[row].forEach((x, j) => (sums[j] += of(x, j)));
    return sums.map((sum) => sum / rows.length);
  };
  const means = meanOf((x) => x);
  const variances = meanOf((x, j) => (x - means[j]) * (x - means[j]));
  const deviations = variances.map((variance, j) => {
    const deviation = Math.sqrt(variance);
    return deviation > FINEST * Math.abs(means[j]) ? deviation : 1;
  });
  return { means, deviations };
}

/** Writes the features of the rows `order` to those of X, in the columns from `start` on. Throws a SoftmaxError "data" where they are none of the encoder's network. */
export function writeBackbone(
  encoder: ImageEncoder,
  column: ImageColumn,
  order: Int32Array,
  dense: DenseBlock,
  start: number,
): void {
  checkFeatures(encoder, column);
  order.forEach((row, i) => {
    writeFeatures(encoder, column.features!.rows[row], 1, dense, i, start);
  });
}

function checkFeatures({ name, backbone, means }: ImageEncoder, { features }: ImageColumn): void {
  const info = backbone!;
  const wanted = `features of the network with SHA-256 ${info.sha256}, by which the model reads it`;
  if (features === undefined) throw dataError(`column "${name}" expected ${wanted}, got none`);
  if (!sameBackbone(features.info, info)) {
    const other =
      features.info.sha256 === info.sha256
        ? "by another output or input"
        : `of ${features.info.sha256}`;
    throw dataError(`column "${name}" expected ${wanted}, got some ${other}`);
  }
  const width = features.rows[0]?.length ?? means.length;
  if (width === means.length) return;
  throw dataError(
    `column "${name}" expected ${means.length} features of its network, got ${width}`,
  );
}

/** That features were made by something else than those of training; null where they were not. */
export function backboneRemark({ name, backbone }: ImageEncoder, table: Table): string | null {
  const features = table.images?.find((column) => column.name === name)?.features;
  if (backbone === undefined || features === undefined) return null;
  const { runtime } = features.info;
  if (runtime === backbone.runtime) return null;
  return `the network of "${name}" is run by ${runtime}, and was by ${backbone.runtime} in training: probabilities may differ in their last digits`;
}
