import { readFile, stat } from "node:fs/promises";
import {
  greyWhereGrey,
  heldPicture,
  type ImageColumn,
  imageColumn,
  imageSize,
  MAX_PIXELS,
  NOT_FINITE,
  type Picture,
} from "@softmax/core";
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

/** A picture, with what a network says of it where there is one; or the reason why the bytes are none. */
export type Decoded =
  | { readonly picture: Picture; readonly features?: Float32Array; readonly fault: null }
  | { readonly picture: null; readonly fault: string };

export type DecodeImage = (bytes: Uint8Array) => Promise<Decoded>;

type Sharp = typeof import("sharp")["default"];

/**
 * A decoder of PNG, JPEG and WebP: the first page of each, turned as its EXIF orientation says, over white where it is transparent,
 * grey where all its pixels are, and no longer than a table holds pictures (heldPicture). `maxPixels`: what the header may say at
 * most. A network, where there is one, sees the whole picture. Throws a SoftmaxError ("data") where the package sharp is not installed.
 */
export async function imageDecoder({
  maxPixels = MAX_PIXELS,
  backbone,
}: Pick<ReadOptions, "maxPixels" | "backbone"> = {}): Promise<DecodeImage> {
  const sharp = await loadSharp();
  return async (bytes) => {
    const whole = await decode(sharp, bytes, maxPixels).catch((cause: Error) =>
      failed(errors.brokenImage(cause.message)),
    );
    if (whole.fault !== null) return whole;
    const picture = heldPicture(whole.picture);
    if (backbone === undefined) return { picture, fault: null };
    const [features] = await backbone.features([whole.picture]);
    return features.every(Number.isFinite)
      ? { picture, features, fault: null }
      : failed(`the image ${NOT_FINITE}`);
  };
}

async function loadSharp(): Promise<Sharp> {
  try {
    return (await import("sharp")).default;
  } catch {
    throw errors.noSharp();
  }
}

const failed = (fault: string): Decoded & { readonly picture: null } => ({ picture: null, fault });

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
  return { picture: greyWhereGrey(whole), fault: null };
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

/** Pictures with what the network of the options says of each, where there is one. */
export function pictureList({ backbone }: Pick<ReadOptions, "backbone">) {
  const pictures: Picture[] = [];
  const rows: Float32Array[] = [];
  return {
    pictures,
    add({ picture, features }: Decoded & { readonly picture: Picture }): void {
      pictures.push(picture);
      if (features !== undefined) rows.push(features);
    },
    column: (name: string): ImageColumn =>
      imageColumn(name, pictures, backbone && { info: backbone.info, rows }),
  };
}
