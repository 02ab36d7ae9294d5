import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dequantizeWeights, pruneFeatures, quantizeWeights } from "../../src/model/shrink.ts";

const W = Float64Array.of(3, 4, 0, 0, -6, 1, 0.5, 0.25, 10, 20);

describe("pruneFeatures", () => {
  it("keeps the features of largest norm, in their order, and the intercepts", () => {
    const { features, weights } = pruneFeatures(W, 2, 2);
    expect(features).toEqual(Int32Array.of(0, 2));
    expect(weights).toEqual(Float64Array.of(3, 4, -6, 1, 10, 20));
  });

  it("counts a weight by how much its feature is used", () => {
    expect(pruneFeatures(W, 2, 1, [1, 1, 0.1, 100]).features).toEqual(Int32Array.of(3));
  });

  it("takes the first of equals, all, and none", () => {
    const equal = Float64Array.of(1, -1, 1, 5);
    expect(pruneFeatures(equal, 1, 2).features).toEqual(Int32Array.of(0, 1));
    expect(pruneFeatures(W, 2, 4).weights).toEqual(W);
    expect(pruneFeatures(W, 2, 0).weights).toEqual(Float64Array.of(10, 20));
  });

  it("compares norms whose squares are beyond float64", () => {
    const far = Float64Array.of(1e-200, 2e-200, 1e200, 3e200, 0);
    expect(pruneFeatures(far, 1, 3).features).toEqual(Int32Array.of(1, 2, 3));
  });

  it("names what is wrong", () => {
    expect(() => pruneFeatures(W, 3, 1)).toThrow(/"weights" expected \(d\+1\)·k numbers, k = 3/);
    expect(() => pruneFeatures(new Float64Array(0), 1, 0)).toThrow(RangeError);
    expect(() => pruneFeatures(W, 2, 5)).toThrow(/"keep" expected a number from 0 to 4, got 5/);
    expect(() => pruneFeatures(W, 2, 1, [1])).toThrow(/"usage" expected 4 entries/);
    expect(() => pruneFeatures(W, 2, 1, [1, 1, Number.NaN, 1])).toThrow(/"usage"/);
    expect(() => pruneFeatures(Float64Array.of(1, Number.NaN), 1, 1)).toThrow(/NaN at 1/);
  });
});

describe("quantizeWeights", () => {
  const numbers = fc.float64Array({
    minLength: 1,
    maxLength: 60,
    noNaN: true,
    min: -1e38,
    max: 1e38,
  });

  it("errs by at most half a step of the block, and keeps the intercepts", () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 9 }), (weights, block) => {
        const quantized = quantizeWeights(weights, 1, block);
        const back = dequantizeWeights(quantized);
        const last = weights.length - 1;
        expect(back[last]).toBe(weights[last]);
        for (let at = 0; at < last; at++) {
          const step = quantized.scales[Math.floor(at / block)];
          const error = Math.abs(back[at] - weights[at]);
          expect(error).toBeLessThanOrEqual(step === 0 ? 2 ** -119 : (step / 2) * (1 + 1e-12));
        }
      }),
    );
  });

  it("gives the largest of a block 127, in units of a 127th of it in float32", () => {
    const { codes, scales } = quantizeWeights(Float64Array.of(1, -0.25, 127, 0), 1, 2);
    expect([...codes]).toEqual([127, -32, 127]);
    expect([...scales]).toEqual([Math.fround(1 / 127), 1]);
  });

  it("rounds halves up", () => {
    const { codes } = quantizeWeights(Float64Array.of(127, 0.5, -0.5, 1.5, -1.5, 0), 1);
    expect([...codes]).toEqual([127, 1, 0, 2, -1]);
  });

  it("is the same again for what it gave back", () => {
    fc.assert(
      fc.property(numbers, (weights) => {
        const first = quantizeWeights(weights, 1, 4);
        const again = quantizeWeights(dequantizeWeights(first), 1, 4);
        expect(again.codes).toEqual(first.codes);
      }),
    );
  });

  it("names what is wrong", () => {
    expect(() => quantizeWeights(Float64Array.of(1e41, 0), 1)).toThrow(/up to 127·2\^127/);
    expect(() => quantizeWeights(Float64Array.of(Number.NaN, 0), 1)).toThrow(/finite/);
    expect(() => quantizeWeights(W, 2, 0)).toThrow(/"block"/);
    const quantized = quantizeWeights(W, 2);
    expect(() => dequantizeWeights({ ...quantized, block: 3 })).toThrow(/"scales" expected 3/);
    const scales = Float32Array.of(Number.NaN);
    expect(() => dequantizeWeights({ ...quantized, scales })).toThrow(/finite/);
    const intercepts = new Float64Array(3);
    expect(() => dequantizeWeights({ ...quantized, intercepts })).toThrow(/"intercepts"/);
  });
});
