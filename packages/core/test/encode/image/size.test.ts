import { expect, it } from "vitest";
import { imageSize } from "../../../src/base/image-size.ts";
import { decodePicture, overWhite } from "../../../src/encode/image/decode.ts";

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
/** RIFF, a size, WEBP, VP8 with X, L or a space, and the size of that. */
const webp = (kind: string, rest: string): string =>
  `52494646${"00".repeat(4)}57454250565038${kind}${"00".repeat(4)}${rest}`;

it.each([
  ["png", "89504e470d0a1a0a0000000d49484452000001000000000208", 256, 2],
  ["jpeg", "ffd8ffe000040000ffc40003aaffc0000b0800050007", 7, 5],
  ["webp", webp("58", `${"00".repeat(4)}630000090000`), 100, 10],
  ["webp", webp("4c", "2f63400200"), 100, 10],
  ["webp", webp("20", "0000009d012a64000a00"), 100, 10],
])("the header of a %s says its size", (format, hex, width, height) => {
  expect(imageSize(bytes(hex))).toEqual({ format, width, height });
});

it.each([
  ["nothing", ""],
  ["words", "776f7264732c20776f7264732c20776f726473"],
  ["a PNG that ends", "89504e470d0a1a0a0000"],
  ["a JPEG without a frame", "ffd8ffe000040000ffda0004"],
  ["a WebP of another kind", webp("41", "00".repeat(12))],
])("%s says nothing", (_, hex) => {
  expect(imageSize(bytes(hex))).toBeNull();
});

it("colours stand over white by their opacity", () => {
  expect([...overWhite([10, 20, 30, 255, 10, 20, 30, 0, 0, 255, 100, 128])]).toEqual([
    ...[10, 20, 30],
    ...[255, 255, 255],
    ...[127, 255, 177],
  ]);
});

it("without a page nothing is decoded", async () => {
  const png = bytes("89504e470d0a1a0a0000000d49484452000001000000000208");
  await expect(decodePicture(png)).rejects.toThrow("there is no page here that decodes images");
});
