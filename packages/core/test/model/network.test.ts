import { describe, expect, it } from "vitest";
import { rowLosses } from "../../src/base/losses.ts";
import { type Matrix, matrixWidth } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";
import type { Problem } from "../../src/model/contracts.ts";
import { fitNetwork, networkFitBytes, networkSizes } from "../../src/model/network.ts";
import { writeRow } from "../../src/model/network-inputs.ts";
import type { NetworkTask } from "../../src/model/network-task.ts";
import { trainerBytes } from "../../src/model/place.ts";
import { createTrainer } from "../../src/model/trainer.ts";
import { run } from "../../src/optim/contracts.ts";

const TASK: NetworkTask = {
  units: [24, 12],
  activation: "relu",
  dropout: 0.1,
  epochs: 40,
  learningRate: 0.01,
  batchSize: 32,
  weightDecay: 0.01,
  l2: 0,
  ranges: [{ start: 0, end: 400 }],
  seed: 5,
  until: 40,
  judge: { start: 400, end: 600 },
  at: [20, 40],
};

/** Points in a square, by the quarter that they are in, two quarters a class, and a level that says nothing. */
function quarters(outputs = 1, rows = 600): Problem {
  const random = createRandom(8);
  const data = Float64Array.from({ length: 2 * rows }, () => 2 * random.uniform() - 1);
  const codes = Int32Array.from({ length: rows }, (_, i) => (i % 4) - 1);
  const X: Matrix = {
    rows,
    dense: { width: 2, data },
    codes: { width: 3, perRow: 1, data: codes },
    csr: null,
  };
  const y = Int32Array.from({ length: rows }, (_, i) => {
    const [right, up] = [data[2 * i] > 0, data[2 * i + 1] > 0];
    return outputs === 1 ? Number(right === up) : Number(right) + 2 * Number(up);
  });
  return { X, y, outputs, rowWeights: null };
}

const kernelsFor = (problem: Problem) =>
  createWasmKernels({
    bytes: 2 ** 20,
    scratchBytes: 4 * (trainerBytes(problem.X, problem.outputs) + roomFor(problem)),
  });

const roomFor = ({ X, outputs }: Problem): number =>
  networkFitBytes(networkSizes(matrixWidth(X), X.rows, outputs, TASK));

const meanLoss = (Z: Float64Array, y: Int32Array, k: number): number => {
  const losses = rowLosses(Z, y, y.length, k);
  return losses.reduce((a, b) => a + b, 0) / losses.length;
};

describe("writeRow", () => {
  it("writes every feature as a number, and cuts what is far off", () => {
    const X: Matrix = {
      rows: 2,
      dense: { width: 2, data: Float64Array.of(1, -90, 7, 0.5) },
      codes: { width: 3, perRow: 2, data: Int32Array.of(0, 2, -1, 1) },
      csr: {
        width: 2,
        starts: Int32Array.of(0, 0, 1),
        columns: Int32Array.of(1),
        values: Float64Array.of(9),
      },
    };
    const out = new Float32Array(9).fill(4);
    writeRow(X, 0, out, 1);
    expect([...out]).toEqual([4, 1, -5, 1, 0, 1, 0, 0, 4]);
    writeRow(X, 1, out, 1);
    expect([...out]).toEqual([4, 5, 0.5, 0, 1, 0, 0, 9, 4]);
  });
});

describe("fitNetwork", () => {
  it("learns what no linear model can, for one logit and for several", () => {
    for (const outputs of [1, 4]) {
      const problem = quarters(outputs);
      const fitted = run(fitNetwork(problem, kernelsFor(problem), TASK));
      const y = problem.y.subarray(400);
      const Z = fitted.judged[1];
      const pairs =
        outputs === 1 ? Float64Array.from({ length: 400 }, (_, i) => (i % 2) * Z[i >> 1]) : Z;
      expect(meanLoss(pairs, y, Math.max(2, outputs))).toBeLessThan(0.2);
      expect(fitted.trace).toHaveLength(40);
      expect(fitted.trace[39].objective).toBeLessThan(0.3);
      expect(fitted.layers.map((W) => W.length)).toEqual([6 * 24, 25 * 12]);
      expect(fitted.weights).toHaveLength(13 * outputs);
    }
  });

  it("takes one version of each row in an epoch, of the label of the row", () => {
    const told = quarters(4);
    const data = told.X.dense!.data as Float64Array;
    // Of 200 rows the points as they are say nothing; of their 2 others each the first says nothing either.
    const X: Matrix = {
      rows: 1000,
      codes: null,
      csr: null,
      dense: { width: 2, data: new Float64Array(2000) },
    };
    for (let i = 0; i < 200; i++) {
      X.dense!.data.set(data.subarray(2 * i, 2 * i + 2), 2 * (600 + 2 * i + 1));
    }
    X.dense!.data.set(data.subarray(400, 1200), 400);
    const y = Int32Array.from({ length: 1000 }, (_, i) => (i < 600 ? told.y[i] : 0));
    const problem = { ...told, X, y };
    const task = { ...TASK, ranges: [{ start: 0, end: 200 }] };
    const versions = { rows: 600, count: 3 };
    const score = (own: NetworkTask): number =>
      meanLoss(
        run(fitNetwork(problem, kernelsFor(problem), own)).judged[1],
        y.subarray(400, 600),
        4,
      );
    expect(score({ ...task, versions })).toBeLessThan(0.8);
    expect(score(task)).toBeGreaterThan(1.3);
  });

  it("gives the same bits for any number of threads, in a worker and without one", async () => {
    const problem = quarters(4);
    const results = [];
    for (const threads of [1, 2, 3, 0]) {
      const kernels = kernelsFor(problem);
      const moreBytes = roomFor(problem);
      const how = threads === 0 ? { worker: false } : { threads };
      const trainer = await createTrainer({ ...problem, kernels, moreBytes, ...how });
      results.push(await trainer.fitNetwork(TASK));
      trainer.close();
    }
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
    const other = run(fitNetwork(problem, kernelsFor(problem), { ...TASK, seed: 6 }));
    expect(other.weights).not.toEqual(results[0].weights);
  });

  it("ends earlier on the same way, so that what was judged there is what it ends with", () => {
    const problem = quarters(4);
    const whole = run(fitNetwork(problem, kernelsFor(problem), TASK));
    const half = run(fitNetwork(problem, kernelsFor(problem), { ...TASK, until: 20 }));
    expect(half.judged).toEqual([whole.judged[0]]);
    expect(half.trace).toEqual(whole.trace.slice(0, 20));
  });

  it("counts row weights by their ratios, and rows without weight not at all", () => {
    const problem = quarters(4);
    const few = { ...TASK, epochs: 4, until: 4, at: [4] };
    const rowWeights = Float64Array.from(problem.y, (_, i) => (i < 200 ? 8 : 0));
    const weighted = run(fitNetwork({ ...problem, rowWeights }, kernelsFor(problem), few));
    const ranges = [{ start: 0, end: 200 }];
    const plain = run(fitNetwork(problem, kernelsFor(problem), { ...few, ranges }));
    expect(weighted.judged).toEqual(plain.judged);
  });

  it("gives a class without rows no probability, and the reference kernels do the same", () => {
    const problem = quarters(4);
    const y = problem.y.map((c) => (c === 2 ? 1 : c));
    const few = { ...TASK, epochs: 3, until: 3, at: [3], dropout: 0 };
    for (const kernels of [kernelsFor(problem), createReferenceKernels()]) {
      const { judged, weights } = run(fitNetwork({ ...problem, y }, kernels, few));
      expect(weights[12 * 4 + 2]).toBe(-1000);
      for (let i = 0; i < 200; i++) expect(judged[0][4 * i + 2]).toBeLessThan(-900);
    }
  });

  it("says what is wrong with options, and with rates that let it diverge", () => {
    const problem = quarters(4);
    const fitOf = (changes: Partial<NetworkTask>) => () =>
      run(fitNetwork(problem, kernelsFor(problem), { ...TASK, ...changes }));
    expect(fitOf({ units: [] })).toThrow('"hidden layers" expected a number from 1 to 16, got 0');
    expect(fitOf({ units: [0] })).toThrow('"hidden" expected a number from 1 to 16384, got 0');
    expect(fitOf({ dropout: 1 })).toThrow('"dropout" expected a number from 0 to 0.95, got 1');
    expect(fitOf({ until: 41 })).toThrow('"until" expected a number from 1 to 40, got 41');
    expect(fitOf({ units: [16384, 16384] })).toThrow("of which 33554432 are possible");
    expect(fitOf({ learningRate: 1e3, weightDecay: 100 })).toThrow('"learningRate" of 1000 lets');
    const rowWeights = new Float64Array(600);
    expect(() => run(fitNetwork({ ...problem, rowWeights }, kernelsFor(problem), TASK))).toThrow(
      "no row to learn from has a weight above 0",
    );
  });
});
