import type { Allocator, Kernels } from "./kernels.ts";
import {
  ACTIVATIONS,
  batchRows,
  DRAWS,
  type LayerShape,
  layerShapes,
  MEAN_DECAY,
  type Network,
  type NetworkSizes,
  type Pace,
  SQUARE_DECAY,
} from "./network.ts";
import { power, referenceNetwork } from "./network-reference.ts";
import type { WasmKernels } from "./wasm.ts";

/** Words of the classes of kernels/network.ts, each at its place. */
const LAYER_WORDS = 10;
const ROWS_WORDS = 12;
const ROWS = { first: 2, last: 3, losses: 6, key: 8, dropped: 9, kept: 10 } as const;
const UPDATE_WORDS = 10;
const UPDATE = { rows: 3, numbers: 5 } as const;
/** Bytes of a tile of products. */
const TILE = 128;
/** Rows of a job, and jobs that a layer's weights are cut into: work for some threads, with little between. */
const JOB_ROWS = 16;
const LAYER_JOBS = 8;
/** Rows of a tile. */
const TILE_ROWS = 4;
const LINE = 64;

/** Bytes of the kernels' memory that a network takes. */
export function networkBytes(sizes: NetworkSizes): number {
  const rows = batchRows(sizes);
  const shapes = layerShapes(sizes);
  const jobs = Math.ceil(rows / JOB_ROWS) + LAYER_JOBS * shapes.length;
  const numbers = shapes.reduce(
    (sum, { inputs, outputs }) => sum + 4 * inputs * outputs + rows * (inputs + outputs),
    0,
  );
  return 4 * numbers + 20 * rows + jobs * (TILE + 4 * ROWS_WORDS + 2 * LINE) + 2 ** 14;
}

/** A network of zeros. */
export const createNetwork = (kernels: Kernels, sizes: NetworkSizes): Network =>
  kernels.name === "wasm" ? wasmNetwork(kernels as WasmKernels, sizes) : referenceNetwork(sizes);

interface Layer extends LayerShape {
  /** Panels of eight columns, the same transposed, and Adam's means, laid out as W. */
  readonly W: Float32Array;
  readonly T: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
  readonly A: Float32Array;
  readonly R: Float32Array;
}

function wasmNetwork(kernels: WasmKernels, sizes: NetworkSizes): Network {
  const { arena, executor } = kernels;
  const place = placeNetwork(kernels, sizes);
  const { layers, y, s, losses, rowJobs, updateJobs } = place;
  const [{ A: inputs, inputs: stride }] = layers;
  /** Runs the batch's rows, with losses, or forward alone. */
  const runRows = (rows: number, { key, dropout }: Dropping, lossesAt: number): void => {
    const dropped = Math.round(dropout * DRAWS);
    const jobs = rowJobs.slice(0, Math.ceil(rows / JOB_ROWS));
    jobs.forEach((job, at) => {
      const last = Math.min(at * JOB_ROWS + JOB_ROWS, Math.ceil(rows / TILE_ROWS) * TILE_ROWS);
      job[ROWS.last] = last;
      job[ROWS.losses] = lossesAt;
      job[ROWS.key] = key;
      job[ROWS.dropped] = dropped;
      arena.view(Float32Array, addressOf(job) + 4 * ROWS.kept, 1)[0] = 1 / (1 - dropped / DRAWS);
    });
    executor.run("networkRows", jobs.map(addressOf));
  };
  const moveWeights = (rows: number, pace: Pace): void => {
    const numbers = stepNumbers(rows, pace);
    for (const job of updateJobs) {
      job[UPDATE.rows] = rows;
      const at = addressOf(job) + 4 * UPDATE.numbers;
      arena.view(Float32Array, at, numbers.length).set(numbers);
    }
    executor.run("networkUpdate", updateJobs.map(addressOf));
  };
  return {
    ...{ sizes, inputs, stride, y, s },
    write: (l, W) => writeWeights(layers[l], W),
    read: (l, means = false) => readPanels(layers[l], means ? layers[l].mean : layers[l].W),
    step(rows, pace) {
      y.fill(0, rows);
      s.fill(0, rows);
      runRows(rows, pace, losses.byteOffset);
      moveWeights(rows, pace);
      return losses.subarray(0, rows).reduce((a, b) => a + b, 0);
    },
    features(rows, H) {
      runRows(rows, { key: 0, dropout: 0 }, 0);
      const { A, inputs: width, features } = layers[layers.length - 1];
      for (let i = 0; i < rows; i++) {
        H.set(A.subarray(i * width, i * width + features), i * features);
      }
    },
  };
}

type Dropping = Pick<Pace, "key" | "dropout">;

const addressOf = ({ byteOffset }: Int32Array): number => byteOffset;

/** Where a network stands in the kernels' memory, with the jobs that work on it. */
function placeNetwork({ allocate }: WasmKernels, sizes: NetworkSizes) {
  const { f32, f64, i32 } = allocate;
  const rows = batchRows(sizes);
  const layers = layerShapes(sizes).map((shape): Layer => {
    const size = shape.inputs * shape.outputs;
    const [W, T, mean, square] = [f32(size), f32(size), f32(size), f32(size)];
    const [A, R] = [f32(rows * shape.inputs), f32(rows * shape.outputs)];
    return { ...shape, W, T, mean, square, A, R };
  });
  const [{ A, inputs, features }] = layers;
  for (let i = 0; i < rows; i++) A[i * inputs + features] = 1;
  const [y, s, losses] = [i32(rows), f64(rows), f64(rows)];
  const table = i32(LAYER_WORDS * layers.length);
  layers.forEach((layer, l) => table.set(wordsOf(layer), l * LAYER_WORDS));
  const activation = ACTIVATIONS.indexOf(sizes.activation);
  const head = [addressOf(table), layers.length];
  const rowJobs = Array.from({ length: Math.ceil(rows / JOB_ROWS) }, (_, at) => {
    const first = at * JOB_ROWS;
    const batch = [first, first, y.byteOffset, s.byteOffset, 0, activation, 0, 0, 0];
    return jobOf(allocate, ROWS_WORDS, [...head, ...batch, f32(TILE / 4).byteOffset]);
  });
  const updateJobs = layers.flatMap((layer, l) =>
    cutRows(layer).map(([first, last]) => {
      const at = addressOf(table) + 4 * LAYER_WORDS * l;
      return jobOf(allocate, UPDATE_WORDS, [at, first, last, 0, f32(TILE / 4).byteOffset]);
    }),
  );
  return { layers, y, s, losses, rowJobs, updateJobs };
}

function jobOf({ i32 }: Allocator, length: number, words: readonly number[]): Int32Array {
  const job = i32(length);
  job.set(words);
  return job;
}

const wordsOf = ({
  W,
  T,
  mean,
  square,
  A,
  R,
  inputs,
  outputs,
  features,
  units,
}: Layer): number[] => [
  ...[W, T, mean, square, A, R].map(({ byteOffset }) => byteOffset),
  ...[inputs, outputs, features, units],
];

/** Rows of a layer's weights, in tiles, shared out evenly. */
function cutRows({ inputs }: LayerShape): [number, number][] {
  const tiles = inputs / TILE_ROWS;
  const jobs = Math.min(LAYER_JOBS, tiles);
  const cut = (at: number): number => Math.floor((at * tiles) / jobs) * TILE_ROWS;
  return Array.from({ length: jobs }, (_, at) => [cut(at), cut(at + 1)]);
}

/** What UpdateJob says in float32, in its order. */
const stepNumbers = (rows: number, { t, rate, decay, l2 }: Pace): number[] => [
  1 / rows,
  l2,
  1 - rate * decay,
  rate / (1 - power(MEAN_DECAY, t)),
  1 / Math.sqrt(1 - power(SQUARE_DECAY, t)),
];

const PANEL = 8;
/** Where row j, column o of weights stands in panels of eight columns. */
const panelAt = (j: number, o: number, inputs: number): number =>
  Math.floor(o / PANEL) * inputs * PANEL + j * PANEL + (o % PANEL);

function writeWeights(layer: Layer, values: ArrayLike<number>): void {
  const { W, T, mean, square, inputs, outputs, features, units } = layer;
  for (const array of [W, T, mean, square]) array.fill(0);
  for (let j = 0; j <= features; j++) {
    for (let o = 0; o < units; o++) {
      W[panelAt(j, o, inputs)] = values[j * units + o];
      T[panelAt(o, j, outputs)] = values[j * units + o];
    }
  }
}

function readPanels({ inputs, features, units }: LayerShape, panels: Float32Array): Float64Array {
  const values = new Float64Array((features + 1) * units);
  for (let j = 0; j <= features; j++) {
    for (let o = 0; o < units; o++) values[j * units + o] = panels[panelAt(j, o, inputs)];
  }
  return values;
}
