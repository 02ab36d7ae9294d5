import { createKernels } from "../../src/kernels/wasm.ts";
import { createTrainer } from "../../src/model/trainer.ts";
import { noisyRows } from "./rows.ts";

/** Fits in a worker that is never closed, and says so. */
const kernels = createKernels({ bytes: 1e6 });
const trainer = await createTrainer({
  ...noisyRows(100, 3, 3, 1, 0, kernels.allocate),
  outputs: 3,
  rowWeights: null,
  kernels,
});
await trainer.fit({ ranges: [{ start: 0, end: 100 }], l2: 1, start: null, tolerance: "final" });
process.stdout.write("done");
