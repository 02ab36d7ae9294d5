import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Matrix } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { type Fit, type FitOptions, fit } from "../../src/model/fit.ts";
import { fitPath } from "../../src/model/fit-path.ts";
import { predictProbabilities } from "../../src/model/predict.ts";
import { createTrainer } from "../../src/model/trainer.ts";
import golden from "./elastic.golden.json" with { type: "json" };
import { noisyRows } from "./rows.ts";
import { isThere, readNumbers, scaled } from "./sets.ts";

const fitHere = (X: Parameters<typeof fit>[0], y: ArrayLike<number>, options: FitOptions = {}) =>
  fit(X, y, { worker: false, ...options });

const countNonzero = (W: Float64Array): number => W.filter((w) => w !== 0).length;
const norm1 = (W: Float64Array): number => W.reduce((sum, w) => sum + Math.abs(w), 0);

/** The gradient of the mean loss at a fit, (d+1)×outputs. */
function gradientAt(
  model: Pick<Fit, "weights" | "intercepts" | "outputs">,
  X: Matrix,
  y: Int32Array,
  s: Float64Array | null = null,
): Float64Array {
  const W = Float64Array.of(...model.weights, ...model.intercepts);
  const G = new Float64Array(W.length);
  const range = { start: 0, end: X.rows };
  createReferenceKernels().lossGradient(X, y, s, range, W, model.outputs, G);
  const weight = s === null ? X.rows : s.reduce((a, b) => a + b, 0);
  return G.map((g) => g / weight);
}

/** How far the optimality conditions are from holding, over all columns and intercepts. */
function violation(
  model: Fit,
  X: Matrix,
  y: Int32Array,
  { l1, l2 }: { l1: number; l2: number },
  s: Float64Array | null = null,
): number {
  const G = gradientAt(model, X, y, s);
  let worst = 0;
  model.weights.forEach((w, at) => {
    const slope = G[at] + l2 * w;
    const off = w === 0 ? Math.max(0, Math.abs(slope) - l1) : Math.abs(slope + l1 * Math.sign(w));
    worst = Math.max(worst, off);
  });
  for (const g of G.subarray(model.weights.length)) worst = Math.max(worst, Math.abs(g));
  return worst;
}

/** Rows of which `width` columns are noise, but for the first three. */
function wideRows(n: number, width: number, k: number, seed: number) {
  return noisyRows(n, width, k, seed);
}

const asCsr = (X: Matrix): Matrix => {
  const { width, data } = X.dense!;
  const starts = Int32Array.from({ length: X.rows + 1 }, (_, i) => i * width);
  const columns = Int32Array.from(data, (_, at) => at % width);
  return { rows: X.rows, dense: null, codes: null, csr: { width, starts, columns, values: data } };
};

describe("fit with an L1 part against scikit-learn", () => {
  for (const { set, l1, l2, objective, nonzero } of golden.optima) {
    it.skipIf(!isThere(set))(
      `reaches saga's optimum within 1e-8: ${set}, l1 ${l1}, l2 ${l2} (skipped without ../shared/data)`,
      async () => {
        const { X, y } = readNumbers(set);
        const model = await fitHere(scaled(X, true), y, { l1, l2 });
        expect(model.converged).toBe(true);
        expect(model.objective).toBeLessThan(objective + 1e-8 * objective);
        expect(Math.abs(model.objective - objective)).toBeLessThan(1e-6 * objective);
        expect(Math.abs(countNonzero(model.weights) - nonzero)).toBeLessThan(1 + nonzero / 20);
      },
    );
  }
});

describe("an L1 penalty", () => {
  it("holds every weight at exactly 0 from the largest slope on, and lets one go just below", async () => {
    for (const k of [2, 4]) {
      const { X, y } = noisyRows(200, 6, k, 3, 1);
      const [first] = await fitPath(X, y, { penalties: 1, worker: false });
      expect(countNonzero(first.weights)).toBe(0);
      const below = await fitHere(X, y, { l1: 0.99 * first.l1 });
      expect(countNonzero(below.weights)).toBeGreaterThan(0);
      const above = await fitHere(X, y, { l1: 10 * first.l1 });
      expect(countNonzero(above.weights)).toBe(0);
      const P = predictProbabilities(above, X);
      const share = y.reduce((sum, c) => sum + (c === 1 ? 1 : 0), 0) / y.length;
      expect(P[1]).toBeCloseTo(share, 12);
    }
  });

  it("fulfils the optimality conditions over all columns, whatever the rows, weights and blocks", async () => {
    const problem = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      n: fc.integer({ min: 20, max: 90 }),
      width: fc.integer({ min: 1, max: 12 }),
      perRow: fc.integer({ min: 0, max: 2 }),
      k: fc.integer({ min: 2, max: 4 }),
      l1: fc.constantFrom(0.3, 0.03, 0.003),
      l2: fc.constantFrom(0, 0.01, 1),
      weighted: fc.boolean(),
      sparse: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(problem, async ({ seed, n, width, perRow, k, l1, l2, weighted, sparse }) => {
        const { X: given, y } = noisyRows(n, width, k, seed, sparse ? 0 : perRow);
        fc.pre(new Set(y).size === k);
        const X = sparse ? asCsr(given) : given;
        const s = weighted ? Float64Array.from(y, (_, i) => i % 3) : null;
        fc.pre(s === null || new Set(y.filter((_, i) => s[i] > 0)).size === k);
        const model = await fitHere(X, y, { l1, l2, ...(s === null ? {} : { rowWeights: s }) });
        expect(model.converged).toBe(true);
        expect(violation(model, X, y, { l1, l2 }, s)).toBeLessThan(1e-7);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it("gives the same model for columns as dense numbers and as CSR", async () => {
    const { X, y } = noisyRows(150, 8, 3, 5);
    const dense = await fitHere(X, y, { l1: 0.02 });
    const csr = await fitHere(asCsr(X), y, { l1: 0.02 });
    expect(csr.objective).toBeCloseTo(dense.objective, 12);
    csr.weights.forEach((w, at) => {
      expect(w === 0).toBe(dense.weights[at] === 0);
      expect(w).toBeCloseTo(dense.weights[at], 7);
    });
  });

  it("is the same for one logit at λ and for two at λ", async () => {
    const { X, y } = noisyRows(150, 5, 2, 9);
    const one = await fitHere(X, y, { l1: 0.03 });
    // A third class without rows leaves two logits.
    const two = await fitHere(X, y, { l1: 0.03, classes: 3 });
    expect(two.objective).toBeCloseTo(one.objective, 10);
    for (let j = 0; j < 5; j++) {
      expect(two.weights[3 * j + 1] - two.weights[3 * j]).toBeCloseTo(one.weights[j], 6);
      expect(two.weights[3 * j + 2]).toBe(0);
    }
    expect(two.remarks.join()).toContain('class "2"');
  });

  it("keeps a constant column at 0, splits nothing but the sum between two alike, and says so", async () => {
    const { X, y } = noisyRows(120, 3, 2, 4);
    const rows = Array.from({ length: 120 }, (_, i) => {
      const [a, b, c] = X.dense!.data.subarray(3 * i, 3 * i + 3);
      return [a, b, c, 7, a];
    });
    const model = await fitHere(rows, y, { l1: 0.02 });
    const single = await fitHere(
      rows.map((row) => row.slice(0, 3)),
      y,
      { l1: 0.02 },
    );
    expect(model.converged).toBe(true);
    expect(model.weights[3]).toBe(0);
    expect(model.weights[0] + model.weights[4]).toBeCloseTo(single.weights[0], 6);
    expect(model.objective).toBeCloseTo(single.objective, 9);
    expect(model.remarks.join()).toContain("constant");
  });

  it("has a finite optimum where the classes are separable", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [i < 20 ? -1 - i : i, (i * 7) % 5]);
    const y = rows.map((_, i) => (i < 20 ? 0 : 1));
    const model = await fitHere(rows, y, { l1: 1e-4 });
    expect(model.reason).not.toBe("separated");
    expect(model.converged).toBe(true);
    expect(model.weights.every(Number.isFinite)).toBe(true);
  });

  it("finds the same model for columns of units from 1e-6 to 1e6, at penalties that follow the units", async () => {
    const { X, y } = noisyRows(200, 3, 3, 12);
    const units = [1e-6, 1, 1e6];
    const rows = Array.from({ length: 200 }, (_, i) =>
      units.map((unit, j) => unit * (X.dense!.data[3 * i + j] + 5)),
    );
    // The penalty is on weights as they are: a column in large units has a small weight, which costs little.
    const model = await fitHere(rows, y, { l1: 1e-7 });
    expect(model.converged).toBe(true);
    const dense = { width: 3, data: Float64Array.from(rows.flat()) };
    const matrix = { rows: 200, dense, codes: null, csr: null };
    expect(violation(model, matrix, y, { l1: 1e-7, l2: 0 }) / 1e6).toBeLessThan(1e-8);
  });

  it("gives the same bits again, in a worker and on three threads too", async () => {
    const { X, y } = noisyRows(300, 10, 3, 8, 2);
    const here = await fitHere(X, y, { l1: 0.01, l2: 0.001 });
    const again = await fitHere(X, y, { l1: 0.01, l2: 0.001 });
    const there = await fit(X, y, { l1: 0.01, l2: 0.001, worker: true });
    expect(again.weights).toEqual(here.weights);
    expect(there.weights).toEqual(here.weights);
    expect(there.intercepts).toEqual(here.intercepts);
    for (const threads of [1, 3]) {
      const pooled = await fit(X, y, { l1: 0.01, l2: 0.001, worker: true, threads });
      expect(pooled.weights).toEqual(here.weights);
    }
  });

  it("reaches in float32 what it reaches in float64 within the rounding", async () => {
    const { X, y } = noisyRows(400, 12, 3, 2);
    const dense = { width: 12, data: Float32Array.from(X.dense!.data) };
    const narrow = await fitHere({ ...X, dense }, y, { l1: 0.02 });
    const wide = await fitHere(X, y, { l1: 0.02 });
    expect(narrow.converged).toBe(true);
    expect(Math.abs(narrow.objective - wide.objective)).toBeLessThan(1e-6);
  });
});

describe("columns that the strong rule left out wrongly", () => {
  it("are found by the check of all columns, and fitted", async () => {
    // y follows u; the columns are u + v, v and noise too weak to matter. v has no slope until u + v has a weight.
    const random = createRandom(5);
    const n = 200;
    const width = 300;
    const data = new Float64Array(n * width);
    const y = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const u = (i % 2 === 0 ? 1 : -1) * (0.5 + random.uniform());
      const v = 2 * (((i >> 1) % 2) - 0.5) * (1 + random.uniform());
      y[i] = u > 0 ? 1 : 0;
      data.set([u + v, v], i * width);
      for (let j = 2; j < width; j++) data[i * width + j] = 1e-3 * random.uniform();
    }
    const X = { rows: n, dense: { width, data }, codes: null, csr: null };
    const kernels = createReferenceKernels();
    const problem = { X, y, outputs: 1, rowWeights: null, kernels, worker: false };
    const trainer = await createTrainer(problem);
    const task = { ranges: [{ start: 0, end: n }], tolerance: "final" } as const;
    const shy = await trainer.fit({ ...task, l1: 0.1, l2: 100, start: null });
    expect(Array.from(shy.weights.subarray(0, 3), (w) => w !== 0)).toEqual([true, false, false]);
    const bold = await trainer.fit({ ...task, l1: 0.095, l2: 0, start: shy.weights });
    expect(bold.weights[1]).toBeLessThan(-0.1);
    const model = { weights: bold.weights.slice(0, width), intercepts: bold.weights.slice(width) };
    const G = gradientAt({ ...model, outputs: 1 }, X, y);
    for (let j = 0; j < width; j++) expect(Math.abs(G[j])).toBeLessThan(0.095 + 1e-9);
  });
});

describe("fitPath", () => {
  it("ends each fit at an optimum of all columns, though the strong rule left most out", async () => {
    const { X, y } = wideRows(80, 300, 3, 31);
    const path = await fitPath(X, y, { penalties: 20, leastShare: 0.05, worker: false });
    for (const model of path) {
      expect(model.converged).toBe(true);
      expect(violation(model, X, y, model)).toBeLessThan(1e-8);
    }
    expect(path.at(-1)!.used).toBeGreaterThan(path[1].used);
  });

  it("finds what single fits from the class shares find, with the same columns", async () => {
    for (const l1Ratio of [1, 0.5]) {
      const { X, y } = wideRows(80, 280, 2, 17);
      const path = await fitPath(X, y, { penalties: 8, leastShare: 0.1, l1Ratio, worker: false });
      for (const model of path) {
        const alone = await fitHere(X, y, { l1: model.l1, l2: model.l2 });
        expect(model.objective).toBeCloseTo(alone.objective, 9);
        model.weights.forEach((w, at) => {
          expect(w === 0).toBe(alone.weights[at] === 0);
        });
      }
    }
  });

  it("lets the L1 norm of the weights only grow, and the loss only fall", async () => {
    const { X, y } = wideRows(100, 40, 2, 6);
    const path = await fitPath(X, y, { penalties: 15, leastShare: 0.01, worker: false });
    for (let i = 1; i < path.length; i++) {
      const [before, after] = [path[i - 1], path[i]];
      const loss = (of: typeof after) => of.objective - of.l1 * norm1(of.weights);
      expect(norm1(after.weights)).toBeGreaterThanOrEqual(norm1(before.weights) - 1e-9);
      expect(loss(after)).toBeLessThanOrEqual(loss(before) + 1e-12);
    }
  });

  it("takes the penalties given, largest first, and CSR columns", async () => {
    const { X, y } = wideRows(60, 30, 2, 8);
    const path = await fitPath(asCsr(X), y, { penalties: [0.01, 0.1], worker: false });
    expect(path.map((model) => model.penalty)).toEqual([0.1, 0.01]);
    for (const model of path) expect(violation(model, X, y, model)).toBeLessThan(1e-8);
  });

  it("names what it cannot use", async () => {
    const { X, y } = noisyRows(20, 2, 2, 1);
    await expect(fitPath(X, y, { l1Ratio: 0 })).rejects.toThrow('"l1Ratio" expected a number from');
    await expect(fitPath(X, y, { l1ratio: 1 } as object)).rejects.toThrow('did you mean "l1Ratio"');
    await expect(fitHere(X, y, { l1: -1 })).rejects.toThrow('"l1" expected a number from 0');
  });
});
