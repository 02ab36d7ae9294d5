import { describe, expect, it } from "vitest";
import { run } from "../../src/optim/contracts.ts";
import type { CurvedObjective } from "../../src/optim/newton-cg.ts";
import { newtonCg } from "../../src/optim/newton-cg.ts";

/** f(x) = ½ Σ a_i (x_i − 1)², and how often it was asked. */
function bowl(curvatures: readonly number[]): CurvedObjective & { passes: number } {
  return {
    passes: 0,
    dimension: curvatures.length,
    valueGradient(x, g) {
      this.passes++;
      let value = 0;
      for (const [i, a] of curvatures.entries()) {
        g[i] = a * (x[i] - 1);
        value += (a * (x[i] - 1) ** 2) / 2;
      }
      return value;
    },
    hessianVector(_, v, out) {
      this.passes++;
      for (const [i, a] of curvatures.entries()) out[i] = a * v[i];
    },
  };
}

const rosenbrock: CurvedObjective = {
  dimension: 2,
  valueGradient(x, g) {
    const [a, b] = x;
    g[0] = -2 * (1 - a) - 400 * a * (b - a * a);
    g[1] = 200 * (b - a * a);
    return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
  },
  hessianVector(x, v, out) {
    const [a, b] = x;
    out[0] = (2 - 400 * b + 1200 * a * a) * v[0] - 400 * a * v[1];
    out[1] = -400 * a * v[0] + 200 * v[1];
  },
};

const options = { tolerance: 1e-10, maxIterations: 500 };

describe("newtonCg", () => {
  it("finds the minimum of a quadratic of condition 1e6 from afar", () => {
    const x = Float64Array.of(1e3, -1e3, 5);
    const stopped = run(newtonCg(bowl([1, 1e3, 1e6]), x, options));
    expect(stopped).toMatchObject({ converged: true, reason: "gradient" });
    for (const value of x) expect(value).toBeCloseTo(1, 9);
  });

  it("follows Rosenbrock's valley through negative curvature", () => {
    const x = Float64Array.of(-1.2, 1);
    expect(run(newtonCg(rosenbrock, x, options)).converged).toBe(true);
    for (const value of x) expect(value).toBeCloseTo(1, 9);
    const uphill = Float64Array.of(0, 5);
    expect(run(newtonCg(rosenbrock, uphill, options)).converged).toBe(true);
    for (const value of uphill) expect(value).toBeCloseTo(1, 9);
  });

  it("backs out of steps whose value is no number", () => {
    const barrier: CurvedObjective = {
      dimension: 1,
      valueGradient(x, g) {
        g[0] = 1 - 1 / x[0];
        return x[0] > 0 ? x[0] - Math.log(x[0]) : Number.NaN;
      },
      hessianVector(x, v, out) {
        out[0] = v[0] / (x[0] * x[0]);
      },
    };
    const x = Float64Array.of(20);
    expect(run(newtonCg(barrier, x, options)).reason).toBe("gradient");
    expect(x[0]).toBeCloseTo(1, 9);
  });

  it("counts gradients and products with the Hessian, and pauses after each", () => {
    const objective = bowl([1, 10, 100]);
    const steps = newtonCg(objective, Float64Array.of(3, 3, 3), options);
    let pauses = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) pauses++;
    expect(step.value.evaluations).toBe(objective.passes);
    expect(pauses).toBe(step.value.evaluations + step.value.iterations);
    expect(step.value.trace.map((point) => point.iteration)).toEqual([...step.value.trace.keys()]);
  });

  it("stops at the floor, at the start where that is the minimum, and where no step is allowed", () => {
    const falling: CurvedObjective = {
      dimension: 1,
      valueGradient(x, g) {
        g[0] = -Math.exp(-x[0]);
        return -g[0];
      },
      hessianVector(x, v, out) {
        out[0] = Math.exp(-x[0]) * v[0];
      },
    };
    const x = new Float64Array(1);
    const rules = { ...options, tolerance: 0, floor: 1e-8 };
    expect(run(newtonCg(falling, x, rules)).reason).toBe("floor");
    const there = Float64Array.of(1, 1);
    const stopped = run(newtonCg(bowl([1, 2]), there, options));
    expect(stopped).toMatchObject({ iterations: 0, evaluations: 1, reason: "gradient" });
    const y = Float64Array.of(5, 5);
    const none = run(newtonCg(bowl([1, 2]), y, { ...options, maxIterations: 0 }));
    expect(none).toMatchObject({ converged: false, reason: "maxIterations", iterations: 0 });
  });

  it("says precision, and counts it as converged, where noise hides the rest", () => {
    let call = 0;
    const exact = bowl([1, 2, 3]);
    const noisy: CurvedObjective = {
      ...exact,
      valueGradient(x, g) {
        const value = 1 + exact.valueGradient(x, g);
        const noise = ((call++ % 7) - 3) * 1e-9;
        for (let i = 0; i < 3; i++) g[i] += noise;
        return value * (1 + noise);
      },
    };
    const x = Float64Array.of(4, -4, 4);
    const stopped = run(newtonCg(noisy, x, { ...options, tolerance: 1e-14 }));
    expect(stopped).toMatchObject({ converged: true, reason: "precision" });
    for (const value of x) expect(value).toBeCloseTo(1, 6);
  });

  it("stops where little decrease is left to expect, which it then was", () => {
    const logCosh: CurvedObjective = {
      dimension: 3,
      valueGradient(x, g) {
        for (let i = 0; i < 3; i++) g[i] = Math.tanh(x[i]);
        return 1 + x.reduce((sum, value) => sum + Math.log(Math.cosh(value)), 0);
      },
      hessianVector(x, v, out) {
        for (let i = 0; i < 3; i++) out[i] = v[i] / Math.cosh(x[i]) ** 2;
      },
    };
    const x = Float64Array.of(1, -1, 0.5);
    const stopped = run(newtonCg(logCosh, x, { ...options, decrease: 1e-4 }));
    expect(stopped.reason).toBe("decrease");
    expect(stopped.value - 1).toBeLessThan(1.1e-4);
  });
});
