import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createWasmKernels } from "../../src/kernels/wasm.ts";
import { createTrainer, type FitRequest, type TrainerInput } from "../../src/model/trainer.ts";
import { makeCase, type Shape } from "../kernels/cases.ts";
import { brokenAfter, watchWorkers } from "./workers.ts";

const SHAPES: [string, Shape, 32 | 64][] = [
  ["dense float64, one logit", { n: 3000, k: 1, dense: 12 }, 64],
  ["dense float32, ten classes", { n: 2500, k: 10, dense: 30 }, 32],
  [
    "codes and dense, weighted",
    { n: 1500, k: 3, dense: 4, codes: { width: 9, perRow: 3 }, zeros: 0.1 },
    64,
  ],
  ["sparse, two classes", { n: 1200, k: 1, csr: { width: 400, perRow: 8 } }, 64],
  ["sparse float32, five classes", { n: 900, k: 5, csr: { width: 300, perRow: 8 } }, 32],
];

function inputOf(shape: Shape, bits: 32 | 64): TrainerInput {
  const kernels = createWasmKernels({ bytes: 2 ** 24 });
  const { X, y, s, k } = makeCase(shape, bits, kernels.allocate);
  X.dense?.data.forEach((x, at, data) => {
    if (Number.isNaN(x)) data[at] = 0;
  });
  return { X, y, outputs: k, rowWeights: s, kernels };
}

const task = (n: number): FitRequest => ({
  ranges: [
    { start: 0, end: Math.floor(n / 2) },
    { start: Math.floor((2 * n) / 3), end: n },
  ],
  l2: 1e-2,
  start: null,
  tolerance: "fold",
});

/** Takes seconds, so that there is time to break in. */
const LONG: Shape = { n: 40_000, k: 30, dense: 40 };
const endless: FitRequest = { ...task(LONG.n), l2: 0, tolerance: 1e-300, maxIterations: 1e6 };

async function fitOn(input: TrainerInput, threads: number | "inline") {
  const trainer = await createTrainer(
    threads === "inline" ? { ...input, worker: false } : { ...input, threads },
  );
  const fit = await trainer.fit(task(input.X.rows));
  const Z = await trainer.logits(fit.weights, [{ start: 3, end: input.X.rows }]);
  trainer.close();
  return { fit, Z };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("threads", () => {
  it.each(SHAPES)("change no bit, whether 1, 2, 3, 4 or 8 work: %s", async (_, shape, bits) => {
    const alone = await fitOn(inputOf(shape, bits), 1);
    for (const threads of ["inline", 2, 3, 4, 8] as const) {
      expect(await fitOn(inputOf(shape, bits), threads)).toStrictEqual(alone);
    }
  });

  it("are as many workers as were asked for, and one for little work", async () => {
    const started = watchWorkers();
    const [, shape, bits] = SHAPES[1];
    await fitOn(inputOf(shape, bits), 3);
    expect(started.length).toBe(3);
    const trainer = await createTrainer(inputOf({ n: 50, k: 1, dense: 3 }, 64));
    trainer.close();
    expect(started.length).toBe(4);
    await expect.poll(() => started.every((worker) => worker.threadId === -1)).toBe(true);
  });

  it.each([
    ["the coordinator", 0],
    ["a helper", 1],
  ])("end the fit with a typed error, all of them, where %s is terminated", async (_, victim) => {
    const started = watchWorkers();
    const input = inputOf(LONG, 64);
    const trainer = await createTrainer({ ...input, threads: 3 });
    const onProgress = (): void => void started[victim].terminate();
    const fit = trainer.fit({ ...endless, onProgress });
    await expect(fit).rejects.toMatchObject({ name: "SoftmaxError", code: "internal" });
    await expect(trainer.fit(endless)).rejects.toMatchObject({ code: "internal" });
    await expect.poll(() => started.every((worker) => worker.threadId === -1)).toBe(true);
  });

  it.each([
    ["the coordinator", 0],
    ["a helper", 1],
  ])("end the fit with a typed error where %s throws in the middle of a pass", async (_, which) => {
    const started = watchWorkers((source, at) =>
      at === which ? brokenAfter(40) + source : source,
    );
    const input = inputOf(LONG, 64);
    const trainer = await createTrainer({ ...input, threads: 2 });
    await expect(trainer.fit(endless)).rejects.toMatchObject({ code: "internal" });
    await expect(trainer.fit(endless)).rejects.toMatchObject({ code: "internal" });
    trainer.close();
    await expect.poll(() => started.every((worker) => worker.threadId === -1)).toBe(true);
  });

  it("do without helpers that never start", async () => {
    const [, shape, bits] = SHAPES[0];
    const alone = await fitOn(inputOf(shape, bits), 1);
    watchWorkers((source, at) => (at === 0 ? source : "throw new Error('refused')"));
    expect(await fitOn(inputOf(shape, bits), 4)).toStrictEqual(alone);
  });

  it("all stop when the signal says so", async () => {
    const started = watchWorkers();
    const stop = new AbortController();
    const input = inputOf(LONG, 64);
    const trainer = await createTrainer({ ...input, threads: 3, signal: stop.signal });
    const fit = trainer.fit({ ...endless, onProgress: () => stop.abort() });
    await expect(fit).rejects.toMatchObject({ code: "aborted" });
    await expect.poll(() => started.every((worker) => worker.threadId === -1)).toBe(true);
    expect(started[0]).toBeInstanceOf(Worker);
  });
});
