import type { Kernels } from "./kernels.ts";
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

function wasmNetwork({ allocate, arena, executor }: WasmKernels, sizes: NetworkSizes): Network {
  const { f32, f64, i32 } = allocate;
  const rows = batchRows(sizes);
  const layers = layerShapes(sizes).map((shape): Layer => {
    const size = shape.inputs * shape.outputs;
    const [W, T, mean, square] = [f32(size), f32(size), f32(size), f32(size)];
    const [A, R] = [f32(rows * shape.inputs), f32(rows * shape.outputs)];
    return { ...shape, W, T, mean, square, A, R };
  });
  const [y, s, losses] = [i32(rows), f64(rows), f64(rows)];
  const table = i32(LAYER_WORDS * layers.length);
  layers.forEach((layer, l) => table.set(wordsOf(layer), l * LAYER_WORDS));
  const activation = ACTIVATIONS.indexOf(sizes.activation);
  const words = [table, y, s, losses].map(({ byteOffset }) => byteOffset);
  const rowJobs = Array.from({ length: Math.ceil(rows / JOB_ROWS) }, (_, at) => {
    const job = i32(ROWS_WORDS);
    const first = at * JOB_ROWS;
    const scratch = f32(TILE / 4).byteOffset;
    const [layersAt, yAt, sAt] = words;
    job.set([layersAt, layers.length, first, first, yAt, sAt, 0, activation, 0, 0, 0, scratch]);
    return job;
  });
  const updateJobs = layers.flatMap((layer, l) =>
    cutRows(layer).map(([first, last]) => {
      const job = i32(UPDATE_WORDS);
      const at = table.byteOffset + 4 * LAYER_WORDS * l;
      job.set([at, first, last, 0, f32(TILE / 4).byteOffset]);
      return job;
    }),
  );
  const inputs = layers[0].A;
  const stride = layers[0].inputs;
  for (let i = 0; i < rows; i++) inputs[i * stride + layers[0].features] = 1;
  const address = ({ byteOffset }: Int32Array): number => byteOffset;
  /** Runs the batch's rows, with losses, or forward alone. */
  const runRows = (
    count: number,
    { key, dropout }: Pick<Pace, "key" | "dropout">,
    lossesAt: number,
  ): void => {
    const dropped = Math.round(dropout * DRAWS);
    const jobs = rowJobs.slice(0, Math.ceil(count / JOB_ROWS));
    jobs.forEach((job, at) => {
      const last = Math.min(at * JOB_ROWS + JOB_ROWS, Math.ceil(count / TILE_ROWS) * TILE_ROWS);
      job[ROWS.last] = last;
      job[ROWS.losses] = lossesAt;
      job[ROWS.key] = key;
      job[ROWS.dropped] = dropped;
      arena.view(Float32Array, address(job) + 4 * ROWS.kept, 1)[0] = 1 / (1 - dropped / DRAWS);
    });
    executor.run("networkRows", jobs.map(address));
  };
  return {
    ...{ sizes, inputs, stride, y, s },
    write: (l, W) => writeWeights(layers[l], W),
    read: (l, means = false) => readPanels(layers[l], means ? layers[l].mean : layers[l].W),
    step(count, pace) {
      y.fill(0, count);
      s.fill(0, count);
      runRows(count, pace, losses.byteOffset);
      const numbers = stepNumbers(count, pace);
      for (const job of updateJobs) {
        job[UPDATE.rows] = count;
        const at = address(job) + 4 * UPDATE.numbers;
        arena.view(Float32Array, at, numbers.length).set(numbers);
      }
      executor.run("networkUpdate", updateJobs.map(address));
      return losses.subarray(0, count).reduce((a, b) => a + b, 0);
    },
    features(count, H) {
      runRows(count, { key: 0, dropout: 0 }, 0);
      const { A, inputs: width, features } = layers[layers.length - 1];
      for (let i = 0; i < count; i++) {
        H.set(A.subarray(i * width, i * width + features), i * features);
      }
    },
  };
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
