import { describe, expect, it } from "vitest";
import type { Objective } from "../../src/optim/contracts.ts";
import { run } from "../../src/optim/contracts.ts";
import { lbfgs, pairsThatFit } from "../../src/optim/lbfgs.ts";

/** f(x) = Σ of squares with these curvatures, about a minimum at 1. */
const bowl = (curvatures: readonly number[]): Objective => ({
  dimension: curvatures.length,
  valueGradient(x, g) {
    let value = 0;
    for (const [i, a] of curvatures.entries()) {
      g[i] = a * (x[i] - 1);
      value += (a * (x[i] - 1) ** 2) / 2;
    }
    return value;
  },
});

const rosenbrock: Objective = {
  dimension: 2,
  valueGradient(x, g) {
    const [a, b] = x;
    g[0] = -2 * (1 - a) - 400 * a * (b - a * a);
    g[1] = 200 * (b - a * a);
    return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
  },
};

const options = { tolerance: 1e-10, maxIterations: 500 };

describe("lbfgs", () => {
  it("finds the minimum of a quadratic of condition 1e6 from afar", () => {
    const x = Float64Array.of(1e3, -1e3, 5);
    const stopped = run(lbfgs(bowl([1, 1e3, 1e6]), x, options));
    expect(stopped).toMatchObject({ converged: true, reason: "gradient" });
    for (const value of x) expect(value).toBeCloseTo(1, 9);
  });

  it("follows the curved valley of Rosenbrock's function", () => {
    const x = Float64Array.of(-1.2, 1);
    expect(run(lbfgs(rosenbrock, x, options)).converged).toBe(true);
    expect(x[0]).toBeCloseTo(1, 9);
    expect(x[1]).toBeCloseTo(1, 9);
  });

  it("backs out of steps whose value is infinite or no number", () => {
    const barrier: Objective = {
      dimension: 1,
      valueGradient(x, g) {
        g[0] = 1 - 1 / x[0];
        return x[0] > 0 ? x[0] - Math.log(x[0]) : Number.NaN;
      },
    };
    const x = Float64Array.of(20);
    expect(run(lbfgs(barrier, x, options)).reason).toBe("gradient");
    expect(x[0]).toBeCloseTo(1, 9);
  });

  it("says precision, and counts it as converged, where noise hides the rest", () => {
    let call = 0;
    const noisy: Objective = {
      dimension: 3,
      valueGradient(x, g) {
        const value = 1 + bowl([1, 2, 3]).valueGradient(x, g);
        const noise = ((call++ % 7) - 3) * 1e-9;
        for (let i = 0; i < 3; i++) g[i] += noise;
        return value * (1 + noise);
      },
    };
    const x = Float64Array.of(4, -4, 4);
    const stopped = run(lbfgs(noisy, x, { ...options, tolerance: 1e-14 }));
    expect(stopped).toMatchObject({ converged: true, reason: "precision" });
    for (const value of x) expect(value).toBeCloseTo(1, 6);
  });

  it("stops at the floor of a function that falls for ever", () => {
    const falling: Objective = {
      dimension: 1,
      valueGradient(x, g) {
        const value = Math.exp(-x[0]);
        g[0] = -value;
        return value;
      },
    };
    const x = new Float64Array(1);
    const stopped = run(lbfgs(falling, x, { ...options, tolerance: 0, floor: 1e-8 }));
    expect(stopped.reason).toBe("floor");
    expect(stopped.evaluations).toBeLessThan(40);
    expect(Number.isFinite(x[0])).toBe(true);
  });

  it("stops where little decrease is left to expect, which it then was", () => {
    const x = Float64Array.of(30, -30, 30, 30);
    const shifted: Objective = {
      dimension: 4,
      valueGradient: (at, g) => 1 + bowl([1, 0.5, 0.1, 2]).valueGradient(at, g),
    };
    const stopped = run(lbfgs(shifted, x, { ...options, decrease: 1e-4 }));
    expect(stopped.reason).toBe("decrease");
    expect(stopped.value - 1).toBeLessThan(3e-4);
  });

  it("stops at the start where that is the minimum, or where no step is allowed", () => {
    const x = Float64Array.of(1, 1);
    expect(run(lbfgs(bowl([1, 2]), x, options))).toMatchObject({ iterations: 0, evaluations: 1 });
    const y = Float64Array.of(5, 5);
    const stopped = run(lbfgs(bowl([1, 2]), y, { ...options, maxIterations: 0 }));
    expect(stopped).toMatchObject({ converged: false, reason: "maxIterations", iterations: 0 });
    expect([...y]).toEqual([5, 5]);
  });

  it("pauses after every evaluation, and traces every iteration", () => {
    const steps = lbfgs(rosenbrock, Float64Array.of(-1.2, 1), options);
    let pauses = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) pauses++;
    const { trace, iterations, evaluations } = step.value;
    expect(pauses).toBe(evaluations + iterations);
    expect(trace.map((point) => point.iteration)).toEqual([...trace.keys()]);
    expect(trace.at(-1)?.objective).toBe(step.value.value);
    for (let i = 1; i < trace.length; i++) {
      expect(trace[i].objective).toBeLessThanOrEqual(trace[i - 1].objective);
    }
  });

  it("keeps 20 pairs, fewer where they would take more than 256 MB, and at least 3", () => {
    const most = 2 ** 28 / (16 * 20);
    expect([1, 1000, Math.floor(most)].map(pairsThatFit)).toEqual([20, 20, 20]);
    expect(pairsThatFit(Math.floor(most) + 1)).toBe(19);
    expect([2 ** 22, 2 ** 24, 1e9].map(pairsThatFit)).toEqual([4, 3, 3]);
  });

  it("needs no more than three pairs to reach the optimum, only longer", () => {
    const x = Float64Array.of(-1.2, 1);
    const stopped = run(lbfgs(rosenbrock, x, { ...options, memory: 3 }));
    expect(stopped.reason).toBe("gradient");
    for (const value of x) expect(value).toBeCloseTo(1, 9);
  });
});
