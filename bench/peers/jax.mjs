// jax-js on its WebAssembly backend as a contestant. Arrays are used up where they are read; `.ref` keeps one for another use.
import { writeFileSync } from "node:fs";
import { defaultDevice, grad, init, jit, nn, numpy as np } from "@jax-js/jax";
import { joined, shuffledBatches } from "./batches.mjs";
import { secondsEach, serve, timed } from "./serve.mjs";
import { readMeta } from "./sets.mjs";

await init("wasm");
defaultDevice("wasm");

const FIRST = 0.9;
const SECOND = 0.999;
let batches = [];
let shape = null;

/** Mean log loss of a batch plus l2/2 ‖W‖². */
function penalised({ W, b }, X, Y, l2) {
  const Z = np.matmul(X, W.ref).add(b);
  const loss = nn
    .logSoftmax(Z)
    .mul(Y)
    .sum()
    .mul(-1 / shape.batch);
  return loss.add(
    np
      .square(W)
      .sum()
      .mul(l2 / 2),
  );
}

const adamStep = (l2) =>
  jit((state, X, Y, rate) => {
    const gradients = grad((weights) => penalised(weights, X, Y, l2))({
      W: state.W.w.ref,
      b: state.b.w.ref,
    });
    const next = ({ w, m, v }, g) => {
      const mean = m.mul(FIRST).add(g.ref.mul(1 - FIRST));
      const square = v.mul(SECOND).add(np.square(g).mul(1 - SECOND));
      const move = mean.ref.div(np.sqrt(square.ref).add(1e-8)).mul(rate.ref);
      return { w: w.sub(move), m: mean, v: square };
    };
    const result = { W: next(state.W, gradients.W), b: next(state.b, gradients.b) };
    rate.dispose();
    return result;
  });

/** Adam whose rate falls linearly to 0, over the batches in an order drawn once. The compiler's time counts. */
async function train({ epochs, rate, l2, out }) {
  const zeros = (dims) => ({ w: np.zeros(dims), m: np.zeros(dims), v: np.zeros(dims) });
  let state = { W: zeros([shape.width, shape.classes]), b: zeros([shape.classes]) };
  const steps = epochs * batches.length;
  const { seconds } = await timed(async () => {
    const step = adamStep(l2);
    for (let t = 0; t < steps; t++) {
      const { X, Y } = batches[t % batches.length];
      const unbias = Math.sqrt(1 - SECOND ** (t + 1)) / (1 - FIRST ** (t + 1));
      state = step(state, X.ref, Y.ref, np.array(rate * (1 - t / steps) * unbias));
    }
    await state.W.w.ref.blockUntilReady();
  });
  writeFileSync(out, joined(await state.W.w.data(), await state.b.w.data()));
  return { seconds };
}

/** Seconds of softmax over the rows of n×k float32 logits. */
function softmaxRows({ n, k, samples }) {
  const z = np.array(new Float32Array(n * k).map((_, i) => 3 * Math.sin(i))).reshape([n, k]);
  const run = jit((x) => nn.softmax(x));
  return secondsEach(() => run(z.ref).dataSync(), samples);
}

await serve({
  load({ folder, batch }) {
    shape = { ...readMeta(folder), batch };
    batches = shuffledBatches(folder, batch).map(({ X, Y }) => ({
      X: np.array(X).reshape([batch, shape.width]),
      Y: np.array(Y).reshape([batch, shape.classes]),
    }));
  },
  train,
  softmax: softmaxRows,
});
