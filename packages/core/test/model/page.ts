import { createKernels } from "../../src/kernels/wasm.ts";
import { createTrainer, type Trainer } from "../../src/model/trainer.ts";
import { noisyRows } from "./rows.ts";

/** What the browser test asks of a page: a fit, and whether the page's own thread stayed free. */
export async function fitInPage(worker: boolean): Promise<{
  weights: number[];
  kernels: string;
  longestPauseMs: number;
}> {
  const kernels = createKernels({ bytes: 8e6 });
  const { X, y } = noisyRows(10_000, 20, 20, 31, 2, kernels.allocate);
  const input = { X, y, outputs: 20, rowWeights: null, kernels, worker };
  const trainer: Trainer = await createTrainer(input);
  let last = performance.now();
  let longestPauseMs = 0;
  const timer = setInterval(() => {
    longestPauseMs = Math.max(longestPauseMs, performance.now() - last);
    last = performance.now();
  }, 5);
  const fit = await trainer.fit({
    ranges: [{ start: 0, end: 10_000 }],
    l2: 1e-3,
    start: null,
    tolerance: "fold",
  });
  clearInterval(timer);
  trainer.close();
  return { weights: [...fit.weights], kernels: kernels.name, longestPauseMs };
}

Object.assign(globalThis, { fitInPage });
