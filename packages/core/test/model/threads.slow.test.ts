import { afterEach, expect, it, vi } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";
import { createTrainer } from "../../src/model/trainer.ts";
import { makeCase } from "../kernels/cases.ts";
import { brokenAfter, watchWorkers } from "./workers.ts";

const TIMES = 200;

afterEach(() => {
  vi.restoreAllMocks();
});

it("whichever thread is terminated or throws at whatever moment, 200 times, the fit ends as it should and all threads are gone", async () => {
  const unhandled: unknown[] = [];
  const listen = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", listen);
  const random = createRandom(11);
  const counts = { failed: 0, done: 0 };
  for (let time = 0; time < TIMES; time++) {
    const threads = 1 + random.below(4);
    const victim = random.below(threads);
    const throws = random.below(2) === 0;
    const broken = brokenAfter(random.below(1000));
    const started = watchWorkers((source, at) =>
      throws && at === victim ? broken + source : source,
    );
    const kernels = createWasmKernels({ bytes: 2 ** 23 });
    const { X, y, k } = makeCase({ n: 10_000, k: 8, dense: 12 }, 64, kernels.allocate);
    const input = { X, y, outputs: k, rowWeights: null, kernels, threads };
    const attempt = createTrainer(input).then(async (trainer) => {
      try {
        return await trainer.fit({
          ranges: [{ start: 0, end: 10_000 }],
          l2: 0,
          start: null,
          tolerance: 1e-300,
        });
      } finally {
        trainer.close();
      }
    });
    if (!throws) setTimeout(() => void started[victim]?.terminate(), random.below(300));
    const [end] = await Promise.allSettled([attempt]);
    if (end.status === "rejected") {
      counts.failed++;
      expect(end.reason).toMatchObject({ name: "SoftmaxError", code: "internal" });
    } else counts.done++;
    await expect
      .poll(() => started.every((worker) => worker.threadId === -1), { timeout: 10_000 })
      .toBe(true);
    vi.restoreAllMocks();
  }
  process.off("unhandledRejection", listen);
  expect(unhandled).toEqual([]);
  expect(counts.failed).toBeGreaterThan(TIMES / 10);
});
