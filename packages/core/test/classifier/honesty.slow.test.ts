import { describe, expect, it } from "vitest";
import { train } from "../../src/classifier/train.ts";
import { noiseTable, rareWorld, softmaxWorld } from "./data.ts";
import { type Simulation, simulate } from "./simulate.ts";

const MINUTES = 60_000;

/** Within three standard errors of the truth; what else may differ is in docs/math.md §9.2. */
function expectHonest({ logLoss, ece, accuracy, covered }: Simulation): void {
  expect(Math.abs(logLoss.mean)).toBeLessThan(3 * logLoss.standardError + 0.005);
  expect(Math.abs(ece.mean)).toBeLessThan(3 * ece.standardError + 0.005);
  expect(Math.abs(accuracy.mean)).toBeLessThan(3 * accuracy.standardError);
  expect(covered).toBeGreaterThan(0.86);
}

describe("over many samples, what is reported agrees with fresh rows", () => {
  it.each([2, 4])(
    "of %i classes",
    async (k) => expectHonest(await simulate(softmaxWorld(k), 200, 100)),
    20 * MINUTES,
  );

  it(
    "of an uneven target, trained with class weights",
    async () => {
      const options = { classWeights: "balanced" } as const;
      expectHonest(await simulate(rareWorld, 400, 100, options));
    },
    20 * MINUTES,
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
