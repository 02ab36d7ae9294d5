import { type Matrix, matrixWidth } from "../base/matrix.ts";
import { activate } from "../kernels/network-reference.ts";
import { writeRow } from "../model/network-inputs.ts";
import { type HiddenLayers, hiddenLogits, unitsOf } from "./hidden-model.ts";
import type { Model } from "./model.ts";
import { outputsOf } from "./splits.ts";

/** Points on the way from a row of zeros at which gradients are taken. */
const POINTS = 16;

/**
 * For each row of X the linear model that gives its logits by integrated gradients (docs/math.md §4.4): (d+1) × outputs, the
 * weight of a feature the mean gradient on the way from 0 to the row, the intercepts what is left of the logits. Features
 * that are 0 in the row have weight 0.
 */
export function localWeights(model: Model, X: Matrix): (row: number) => Float64Array {
  const { weights, schema } = model;
  const hidden = model.hidden as HiddenLayers;
  const outputs = outputsOf(schema.classes.length);
  const d = matrixWidth(X);
  const Z = new Float64Array(X.rows * outputs);
  hiddenLogits(hidden, X, weights, Z);
  const x = new Float64Array(d);
  return (row) => {
    writeRow(X, row, x, 0);
    const W = new Float64Array((d + 1) * outputs);
    for (let p = 0; p < POINTS; p++) {
      const share = (p + 0.5) / POINTS;
      addGradients(hidden, weights, outputs, x, share, 1 / POINTS, W);
    }
    for (let c = 0; c < outputs; c++) {
      let rest = Z[row * outputs + c];
      for (let j = 0; j < d; j++) rest -= x[j] * W[j * outputs + c];
      W[d * outputs + c] = rest;
    }
    spreadCut(X, row, x, W, outputs);
    return W;
  };
}

/** Makes weights of inputs that were cut those of the numbers that X has. */
function spreadCut(
  { dense }: Matrix,
  row: number,
  x: Float64Array,
  W: Float64Array,
  outputs: number,
): void {
  for (let j = 0; dense !== null && j < dense.width; j++) {
    const given = dense.data[row * dense.width + j];
    if (given === x[j]) continue;
    for (let c = 0; c < outputs; c++) W[j * outputs + c] *= x[j] / given;
  }
}

/** Adds `factor` times the gradients of the logits at share · x to W. */
function addGradients(
  { activation, networks }: HiddenLayers,
  weights: Float64Array,
  outputs: number,
  x: Float64Array,
  share: number,
  factor: number,
  W: Float64Array,
): void {
  let first = 0;
  for (const layers of networks) {
    const units = unitsOf(layers, x.length);
    const last = units[units.length - 1];
    let a: Float64Array = x.map((value) => share * value);
    const slopes = layers.map((layer, l) => {
      const slope = new Float64Array(units[l]);
      a = sumsOf(layer, a, units[l]).map((z, o) => {
        const [value, rise] = activate(activation, z);
        slope[o] = rise;
        return value;
      });
      return slope;
    });
    let J: Float64Array = weights.slice(first * outputs, (first + last) * outputs);
    for (let l = layers.length - 1; l >= 0; l--) {
      const isUsed = l > 0 ? null : x;
      J = carryBack(layers[l], slopes[l], J, outputs, isUsed);
    }
    for (let at = 0; at < J.length; at++) W[at] += factor * J[at];
    first += last;
  }
}

/** a W + b */
function sumsOf(layer: Float32Array, a: Float64Array, units: number): Float64Array {
  const sums = Float64Array.from(layer.subarray(a.length * units));
  for (let j = 0; j < a.length; j++) {
    if (a[j] === 0) continue;
    for (let o = 0; o < units; o++) sums[o] += a[j] * layer[j * units + o];
  }
  return sums;
}

/** Gradients in a layer's inputs from those in its units, inputs × outputs; only for inputs that are not 0 in `x`. */
function carryBack(
  layer: Float32Array,
  slope: Float64Array,
  J: Float64Array,
  outputs: number,
  x: Float64Array | null,
): Float64Array {
  const units = slope.length;
  const inputs = layer.length / units - 1;
  const back = new Float64Array(inputs * outputs);
  for (let j = 0; j < inputs; j++) {
    if (x !== null && x[j] === 0) continue;
    for (let o = 0; o < units; o++) {
      const w = layer[j * units + o] * slope[o];
      if (w === 0) continue;
      for (let c = 0; c < outputs; c++) back[j * outputs + c] += w * J[o * outputs + c];
    }
  }
  return back;
}
