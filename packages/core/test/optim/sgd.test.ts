import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { run, type StochasticObjective } from "../../src/optim/contracts.ts";
import { SCHEDULES, type Schedule, scheduled } from "../../src/optim/schedule.ts";
import {
  adamRule,
  descendStochastically,
  momentumRule,
  type StochasticOptions,
  type UpdateRule,
} from "../../src/optim/sgd.ts";

/** The mean over the targets of ½ (x − target)², and the batches that were seen. */
function targets(values: readonly number[]): StochasticObjective & { batches: number[][] } {
  const mean = (terms: readonly number[], x: number): [number, number] => {
    let value = 0;
    let slope = 0;
    for (const term of terms) {
      value += (x - values[term]) ** 2 / 2;
      slope += x - values[term];
    }
    return [value / terms.length, slope / terms.length];
  };
  return {
    batches: [],
    dimension: 1,
    terms: values.length,
    valueGradient(x, g) {
      const [value, slope] = mean([...values.keys()], x[0]);
      g[0] = slope;
      return value;
    },
    batchGradient(x, batch, g) {
      this.batches.push([...batch]);
      const [value, slope] = mean([...batch], x[0]);
      g[0] = slope;
      return value;
    },
  };
}

const options = (rule: UpdateRule, more: Partial<StochasticOptions> = {}): StochasticOptions => ({
  rule,
  learningRate: 0.5,
  schedule: "constant",
  batchSize: 1,
  epochs: 1,
  seed: 1,
  tolerance: 0,
  ...more,
});

/** One target, so that the order plays no part: x after each epoch of one step from x = 8 towards 0. */
function path(rule: () => UpdateRule, epochs: number, more: Partial<StochasticOptions> = {}) {
  return Array.from({ length: epochs }, (_, e) => {
    const x = Float64Array.of(8);
    run(descendStochastically(targets([0]), x, options(rule(), { epochs: e + 1, ...more })));
    return x[0];
  });
}

describe("steps by hand, f(x) = x²/2 from 8, rate ½", () => {
  it("plain: x ← x − x/2", () => {
    expect(path(() => momentumRule(1, 0, false), 3)).toEqual([4, 2, 1]);
  });

  it("classical momentum ¼: v = −4, −1 − 2, −¾ − ½", () => {
    expect(path(() => momentumRule(1, 0.25, false), 3)).toEqual([4, 1, -0.25]);
  });

  it("Nesterov's momentum ¼: the gradient is taken at x + v/4", () => {
    // v₁ = −½·8 = −4, x = 4; v₂ = −1 − ½(4 − 1) = −2.5, x = 1.5; v₃ = −0.625 − ½(1.5 − 0.625) = −1.0625
    expect(path(() => momentumRule(1, 0.25, true), 3)).toEqual([4, 1.5, 0.4375]);
  });

  it("Adam's first step has the learning rate's length, its second follows the two means", () => {
    const [first, second] = path(() => adamRule(1), 2);
    expect(first).toBeCloseTo(7.5, 7);
    const m = (0.9 * 0.1 * 8 + 0.1 * 7.5) / (1 - 0.81);
    const v = (0.999 * 0.001 * 64 + 0.001 * 7.5 * 7.5) / (1 - 0.999 ** 2);
    expect(second).toBeCloseTo(7.5 - (0.5 * m) / Math.sqrt(v), 7);
  });

  it("the schedule multiplies the rate of each step", () => {
    // Two epochs of one step: 1 and 1/2 of the rate for "inverse"; 1 and ½(1 + cos(π/2)) = ½ for "cosine".
    const plain = () => momentumRule(1, 0, false);
    const second = (schedule: Schedule) => path(plain, 2, { schedule })[1];
    expect(second("constant")).toBe(2);
    expect(second("inverse")).toBe(3);
    expect(second("cosine")).toBe(3);
    expect(second("step")).toBeCloseTo(4 - 0.5 * 0.1 * 4, 12);
  });
});

describe("schedules", () => {
  it("start at 1, never rise, and stay in 0…1", () => {
    const given = fc.record({
      schedule: fc.constantFrom(...SCHEDULES),
      perEpoch: fc.integer({ min: 1, max: 50 }),
      epochs: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(given, ({ schedule, perEpoch, epochs }) => {
        const steps = perEpoch * epochs;
        let last = scheduled(schedule, 0, steps, perEpoch);
        expect(last).toBe(1);
        for (let t = 1; t < steps; t++) {
          const share = scheduled(schedule, t, steps, perEpoch);
          expect(share).toBeLessThanOrEqual(last);
          expect(share).toBeGreaterThanOrEqual(0);
          last = share;
        }
      }),
      { numRuns: 60 },
    );
  });

  it("step falls to a tenth after each third", () => {
    const shares = Array.from({ length: 6 }, (_, t) => scheduled("step", t, 6, 1));
    for (const [t, share] of [1, 1, 0.1, 0.1, 0.01, 0.01].entries()) {
      expect(shares[t]).toBeCloseTo(share, 15);
    }
  });
});

describe("epochs", () => {
  const values = Array.from({ length: 10 }, (_, i) => i);

  it("visit every term once, in a new order each, the last batch shorter", () => {
    const objective = targets(values);
    const rule = momentumRule(1, 0, false);
    run(
      descendStochastically(
        objective,
        new Float64Array(1),
        options(rule, { batchSize: 4, epochs: 3 }),
      ),
    );
    expect(objective.batches.map((batch) => batch.length)).toEqual([4, 4, 2, 4, 4, 2, 4, 4, 2]);
    const orders = [0, 3, 6].map((at) => objective.batches.slice(at, at + 3).flat());
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual(values);
    expect(new Set(orders.map(String)).size).toBe(3);
  });

  it("repeat their bits for a seed, and differ for another", () => {
    const end = (seed: number) => {
      const x = new Float64Array(1);
      const rule = momentumRule(1, 0.9, false);
      run(
        descendStochastically(
          targets(values),
          x,
          options(rule, { seed, learningRate: 0.1, epochs: 2 }),
        ),
      );
      return x[0];
    };
    expect(end(7)).toBe(end(7));
    expect(end(7)).not.toBe(end(8));
  });

  it("say epochs, not converged, where they end the work, and gradient where that is small enough", () => {
    const x = new Float64Array(1);
    const rule = momentumRule(1, 0, false);
    const stopped = run(descendStochastically(targets(values), x, options(rule, { epochs: 2 })));
    expect(stopped).toMatchObject({
      converged: false,
      reason: "epochs",
      iterations: 2,
      evaluations: 5,
    });
    const whole = options(rule, { epochs: 99, batchSize: 10, tolerance: 1e-6 });
    const near = run(descendStochastically(targets(values), x, whole));
    expect(near).toMatchObject({ converged: true, reason: "gradient" });
    expect(near.iterations).toBeLessThan(30);
    expect(x[0]).toBeCloseTo(4.5, 5);
  });
});
