/**
 * Hidden layers before a softmax (docs/math.md §4), in float32 but for the losses: a batch's rows forward and back, then
 * the weights of each layer by AdamW. Rows and weights may be cut among threads in any way: each sum is one thread's, in
 * one order.
 *
 * Weights W stand in panels of eight columns, and once more transposed in panels of eight rows. A layer's inputs end with
 * a 1, so that W's row behind the last input holds the intercepts; what is behind that, up to a multiple of eight, is 0.
 */
import { activate } from "./activations";
import { multiplyTile, PANEL, TILE_BYTES, TILE_ROWS } from "./tile";
import { residuals } from "./residuals";
import { V } from "./lanes";

/** Written by src/kernels/network-wasm.ts, as the classes below (same order). */
@unmanaged export class Layer {
  W: usize; // panels over outputs: inputs × 8 each
  T: usize; // panels over inputs: outputs × 8 each
  mean: usize; // Adam's means of gradients and of their squares, laid out as W
  square: usize;
  A: usize; // inputs of the batch, rows × inputs
  R: usize; // slopes, then residuals, rows × outputs; of the last layer logits, then residuals
  inputs: usize; // multiples of 8
  outputs: usize;
  features: usize; // inputs without the 1 and what is behind it
  units: usize; // outputs without
}

/** Rows of a batch. */
@unmanaged export class RowsJob {
  layers: usize;
  count: usize;
  first: usize; // multiples of 4
  last: usize;
  y: usize; // i32
  s: usize; // f64
  losses: usize; // f64; 0: forward alone, up to the last hidden layer
  activation: usize;
  key: u32; // of the step's dropout
  dropped: u32; // of 2^24 units
  kept: f32; // factor of those that stay
  scratch: usize; // a tile
}

/** Rows of one layer's weights. */
@unmanaged export class UpdateJob {
  layer: usize;
  first: usize; // multiples of 4
  last: usize;
  rows: usize; // of the batch
  scratch: usize; // a tile
  share: f32; // 1/Σ of the batch's mean row weights
  l2: f32;
  keep: f32; // 1 − rate × decay
  rate: f32; // η/(1 − β₁ᵗ)
  spread: f32; // 1/√(1 − β₂ᵗ)
}

@inline function layerAt(job: RowsJob, l: usize): Layer {
  return changetype<Layer>(job.layers + l * offsetof<Layer>());
}

export function passRows(job: RowsJob): void {
  const last = job.count - 1;
  for (let l: usize = 0; l < last; l++) {
    const layer = layerAt(job, l);
    const next = layerAt(job, l + 1).A;
    forward(job, layer, next);
    for (let i = job.first; i < job.last; i++) activateRow(job, layer, next, l, i);
  }
  if (!job.losses) return;
  const top = layerAt(job, last);
  forward(job, top, top.R);
  for (let i = job.first; i < job.last; i++) residualRow(job, top, i);
  for (let l = last; l > 0; l--) backward(job, layerAt(job, l), layerAt(job, l - 1).R);
}

/** Z = A W into `to`, rows × outputs. */
function forward(job: RowsJob, layer: Layer, to: usize): void {
  const inputs = layer.inputs << 2, outputs = layer.outputs << 2, panel = layer.inputs * PANEL;
  for (let o: usize = 0, P = layer.W; o < outputs; o += PANEL, P += panel) {
    for (let i = job.first; i < job.last; i += TILE_ROWS) {
      multiplyTile(layer.A + i * inputs, inputs, 4, P, PANEL, layer.features + 1, to + i * outputs + o, outputs);
    }
  }
}

/** Of row i: z becomes its activation, and R the slope; dropped units have neither. */
function activateRow(job: RowsJob, layer: Layer, next: usize, l: usize, i: usize): void {
  const bytes = layer.outputs << 2;
  const a = next + i * bytes;
  const slope = job.losses ? layer.R + i * bytes : 0;
  for (let o: usize = 0; o < bytes; o += V) activate(job.activation, a + o, slope ? slope + o : 0);
  if (slope && job.dropped) dropUnits(job, mix(job.key + <u32>i * 0x9e3779b1 + <u32>l * 0x85ebca77), a, slope, bytes);
  const behind = layer.units << 2;
  store<f32>(a + behind, 1);
  if (slope) store<f32>(slope + behind, 0);
}

function dropUnits(job: RowsJob, key: u32, a: usize, slope: usize, bytes: usize): void {
  const kept = f32x4.splat(job.kept), dropped = i32x4.splat(job.dropped);
  let number = i32x4.add(i32x4.splat(key), i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(0x9e3779b9)));
  for (let o: usize = 0; o < bytes; o += V) {
    const draw = i32x4.shr_u(mixLanes(number), 8);
    const factor = v128.andnot(kept, i32x4.lt_s(draw, dropped));
    v128.store(a + o, f32x4.mul(v128.load(a + o), factor));
    v128.store(slope + o, f32x4.mul(v128.load(slope + o), factor));
    number = i32x4.add(number, i32x4.splat(4 * 0x9e3779b9));
  }
}

/** The finaliser of SplitMix32, as in src/base/random.ts. */
@inline function mix(x: u32): u32 {
  x = (x ^ (x >>> 16)) * 0x21f0aaad;
  x = (x ^ (x >>> 15)) * 0x735a2d97;
  return x ^ (x >>> 15);
}

@inline function mixLanes(x: v128): v128 {
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x21f0aaad));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(0x735a2d97));
  return v128.xor(x, i32x4.shr_u(x, 15));
}

/** Residuals below are left out: their products would be subnormal, which takes ten times as long. */
const LEAST_RESIDUAL: f32 = 1e-15;

function residualRow(job: RowsJob, layer: Layer, i: usize): void {
  const z = layer.R + i * (layer.outputs << 2);
  for (let c = layer.units; c & 3; c++) store<f32>(z + (c << 2), -f32.MAX_VALUE);
  const y = <usize>load<u32>(job.y + (i << 2));
  store<f64>(job.losses + (i << 3), residuals(z, layer.units, y, load<f64>(job.s + (i << 3))));
  const least = f32x4.splat(LEAST_RESIDUAL);
  for (let at = z, end = z + (layer.units << 2); at < end; at += V) {
    const r = v128.load(at);
    v128.store(at, v128.and(r, f32x4.ge(f32x4.abs(r), least)));
  }
}

/** R of the layer before, slopes so far, times R Wᵀ. */
function backward(job: RowsJob, layer: Layer, before: usize): void {
  const inputs = layer.inputs << 2, outputs = layer.outputs << 2, panel = layer.outputs * PANEL;
  for (let j: usize = 0, P = layer.T; j < inputs; j += PANEL, P += panel) {
    for (let i = job.first; i < job.last; i += TILE_ROWS) {
      multiplyTile(layer.R + i * outputs, outputs, 4, P, PANEL, layer.units, job.scratch, PANEL);
      const to = before + i * inputs + j;
      for (let o: usize = 0; o < TILE_BYTES; o += PANEL) multiplyInto(to + (o / PANEL) * inputs, job.scratch + o);
    }
  }
}

@inline function multiplyInto(to: usize, from: usize): void {
  v128.store(to, f32x4.mul(v128.load(to), v128.load(from)));
  v128.store(to, f32x4.mul(v128.load(to, 16), v128.load(from, 16)), 16);
}

/** The gradient Aᵀ R of rows of a layer's weights, and its step. */
export function updateRows(job: UpdateJob): void {
  const layer = changetype<Layer>(job.layer);
  const inputs = layer.inputs << 2, outputs = layer.outputs << 2;
  for (let j = job.first; j < job.last; j += TILE_ROWS) {
    for (let o: usize = 0; o < outputs; o += PANEL) {
      multiplyTile(layer.A + (j << 2), 4, inputs, layer.R + o, outputs, job.rows, job.scratch, PANEL);
      const at = o * layer.inputs + j * PANEL;
      for (let r: usize = 0; r < TILE_ROWS; r++) {
        const from = job.scratch + r * PANEL, to = at + r * PANEL;
        const free = j + r >= layer.features; // no penalty on intercepts
        adam(job, layer, from, to, free);
        adam(job, layer, from + V, to + V, free);
      }
      transpose(layer, layer.W + at, j, o);
    }
  }
}

const MEAN_DECAY: f32 = 0.9;
const SQUARE_DECAY: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/** Means below are 0 from then on: they would become subnormal. */
const LEAST_MEAN: f32 = 1e-30;

@inline function adam(job: UpdateJob, layer: Layer, from: usize, to: usize, free: bool): void {
  const w = v128.load(layer.W + to);
  let g = f32x4.mul(v128.load(from), f32x4.splat(job.share));
  if (!free) g = f32x4.add(g, f32x4.mul(f32x4.splat(job.l2), w));
  const mean = decayed(layer.mean + to, g, MEAN_DECAY);
  const square = decayed(layer.square + to, f32x4.mul(g, g), SQUARE_DECAY);
  const spread = f32x4.mul(f32x4.sqrt(square), f32x4.splat(job.spread));
  const step = f32x4.div(f32x4.mul(f32x4.splat(job.rate), mean), f32x4.add(spread, f32x4.splat(EPSILON)));
  const kept = free ? w : f32x4.mul(w, f32x4.splat(job.keep));
  v128.store(layer.W + to, f32x4.sub(kept, step));
}

/** The mean at `at` moved towards x. */
@inline function decayed(at: usize, x: v128, decay: f32): v128 {
  const old = v128.load(at);
  const mean = f32x4.add(f32x4.mul(old, f32x4.splat(decay)), f32x4.mul(x, f32x4.splat(1 - decay)));
  const kept = v128.and(mean, f32x4.ge(f32x4.abs(mean), f32x4.splat(LEAST_MEAN)));
  v128.store(at, kept);
  return kept;
}

/** Copies four rows j of eight columns from panel o to the panels over inputs. */
function transpose(layer: Layer, from: usize, j: usize, o: usize): void {
  const to = layer.T + (j >> 3) * layer.outputs * PANEL + o * 8 + ((j & 4) << 2);
  transpose4(from, to);
  transpose4(from + V, to + 4 * PANEL);
}

@inline function transpose4(from: usize, to: usize): void {
  const a = v128.load(from), b = v128.load(from, 32), c = v128.load(from, 64), d = v128.load(from, 96);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7), 96);
}
