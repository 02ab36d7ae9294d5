import {
  CONTRAST,
  centroidsOf,
  type PatchBank,
  type PixelBlock,
  patchLength,
  patchWidth,
  squaredNorms,
} from "./patches.ts";

/** The specification of kernels/patches.ts, in float32 and in its order, so that the bits are the same. */

const f = Math.fround;

/** The features of images one below the other, count × patchWidth. */
export function referencePatchFeatures(bank: PatchBank, images: PixelBlock): Float32Array {
  const { count, width, height, channels, data } = images;
  const { side, grid } = bank;
  const k = centroidsOf(bank);
  const out = new Float32Array(count * patchWidth(bank));
  const compare = patchComparer(bank);
  const [across, down] = [width - side + 1, height - side + 1];
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) {
        const cell = Math.floor((y * grid) / down) * grid + Math.floor((x * grid) / across);
        const at = ((i * height + y) * width + x) * channels;
        compare(data, at, width, out.subarray((i * grid * grid + cell) * k));
      }
    }
  }
  return out;
}

/** Adds the activations of the patch whose first number stands at `at` to `sums`. */
function patchComparer(
  bank: PatchBank,
): (pixels: Uint8Array, at: number, width: number, sums: Float32Array) => void {
  const d = patchLength(bank);
  const { centroids } = bank;
  const norms = squaredNorms(centroids, d);
  const distances = new Float32Array(norms.length);
  return (pixels, at, width, sums) => {
    const patch = whitened(bank, normalised(bank, pixels, at, width));
    const own = squaredNorms(patch, d)[0];
    for (let c = 0; c < norms.length; c++) {
      const apart = f(f(own + norms[c]) - f(2 * product(patch, centroids, c * d)));
      distances[c] = Math.sqrt(Math.max(apart, 0));
    }
    const mean = f(laneSum(distances) / norms.length);
    for (let c = 0; c < norms.length; c++) sums[c] += Math.max(f(mean - distances[c]), 0);
  };
}

/** u of the patch whose first number stands at `at` of an image of `width` pixels. */
export function normalised(
  { side, channels, mean }: Pick<PatchBank, "side" | "channels" | "mean">,
  pixels: Uint8Array,
  at: number,
  width: number,
): Float32Array {
  const run = side * channels;
  const patch = new Float32Array(side * run);
  for (let r = 0; r < side; r++) {
    const first = at + r * width * channels;
    patch.set(pixels.subarray(first, first + run), r * run);
  }
  let sum = 0;
  for (const x of patch) sum = f(sum + x);
  const middle = f(sum / patch.length);
  let squares = 0;
  for (let j = 0; j < patch.length; j++) {
    patch[j] -= middle;
    squares = f(squares + f(patch[j] * patch[j]));
  }
  const scale = f(1 / f(Math.sqrt(f(f(squares / patch.length) + CONTRAST))));
  for (let j = 0; j < patch.length; j++) patch[j] = f(f(patch[j] * scale) - mean[j]);
  return patch;
}

/** W u. */
export function whitened({ whitening }: PatchBank, patch: Float32Array): Float32Array {
  const d = patch.length;
  const out = new Float32Array(d);
  for (let j = 0; j < d; j++) {
    for (let q = 0; q < d; q++) out[q] += f(patch[j] * whitening[j * d + q]);
  }
  return out;
}

function product(patch: Float32Array, rows: Float32Array, from: number): number {
  let sum = 0;
  for (let j = 0; j < patch.length; j++) sum = f(sum + f(patch[j] * rows[from + j]));
  return sum;
}

/** Four sums of every fourth number, joined (0 + 2) + (1 + 3). */
function laneSum(numbers: Float32Array): number {
  const lanes = new Float32Array(4);
  for (let at = 0; at < numbers.length; at++) lanes[at % 4] += numbers[at];
  return f(f(lanes[0] + lanes[2]) + f(lanes[1] + lanes[3]));
}

/** The first centroid of those at the least distance of each whitened patch, rows of d. */
export function referenceNearest(
  patches: Float32Array,
  centroids: Float32Array,
  d: number,
): Int32Array {
  const norms = squaredNorms(centroids, d);
  return Int32Array.from({ length: patches.length / d }, (_, i) => {
    const patch = patches.subarray(i * d, (i + 1) * d);
    let [least, nearest] = [Number.POSITIVE_INFINITY, 0];
    norms.forEach((norm, c) => {
      const apart = f(norm - f(2 * product(patch, centroids, c * d)));
      if (apart < least) [least, nearest] = [apart, c];
    });
    return nearest;
  });
}
