import { createSlices } from "../base/breathe.ts";
import { abortedError, internalError } from "../base/checks.ts";
import type { Matrix } from "../base/matrix.ts";
import type { Table } from "../base/table.ts";
import { type Encoder, imageParts } from "../encode/encoder.ts";
import type { Versions } from "../encode/image/augment.ts";
import { fitImages, imagesByName } from "../encode/image/fit.ts";
import type { ImageEncoder, ImageShape } from "../encode/image/image.ts";
import { type PatchMachine, referenceMachine, wasmMachine } from "../encode/image/machine.ts";
import type { Schema } from "../encode/schema.ts";
import { wasmAvailable } from "../kernels/module.ts";
import { createWasmKernels } from "../kernels/wasm.ts";
import { openJobThreads } from "../model/jobs.ts";
import type { TrainOptions } from "./options.ts";

/** Where images become features in training, on all threads. */
export interface Darkroom {
  /** Learns how to take each column of images. */
  learn(from: {
    readonly table: Table;
    readonly schema: Schema;
    readonly rows: Int32Array;
  }): Promise<ImageEncoder[]>;
  /** Writes the features of the rows `order` of the table, or of versions of them, to a Matrix that has room for them. */
  fill(
    encoded: { readonly encoder: Encoder; readonly X: Matrix },
    of: { readonly table: Table; readonly order: Int32Array; readonly versions: Versions | null },
  ): Promise<void>;
  close(): void;
}

/** Of the kernels' memory: patches to learn from, or images on their way. */
const MEMORY = 2 ** 30;
/** Rows whose images are at their size at the same time. */
const ROWS = 4096;

/** Without a shape there are no images. Errors are those of learning (image/fit.ts), and SoftmaxError "aborted". */
export async function openDarkroom(
  shape: ImageShape | undefined,
  options: TrainOptions,
): Promise<Darkroom> {
  const { machine, close } =
    shape == null || shape.patches === null
      ? { machine: noMachine, close() {} }
      : await openMachine(options);
  return {
    async learn({ table, schema, rows }) {
      const byName = imagesByName(table);
      const encoders: ImageEncoder[] = [];
      for (const { name, kind } of schema.columns) {
        if (kind !== "image") continue;
        encoders.push(await fitImages(byName.get(name)!, rows, shape!, machine));
      }
      return encoders;
    },
    async fill({ encoder, X }, of) {
      for (const { bank, block, write } of imageParts(encoder, of, X.dense, ROWS, of.versions)) {
        if (options.signal?.aborted === true) throw abortedError();
        if (bank !== null) await machine.features(bank, block, write);
      }
    },
    close,
  };
}

const noMachine: PatchMachine = {
  features: () => Promise.reject(internalError("no machine for patches is open")),
  nearness: () => () => Promise.reject(internalError("no machine for patches is open")),
};

async function openMachine({
  kernels: wanted,
  worker,
  threads,
  signal,
}: TrainOptions): Promise<{ machine: PatchMachine; close(): void }> {
  const slices = createSlices();
  const breathe = async (): Promise<void> => {
    if (signal?.aborted === true) throw abortedError();
    if (slices.isOver()) await slices.breathe();
  };
  if (wanted === "reference" || !wasmAvailable()) {
    return { machine: referenceMachine(breathe), close() {} };
  }
  const kernels = createWasmKernels({ bytes: 0, scratchBytes: MEMORY });
  const pool =
    worker === false ? null : await openJobThreads(kernels, threads ?? undefined, signal ?? null);
  const machine = wasmMachine(kernels, async ({ kernel, jobs }) => {
    if (pool !== null) return pool.run(kernel, jobs);
    for (const job of jobs) {
      kernels.wasm[kernel](job);
      await breathe();
    }
  });
  return { machine, close: () => pool?.close() };
}
