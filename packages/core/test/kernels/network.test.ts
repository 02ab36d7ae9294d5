import { describe, expect, it } from "vitest";
import { rowLosses } from "../../src/base/losses.ts";
import { createRandom } from "../../src/base/random.ts";
import {
  ACTIVATIONS,
  type Network,
  type NetworkSizes,
  type Pace,
} from "../../src/kernels/network.ts";
import { activate, referenceNetwork } from "../../src/kernels/network-reference.ts";
import { createNetwork, networkBytes } from "../../src/kernels/network-wasm.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";

const PACE: Pace = { t: 1, rate: 0.01, decay: 0.1, l2: 0.02, dropout: 0, key: 12345 };

const sizesOf = (widths: number[], activation: NetworkSizes["activation"]): NetworkSizes => ({
  widths,
  batch: 21,
  activation,
});

/** Rows, classes, weights and layers drawn alike for every network. */
function fill(network: Network, rows: number, largest = 2): void {
  const random = createRandom(3);
  const { widths } = network.sizes;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < widths[0]; j++) {
      network.inputs[i * network.stride + j] = largest * (random.uniform() - 0.5);
    }
    network.y[i] = random.below(widths[widths.length - 1]);
    network.s[i] = i % 4 === 3 ? 0 : 2 * random.uniform();
  }
  for (let l = 0; l + 1 < widths.length; l++) {
    const W = Float64Array.from({ length: (widths[l] + 1) * widths[l + 1] }, () =>
      Math.fround(1.5 * (random.uniform() - 0.5)),
    );
    network.write(l, W);
  }
}

const wasmNetwork = (sizes: NetworkSizes): Network =>
  createNetwork(createWasmKernels({ bytes: networkBytes(sizes), scratchBytes: 65536 }), sizes);

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])));

const SHAPES: [string, number[], number][] = [
  ["one layer", [5, 7, 3], 21],
  ["two classes, whole panels", [8, 16, 8, 2], 16],
  ["three layers, many classes", [17, 24, 9, 5, 26], 19],
  ["one input, one unit, one row", [1, 1, 2], 1],
];

describe.each(ACTIVATIONS)("a network of %s units", (activation) => {
  it.each(SHAPES)("takes the reference's steps: %s", (_, widths, rows) => {
    const sizes = sizesOf(widths, activation);
    const [fast, slow] = [wasmNetwork(sizes), referenceNetwork(sizes)];
    for (const network of [fast, slow]) fill(network, rows);
    for (const t of [1, 2, 3]) {
      const pace = { ...PACE, t, dropout: t === 1 ? 0 : 0.3, key: 77 * t };
      const [loss, expected] = [fast.step(rows, pace), slow.step(rows, pace)];
      expect(Math.abs(loss - expected)).toBeLessThan(2e-5 * (1 + expected));
    }
    for (let l = 0; l + 1 < widths.length; l++) {
      expect(largestDifference(fast.read(l, true), slow.read(l, true))).toBeLessThan(2e-6);
      expect(largestDifference(fast.read(l), slow.read(l))).toBeLessThan(5e-3 * PACE.rate + 1e-6);
    }
  });

  it("has the gradient that differences of the loss show, for every layer and intercept", () => {
    const sizes = sizesOf([4, 6, 5, 3], activation);
    const make = (): Network => referenceNetwork(sizes, (length) => new Float64Array(length));
    const lossAt = (l: number, at: number, shift: number): number => {
      const network = make();
      fill(network, 20);
      const W = network.read(l);
      W[at] += shift;
      network.write(l, W);
      return network.step(20, { ...PACE, l2: 0 }) / 20;
    };
    const network = make();
    fill(network, 20);
    network.step(20, { ...PACE, l2: 0 });
    const h = 1e-5;
    for (let l = 0; l < 3; l++) {
      // Adam's first mean is a tenth of the gradient.
      const gradient = network.read(l, true).map((mean) => 10 * mean);
      const differences = gradient.map((_, at) => (lossAt(l, at, h) - lossAt(l, at, -h)) / (2 * h));
      expect(largestDifference(gradient, differences)).toBeLessThan(1e-8);
      expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(1e-3);
    }
  });

  it("gives features within 1e-6, with the same bits for a row alone and in a batch", () => {
    const sizes = sizesOf([11, 9, 13, 4], activation);
    const [fast, slow] = [wasmNetwork(sizes), referenceNetwork(sizes)];
    for (const network of [fast, slow]) fill(network, 21, 6);
    const [H, expected] = [new Float32Array(21 * 13), new Float32Array(21 * 13)];
    fast.features(21, H);
    slow.features(21, expected);
    expect(largestDifference(H, expected)).toBeLessThan(4e-6);
    const row = fast.inputs.slice(20 * fast.stride, 20 * fast.stride + 11);
    fast.inputs.set(row);
    const alone = new Float32Array(13);
    fast.features(1, alone);
    expect(alone).toEqual(H.subarray(20 * 13));
  });
});

describe("activations", () => {
  it("are within 4e-7 of the reference's over the whole range, tails included", () => {
    const sizes: NetworkSizes = { widths: [1, 1, 2], batch: 4, activation: "relu" };
    for (const activation of ACTIVATIONS) {
      const network = wasmNetwork({ ...sizes, activation });
      network.write(0, [1, 0]);
      const a = new Float32Array(1);
      for (let z = -40; z <= 40; z += 0.0625) {
        network.inputs[0] = z;
        network.features(1, a);
        const [expected] = activate(activation, z);
        expect(Math.abs(a[0] - expected)).toBeLessThan(4e-7 * Math.max(1, Math.abs(expected)));
      }
    }
  });
});

describe("dropout", () => {
  it("drops the share that it says, and scales what stays so that the mean is kept", () => {
    const sizes: NetworkSizes = { widths: [1, 400, 2], batch: 50, activation: "relu" };
    const network = wasmNetwork(sizes);
    network.write(0, new Float64Array(800).fill(1, 0, 400));
    network.inputs.fill(1);
    network.s.fill(1);
    // With weights of 0 behind the hidden layer, the gradient of the last layer is the mean activation times P − Y.
    network.step(50, { ...PACE, l2: 0, dropout: 0.25 });
    const means = network.read(1, true).subarray(0, 800);
    const total = means.reduce((sum, g) => sum + Math.abs(10 * g), 0) / 800;
    expect(total).toBeGreaterThan(0.5 * 0.97);
    expect(total).toBeLessThan(0.5 * 1.03);
  });
});

describe("a step of rows without weight", () => {
  it("moves nothing but what decays", () => {
    const sizes = sizesOf([3, 4, 2], "relu");
    for (const network of [wasmNetwork(sizes), createNetwork(createReferenceKernels(), sizes)]) {
      fill(network, 8);
      network.s.fill(0);
      const before = [0, 1].map((l) => network.read(l));
      expect(network.step(8, { ...PACE, decay: 0, l2: 0 })).toBe(0);
      expect([0, 1].map((l) => network.read(l))).toEqual(before);
    }
  });
});

describe("the loss of a step", () => {
  it("is that of the logits", () => {
    const sizes = sizesOf([6, 8, 3], "tanh");
    const network = wasmNetwork(sizes);
    fill(network, 10);
    network.s.fill(1);
    const H = new Float32Array(10 * 8);
    network.features(10, H);
    const W = network.read(1);
    const Z = Float64Array.from({ length: 30 }, (_, at) => {
      const [i, c] = [Math.floor(at / 3), at % 3];
      let z = W[8 * 3 + c];
      for (let u = 0; u < 8; u++) z += H[i * 8 + u] * W[u * 3 + c];
      return z;
    });
    const expected = rowLosses(Z, network.y.slice(0, 10), 10, 3).reduce((a, b) => a + b, 0);
    expect(Math.abs(network.step(10, PACE) - expected)).toBeLessThan(1e-5);
  });
});
