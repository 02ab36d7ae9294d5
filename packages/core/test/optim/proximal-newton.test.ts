import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { type Composite, penaltyAt, softThreshold } from "../../src/optim/composite.ts";
import { run } from "../../src/optim/contracts.ts";
import { proximalNewton } from "../../src/optim/proximal-newton.ts";

/** ½ Σ a_j (x_j − 2)² with a penalty, and a model whose Hessian is `factor` times the true one. */
function bowl(
  curvatures: readonly number[],
  { l1 = 1, l2 = 0, factor = 1 }: { l1?: number; l2?: number; factor?: number } = {},
): Composite {
  return {
    penalty: {
      l1: new Float64Array(curvatures.length).fill(l1),
      l2: new Float64Array(curvatures.length).fill(l2),
    },
    curvature: {
      moveTo() {},
      levels: (at) => Float64Array.from(at, (j) => factor * curvatures[j]),
      among(at) {
        const H = new Float64Array(at.length * at.length);
        at.forEach((j, i) => {
          H[i * at.length + i] = factor * curvatures[j];
        });
        return H;
      },
    },
    settle() {},
    valueGradient(x, g) {
      let value = 0;
      for (const [j, a] of curvatures.entries()) {
        g[j] = a * (x[j] - 2);
        value += (a * (x[j] - 2) ** 2) / 2;
      }
      return value;
    },
  };
}

/** What minimises a/2 (x − 2)² + l1 |x| + l2/2 x². */
const optimum = (a: number, l1: number, l2: number): number => softThreshold(2 * a, l1) / (a + l2);

const options = { tolerance: 1e-10, maxIterations: 200 };

describe("proximalNewton", () => {
  it("finds the minimum of a quadratic of condition 1e6 exactly, with zeros where they belong", () => {
    const curvatures = [1e-3, 0.4, 1, 1e3];
    const x = Float64Array.of(1e3, -1e3, 5, 0);
    const stopped = run(proximalNewton(bowl(curvatures, { l2: 0.5 }), x, options));
    expect(stopped).toMatchObject({ converged: true, reason: "gradient" });
    expect(Array.from(x.subarray(0, 2))).toEqual([0, 0]);
    curvatures.forEach((a, j) => expect(x[j]).toBeCloseTo(optimum(a, 1, 0.5), 9));
  });

  it.each([1e-3, 0.1, 10, 100])(
    "reaches it from a model that is wrong by the factor %d, by what steps teach it",
    (factor) => {
      const curvatures = [0.2, 1, 5, 25, 125];
      const x = new Float64Array(5);
      const problem = bowl(curvatures, { factor });
      const stopped = run(proximalNewton(problem, x, { ...options, maxIterations: 100 }));
      expect(stopped.converged).toBe(true);
      curvatures.forEach((a, j) => expect(x[j]).toBeCloseTo(optimum(a, 1, 0), 8));
    },
  );

  it("settles thousands of variables that are not 0, though it moves only some in a step", () => {
    const random = createRandom(3);
    const curvatures = Array.from({ length: 3000 }, () => 1 + random.uniform());
    const x = new Float64Array(3000);
    const stopped = run(proximalNewton(bowl(curvatures), x, { ...options, decrease: 2e-8 }));
    expect(stopped.converged).toBe(true);
    const worst = Math.max(...curvatures.map((a, j) => Math.abs(x[j] - optimum(a, 1, 0))));
    expect(worst).toBeLessThan(1e-3);
  });

  it("stays at 0 without a step where no slope exceeds the penalty", () => {
    const x = new Float64Array(3);
    const stopped = run(proximalNewton(bowl([0.1, 0.2, 0.5]), x, options));
    expect(stopped).toMatchObject({ reason: "gradient", evaluations: 1, iterations: 0 });
    expect(Array.from(x)).toEqual([0, 0, 0]);
  });

  it("says maxIterations where it was stopped, and returns the value at the point it left", () => {
    const problem = bowl([0.2, 1, 5, 25], { factor: 100 });
    const x = new Float64Array(4);
    const stopped = run(proximalNewton(problem, x, { ...options, maxIterations: 2 }));
    expect(stopped).toMatchObject({ converged: false, reason: "maxIterations", iterations: 2 });
    const value = problem.valueGradient(x, new Float64Array(4)) + penaltyAt(problem.penalty, x);
    expect(stopped.value).toBe(value);
  });

  it("never moves a variable whose penalty is infinite, and needs none of the others'", () => {
    const problem = bowl([1, 1]);
    problem.penalty.l1[0] = Number.POSITIVE_INFINITY;
    problem.penalty.l1[1] = 0;
    const x = new Float64Array(2);
    run(proximalNewton(problem, x, options));
    expect(x[0]).toBe(0);
    expect(x[1]).toBeCloseTo(2, 10);
  });
});
