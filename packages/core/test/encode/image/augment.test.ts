import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawVersions, versionsOf } from "../../../src/encode/image/augment.ts";
import type { PixelBlock } from "../../../src/kernels/patches.ts";

/** So many images of 4 × 3 pixels, no two pixels alike in an image. */
function blockOf(count: number, channels: 1 | 3 = 1): PixelBlock {
  const bytes = 12 * channels;
  const data = Uint8Array.from({ length: count * bytes }, (_, at) => (7 * at) % 251);
  return { count, width: 4, height: 3, channels, data };
}

/** The images as they are with the others behind them, all of them copies still. */
function copies(images: PixelBlock, versions: number): PixelBlock {
  const bytes = images.data.length / images.count;
  const parts = [images.data];
  for (let i = 0; i < images.count; i++) {
    const own = images.data.subarray(i * bytes, (i + 1) * bytes);
    for (let v = 1; v < versions; v++) parts.push(own);
  }
  const data = Uint8Array.from(parts.flatMap((part) => [...part]));
  return { ...images, count: images.count * versions, data };
}

/** The i-th image of a block, as text. */
const imageText = ({ data, count }: PixelBlock, i: number): string =>
  data.subarray((i * data.length) / count, ((i + 1) * data.length) / count).join(" ");

/** The first image of a block moved, pixel by pixel. */
function moved(
  { width, height, channels, data }: PixelBlock,
  [right, down, across, over]: readonly [number, number, boolean, boolean],
): string {
  const out: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = Math.min(width - 1, Math.max(0, (across ? width - 1 - x : x) - right));
      const fromY = Math.min(height - 1, Math.max(0, (over ? height - 1 - y : y) - down));
      const at = (fromY * width + fromX) * channels;
      out.push(...data.subarray(at, at + channels));
    }
  }
  return out.join(" ");
}

describe("drawVersions", () => {
  it("repeats the edge where an image moves away from it", () => {
    const images: PixelBlock = {
      ...{ count: 1, width: 3, height: 1, channels: 1 },
      data: Uint8Array.of(1, 2, 3),
    };
    const all = copies(images, 9);
    drawVersions({ shift: 1, versions: 9 }, 1, 1)!.alter(all, 0);
    const found = new Set(Array.from({ length: 9 }, (_, i) => imageText(all, i)));
    expect(found).toEqual(new Set(["1 2 3", "1 1 2", "2 3 3"]));
  });

  it.each([1, 3] as const)("makes each move once, of %i channels", (channels) => {
    const images = blockOf(2, channels);
    const all = copies(images, 18);
    drawVersions({ shift: 1, flip: "horizontal", versions: 64 }, 2, 5)!.alter(all, 0);
    const wanted = [-1, 0, 1].flatMap((right) =>
      [-1, 0, 1].flatMap((down) =>
        [false, true].map((across) => moved(images, [right, down, across, false])),
      ),
    );
    const first = [0, ...Array.from({ length: 17 }, (_, v) => 2 + v)];
    expect(first.map((i) => imageText(all, i)).sort()).toEqual(wanted.sort());
  });

  it.each([
    ["horizontal", [[0, 0, true, false]]],
    ["vertical", [[0, 0, false, true]]],
    [
      "both",
      [
        [0, 0, true, false],
        [0, 0, false, true],
        [0, 0, true, true],
      ],
    ],
  ] as const)("mirrors %s", (flip, moves) => {
    const images = blockOf(1, 3);
    const versions = drawVersions({ flip }, 1, 1)!;
    const all = copies(images, versions.count);
    versions.alter(all, 0);
    expect(Array.from({ length: versions.count }, (_, i) => imageText(all, i)).sort()).toEqual(
      [imageText(images, 0), ...moves.map((move) => moved(images, move))].sort(),
    );
  });

  it("leaves images as they are, and gives each versions that differ, whatever the blocks and the same for a seed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 1, max: 40 }),
        (count, versions, seed, most) => {
          const images = blockOf(count);
          const choice = { shift: 1, versions };
          const whole = copies(images, versions);
          drawVersions(choice, count, seed)!.alter(whole, 0);
          const cut = copies(images, versions);
          const again = drawVersions(choice, count, seed)!;
          for (let first = 0; first < cut.count; first += most) {
            const some = Math.min(most, cut.count - first);
            const data = cut.data.subarray(12 * first, 12 * (first + some));
            again.alter({ ...cut, count: some, data }, first);
          }
          expect(cut.data).toEqual(whole.data);
          expect(whole.data.subarray(0, images.data.length)).toEqual(images.data);
          for (let i = 0; i < count; i++) {
            const own = Array.from({ length: versions - 1 }, (_, v) =>
              imageText(whole, count + i * (versions - 1) + v),
            );
            expect(new Set([imageText(images, i), ...own]).size).toBe(versions);
          }
        },
      ),
    );
  });

  it("draws others by another seed", () => {
    const [one, two] = [1, 2].map((seed) => {
      const all = copies(blockOf(8), 3);
      drawVersions({ shift: 2, versions: 3 }, 8, seed)!.alter(all, 0);
      return all.data;
    });
    expect(one).not.toEqual(two);
  });
});

it.each([
  [{}, 1],
  [{ shift: 1 }, 6],
  [{ shift: 1, versions: 64 }, 9],
  [{ flip: "horizontal" as const }, 2],
  [{ flip: "both" as const, versions: 3 }, 3],
  [{ shift: 2, flip: "both" as const, versions: 50 }, 50],
])("of %j there are %i versions", (choice, count) => {
  expect(versionsOf(choice)).toBe(count);
});
