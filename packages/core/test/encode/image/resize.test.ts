import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { greyWhereGrey, imageColumn, type Picture } from "../../../src/base/image.ts";
import { createResizer, heldPicture } from "../../../src/encode/image/resize.ts";

const grey = (width: number, height: number, data: readonly number[]): Picture => ({
  ...{ width, height, channels: 1 },
  data: Uint8Array.from(data),
});

function resized(picture: Picture, width: number, height: number, channels = picture.channels) {
  const out = new Uint8Array(width * height * channels + 1).fill(99);
  createResizer(width, height, channels)(picture, out, 1);
  expect(out[0]).toBe(99);
  return [...out.subarray(1)];
}

describe("a picture brought to a size", () => {
  it("shrinks by the mean over areas, rounded half up", () => {
    expect(resized(grey(4, 2, [0, 1, 10, 20, 2, 3, 30, 40]), 2, 1)).toEqual([2, 25]);
    // Thirds: (2·0 + 1·30)/3 and (1·30 + 2·60)/3.
    expect(resized(grey(3, 1, [0, 30, 60]), 2, 1)).toEqual([10, 50]);
  });

  it("grows linearly between centres, and keeps the borders", () => {
    expect(resized(grey(2, 1, [0, 100]), 4, 1)).toEqual([0, 25, 75, 100]);
    expect(resized(grey(1, 1, [7]), 3, 2)).toEqual([7, 7, 7, 7, 7, 7]);
  });

  it("may shrink along one axis and grow along the other", () => {
    expect(resized(grey(2, 2, [0, 100, 100, 200]), 1, 4)).toEqual([50, 75, 125, 150]);
  });

  it("takes colours channel by channel, as grey where that is wanted, and grey as colours", () => {
    const red: Picture = {
      width: 2,
      height: 1,
      channels: 3,
      data: Uint8Array.of(255, 0, 0, 1, 0, 0),
    };
    expect(resized(red, 1, 1)).toEqual([128, 0, 0]);
    expect(resized(red, 2, 1, 1)).toEqual([77, 0]);
    expect(resized(grey(1, 1, [9]), 1, 1, 3)).toEqual([9, 9, 9]);
  });

  it("keeps a flat picture flat, and every byte between the least and the largest", () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, fc.infiniteStream(fc.nat(255)), (w, h, v, u, bytes) => {
        const data = Uint8Array.from({ length: w * h }, () => bytes.next().value as number);
        const out = resized({ width: w, height: h, channels: 1, data }, v, u);
        expect(Math.min(...out)).toBeGreaterThanOrEqual(Math.min(...data));
        expect(Math.max(...out)).toBeLessThanOrEqual(Math.max(...data));
        const flat = new Uint8Array(w * h).fill(data[0]);
        const same = resized({ width: w, height: h, channels: 1, data: flat }, v, u);
        expect(new Set(same)).toEqual(new Set([data[0]]));
      }),
      { numRuns: 60 },
    );
  });

  it("is the same bytes at its own size", () => {
    expect(resized(grey(2, 2, [1, 2, 3, 4]), 2, 2)).toEqual([1, 2, 3, 4]);
  });
});

describe("a picture that is held", () => {
  it("is the same one up to the side, and shrunk to it above, the shorter side in proportion", () => {
    const small = grey(2, 1, [1, 2]);
    expect(heldPicture(small, 2)).toBe(small);
    const { width, height, data } = heldPicture(grey(4, 2, [0, 1, 10, 20, 2, 3, 30, 40]), 2);
    expect([width, height, ...data]).toEqual([2, 1, 2, 25]);
    expect(heldPicture(grey(400, 1, Array(400).fill(5)), 128).height).toBe(1);
  });
});

describe("a column of images", () => {
  it("names the row of what is no picture", () => {
    const good = grey(1, 1, [1]);
    const bad = (change: object): Picture => ({ ...good, ...change });
    const message = (picture: Picture) => () => imageColumn("face", [good, picture]);
    expect(message(bad({ width: 2 }))).toThrow(
      'row 2, column "face": the image expected 2 bytes, got 1',
    );
    expect(message(bad({ width: 0 }))).toThrow("expected 1 to 4096 pixels a side, got 0 × 1");
    expect(message(bad({ height: 1.5 }))).toThrow("got 1 × 1.5");
    expect(message(bad({ channels: 2 }))).toThrow("expected 1 or 3 channels, got 2");
    expect(message(bad({ data: [1] }))).toThrow("expected 1 bytes, got object");
  });

  it("holds grey where a colour picture is grey in every pixel", () => {
    const data = Uint8Array.of(1, 1, 1, 2, 2, 2);
    expect(greyWhereGrey({ width: 2, height: 1, channels: 3, data })).toEqual(grey(2, 1, [1, 2]));
    const tinted: Picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 1, 2) };
    expect(greyWhereGrey(tinted)).toBe(tinted);
  });
});
