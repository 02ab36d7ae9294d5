import { decodePicture } from "../../../src/encode/image/decode.ts";

/** What the browser test asks of a page: the picture of an image file, as plain numbers, or the error. */
export async function decodeInPage(bytes: readonly number[], maxPixels?: number) {
  try {
    const { data, ...sizes } = await decodePicture(Uint8Array.from(bytes), maxPixels);
    return { ...sizes, data: [...data] };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

Object.assign(globalThis, { decodeInPage });
