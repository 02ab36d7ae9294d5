import type { BackboneInfo } from "../../base/backbone.ts";
import type { ImageColumn } from "../../base/image.ts";
import type { DenseBlock } from "../../base/matrix.ts";
import type { PatchBank, PixelBlock } from "../../kernels/patches.ts";
import { patchWidth } from "../../kernels/patches.ts";
import { createResizer } from "./resize.ts";

/**
 * A column of images (docs/images.md): brought to one size, then its pixels, or what patches of it are near to, each number
 * less a mean and divided by a deviation.
 */
export interface ImageEncoder {
  readonly kind: "image";
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Null where pixels are the features, or a network says them. */
  readonly patches: PatchBank | null;
  /** The pretrained network that says the features; the size above then is that of its input. Absent: none. */
  readonly backbone?: BackboneInfo;
  /** Of pixels one number a channel, of patches and networks one a feature; and the deviations. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** How images become features. */
export interface ImageShape {
  readonly name: string;
  /** Pixels a side; null: that which all images have. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly patches: PatchShape | null;
  /** The network, and how many features it says. Absent: none. */
  readonly backbone?: { readonly info: BackboneInfo; readonly width: number };
}

export interface PatchShape {
  readonly side: number;
  readonly grid: number;
  readonly centroids: number;
}

/** Features of a column of images. */
export function imageWidth(encoder: ImageEncoder): number {
  const { width, height, channels, patches, backbone, means } = encoder;
  if (backbone !== undefined) return means.length;
  return patches === null ? width * height * channels : patchWidth(patches);
}

/** The same of a shape, of patches at most. */
export function shapeWidth({ width, height, channels, patches, backbone }: ImageShape): number {
  if (backbone !== undefined) return backbone.width;
  return patches === null
    ? width * height * channels
    : patches.grid * patches.grid * patches.centroids;
}

/** The pictures of `rows` at one size. */
export function pixelBlock(
  { pictures }: ImageColumn,
  rows: ArrayLike<number>,
  { width, height, channels }: Pick<ImageEncoder, "width" | "height" | "channels">,
): PixelBlock {
  const bytes = width * height * channels;
  const data = new Uint8Array(rows.length * bytes);
  const resize = createResizer(width, height, channels);
  for (let i = 0; i < rows.length; i++) resize(pictures[rows[i]], data, i * bytes);
  return { count: rows.length, width, height, channels, data };
}

/** Writes standardised features of `count` images to the rows of X from `row` on, in the columns from `start` on. */
export function writeFeatures(
  { means, deviations }: ImageEncoder,
  features: Float32Array | Uint8Array,
  count: number,
  { width, data }: DenseBlock,
  row: number,
  start: number,
): void {
  const own = features.length / count;
  for (let i = 0; i < count; i++) {
    const to = (row + i) * width + start;
    for (let j = 0, from = i * own; j < own; j++, from++) {
      const c = j % means.length;
      data[to + j] = (features[from] - means[c]) / deviations[c];
    }
  }
}
