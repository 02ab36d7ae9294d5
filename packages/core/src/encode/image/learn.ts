import { dataError } from "../../base/checks.ts";
import { createRandom } from "../../base/random.ts";
import {
  PANEL,
  type PatchBank,
  type PixelBlock,
  patchLength,
  patchWidth,
} from "../../kernels/patches.ts";
import { normalised, whitened } from "../../kernels/patches-reference.ts";
import { symmetricEigen } from "./eigen.ts";
import type { PatchShape } from "./image.ts";
import type { PatchMachine } from "./machine.ts";

/** Patches that are learned from at most, draws for each, and patches a centroid at least. */
const PATCHES = 2 ** 16;
const DRAWS = 4;
const LEAST_A_CENTROID = 4;
/** Added to the variances along the axes before they are made equal: normalised patches have a variance of 1. */
const WHITENING = 0.1;
/** Rounds of k-means. */
const ROUNDS = 12;
/** Images that means and deviations of features are taken over, and what is added to the variances. */
const SCALED = 2048;
const LEAST_VARIANCE = 0.01;
const SEED = 1;

/**
 * A bank of patches learned without labels from images: patches at random places that have some contrast are normalised and
 * whitened (ZCA: W = V (D + 0.1 I)^−½ Vᵀ of their covariance V D Vᵀ), then 12 rounds of k-means from random ones of them. Throws a
 * SoftmaxError ("data") where the images have too few patches with contrast.
 */
export async function learnBank(
  images: PixelBlock,
  { side, grid, centroids }: PatchShape,
  machine: PatchMachine,
): Promise<PatchBank> {
  const { channels } = images;
  const d = patchLength({ side, channels });
  const patches = drawPatches(images, side, d);
  const n = patches.length / d;
  const k = Math.min(centroids, PANEL * Math.floor(n / LEAST_A_CENTROID / PANEL));
  if (k === 0) throw dataError("the images are flat: no patch of them has anything to learn from");
  const mean = meanOf(patches, d);
  const bank = { ...{ side, grid, channels, mean }, whitening: whiteningOf(patches, mean, d) };
  const start = { ...bank, centroids: new Float32Array(0) };
  for (let i = 0; i < n; i++) {
    const patch = patches.subarray(i * d, (i + 1) * d);
    patch.set(
      whitened(
        start,
        patch.map((x, j) => x - mean[j]),
      ),
    );
  }
  return { ...bank, centroids: await clustered(patches, d, k, machine) };
}

/** Normalised patches, one below the other, in the order of their draws. */
function drawPatches(images: PixelBlock, side: number, d: number): Float32Array {
  const { count, width, height, channels, data } = images;
  const random = createRandom(SEED);
  const bank = { side, channels, mean: new Float32Array(d) };
  const [across, down] = [width - side + 1, height - side + 1];
  const most = Math.min(PATCHES, count * across * down);
  const patches = new Float32Array(most * d);
  let found = 0;
  for (let draw = 0; draw < DRAWS * most && found < most; draw++) {
    const image = random.below(count);
    const y = random.below(down);
    const x = random.below(across);
    const at = ((image * height + y) * width + x) * channels;
    const patch = normalised(bank, data, at, width);
    if (hasContrast(patch)) patches.set(patch, found++ * d);
  }
  return patches.slice(0, found * d);
}

/** Whether a patch varied more than what is added to its variance: its own is then above a half. */
function hasContrast(patch: Float32Array): boolean {
  let squares = 0;
  for (const x of patch) squares += x * x;
  return squares > patch.length / 2;
}

function meanOf(patches: Float32Array, d: number): Float32Array {
  const sums = new Float64Array(d);
  for (let at = 0; at < patches.length; at++) sums[at % d] += patches[at];
  return Float32Array.from(sums, (sum) => (sum * d) / patches.length);
}

/** V (D + 0.1 I)^−½ Vᵀ of the patches' covariance. */
function whiteningOf(patches: Float32Array, mean: Float32Array, d: number): Float32Array {
  const { values, vectors } = symmetricEigen(covarianceOf(patches, mean, d), d);
  const scales = values.map((value) => 1 / Math.sqrt(Math.max(value, 0) + WHITENING));
  const W = new Float64Array(d * d);
  for (let e = 0; e < d; e++) {
    for (let i = 0; i < d; i++) {
      const scaled = scales[e] * vectors[e * d + i];
      for (let j = 0; j < d; j++) W[i * d + j] += scaled * vectors[e * d + j];
    }
  }
  return Float32Array.from(W);
}

function covarianceOf(patches: Float32Array, mean: Float32Array, d: number): Float64Array {
  const sums = new Float64Array(d * d);
  const apart = new Float64Array(d);
  for (let at = 0; at < patches.length; at += d) {
    for (let j = 0; j < d; j++) apart[j] = patches[at + j] - mean[j];
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) sums[i * d + j] += apart[i] * apart[j];
    }
  }
  const n = patches.length / d;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) sums[j * d + i] = sums[i * d + j] /= n;
  }
  return sums;
}

/** k-means from the first k patches, whose order is random; a centroid that no patch is nearest to stays. */
async function clustered(
  patches: Float32Array,
  d: number,
  k: number,
  machine: PatchMachine,
): Promise<Float32Array> {
  let centroids: Float32Array = patches.slice(0, k * d);
  const nearest = machine.nearness(patches, d);
  for (let round = 0; round < ROUNDS; round++) {
    centroids = meansOf(patches, d, centroids, await nearest(centroids));
  }
  return centroids;
}

function meansOf(
  patches: Float32Array,
  d: number,
  before: Float32Array,
  owner: Int32Array,
): Float32Array {
  const sums = new Float64Array(before.length);
  const counts = new Int32Array(before.length / d);
  owner.forEach((c, i) => {
    counts[c]++;
    for (let j = 0; j < d; j++) sums[c * d + j] += patches[i * d + j];
  });
  return before.map((x, at) => {
    const count = counts[Math.floor(at / d)];
    return count === 0 ? x : sums[at] / count;
  });
}

/** Mean and deviation of a bank's features, over images spread evenly. */
export async function bankScales(
  bank: PatchBank,
  images: PixelBlock,
  machine: PatchMachine,
): Promise<Scales> {
  const some = spread(images, SCALED);
  const moments = createMoments(patchWidth(bank));
  await machine.features(bank, some, moments.add);
  return moments.scales(some.count, (variance) => Math.max(variance, 0) + LEAST_VARIANCE);
}

/** At most `most` images at even distances. */
function spread(images: PixelBlock, most: number): PixelBlock {
  if (images.count <= most) return images;
  const bytes = images.width * images.height * images.channels;
  const data = new Uint8Array(most * bytes);
  for (let i = 0; i < most; i++) {
    const from = Math.floor((i * images.count) / most) * bytes;
    data.set(images.data.subarray(from, from + bytes), i * bytes);
  }
  return { ...images, count: most, data };
}

/** Mean and deviation of each channel over all pixels: sums of whole numbers, so exact. */
export function pixelScales({ channels, data }: PixelBlock): Scales {
  const moments = createMoments(channels);
  moments.add(data);
  return moments.scales(data.length / channels, (variance) => (variance > 0 ? variance : 1));
}

interface Scales {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Sums and squares of features, `width` a row, that come in pieces of whole rows. */
function createMoments(width: number) {
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  return {
    add(features: Float32Array | Uint8Array): void {
      for (let at = 0; at < features.length; at++) {
        sums[at % width] += features[at];
        squares[at % width] += features[at] * features[at];
      }
    },
    /** Of n rows; a variance that may come out below 0 by rounding is what `mend` makes of it. */
    scales(n: number, mend: (variance: number) => number): Scales {
      const means = sums.map((sum) => sum / n);
      const deviations = squares.map((sum, j) => Math.sqrt(mend(sum / n - means[j] * means[j])));
      return { means, deviations };
    },
  };
}
