import type { Arena } from "./arena.ts";
import type { JobKernel } from "./executor.ts";
import {
  CONTRAST,
  centroidsOf,
  PANEL,
  type PatchBank,
  type PixelBlock,
  patchLength,
  patchWidth,
  squaredNorms,
} from "./patches.ts";

/** Lists of jobs for kernels/patches.ts. Whoever takes a step runs the kernel on its jobs before taking the next. */

export interface JobList {
  readonly kernel: JobKernel;
  readonly jobs: readonly number[];
}

type Steps<Result> = Generator<JobList, Result, void>;

/** Images of a job, and jobs of a step: their features are held in the kernels' memory at the same time. */
const IMAGES = 8;
const JOBS = 64;
/** Patches of a job; a multiple of 4. */
const PATCHES = 1024;
const PATCH_WORDS = 17;
const NEAREST_WORDS = 9;

/** Bytes of the kernels' memory that `patchSteps` takes at most, for images of so many bytes. */
export function patchBytes(bank: PatchBank, imageBytes: number): number {
  const d = patchLength(bank);
  const scratch = 16 * (2 * d + 4 + centroidsOf(bank));
  const job = scratch + IMAGES * (imageBytes + 4 * patchWidth(bank)) + 512;
  return JOBS * job + 8 * (bank.centroids.length + 2 * d * (d + 4)) + 2 ** 16;
}

/** The features of images one below the other; `take` gets those of `count` images from `first` on, in order. */
export function* patchSteps(
  arena: Arena,
  bank: PatchBank,
  images: PixelBlock,
  take: (features: Float32Array, first: number, count: number) => void,
): Steps<void> {
  const top = arena.mark();
  const shared = placeBank(arena, bank);
  const width = patchWidth(bank);
  const atOnce = IMAGES * JOBS;
  try {
    for (let first = 0; first < images.count; first += atOnce) {
      const mark = arena.mark();
      const count = Math.min(atOnce, images.count - first);
      const out = arena.take(4 * count * width);
      yield {
        kernel: "patches",
        jobs: placeImages(arena, bank, shared, images, first, count, out),
      };
      take(arena.view(Float32Array, out, count * width), first, count);
      arena.rewind(mark);
    }
  } finally {
    arena.rewind(top);
  }
}

interface PlacedBank {
  readonly d: number;
  readonly dp: number;
  readonly k: number;
  readonly mean: number;
  readonly white: number;
  readonly centroids: number;
  readonly norms: number;
}

function placeBank(arena: Arena, bank: PatchBank): PlacedBank {
  const d = patchLength(bank);
  const dp = 4 * Math.ceil(d / 4);
  const wide = new Float32Array(d * dp);
  for (let j = 0; j < d; j++) wide.set(bank.whitening.subarray(j * d, (j + 1) * d), j * dp);
  const [mean, white] = [placed(arena, bank.mean), placed(arena, wide)];
  return { d, dp, mean, white, ...placeCentroids(arena, bank.centroids, d) };
}

/** Centroids as the kernels read them: panels of 8, column by column. */
function placeCentroids(
  arena: Arena,
  rows: Float32Array,
  d: number,
): Pick<PlacedBank, "k" | "centroids" | "norms"> {
  const panels = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    const [c, j] = [Math.floor(at / d), at % d];
    panels[(c - (c % PANEL)) * d + j * PANEL + (c % PANEL)] = rows[at];
  }
  const norms = squaredNorms(rows, d);
  return { k: norms.length, centroids: placed(arena, panels), norms: placed(arena, norms) };
}

function placed(arena: Arena, numbers: Float32Array): number {
  const at = arena.take(numbers.byteLength);
  arena.view(Float32Array, at, numbers.length).set(numbers);
  return at;
}

function placeImages(
  arena: Arena,
  bank: PatchBank,
  { d, dp, k, mean, white, centroids, norms }: PlacedBank,
  { width, height, channels, data }: PixelBlock,
  first: number,
  count: number,
  out: number,
): number[] {
  const bytes = width * height * channels;
  const jobs: number[] = [];
  for (let at = 0; at < count; at += IMAGES) {
    const own = Math.min(IMAGES, count - at);
    const images = arena.take(own * bytes);
    const from = (first + at) * bytes;
    new Uint8Array(arena.memory.buffer, images, own * bytes).set(
      data.subarray(from, from + own * bytes),
    );
    const scratch = arena.take(16 * (d + dp + k));
    const job = arena.take(4 * PATCH_WORDS);
    const sizes = [images, own, width, height, channels, bank.side, bank.grid, d, dp];
    const words = arena.view(Int32Array, job, PATCH_WORDS);
    const placedOut = out + 4 * at * patchWidth(bank);
    words.set([...sizes, 0, mean, white, centroids, norms, k, scratch, placedOut]);
    arena.view(Float32Array, job + 4 * sizes.length, 1)[0] = CONTRAST;
    jobs.push(job);
  }
  return jobs;
}

/** The nearest of changing centroids to patches that stay, rows of d. */
export interface Nearness {
  nearest(centroids: Float32Array): Steps<Int32Array>;
}

/** Patches placed for as long as the arena's scratch lives. */
export function placeNearness(arena: Arena, patches: Float32Array, d: number): Nearness {
  const n = patches.length / d;
  const dp = 4 * Math.ceil(d / 4);
  const padded = 4 * Math.ceil(n / 4);
  const rows = arena.take(4 * padded * dp);
  const view = arena.view(Float32Array, rows, padded * dp).fill(0);
  for (let i = 0; i < n; i++) view.set(patches.subarray(i * d, (i + 1) * d), i * dp);
  return {
    *nearest(given) {
      const top = arena.mark();
      const { k, centroids, norms } = placeCentroids(arena, given, d);
      const out = arena.take(4 * padded);
      const jobs: number[] = [];
      for (let at = 0; at < padded; at += PATCHES) {
        const own = Math.min(PATCHES, padded - at);
        const scratch = arena.take(16 * k);
        const job = arena.take(4 * NEAREST_WORDS);
        const fields = [rows + 4 * at * dp, own, d, dp, centroids, norms, k, scratch, out + 4 * at];
        arena.view(Int32Array, job, NEAREST_WORDS).set(fields);
        jobs.push(job);
      }
      yield { kernel: "nearest", jobs };
      const found = arena.view(Int32Array, out, n).slice();
      arena.rewind(top);
      return found;
    },
  };
}
