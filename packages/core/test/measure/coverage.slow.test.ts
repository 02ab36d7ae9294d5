import { expect, test } from "vitest";
import type { Estimate } from "../../src/measure/bootstrap.ts";
import { measure } from "../../src/measure/metrics.ts";
import { calibratedSample } from "./sample.ts";

const NAMES = ["logLoss", "accuracy", "balancedAccuracy", "macroF1", "auc", "brier"] as const;

/** Standard error of a share near 0.95 seen in 400 samples is 1.1 %. */
const SAMPLES = 400;

test.each([
  [60, 2, 4],
  [200, 3, 4],
  [1000, 5, 6],
])(
  "with %i rows and %i classes the intervals cover the truth in 95 %% of samples",
  (n, k, spread) => {
    const large = calibratedSample(400_000, k, 12345, spread);
    const truth = measure(large.Z, large.y, null, k, { replicates: 2 });
    const covered = new Map<string, number>(NAMES.map((name) => [name, 0]));
    let gains = 0;
    for (let seed = 0; seed < SAMPLES; seed++) {
      const { Z, y } = calibratedSample(n, k, seed, spread);
      const metrics = measure(Z, y, null, k, { seed, replicates: 400 });
      for (const name of NAMES) {
        const { low, high } = metrics[name] as Estimate;
        const value = truth[name]?.value ?? Number.NaN;
        if (low <= value && value <= high) covered.set(name, (covered.get(name) ?? 0) + 1);
      }
      const { low, high } = metrics.baseline.accuracyGain;
      const value = truth.accuracy.value - 1 / k;
      if (low <= value + 0.03 && value - 0.03 <= high) gains++;
    }
    console.log(n, k, ...[...covered].map(([name, count]) => `${name} ${count / SAMPLES}`));
    for (const [name, count] of covered) {
      expect(count / SAMPLES, name).toBeGreaterThan(n < 100 ? 0.9 : 0.915);
      expect(count / SAMPLES, name).toBeLessThan(0.985);
    }
    expect(gains / SAMPLES).toBeGreaterThan(0.9);
  },
);
