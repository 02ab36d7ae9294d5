import { exp, log } from "../base/math.ts";
import type { Floats } from "../base/matrix.ts";
import { mix } from "../base/random.ts";
import {
  type Activation,
  DRAWS,
  EPSILON,
  MEAN_DECAY,
  type Network,
  type NetworkSizes,
  type Pace,
  SQUARE_DECAY,
} from "./network.ts";

/** A layer: W, (inputs + 1) × units, and Adam's means, laid out alike; activations and residuals of its units. */
interface Layer {
  readonly features: number;
  readonly units: number;
  readonly W: Floats;
  readonly mean: Floats;
  readonly square: Floats;
  readonly A: Float64Array;
  readonly R: Float64Array;
}

type Numbers = (length: number) => Floats;

/** The specification of Network: scalar float64, rounded where weights are kept (`numbers`). */
export function referenceNetwork(
  sizes: NetworkSizes,
  numbers: Numbers = (length) => new Float32Array(length),
): Network {
  const { widths, batch, activation } = sizes;
  const stride = widths[0];
  const inputs = new Float32Array(batch * stride);
  const [y, s] = [new Int32Array(batch), new Float64Array(batch)];
  const layers = widths.slice(1).map((units, l) => createLayer(widths[l], units, batch, numbers));
  const before = (l: number): Floats => (l === 0 ? inputs : layers[l - 1].A);
  const forward = (rows: number, pace: Pace | null): void => {
    for (const [l, layer] of layers.entries()) {
      multiply(layer, before(l), rows);
      if (l < layers.length - 1) activateRows(layer, activation, rows, l, pace);
    }
  };
  return {
    ...{ sizes, inputs, stride, y, s },
    write(l, W) {
      layers[l].W.set(W);
      layers[l].mean.fill(0);
      layers[l].square.fill(0);
    },
    read: (l, means = false) => Float64Array.from(means ? layers[l].mean : layers[l].W),
    step(rows, pace) {
      forward(rows, pace);
      const top = layers[layers.length - 1];
      let loss = 0;
      for (let i = 0; i < rows; i++) loss += residualRow(top, i, y[i], s[i]);
      for (let l = layers.length - 1; l > 0; l--) backward(layers[l], layers[l - 1], rows);
      for (const [l, layer] of layers.entries()) update(layer, before(l), rows, pace);
      return loss;
    },
    features(rows, H) {
      forward(rows, null);
      const { A, units } = layers[layers.length - 2];
      H.set(A.subarray(0, rows * units));
    },
  };
}

function createLayer(features: number, units: number, batch: number, numbers: Numbers): Layer {
  const length = (features + 1) * units;
  const [W, mean, square] = [numbers(length), numbers(length), numbers(length)];
  const [A, R] = [new Float64Array(batch * units), new Float64Array(batch * units)];
  return { features, units, W, mean, square, A, R };
}

/** A = X W + b for the first rows. */
function multiply({ features, units, W, A }: Layer, X: Floats, rows: number): void {
  for (let i = 0; i < rows; i++) {
    for (let o = 0; o < units; o++) {
      let sum = 0;
      for (let j = 0; j < features; j++) sum += X[i * features + j] * W[j * units + o];
      A[i * units + o] = sum + W[features * units + o];
    }
  }
}

/** Sums become activations, R their slopes; dropped units have neither. */
function activateRows(
  { units, A, R }: Layer,
  activation: Activation,
  rows: number,
  l: number,
  pace: Pace | null,
): void {
  const dropped = Math.round((pace?.dropout ?? 0) * DRAWS);
  for (let i = 0; i < rows; i++) {
    const row = Math.imul(i, 0x9e3779b1) + Math.imul(l, 0x85ebca77);
    const key = mix(((pace?.key ?? 0) + row) | 0);
    for (let o = 0, at = i * units; o < units; o++, at++) {
      const [a, slope] = activate(activation, A[at]);
      const stays = mix((key + Math.imul(o, 0x9e3779b9)) | 0) >>> 8 >= dropped;
      const factor = stays ? 1 / (1 - dropped / DRAWS) : 0;
      A[at] = a * factor;
      R[at] = slope * factor;
    }
  }
}

/** √(2/π) and the coefficient of GELU's cubic. */
const GELU_SLOPE = 0.7978845608028654;
const GELU_CUBIC = 0.044715;

/** What a unit makes of its sum z, and the derivative of that (docs/math.md §4). */
export function activate(kind: Activation, z: number): [number, number] {
  if (kind === "relu") return z > 0 ? [z, 1] : [0, 0];
  if (kind === "tanh") {
    const t = 1 - 2 / (exp(2 * z) + 1);
    return [t, 1 - t * t];
  }
  const x = Math.min(10, Math.max(-10, z));
  const step = 1 / (1 + exp(-2 * GELU_SLOPE * (x + GELU_CUBIC * x * x * x)));
  const rise = 2 * GELU_SLOPE * (1 + 3 * GELU_CUBIC * x * x);
  return [z * step, step + x * step * (1 - step) * rise];
}

/** R = s (P − Y) of row i, whose logits A holds; returns s l. */
function residualRow({ units, A, R }: Layer, i: number, y: number, s: number): number {
  const z = A.subarray(i * units, (i + 1) * units);
  const max = z.reduce((a, b) => Math.max(a, b));
  const e = z.map((one) => exp(one - max));
  const sum = e.reduce((a, b) => a + b, 0);
  e.forEach((one, c) => (R[i * units + c] = s * (one / sum - (c === y ? 1 : 0))));
  return s * (max - z[y] + log(sum));
}

/** R of the layer below, slopes so far, times R Wᵀ. */
function backward({ units, features, W, R }: Layer, below: Layer, rows: number): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < features; j++) {
      let sum = 0;
      for (let o = 0; o < units; o++) sum += R[i * units + o] * W[j * units + o];
      below.R[i * features + j] *= sum;
    }
  }
}

/** The gradient of the batch's mean loss, and a step of AdamW; intercepts have no penalty. */
function update(
  { features, units, W, mean, square, R }: Layer,
  X: Floats,
  rows: number,
  { t, rate, decay, l2 }: Pace,
): void {
  const [meanShare, squareShare] = [MEAN_DECAY, SQUARE_DECAY].map((base) => 1 - power(base, t));
  for (let j = 0; j <= features; j++) {
    for (let o = 0; o < units; o++) {
      const at = j * units + o;
      let g = 0;
      for (let i = 0; i < rows; i++) {
        g += (j === features ? 1 : X[i * features + j]) * R[i * units + o];
      }
      g = g / rows + (j < features ? l2 * W[at] : 0);
      mean[at] = MEAN_DECAY * mean[at] + (1 - MEAN_DECAY) * g;
      square[at] = SQUARE_DECAY * square[at] + (1 - SQUARE_DECAY) * g * g;
      const step = mean[at] / meanShare / (Math.sqrt(square[at] / squareShare) + EPSILON);
      W[at] = W[at] * (j < features ? 1 - rate * decay : 1) - rate * step;
    }
  }
}

/** base^t for whole t ≥ 0, by squaring: the same bits everywhere. */
export function power(base: number, t: number): number {
  let result = 1;
  for (let rest = t, square = base; rest > 0; rest = Math.floor(rest / 2), square *= square) {
    if (rest % 2 === 1) result *= square;
  }
  return result;
}
