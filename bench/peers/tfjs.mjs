// TensorFlow.js on its WebAssembly backend as a contestant.
import { writeFileSync } from "node:fs";
import { tf } from "../tfjs.mjs";
import { joined, shuffledBatches } from "./batches.mjs";
import { secondsEach, serve, timed } from "./serve.mjs";
import { readMeta } from "./sets.mjs";

let batches = [];
let shape = null;

/** Adam whose rate falls linearly to 0, over the batches in an order drawn once. */
async function train({ epochs, rate, l2, out }) {
  const W = tf.variable(tf.zeros([shape.width, shape.classes]));
  const b = tf.variable(tf.zeros([shape.classes]));
  const optimizer = tf.train.adam(rate);
  const steps = epochs * batches.length;
  const { seconds } = await timed(async () => {
    for (let step = 0; step < steps; step++) {
      const { X, Y } = batches[step % batches.length];
      optimizer.learningRate = rate * (1 - step / steps);
      optimizer.minimize(() => penalised(X, Y, W, b, l2), false, [W, b]);
    }
    await W.data();
  });
  writeFileSync(out, joined(await W.data(), await b.data()));
  tf.dispose([W, b]);
  return { seconds };
}

function penalised(X, Y, W, b, l2) {
  const loss = tf.losses.softmaxCrossEntropy(Y, X.matMul(W).add(b));
  return loss.add(
    W.square()
      .sum()
      .mul(l2 / 2),
  );
}

/** Seconds of softmax over the rows of n×k float32 logits. */
function softmaxRows({ n, k, samples }) {
  const z = tf.randomNormal([n, k], 0, 3);
  return secondsEach(() => tf.softmax(z).dispose(), samples);
}

await serve({
  versions: () => ({ tfjs: tf.version.tfjs, backend: tf.getBackend() }),
  load({ folder, batch }) {
    shape = readMeta(folder);
    batches = shuffledBatches(folder, batch).map(({ X, Y }) => ({
      X: tf.tensor2d(X, [batch, shape.width]),
      Y: tf.tensor2d(Y, [batch, shape.classes]),
    }));
  },
  train,
  softmax: softmaxRows,
});
