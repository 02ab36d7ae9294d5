import { type BackboneFeatures, featuresFault } from "./backbone.ts";
import { dataError } from "./checks.ts";

/** A decoded image: rows from the top, 0…255 for each of 1 (grey) or 3 (red, green, blue) channels of a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** A column of images, one a row of the table, each of its own size. */
export interface ImageColumn {
  readonly name: string;
  readonly pictures: readonly Picture[];
  /** What a pretrained network says of them; the images are then taken by it. */
  readonly features?: BackboneFeatures;
}

/** Pixels a side of a picture in a table at most. */
export const MOST_SIDE = 4096;

/**
 * A column of pictures, and of what a pretrained network says of them. Throws a SoftmaxError ("data") that names the row of one that
 * is none.
 */
export function imageColumn(
  name: string,
  pictures: readonly Picture[],
  features?: BackboneFeatures,
): ImageColumn {
  pictures.forEach((picture, row) => {
    const why = pictureFault(picture);
    if (why !== null) throw dataError(`row ${row + 1}, column "${name}": the image ${why}`);
  });
  if (features === undefined) return { name, pictures };
  const fault = featuresFault(features, pictures.length);
  if (fault === null) return { name, pictures, features };
  throw dataError(`row ${fault.row + 1}, column "${name}": the image ${fault.why}`);
}

/** Why it is no picture; null where it is one. */
function pictureFault({ width, height, channels, data }: Picture): string | null {
  if (!isSide(width) || !isSide(height)) {
    return `expected 1 to ${MOST_SIDE} pixels a side, got ${width} × ${height}`;
  }
  if (channels !== 1 && channels !== 3) return `expected 1 or 3 channels, got ${String(channels)}`;
  const size = width * height * channels;
  if (data instanceof Uint8Array && data.length === size) return null;
  return `expected ${size} bytes, got ${data instanceof Uint8Array ? data.length : typeof data}`;
}

const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= MOST_SIDE;

/** The same picture in one channel where its three are equal in every pixel. */
export function greyWhereGrey(picture: Picture): Picture {
  const { channels, data } = picture;
  if (channels === 1) return picture;
  for (let at = 0; at < data.length; at += 3) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return picture;
  }
  const grey = new Uint8Array(data.length / 3);
  for (let at = 0; at < grey.length; at++) grey[at] = data[3 * at];
  return { ...picture, channels: 1, data: grey };
}

/** The pictures of some rows, with their features. */
export function pickImages(
  { name, pictures, features }: ImageColumn,
  rows: ArrayLike<number>,
): ImageColumn {
  const pick = <T>(all: readonly T[]): T[] => Array.from(rows, (row) => all[row]);
  return {
    ...{ name, pictures: pick(pictures) },
    ...(features === undefined ? {} : { features: { ...features, rows: pick(features.rows) } }),
  };
}
