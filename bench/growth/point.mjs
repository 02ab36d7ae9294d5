// One point of the growth curves, in a process of its own so that its highest memory is its own.
import { fit } from "../../packages/core/dist/index.js";
import { peakMegabytes, serve, timed } from "../peers/serve.mjs";

/** Features that decide the class. */
const INFORMATIVE = 10;
const L2 = 1e-3;
const TOLERANCE = 1e-5;

/** Fits n×d float32 numbers, of which ten decide between k classes with noise, to a gradient of 1e-5. */
async function point({ rows, features, classes, threads }) {
  const uniform = createUniform();
  const centred = () => 2 * (uniform() + uniform() + uniform() - 1.5);
  const data = new Float32Array(rows * features);
  for (let at = 0; at < data.length; at++) data[at] = centred();
  const informative = Math.min(features, INFORMATIVE);
  const truth = Float64Array.from({ length: informative * classes }, centred);
  const y = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * features, i * features + informative);
    y[i] = i < classes ? i : noisyClass(row, truth, classes, uniform);
  }
  const options = { classes, l2: L2, tolerance: TOLERANCE, threads };
  const { result, seconds } = await timed(() => fit({ data, rows, columns: features }, y, options));
  const { evaluations } = result.trace.at(-1);
  return { seconds, passes: evaluations, reason: result.reason, megabytes: peakMegabytes() };
}

/** The largest logit with Gumbel noise: a draw from the softmax. */
function noisyClass(row, truth, k, uniform) {
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < k; c++) {
    let z = -Math.log(-Math.log(uniform() + 1e-12));
    for (let j = 0; j < row.length; j++) z += row[j] * truth[j * k + c];
    if (z > highest) [highest, best] = [z, c];
  }
  return best;
}

function createUniform() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

await serve({ point });
