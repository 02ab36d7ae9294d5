import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { attachWasmKernels, createWasmKernels } from "../../src/kernels/wasm.ts";
import { localEngine } from "../../src/model/engine.ts";
import { mostRows, sampleRows } from "../../src/model/evenly.ts";
import { placeProblem } from "../../src/model/place.ts";
import { type CurvaturePlan, createCurvatureRoom, curvatureBytes } from "../../src/model/room.ts";
import { createRowStore } from "../../src/model/rows.ts";
import { createSolver } from "../../src/model/solve.ts";
import { createSurveyor } from "../../src/model/survey.ts";
import { run } from "../../src/optim/contracts.ts";
import { noisyRows } from "./rows.ts";

const N = 700;
const everyRow = [{ start: 0, end: N }];

const problemOf = (k: number, perRow: number) => {
  const { X, y } = noisyRows(N, 5, k, 31, perRow);
  return { X, y, outputs: k === 2 ? 1 : k, rowWeights: null };
};

describe("sampled rows", () => {
  it("are of the ranges, in order, and as many as were asked for or all", () => {
    const range = fc
      .tuple(fc.nat(500), fc.nat(500))
      .map(([start, more]) => ({ start, end: start + more }));
    const rows = (blocks: readonly { start: number; end: number }[]): number[] =>
      blocks.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 600 }), (own, wanted) => {
        const ranges = [own, { start: 2000, end: 2100 }];
        const all = rows(ranges);
        const few = rows(sampleRows(ranges, wanted));
        expect(few.every((row) => all.includes(row))).toBe(true);
        expect(few).toStrictEqual(few.toSorted((a, b) => a - b));
        expect(few.length).toBeGreaterThanOrEqual(Math.min(all.length, wanted) - 32);
        expect(few.length).toBeLessThanOrEqual(mostRows(all.length, wanted));
      }),
    );
  });
});

describe.each([
  ["two classes", 2, 0],
  ["four classes", 4, 0],
  ["three classes, codes beside dense columns", 3, 2],
])("curvature from a sample: %s", (_, k, perRow) => {
  const problem = problemOf(k, perRow);
  const changes: [string, Partial<CurvaturePlan>][] = [
    ["one matrix for all", { each: false }],
    ["no matrix", { start: 0, each: false }],
    ["a matrix a logit, from a few rows", { start: 0, sample: 60 }],
    ["first steps on the sample", { warm: 0, sample: 200 }],
  ];

  it.each(changes)("does not move the optimum: %s", (_, plan) => {
    const solve = (own: Partial<CurvaturePlan>) => {
      const task = { ranges: everyRow, l2: 0.003, start: null, tolerance: 1e-10 } as const;
      const kernels = createWasmKernels({ bytes: 1e6 });
      const placed = placeProblem(kernels.arena, problem);
      return run(createSolver(placed, kernels, own).solve(task));
    };
    const expected = solve({});
    const got = solve(plan);
    expect(got.converged).toBe(true);
    expect(Math.abs(got.objective - expected.objective)).toBeLessThan(1e-12);
    for (const [at, weight] of got.weights.entries()) {
      expect(Math.abs(weight - expected.weights[at])).toBeLessThan(1e-7);
    }
  });

  it("the sample's sums are those of its rows, to the rounding of float32", () => {
    const kernels = createReferenceKernels();
    const rows = createRowStore(problem, kernels)(everyRow, null, false);
    const survey = createSurveyor(problem, kernels, { sample: 160 })(everyRow, rows);
    const { engine, share } = survey.engine();
    const ranges = sampleRows(everyRow, 160);
    expect(share).toBeCloseTo(160 / N, 2);
    const { X, y, outputs } = problem;
    const length = (rows.scales.mean.length + 1) * outputs;
    const direct = localEngine(kernels, X, y, null, ranges, outputs);
    const W = Float64Array.from({ length }, (_, at) => ((at * 5) % 7) / 7 - 0.4);
    const V = Float64Array.from({ length }, (_, at) => ((at * 3) % 5) / 5 - 0.4);
    const [G, expected] = [new Float64Array(length), new Float64Array(length)];
    const loss = direct.lossGradient(W, expected);
    expect(Math.abs(engine.lossGradient(W, G) - loss)).toBeLessThan(1e-5 * loss);
    const close = (): void => {
      for (const [at, g] of G.entries()) expect(Math.abs(g - expected[at])).toBeLessThan(1e-3);
    };
    close();
    direct.hessianVector(W, V, expected);
    engine.hessianVector(W, V, G);
    close();
  });

  it("takes no more of the kernels' memory than was said", () => {
    const bytes = curvatureBytes(problem.X, problem.outputs);
    const share = createWasmKernels({ bytes: 1e6 }).share(bytes);
    const kernels = attachWasmKernels(share);
    expect(createCurvatureRoom(problem, kernels)).not.toBeNull();
    expect(share.end - kernels.arena.take(0)).toBeLessThan(40_000);
  });
});
