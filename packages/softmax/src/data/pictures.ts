import { readFile, stat } from "node:fs/promises";
import { greyWhereGrey, heldPicture, imageSize, MAX_PIXELS, type Picture } from "@softmax/core";
import * as errors from "../errors.ts";
import { pause } from "./pause.ts";
import type { ReadOptions } from "./source.ts";

/** Bytes of an image file at most. */
const MAX_IMAGE_BYTES = 2 ** 28;
/** Bytes of a file that show whether it is an image. */
export const HEAD_BYTES = 16;
/** What each format begins with, and where that stands. */
const SIGNATURES: readonly (readonly [start: string, at: number])[] = [
  ["\x89PNG\r\n\x1a\n", 0],
  ["\xff\xd8\xff", 0],
  ["WEBP", 8],
];

/** Whether the bytes begin as those of an image that can be decoded. */
export function beginsAsImage(head: Uint8Array): boolean {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(HEAD_BYTES, head.byteLength));
  const text = start.toString("latin1");
  return SIGNATURES.some(([signature, at]) => text.startsWith(signature, at));
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
  if (!beginsAsImage(bytes)) return failed(errors.noImage());
  const size = imageSize(bytes);
  if (size === null) return failed(errors.brokenImage("its header is damaged"));
  if (size.width * size.height > maxPixels) {
    return failed(errors.manyPixels(size.width, size.height, maxPixels));
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

/** What `decode` makes of a file's bytes. Throws where the file cannot be read. */
export async function decodeFile<D>(
  path: string,
  decode: (bytes: Uint8Array) => D | Promise<D>,
): Promise<D | Decoded> {
  const { size } = await stat(path);
  if (size > MAX_IMAGE_BYTES) return failed(errors.longImage(size, MAX_IMAGE_BYTES));
  return decode(await readFile(path));
}

/** Images that are read and decoded at the same time. */
const AT_ONCE = 4;

/** The items in order, each with what is found for it. */
export async function* eachDecoded<T, D>(
  items: readonly T[],
  find: (item: T) => Promise<D>,
  options: ReadOptions,
): AsyncGenerator<{ item: T; decoded: D }> {
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const some = items.slice(start, start + AT_ONCE);
    const found = await Promise.all(some.map(find));
    for (const [i, item] of some.entries()) yield { item, decoded: found[i] };
    await pause(options, Math.min(1, (start + AT_ONCE) / items.length));
  }
}
