import { expect, test } from "vitest";
import type { Estimate } from "../../src/measure/bootstrap.ts";
import { type Metrics, measure } from "../../src/measure/metrics.ts";
import { calibratedSample } from "./sample.ts";

/** The standard error of a share near 0.95 seen in 400 samples is 1.1 %. */
const SAMPLES = 400;
const LARGE = 400_000;

/** For each estimate, the share of samples of n rows whose interval holds the value of a very large sample. */
function coverage(n: number, k: number, factor: number, of: (m: Metrics) => Estimate[]): number[] {
  const measured = (rows: number, seed: number, replicates: number): Estimate[] => {
    const { Z, y } = calibratedSample(rows, k, seed);
    return of(
      measure(
        Z.map((z) => factor * z),
        y,
        null,
        k,
        { seed, replicates },
      ),
    );
  };
  const truth = measured(LARGE, 987_654, 2);
  const covered = truth.map(() => 0);
  for (let seed = 0; seed < SAMPLES; seed++) {
    for (const [at, { low, high }] of measured(n, seed, 400).entries()) {
      if (low <= truth[at].value && truth[at].value <= high) covered[at]++;
    }
  }
  return covered.map((count) => count / SAMPLES);
}

const METRICS = ["logLoss", "accuracy", "balancedAccuracy", "macroF1", "auc", "brier"] as const;

test.each([
  [60, 2],
  [200, 3],
  [1000, 5],
])(
  "with %i rows and %i classes every interval covers the truth in about 95 of 100 samples",
  (n, k) => {
    const shares = coverage(n, k, 1, (m) => METRICS.map((name) => m[name] as Estimate));
    for (const [at, share] of shares.entries()) {
      expect(share, METRICS[at]).toBeGreaterThan(n < 100 ? 0.9 : 0.915);
      expect(share, METRICS[at]).toBeLessThan(0.985);
    }
  },
);

test.each([200, 1000])("with %i rows that of ECE covers an over-confidence of 2", (n) => {
  expect(coverage(n, 3, 2, (m) => [m.ece])[0]).toBeGreaterThanOrEqual(0.9);
});
