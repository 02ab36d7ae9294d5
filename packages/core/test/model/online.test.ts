import { describe, expect, it } from "vitest";
import { fit } from "../../src/model/fit.ts";
import { createOnlineFit, type OnlineFit, resumeOnlineFit } from "../../src/model/online.ts";
import { predictProbabilities } from "../../src/model/predict.ts";
import { noisyRows } from "./rows.ts";

const { X, y } = noisyRows(600, 3, 3, 31);
const rowsOf = (from: number, to: number, unit = [1, 1, 1]): number[][] =>
  Array.from({ length: to - from }, (_, r) =>
    unit.map((u, j) => u * X.dense!.data[3 * (from + r) + j]),
  );

/** Learns rows `from`…`to` − 1 in blocks of 50. */
function stream(model: OnlineFit, from: number, to: number, unit?: number[]): OnlineFit {
  for (let at = from; at < to; at += 50) {
    model.partialFit(rowsOf(at, at + 50, unit), y.subarray(at, at + 50));
  }
  return model;
}

describe("partialFit", () => {
  it("scores each block before it learns from it: by hand", () => {
    const model = createOnlineFit({ classes: 2, l2: 0, learningRate: Math.SQRT2, window: 3 });
    // Nothing is known: ½ each, and the first class is named.
    const first = model.partialFit([[-1], [1]], [0, 1]);
    expect(first).toEqual({ rows: 2, logLoss: expect.closeTo(Math.log(2), 14), accuracy: 0.5 });
    // Mean 0, deviation 1, N = 4 of 2 rows: the rate is √2 √(2/4) = 1, and the first step has that length: w = 1, b = 0.
    expect(model.weights[0]).toBeCloseTo(1, 12);
    expect(model.intercepts[0]).toBeCloseTo(0, 12);
    const losses = [Math.log1p(Math.exp(-2)), Math.log1p(Math.exp(1))];
    const second = model.partialFit([[2], [-1]], [1, 1]);
    expect(second.logLoss).toBeCloseTo((losses[0] + losses[1]) / 2, 12);
    expect(second.accuracy).toBe(0.5);
    const all = (2 * Math.log(2) + losses[0] + losses[1]) / 4;
    expect(model.overall).toEqual({ rows: 4, logLoss: expect.closeTo(all, 12), accuracy: 0.5 });
    // The last three rows were wrong (the tie names class 0), right and wrong.
    const last = (Math.log(2) + losses[0] + losses[1]) / 3;
    expect(model.recent).toEqual({
      rows: 3,
      logLoss: expect.closeTo(last, 12),
      accuracy: expect.closeTo(1 / 3, 14),
    });
  });

  it("gets near the fit of all rows in one pass over them", async () => {
    const model = stream(createOnlineFit({ classes: 3 }), 0, 600);
    const best = await fit(rowsOf(0, 600), y, { worker: false });
    const P = predictProbabilities(model, rowsOf(0, 600));
    let loss = 0;
    for (let i = 0; i < 600; i++) loss -= Math.log(P[3 * i + y[i]]) / 600;
    expect(loss).toBeLessThan(best.objective + 0.04);
    expect(model.overall.logLoss).toBeLessThan(best.objective + 0.08);
    expect(model.overall.rows).toBe(600);
    expect(model.recent.rows).toBe(600);
  });

  it("does not mind the features' units", () => {
    const plain = stream(createOnlineFit({ classes: 3, l2: 0 }), 0, 600);
    const unit = [1e-6, 1, 1e6];
    const odd = stream(createOnlineFit({ classes: 3, l2: 0 }), 0, 600, unit);
    const P = predictProbabilities(plain, rowsOf(0, 600));
    predictProbabilities(odd, rowsOf(0, 600, unit)).forEach((p, at) =>
      expect(Math.abs(p - P[at])).toBeLessThan(1e-9),
    );
    expect(odd.overall.logLoss).toBeCloseTo(plain.overall.logLoss, 9);
  });

  it("goes on from its state to the same bits, also through JSON", () => {
    const whole = stream(createOnlineFit({ classes: 3, window: 70 }), 0, 600);
    const half = stream(createOnlineFit({ classes: 3, window: 70 }), 0, 300);
    const text = JSON.stringify(half.state());
    stream(half, 300, 600);
    const resumed = stream(resumeOnlineFit(JSON.parse(text)), 300, 600);
    expect(resumed.state()).toStrictEqual(whole.state());
    expect(half.state()).toStrictEqual(whole.state());
    const unseen = resumeOnlineFit(createOnlineFit({ classes: 3, window: 70 }).state());
    expect(stream(unseen, 0, 600).state()).toStrictEqual(whole.state());
  });

  it("learns from codes and sparse rows, of which most features are new in a block", () => {
    const model = createOnlineFit({ classes: ["a", "b"] });
    const block = (first: number) => ({
      rows: 20,
      dense: null,
      codes: { width: 4, perRow: 1, data: Int32Array.from({ length: 20 }, (_, i) => i % 4) },
      csr: {
        width: 1000,
        starts: Int32Array.from({ length: 21 }, (_, i) => i),
        columns: Int32Array.from({ length: 20 }, (_, i) => first + i),
        values: new Float64Array(20).fill(3),
      },
    });
    const labels = Array.from({ length: 20 }, (_, i) => (i % 4 < 2 ? 0 : 1));
    for (let at = 0; at < 900; at += 20) model.partialFit(block(at), labels);
    expect(model.recent.accuracy).toBeGreaterThan(0.97);
    expect(model.weights.every(Number.isFinite)).toBe(true);
    expect([...model.weights.subarray(4 + 920)].every((w) => w === 0)).toBe(true);
  });

  it("stays finite on columns that do not vary, outliers, one class for long, and rows of no column", () => {
    const model = createOnlineFit({ classes: 2 });
    for (let i = 0; i < 100; i++) {
      model.partialFit([[7, i === 60 ? 1e200 : i % 3]], [i < 90 ? 0 : 1]);
    }
    expect([...model.weights, ...model.intercepts].every(Number.isFinite)).toBe(true);
    expect(Number.isFinite(model.overall.logLoss)).toBe(true);
    const none = createOnlineFit({ classes: 2 });
    const X0 = { rows: 4, dense: null, codes: null, csr: null };
    for (let i = 0; i < 500; i++) none.partialFit(X0, [0, 1, 1, 1]);
    expect(predictProbabilities(none, X0)[1]).toBeCloseTo(0.75, 1);
  });

  it("refuses a block that does not fit, and is as it was", () => {
    const model = stream(createOnlineFit({ classes: 3 }), 0, 50);
    const before = model.state();
    const bad: [Parameters<OnlineFit["partialFit"]>[0], number[], RegExp][] = [
      [[[1, 2]], [0], /"X.columns" expected 3 entries, got 2/],
      [[[1, 2, 3]], [3], /"y" expected a class from 0 to 2, got 3 in row 0/],
      [[[1, 2, Number.NaN]], [0], /"X" expected finite numbers, got NaN in row 0, column 2/],
      [[[1, 2, 3]], [0, 1], /"y" expected 1 entries, got 2/],
    ];
    for (const [block, labels, message] of bad) {
      expect(() => model.partialFit(block, labels)).toThrow(message);
    }
    expect(model.state()).toStrictEqual(before);
    expect(() => createOnlineFit({ classes: 1 })).toThrow(/"classes" expected a number from 2/);
    expect(() => createOnlineFit({ classes: 2, windw: 3 } as never)).toThrow(/mean "window"/);
    expect(() => createOnlineFit({ classes: 2, learningRate: 0 })).toThrow(/"learningRate"/);
    expect(() => resumeOnlineFit({ ...before, weights: [1] })).toThrow(
      /"state.weights" expected 9/,
    );
    expect(() => resumeOnlineFit({ ...before, format: 2 as never })).toThrow(/expected 1, got 2/);
  });
});
