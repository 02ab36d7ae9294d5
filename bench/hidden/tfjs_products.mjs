// The products of a network's step on TensorFlow.js with its WebAssembly backend: node tfjs_products.mjs '[batch, repeats, shapes]'.
// Prints the operations a second of each shape, in thousand millions, by the least time of the repeats.
import { tf } from "../tfjs.mjs";

const [batch, repeats, shapes] = JSON.parse(process.argv[2]);

/** Forward A W, of the weights Aᵀ R, and, but for the first layer, of the residuals R Wᵀ. */
function productsOf(layers) {
  layers.forEach(({ A, W, R }, l) => {
    tf.matMul(A, W).dispose();
    tf.matMul(A, R, true, false).dispose();
    if (l > 0) tf.matMul(R, W, false, true).dispose();
  });
}

const rates = shapes.map((widths) => {
  const layers = widths.slice(1).map((units, l) => ({
    A: tf.ones([batch, widths[l]]),
    W: tf.ones([widths[l], units]),
    R: tf.ones([batch, units]),
  }));
  const operations = layers.reduce(
    (sum, { W: { shape } }, l) => sum + (l === 0 ? 4 : 6) * batch * shape[0] * shape[1],
    0,
  );
  let least = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    productsOf(layers);
    least = Math.min(least, performance.now() - start);
  }
  return operations / least / 1e6;
});
console.log(JSON.stringify(rates));
