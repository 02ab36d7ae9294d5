import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { type PatchBank, type PixelBlock, patchWidth } from "../../src/kernels/patches.ts";
import { referenceNearest, referencePatchFeatures } from "../../src/kernels/patches-reference.ts";
import { patchBytes, patchSteps, placeNearness } from "../../src/kernels/patches-wasm.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";

function floats(length: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => 2 * random.uniform() - 1);
}

function bankOf(side: number, channels: number, grid: number, k: number): PatchBank {
  const d = side * side * channels;
  const mean = floats(d, 1).map((x) => x / 10);
  return {
    ...{ side, grid, channels, mean },
    whitening: floats(d * d, 2),
    centroids: floats(k * d, 3),
  };
}

function images(count: number, width: number, height: number, channels: number): PixelBlock {
  const random = createRandom(4);
  const data = Uint8Array.from({ length: count * width * height * channels }, () =>
    random.below(256),
  );
  // A flat image, and one of two halves.
  data.fill(7, 0, width * height * channels);
  if (count > 1) data.fill(255, width * height * channels, (3 * width * height * channels) / 2);
  return { count, width, height, channels, data };
}

function featuresOf(bank: PatchBank, block: PixelBlock): Float32Array {
  const { arena, executor } = createWasmKernels({ bytes: 0 });
  const width = patchWidth(bank);
  const out = new Float32Array(block.count * width);
  const steps = patchSteps(arena, bank, block, (features, first) =>
    out.set(features, first * width),
  );
  for (const { kernel, jobs } of steps) executor.run(kernel, jobs);
  return out;
}

describe.each([
  [3, 1, 2, 8, 9, 8, 1],
  [6, 1, 2, 16, 28, 28, 3],
  [5, 3, 3, 24, 12, 17, 9],
  [2, 1, 1, 8, 2, 2, 2],
  [7, 3, 8, 8, 16, 7, 1],
])("patches of %i pixels, %i channels, grid %i, %i centroids, on %i × %i", (...given) => {
  const [side, channels, grid, k, width, height, count] = given;
  const bank = bankOf(side, channels, grid, k);
  const block = images(count, width, height, channels);

  it("have the bits of the reference", () => {
    expect(featuresOf(bank, block)).toEqual(referencePatchFeatures(bank, block));
  });

  it("differ from float64 by rounding alone", () => {
    const exact = plainFeatures(bank, block);
    const largest = Math.max(...exact);
    featuresOf(bank, block).forEach((x, at) => {
      expect(Math.abs(x - exact[at])).toBeLessThan(1e-4 * Math.max(1, largest));
    });
  });
});

/** The formula of kernels/patches.ts in float64, patch by patch. */
function plainFeatures(bank: PatchBank, { count, width, height, channels, data }: PixelBlock) {
  const { side, grid, mean, whitening, centroids } = bank;
  const d = mean.length;
  const k = centroids.length / d;
  const out = new Float64Array(count * grid * grid * k);
  const [across, down] = [width - side + 1, height - side + 1];
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) {
        const patch: number[] = [];
        for (let r = 0; r < side; r++) {
          for (let c = 0; c < side * channels; c++) {
            patch.push(data[((i * height + y + r) * width + x) * channels + c]);
          }
        }
        const middle = patch.reduce((a, b) => a + b) / d;
        const variance = patch.reduce((a, b) => a + (b - middle) ** 2, 0) / d;
        const u = patch.map((p, j) => (p - middle) / Math.sqrt(variance + 10) - mean[j]);
        const v = u.map((_, q) => u.reduce((a, x, j) => a + x * whitening[j * d + q], 0));
        const z = Array.from({ length: k }, (_, c) =>
          Math.hypot(...v.map((x, j) => x - centroids[c * d + j])),
        );
        const near = z.reduce((a, b) => a + b) / k;
        const cell = Math.floor((y * grid) / down) * grid + Math.floor((x * grid) / across);
        z.forEach((distance, c) => {
          out[(i * grid * grid + cell) * k + c] += Math.max(0, near - distance);
        });
      }
    }
  }
  return out;
}

describe("nearest centroids", () => {
  it.each([
    [1, 4, 8],
    [1030, 9, 16],
    [4, 27, 8],
  ])("of %i patches of %i numbers among %i are the reference's, ties the first", (n, d, k) => {
    const patches = floats(n * d, 5);
    const centroids = floats(k * d, 6);
    centroids.copyWithin(d, 0, d);
    const { arena, executor } = createWasmKernels({ bytes: 0 });
    const steps = placeNearness(arena, patches, d).nearest(centroids);
    let step = steps.next();
    while (step.done !== true) {
      executor.run(step.value.kernel, step.value.jobs);
      step = steps.next();
    }
    expect(step.value).toEqual(referenceNearest(patches, centroids, d));
    expect(step.value.includes(1)).toBe(false);
  });
});

it("take no more memory than was said", () => {
  const bank = bankOf(6, 1, 2, 16);
  const { arena, executor } = createWasmKernels({ bytes: 0 });
  const before = arena.mark();
  let most = 0;
  for (const { kernel, jobs } of patchSteps(arena, bank, images(600, 28, 28, 1), () => {})) {
    most = Math.max(most, arena.mark() - before);
    executor.run(kernel, jobs);
  }
  expect(most).toBeLessThanOrEqual(patchBytes(bank, 28 * 28));
  expect(arena.mark()).toBe(before);
});
