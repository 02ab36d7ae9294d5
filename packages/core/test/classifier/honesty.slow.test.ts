import { describe, expect, it } from "vitest";
import { train } from "../../src/classifier/train.ts";
import { noiseTable, rareTable, softmaxTable } from "./data.ts";
import { type Simulation, simulate } from "./simulate.ts";

const MINUTES = 60_000;

/** Reported numbers may look worse than the truth by a little (a fold's model saw a fifth fewer rows), never better. */
function expectHonest({ logLoss, accuracy, ece, covered }: Simulation, pessimism: number): void {
  expect(logLoss.mean).toBeGreaterThan(-3 * logLoss.standardError);
  expect(logLoss.mean).toBeLessThan(3 * logLoss.standardError + pessimism);
  expect(accuracy.mean).toBeLessThan(3 * accuracy.standardError);
  expect(Math.abs(ece.mean)).toBeLessThan(3 * ece.standardError + 0.01);
  expect(covered).toBeGreaterThan(0.85);
}

describe("over many samples, what is reported agrees with fresh rows", () => {
  it(
    "of two classes",
    async () => {
      const told = await simulate((n, seed) => softmaxTable(n, 2, seed), 200, 100);
      console.log(JSON.stringify(told));
      expectHonest(told, 0.02);
    },
    10 * MINUTES,
  );

  it(
    "of four classes",
    async () => {
      const told = await simulate((n, seed) => softmaxTable(n, 4, seed), 200, 60);
      console.log(JSON.stringify(told));
      expectHonest(told, 0.03);
    },
    10 * MINUTES,
  );

  it(
    "of an uneven target, trained with class weights",
    async () => {
      const told = await simulate(rareTable, 600, 60, { classWeights: "balanced" });
      console.log(JSON.stringify(told));
      expectHonest(told, 0.02);
    },
    10 * MINUTES,
  );
});

describe("5,000 noise columns", () => {
  it.each([1, 2])(
    "beside 300 shuffled labels are no better than the baseline (seed %i)",
    async (seed) => {
      const { report } = await train(noiseTable(300, 5000, [0.4, 0.6], seed), {
        target: "y",
        seed,
      });
      const { noBetterThanBaseline, logLoss, baseline } = report.evaluation.metrics;
      expect(noBetterThanBaseline).toBe(true);
      expect(logLoss.value).toBeLessThan(baseline.logLoss.value + 0.05);
    },
    5 * MINUTES,
  );
});
