// The products of a network's step on TensorFlow.js with its WebAssembly backend: node tfjs_products.mjs '[batch, repeats, shapes]'.
// Prints the least milliseconds of each shape.
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

const least = shapes.map((widths) => {
  const layers = widths.slice(1).map((units, l) => ({
    A: tf.ones([batch, widths[l]]),
    W: tf.ones([widths[l], units]),
    R: tf.ones([batch, units]),
  }));
  let shortest = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    productsOf(layers);
    shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
});
console.log(JSON.stringify(least));
