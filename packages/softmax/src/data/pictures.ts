import { greyWhereGrey, heldPicture, type Picture } from "@softmax/core";
import * as errors from "../errors.ts";

/** Bytes of an image file at most. */
export const MAX_IMAGE_BYTES = 2 ** 28;
/** Pixels of an image at most, unless said otherwise: its file may say many in few bytes. */
export const MAX_PIXELS = 50_000_000;

/** What each format begins with, and where that stands. */
const SIGNATURES: readonly (readonly [format: string, start: string, at: number])[] = [
  ["png", "\x89PNG\r\n\x1a\n", 0],
  ["jpeg", "\xff\xd8\xff", 0],
  ["webp", "WEBP", 8],
];

/** The format of an image that can be decoded, by its first bytes; null for all else. */
export function imageFormat(head: Uint8Array): string | null {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(16, head.byteLength));
  const text = start.toString("latin1");
  return SIGNATURES.find(([, signature, at]) => text.startsWith(signature, at))?.[0] ?? null;
}

/** Whether a name ends as images do that can be decoded. */
export const isImageName = (path: string): boolean => /\.(png|jpe?g|webp)$/i.test(path);

/** A picture, or the reason why the bytes are none. */
export type Decoded =
  | { readonly picture: Picture; readonly fault: null }
  | { readonly picture: null; readonly fault: string };

export type DecodeImage = (bytes: Uint8Array) => Promise<Decoded>;

type Sharp = typeof import("sharp")["default"];

/**
 * A decoder of PNG, JPEG and WebP: the first page of each, turned as its EXIF orientation says, over white where it is transparent,
 * grey where all its pixels are, and no longer than a table holds pictures (heldPicture). `maxPixels`: what the header may say at
 * most. Throws a SoftmaxError ("data") where the package sharp is not installed.
 */
export async function imageDecoder(maxPixels = MAX_PIXELS): Promise<DecodeImage> {
  const sharp = await loadSharp();
  return async (bytes) => {
    try {
      return await decode(sharp, bytes, maxPixels);
    } catch (cause) {
      return failed(errors.brokenImage((cause as Error).message));
    }
  };
}

async function loadSharp(): Promise<Sharp> {
  try {
    return (await import("sharp")).default;
  } catch {
    throw errors.noSharp();
  }
}

const failed = (fault: string): Decoded => ({ picture: null, fault });

async function decode(sharp: Sharp, bytes: Uint8Array, maxPixels: number): Promise<Decoded> {
  const format = imageFormat(bytes);
  if (format === null) return failed(errors.noImage());
  // Metadata are of the header alone, whatever it says.
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  if (header.format !== format) return failed(errors.noImage());
  if (header.width * header.height > maxPixels) {
    return failed(errors.manyPixels(header.width, header.height, maxPixels));
  }
  const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, sequentialRead: true })
    .autoOrient()
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 3) return failed(errors.brokenImage(`${channels} channels`));
  const whole = { width, height, channels, data: new Uint8Array(data) } as const;
  return { picture: heldPicture(greyWhereGrey(whole)), fault: null };
}
