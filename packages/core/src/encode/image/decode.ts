import { dataError } from "../../base/checks.ts";
import { greyWhereGrey, type Picture } from "../../base/image.ts";
import { imageSize } from "../../base/image-size.ts";
import { pagePixels } from "../../base/platform.ts";
import { heldPicture } from "./resize.ts";

/** Pixels of an image at most, unless said otherwise: its file may say many in few bytes. */
export const MAX_PIXELS = 50_000_000;

/**
 * The picture of a PNG, JPEG or WebP file, decoded by the page that this runs in: upright, over white, grey where all its pixels are,
 * and no longer than a table holds pictures. Of an opaque PNG without a colour profile it is that of the tool, byte by byte.
 *
 * Throws a SoftmaxError ("data") where the bytes are no such image, broken, or more than `maxPixels` by their header, and where
 * there is no page to decode them.
 */
export async function decodePicture(bytes: Uint8Array, maxPixels = MAX_PIXELS): Promise<Picture> {
  const size = imageSize(bytes);
  if (size === null) throw dataError("the image begins as no PNG, JPEG or WebP image does");
  if (size.width * size.height > maxPixels) {
    throw dataError(
      `the image has ${size.width} × ${size.height} pixels, more than the ${maxPixels} that are decoded`,
    );
  }
  const blob = new Blob([Uint8Array.from(bytes)], { type: `image/${size.format}` });
  const decoded = await pagePixels(blob).catch((cause: unknown) => {
    throw dataError(`the image cannot be decoded (${String(cause)})`);
  });
  if (decoded === null) throw dataError("there is no page here that decodes images");
  const { width, height, rgba } = decoded;
  const data = overWhite(rgba);
  return heldPicture(greyWhereGrey({ width, height, channels: 3, data }));
}

/** Colours c of opacity a over white: (c a + 255 (255 − a))/255, rounded. */
export function overWhite(rgba: ArrayLike<number>): Uint8Array {
  const data = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    const a = rgba[from + 3];
    for (let c = 0; c < 3; c++, to++) {
      data[to] = Math.floor((rgba[from + c] * a + 255 * (255 - a) + 127) / 255);
    }
  }
  return data;
}
