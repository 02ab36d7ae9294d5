// One judge for all: the objective and the loss of other rows, in plain loops, from the weights that a contestant wrote.
import { readInto, readMeta, readSet } from "./sets.mjs";

const sets = new Map();

function partOf(folder, part) {
  const key = folder + part;
  if (!sets.has(key)) sets.set(key, readSet(folder, part));
  return sets.get(key);
}

/** Forgets the rows it has read. */
export const forgetSets = () => sets.clear();

/**
 * Weights (d+1)×k in the file `weights`, the last row intercepts; k = 1 for two classes. Returns the mean log loss of the
 * training rows plus l2/2 ‖W‖² (`objective`), and the mean log loss of the test rows (`heldOut`). `link` "ovr": k
 * independent logistic models, whose probabilities are scaled to sum to 1; it has no such objective.
 */
export function judge(folder, weights, { l2, link = "softmax" }) {
  const W = readInto(weights, (n) => new Float64Array(n));
  const { width } = readMeta(folder);
  const outputs = W.length / (width + 1);
  const loss = (part) => meanLoss(partOf(folder, part), W, outputs, link);
  let squares = 0;
  for (let at = 0; at < width * outputs; at++) squares += W[at] * W[at];
  const objective = link === "ovr" ? null : loss("train") + (l2 / 2) * squares;
  return { objective, heldOut: loss("test") };
}

function meanLoss({ X, y }, W, outputs, link) {
  const z = new Float64Array(outputs);
  let sum = 0;
  for (let i = 0; i < X.rows; i++) {
    logitsOf(X, i, W, z);
    sum += lossOf(z, y[i], link);
  }
  return sum / X.rows;
}

function logitsOf({ dense, csr }, i, W, z) {
  const k = z.length;
  z.set(W.subarray(W.length - k));
  const add = (j, value) => {
    if (value !== 0) for (let c = 0; c < k; c++) z[c] += value * W[j * k + c];
  };
  if (dense !== null) {
    const { width, data } = dense;
    for (let j = 0; j < width; j++) add(j, data[i * width + j]);
  } else {
    const { starts, columns, values } = csr;
    for (let at = starts[i]; at < starts[i + 1]; at++) add(columns[at], values[at]);
  }
}

/** Log loss of one row, nats. */
export function lossOf(z, y, link) {
  if (link === "ovr") {
    const p = Array.from(z, (v) => 1 / (1 + Math.exp(-v)));
    return -Math.log(p[y] / p.reduce((a, b) => a + b));
  }
  if (z.length === 1) return softplus(y === 1 ? -z[0] : z[0]);
  const largest = Math.max(...z);
  return largest + Math.log(z.reduce((sum, v) => sum + Math.exp(v - largest), 0)) - z[y];
}

const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
