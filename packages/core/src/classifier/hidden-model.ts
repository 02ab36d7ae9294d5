import { damagedFile, dataError } from "../base/checks.ts";
import { type Matrix, matrixWidth } from "../base/matrix.ts";
import { ACTIVATIONS, type Activation, type Network } from "../kernels/network.ts";
import { createNetwork, networkBytes } from "../kernels/network-wasm.ts";
import { sharedKernels } from "../kernels/shared.ts";
import { createKernels } from "../kernels/wasm.ts";
import { networkLogits } from "../model/network-inputs.ts";

/** Hidden layers of a model. Its weights are of the last units of all networks, side by side. */
export interface HiddenLayers {
  readonly activation: Activation;
  /** Of each network the weights of its layers, (inputs + 1) × units row-major, the last row the intercepts. */
  readonly networks: readonly (readonly Float32Array[])[];
}

/** Rows that go through the layers together. */
const BATCH = 64;
/** Of the kernels' memory, beside the network. */
const SCRATCH = 2 ** 20;

/** Units of each layer of a network on d features; −1 where a number of weights is that of no layer. */
export function unitsOf(network: readonly Float32Array[], d: number): number[] {
  let inputs = d;
  return network.map(({ length }) => {
    const units = length / (inputs + 1);
    inputs = Number.isInteger(units) && units > 0 ? units : -1;
    return inputs;
  });
}

/** The last units of all networks: as many features as the softmax has. */
export const lastUnits = ({ networks }: HiddenLayers, d: number): number =>
  networks.reduce((sum, network) => sum + unitsOf(network, d)[network.length - 1], 0);

const MOST_NETWORKS = 100;
const MOST_LAYERS = 16;

/** The hidden layers that a model file holds, for d features. Throws a SoftmaxError "model" for anything else. */
export function checkHiddenLayers(value: unknown, d: number): HiddenLayers {
  const { activation, networks } = (value ?? {}) as Partial<HiddenLayers>;
  const known = ACTIVATIONS.find((name) => name === activation);
  if (known === undefined) throw damagedFile("its hidden layers have an unknown activation");
  const isList = Array.isArray(networks) && networks.length > 0 && networks.length <= MOST_NETWORKS;
  if (!isList) throw damagedFile("its hidden layers are no list of networks");
  for (const network of networks as unknown[]) checkLayers(network, d);
  return { activation: known, networks: networks as HiddenLayers["networks"] };
}

function checkLayers(network: unknown, d: number): void {
  const isList = Array.isArray(network) && network.length > 0 && network.length <= MOST_LAYERS;
  if (!isList || !network.every((W) => W instanceof Float32Array)) {
    throw damagedFile("a network of its hidden layers is no list of weights");
  }
  const layers = network as Float32Array[];
  if (unitsOf(layers, d).includes(-1)) {
    throw damagedFile("its hidden layers do not fit each other");
  }
  if (!layers.every((W) => W.every(Number.isFinite))) {
    throw damagedFile("its hidden layers hold numbers that are not finite");
  }
}

/** What scores rows by hidden layers, made when it is first asked for. */
const scorers = new WeakMap<HiddenLayers, readonly Network[]>();

/** Logits of all rows of X, rows × outputs, by hidden layers and the weights W behind them. */
export function hiddenLogits(
  hidden: HiddenLayers,
  X: Matrix,
  W: Float64Array,
  Z: Float64Array,
): void {
  let networks = scorers.get(hidden);
  if (networks === undefined) {
    networks = hidden.networks.map((layers) => loadNetwork(hidden, layers, matrixWidth(X)));
    scorers.set(hidden, networks);
  }
  networkLogits(networks, sharedKernels(), X, { start: 0, end: X.rows }, W, Z);
}

/** A network with kernels of its own, for rows to be scored. */
function loadNetwork(
  { activation }: HiddenLayers,
  layers: readonly Float32Array[],
  d: number,
): Network {
  // The softmax is not the network's: one class is the least that it can have.
  const sizes = { widths: [d, ...unitsOf(layers, d), 1], batch: BATCH, activation };
  const kernels = createKernels({ bytes: networkBytes(sizes), scratchBytes: SCRATCH });
  const network = createNetwork(kernels, sizes);
  layers.forEach((W, l) => network.write(l, W));
  return network;
}

/**
 * Throws a SoftmaxError "data" where a model has hidden layers: what is asked of it is read off the weights of the columns,
 * which such a model has not.
 */
export function checkNoHidden(what: string, { hidden }: { readonly hidden?: HiddenLayers }): void {
  if (hidden === undefined) return;
  throw dataError(
    `${what} reads the weights of the columns, which a model with hidden layers has not; train without "hidden", or explain rows one by one`,
  );
}
