import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CsrBlock } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import { dualStride, NOTHING } from "../../src/kernels/dual.ts";
import { createDual } from "../../src/kernels/dual-wasm.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createKernels } from "../../src/kernels/wasm.ts";
import type { FitTask, FittedWeights, Problem } from "../../src/model/contracts.ts";
import { isDualProblem } from "../../src/model/dual-solve.ts";
import { createTrainer } from "../../src/model/trainer.ts";

const ENTRIES = 6;

/** Rows of 6 features of which some go with their class, squares adding up to 1; every 40th row is empty. */
function sparseRows(n: number, d: number, classes: number, seed = 1, weighted = false): Problem {
  const random = createRandom(seed);
  const y = Int32Array.from({ length: n }, () => random.below(classes));
  const columns: number[] = [];
  const starts = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    for (let e = 0; e < (i % 40 === 39 ? 0 : ENTRIES); e++) {
      columns.push(random.uniform() < 0.4 ? (7 * y[i] + random.below(5)) % d : random.below(d));
    }
    starts[i + 1] = columns.length;
  }
  const values = new Float64Array(columns.length).fill(1 / Math.sqrt(ENTRIES));
  const csr = { width: d, starts, columns: Int32Array.from(columns), values };
  const rowWeights = weighted ? Float64Array.from({ length: n }, (_, i) => i % 3) : null;
  return {
    X: { rows: n, dense: null, codes: null, csr },
    y,
    outputs: classes === 2 ? 1 : classes,
    rowWeights,
  };
}

const everything = ({ X }: Problem): FitTask["ranges"] => [{ start: 0, end: X.rows }];

const factorsFor = ({ X, outputs }: Problem, seed = 3): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length: X.csr!.width * outputs }, () => 0.2 + 5 * random.uniform());
};

async function fits(
  problem: Problem,
  tasks: readonly Partial<FitTask>[],
  kernels: Kernels = createKernels({ bytes: 2 ** 22 }),
): Promise<FittedWeights[]> {
  const trainer = await createTrainer({ ...problem, kernels, worker: false });
  const found: FittedWeights[] = [];
  try {
    for (const task of tasks) {
      const whole = {
        ranges: everything(problem),
        l2: 1e-3,
        start: null,
        tolerance: "final",
      } as const;
      found.push(await trainer.fit({ ...whole, ...task }));
    }
  } finally {
    trainer.close();
  }
  return found;
}

const byLbfgs = { method: { optimizer: "lbfgs" } } as const;

describe("the dual", () => {
  it.each([
    [2, 1e-2, false],
    [2, 1e-4, true],
    [3, 1e-3, true],
    [7, 1e-4, false],
  ])("of %i classes at λ = %d has the optimum that L-BFGS finds", async (k, l2, weighted) => {
    const problem = sparseRows(400, 60, k, 5, weighted);
    const [near, dual, primal] = await fits(problem, [
      { l2, tolerance: "fold" },
      { l2 },
      { l2, ...byLbfgs },
    ]);
    expect([near.converged, near.reason, dual.converged]).toEqual([true, "decrease", true]);
    const gap = near.objective - primal.objective;
    expect(gap).toBeGreaterThan(-1e-12);
    expect(gap).toBeLessThan(1e-5 * primal.objective);
    expect(Math.abs(dual.objective - primal.objective)).toBeLessThan(1e-10 * primal.objective);
    const far = dual.weights.map((w, at) => Math.abs(w - primal.weights[at]));
    expect(Math.max(...far)).toBeLessThan(2e-3 * Math.max(...primal.weights.map(Math.abs)));
  });

  it.each([2, 4])("of %i classes obeys a factor of the penalty for each weight", async (k) => {
    const problem = sparseRows(300, 40, k);
    const factors = factorsFor(problem);
    const [dual, primal] = await fits(problem, [{ factors }, { factors, ...byLbfgs }]);
    expect(Math.abs(dual.objective - primal.objective)).toBeLessThan(1e-7 * primal.objective);
    const [plain] = await fits(problem, [{}]);
    expect(Math.abs(plain.objective - dual.objective)).toBeGreaterThan(1e-4);
  });

  it("goes on from a larger penalty in fewer epochs, to the same optimum", async () => {
    const problem = sparseRows(400, 60, 3);
    const trainer = await createTrainer({
      ...problem,
      kernels: createKernels({ bytes: 2 ** 22 }),
      worker: false,
    });
    const task = { ranges: everything(problem), tolerance: "fold" } as const;
    const first = await trainer.fit({ ...task, l2: 2e-4, start: null });
    const next = await trainer.fit({ ...task, l2: 1e-4, start: first.weights });
    trainer.close();
    const [cold] = await fits(problem, [{ l2: 1e-4, tolerance: "fold" }]);
    expect(next.iterations).toBeLessThan(cold.iterations);
    expect(Math.abs(next.objective - cold.objective)).toBeLessThan(3e-6 * cold.objective);
  });

  it("leaves out a class without rows", async () => {
    const problem = sparseRows(300, 40, 3);
    const y = problem.y.map((c) => (c === 1 ? 2 : c));
    const [fit] = await fits({ ...problem, y }, [{}]);
    expect(fit.absent).toEqual([1]);
    const last = fit.weights.length - 3;
    expect(fit.weights[last + 1]).toBe(-1000);
    const [two] = await fits({ ...problem, y: y.map((c) => c >> 1), outputs: 1 }, [{ l2: 5e-4 }]);
    expect(fit.weights[2] - fit.weights[0]).toBeCloseTo(two.weights[0], 2);
  });

  it("is not for dense columns, L1, no penalty or a method that was asked for", async () => {
    const problem = sparseRows(100, 20, 2);
    const dense = { width: 1, data: new Float64Array(100) };
    expect(isDualProblem(problem)).toBe(true);
    expect(isDualProblem({ ...problem, X: { ...problem.X, dense } })).toBe(false);
    const [newton, l1] = await fits(problem, [{ method: { optimizer: "newton" } }, { l1: 1e-3 }]);
    expect([newton.reason, l1.reason]).not.toContain("epochs");
    expect(l1.weights.slice(0, -1).some((w) => w === 0)).toBe(true);
  });

  it("gives the same bits again, whatever was fitted before", async () => {
    const problem = sparseRows(200, 30, 3);
    const [alone] = await fits(problem, [{ l2: 1e-3 }]);
    const later = await fits(problem, [
      { l2: 1e-1 },
      { factors: factorsFor(problem) },
      { l2: 1e-3 },
    ]);
    expect(later[2].weights).toEqual(alone.weights);
  });

  it("comes to the optimum with the reference kernels too", async () => {
    const problem = sparseRows(60, 12, 3);
    const [slow] = await fits(problem, [{}], createReferenceKernels());
    const [fast] = await fits(problem, [{}]);
    expect(slow.objective).toBeCloseTo(fast.objective, 8);
  });
});

describe("a step of the dual", () => {
  /** Random dual variables with the weights that belong to them, before one step for every row. */
  const begun = (kernels: Kernels, problem: Problem, withFactors: boolean, seed: number) => {
    const { X, y, outputs: k } = problem;
    const placed: CsrBlock = {
      width: X.csr!.width,
      starts: kernels.allocate.i32(X.rows + 1),
      columns: kernels.allocate.i32(X.csr!.columns.length),
      values: kernels.allocate.f64(X.csr!.values.length),
    };
    (placed.starts as Int32Array).set(X.csr!.starts);
    (placed.columns as Int32Array).set(X.csr!.columns);
    (placed.values as Float64Array).set(X.csr!.values);
    const classes = kernels.allocate.i32(X.rows);
    classes.set(y);
    const sizes = { features: placed.width, outputs: k, rows: X.rows, factors: withFactors };
    const dual = createDual(kernels, { csr: placed, y: classes, s: null }, sizes);
    const random = createRandom(seed);
    const { stride, pitch, t, b, F, Q } = dual;
    t.fill(NOTHING);
    b.fill(NOTHING);
    for (let c = 0; c < k; c++) b[c] = random.uniform() - 0.5;
    for (let i = 0; i < X.rows; i++) {
      const raw = Array.from({ length: k }, () => 6 * random.uniform() - 3);
      const sum = raw.reduce((total, value) => total + Math.exp(value), 0);
      raw.forEach((value, c) => {
        t[i * stride + c] = k === 1 ? value : value - Math.log(sum);
      });
    }
    for (let at = 0; at < dual.W.length; at++) {
      if (at % pitch < k) dual.W[at] = random.uniform() - 0.5;
    }
    F?.forEach((_, at) => {
      if (at % pitch < stride) F[at] = at % pitch < k ? 0.5 + random.uniform() : 1;
    });
    Q.forEach((_, at) => {
      Q[at] = 3 * random.uniform();
    });
    dual.order.set(Int32Array.from({ length: X.rows }, (_, i) => i));
    return dual;
  };

  it("has the numbers of the reference, which solves it to rounding", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 1000 }),
        (k, withFactors, seed) => {
          if (k === 2) return;
          const problem = { ...sparseRows(3, 10, Math.max(2, k), seed), outputs: k };
          const fast = begun(createKernels({ bytes: 2 ** 20 }), problem, withFactors, seed);
          const slow = begun(createReferenceKernels(), problem, withFactors, seed);
          const sums = fast.ascend(0, 1, 0.7);
          const expected = slow.ascend(0, 1, 0.7);
          expect(sums.gap).toBeCloseTo(expected.gap, 9);
          expect(sums.loss).toBeCloseTo(expected.loss, 9);
          for (let c = 0; c < k; c++) {
            const [a, wanted] = [fast.t[c], slow.t[c]].map((t) =>
              k === 1 ? 1 / (1 + Math.exp(-t)) : Math.exp(t),
            );
            expect(Math.abs(a - wanted)).toBeLessThan(2e-3);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps the dual variables on the simplex and the sums of residuals", () => {
    const problem = sparseRows(30, 10, 5);
    const dual = begun(createKernels({ bytes: 2 ** 20 }), problem, false, 2);
    const before = dual.t.map(Math.exp);
    dual.R.fill(0);
    dual.ascend(0, 30, 0.7);
    for (let i = 0; i < 30; i++) {
      const own = dual.t.subarray(i * dual.stride, i * dual.stride + 5);
      expect(own.reduce((sum, t) => sum + Math.exp(t), 0)).toBeCloseTo(1, 12);
    }
    for (let c = 0; c < 5; c++) {
      let moved = 0;
      for (let i = 0; i < 30; i++) {
        moved += before[i * dual.stride + c] - Math.exp(dual.t[i * dual.stride + c]);
      }
      expect(dual.R[c]).toBeCloseTo(moved, 12);
    }
  });

  it("pads rows of odd length to pairs", () => {
    expect([1, 3, 4, 5].map(dualStride)).toEqual([1, 4, 4, 6]);
  });
});
