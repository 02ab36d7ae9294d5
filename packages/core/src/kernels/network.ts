/**
 * Hidden layers and the softmax behind them (docs/math.md §4): a batch of rows goes forward and back, then the weights
 * move. Sums are in one order whatever runs them, so that the bits do not depend on threads.
 */
export interface Network {
  readonly sizes: NetworkSizes;
  /** Inputs of the batch, `stride` numbers a row; the first d are the caller's to write. */
  readonly inputs: Float32Array;
  readonly stride: number;
  /** Class and weight of each row of the batch; weights about 1. */
  readonly y: Int32Array;
  readonly s: Float64Array;
  /** Overwrites the weights and intercepts of layer l, (inputs + 1) × units row-major, and forgets Adam's means. */
  write(l: number, W: ArrayLike<number>): void;
  /** Those weights, and with `means` Adam's mean of their gradients instead. */
  read(l: number, means?: boolean): Float64Array;
  /** One step of AdamW on the first `rows` rows. Returns Σ_i s_i l_i before it, nats. */
  step(rows: number, pace: Pace): number;
  /** What the last hidden layer makes of the first `rows` rows, without dropout: rows × h to H. */
  features(rows: number, H: Float32Array): void;
}

export interface NetworkSizes {
  /** d, the units of each hidden layer, k ≥ 2 */
  readonly widths: readonly number[];
  /** Rows of a batch, at most. */
  readonly batch: number;
  readonly activation: Activation;
}

/** What a hidden unit makes of its sum. */
export type Activation = "relu" | "tanh" | "gelu";

/** In the order of their numbers in kernels/activations.ts. */
export const ACTIVATIONS: readonly Activation[] = ["relu", "tanh", "gelu"];

/** A step's size and what it leaves out. */
export interface Pace {
  /** t = 1, 2, …: which step it is. */
  readonly t: number;
  /** η */
  readonly rate: number;
  /** Weights shrink by η times this. */
  readonly decay: number;
  /** λ of a penalty λ/2 ‖W‖² that is part of the gradient. */
  readonly l2: number;
  /** Share of the hidden units that are dropped, below 1. */
  readonly dropout: number;
  /** 32 bits that say which. */
  readonly key: number;
}

/** Adam's β₁, β₂ and ε. */
export const MEAN_DECAY = 0.9;
export const SQUARE_DECAY = 0.999;
export const EPSILON = 1e-8;
/** Dropout counts in 2^−24. */
export const DRAWS = 2 ** 24;

/** Numbers of a panel: rows of matrices are padded to it. */
const PANEL = 8;
const padded = (count: number): number => Math.ceil(count / PANEL) * PANEL;

/** A layer's shape as it stands in memory. */
export interface LayerShape {
  /** Real inputs and units. */
  readonly features: number;
  readonly units: number;
  /** With the input that is always 1, and padding; outputs of a hidden layer are inputs of the next. */
  readonly inputs: number;
  readonly outputs: number;
}

export const layerShapes = ({ widths }: NetworkSizes): LayerShape[] =>
  widths.slice(1).map((units, l) => ({
    features: widths[l],
    units,
    inputs: padded(widths[l] + 1),
    outputs: padded(l === widths.length - 2 ? units : units + 1),
  }));

/** Rows of the batch in memory: tiles have four. */
export const batchRows = ({ batch }: NetworkSizes): number => Math.ceil(batch / 4) * 4;
