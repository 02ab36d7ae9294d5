import { wasmAvailable } from "../../kernels/module.ts";
import type { PatchBank, PixelBlock } from "../../kernels/patches.ts";
import { referenceNearest, referencePatchFeatures } from "../../kernels/patches-reference.ts";
import { type JobList, patchSteps, placeNearness } from "../../kernels/patches-wasm.ts";
import { createWasmKernels, type WasmKernels } from "../../kernels/wasm.ts";

/** Takes the features of `count` images from `first` on, one below the other. */
export type TakeFeatures = (features: Float32Array, first: number, count: number) => void;

/** Who computes what patches are near to. All give the same bits. */
export interface PatchMachine {
  features(bank: PatchBank, images: PixelBlock, take: TakeFeatures): Promise<void>;
  /** For patches, rows of d, again and again: the nearest of these centroids. */
  nearness(patches: Float32Array, d: number): (centroids: Float32Array) => Promise<Int32Array>;
}

/** Runs kernels on jobs, here or elsewhere. */
export type RunJobs = (list: JobList) => Promise<void>;

/** A machine of kernels' memory; `run` runs jobs that stand in it. */
export const wasmMachine = ({ arena }: WasmKernels, run: RunJobs): PatchMachine => ({
  features: (bank, images, take) => finish(patchSteps(arena, bank, images, take), run),
  nearness(patches, d) {
    const placed = placeNearness(arena, patches, d);
    return (centroids) => finish(placed.nearest(centroids), run);
  },
});

async function finish<R>(steps: Generator<JobList, R, void>, run: RunJobs): Promise<R> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await run(value);
  }
}

/** Images that the reference takes between two pauses. */
const AT_ONCE = 16;

/** A machine without kernels; `breathe` lets others run. */
export const referenceMachine = (breathe: () => Promise<void>): PatchMachine => ({
  async features(bank, images, take) {
    for (let first = 0; first < images.count; first += AT_ONCE) {
      const some = someImages(images, first, AT_ONCE);
      take(referencePatchFeatures(bank, some), first, some.count);
      await breathe();
    }
  },
  nearness: (patches, d) => async (centroids) => referenceNearest(patches, centroids, d),
});

function someImages(images: PixelBlock, first: number, most: number): PixelBlock {
  const bytes = images.width * images.height * images.channels;
  const count = Math.min(most, images.count - first);
  return { ...images, count, data: images.data.subarray(first * bytes, (first + count) * bytes) };
}

let shared: WasmKernels | null = null;

/** Of what predictions take of the kernels' memory. */
const SHARED_BYTES = 2 ** 30;

/** The features of images at once, in this thread: for prediction. */
export function patchFeaturesNow(bank: PatchBank, images: PixelBlock, take: TakeFeatures): void {
  if (!wasmAvailable()) {
    take(referencePatchFeatures(bank, images), 0, images.count);
    return;
  }
  shared ??= createWasmKernels({ bytes: 0, scratchBytes: SHARED_BYTES });
  for (const { kernel, jobs } of patchSteps(shared.arena, bank, images, take)) {
    shared.executor.run(kernel, jobs);
  }
}
