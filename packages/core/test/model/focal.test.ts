import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createKernels } from "../../src/kernels/wasm.ts";
import { type FocalRow, focalEngine, focalRow } from "../../src/model/focal.ts";
import { createTrainer, type FitTask } from "../../src/model/trainer.ts";

const random = createRandom(5);
const uniform = () => 2 * random.uniform() - 1;

function problem(n: number, d: number, outputs: number) {
  const data = Float64Array.from({ length: n * d }, uniform);
  const classes = Math.max(2, outputs);
  const y = Int32Array.from({ length: n }, (_, i) => {
    const score = data[i * d] + 0.8 * uniform();
    return Math.min(classes - 1, Math.max(0, Math.floor(((score + 1.2) / 2.4) * classes)));
  });
  const X = { rows: n, dense: { width: d, data }, codes: null, csr: null };
  return { X, y, outputs, rowWeights: null };
}

/** −(1 − p)^γ log p in plain arithmetic. */
function plainLoss(z: readonly number[], label: number, gamma: number): number {
  const all = z.length === 1 ? [0, z[0]] : z;
  const e = all.map(Math.exp);
  const p = e[label] / e.reduce((a, b) => a + b, 0);
  return -((1 - p) ** gamma) * Math.log(p);
}

describe("focal loss of a row", () => {
  const of = (z: readonly number[], label: number, gamma: number): FocalRow => {
    const out = { loss: 0, factor: 0 };
    focalRow(Float64Array.from(z), 0, z.length, label, gamma, out);
    return out;
  };

  test.each([
    [[0.3], 1],
    [[-2.5], 1],
    [[4], 0],
    [[1, -1, 0.5], 2],
    [[0, 3, 0, -1], 1],
  ])("of logits %j and class %i, its gradient by differences", (z, label) => {
    for (const gamma of [0.5, 1, 2, 5]) {
      const { loss, factor } = of(z, label, gamma);
      expect(loss).toBeCloseTo(plainLoss(z, label, gamma), 12);
      const e = (z.length === 1 ? [0, z[0]] : z).map(Math.exp);
      const total = e.reduce((a, b) => a + b, 0);
      z.forEach((_, at) => {
        const c = z.length === 1 ? 1 : at;
        const moved = (by: number) => z.map((value, j) => (j === at ? value + by : value));
        const h = 1e-5;
        const slope =
          (plainLoss(moved(h), label, gamma) - plainLoss(moved(-h), label, gamma)) / (2 * h);
        expect(factor * (e[c] / total - (c === label ? 1 : 0))).toBeCloseTo(slope, 8);
      });
    }
  });

  test("keeps its relative accuracy where p is nearly 1, and is finite where p is nearly 0", () => {
    const sure = of([30], 1, 2);
    expect(sure.loss / Math.exp(-90)).toBeCloseTo(1, 10);
    expect(sure.factor / (3 * Math.exp(-60))).toBeCloseTo(1, 10);
    expect(of([800], 1, 2)).toStrictEqual({ loss: expect.closeTo(0), factor: expect.closeTo(0) });
    expect(of([0, 900, 1], 0, 2).loss).toBeCloseTo(900, 9);
    expect(of([0, 900, 1], 0, 2).factor).toBeCloseTo(1, 9);
  });
});

describe("its sums over rows", () => {
  test.each([1, 3])("have the gradient that differences show, %i logits", (outputs) => {
    const given = problem(40, 3, outputs);
    const s = Float64Array.from({ length: 40 }, (_, i) => i % 4);
    const ranges = [
      { start: 0, end: 15 },
      { start: 22, end: 40 },
    ];
    const prepared = createReferenceKernels().prepare(given.X, outputs);
    const engine = focalEngine(given, prepared, s, ranges, 2);
    const W = Float64Array.from({ length: 4 * outputs }, uniform);
    const G = new Float64Array(W.length);
    const ignored = new Float64Array(W.length);
    engine.lossGradient(W, G);
    W.forEach((_, at) => {
      const h = 1e-5;
      const valueAt = (by: number): number =>
        engine.lossGradient(
          W.map((w, j) => (j === at ? w + by : w)),
          ignored,
        );
      expect(G[at]).toBeCloseTo((valueAt(h) - valueAt(-h)) / (2 * h), 6);
    });
  });

  test.each([1, 3])("are those of the log loss for a small γ, %i logits", (outputs) => {
    const given = problem(40, 3, outputs);
    const prepared = createReferenceKernels().prepare(given.X, outputs);
    const ranges = [{ start: 0, end: 40 }];
    const W = Float64Array.from({ length: 4 * outputs }, uniform);
    const [G, H] = [new Float64Array(W.length), new Float64Array(W.length)];
    const loss = prepared.over(given.y, null, ranges).lossGradient(W, G);
    expect(focalEngine(given, prepared, null, ranges, 1e-9).lossGradient(W, H)).toBeCloseTo(
      loss,
      6,
    );
    H.forEach((slope, at) => expect(slope).toBeCloseTo(G[at], 6));
  });
});

describe("a fit", () => {
  const task: FitTask = {
    ranges: [{ start: 0, end: 300 }],
    l2: 1e-3,
    focal: 2,
    start: null,
    tolerance: "final",
  };

  test.each([1, 4])("ends where the gradient is 0, with %i logits", async (outputs) => {
    const given = problem(300, 4, outputs);
    const trainer = await createTrainer({
      ...given,
      kernels: createReferenceKernels(),
      worker: false,
    });
    const { weights, converged, objective } = await trainer.fit(task);
    expect(converged).toBe(true);
    const prepared = createReferenceKernels().prepare(given.X, outputs);
    const G = new Float64Array(weights.length);
    const engine = focalEngine(given, prepared, null, task.ranges, 2);
    const loss = engine.lossGradient(weights, G);
    let squares = 0;
    for (let at = 0; at < weights.length; at++) {
      const penalised = at < weights.length - outputs;
      expect(Math.abs(G[at] / 300 + (penalised ? task.l2 * weights[at] : 0))).toBeLessThan(1e-7);
      if (penalised) squares += weights[at] * weights[at];
    }
    expect(objective).toBeCloseTo(loss / 300 + (task.l2 / 2) * squares, 12);
  });

  test("is the same by fast kernels, in a worker or not", async () => {
    const given = problem(300, 4, 3);
    const kernels = createKernels({ bytes: 1 << 20 });
    const data = kernels.allocate.f64(given.X.dense.data.length);
    data.set(given.X.dense.data);
    const X = { ...given.X, dense: { width: 4, data } };
    const fits: Float64Array[] = [];
    for (const worker of [true, false]) {
      const trainer = await createTrainer({ ...given, X, kernels, worker });
      fits.push((await trainer.fit(task)).weights);
      trainer.close();
    }
    expect(fits[0]).toStrictEqual(fits[1]);
    const plain = await createTrainer({
      ...given,
      kernels: createReferenceKernels(),
      worker: false,
    });
    const { weights } = await plain.fit(task);
    weights.forEach((w, at) => expect(fits[0][at]).toBeCloseTo(w, 6));
  });
});
