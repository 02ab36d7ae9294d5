import { expect, it } from "vitest";
import { compareLogits, createRandom } from "../../src/index.ts";

const random = createRandom(3);

it("intervals of 95 % hold a known gain in about 95 % of samples", () => {
  let held = 0;
  const rounds = 400;
  // Both are equally good: their noise is alike and independent.
  for (let round = 0; round < rounds; round++) {
    const labels = Int32Array.from({ length: 150 }, () => random.below(2));
    const logits = (): Float64Array =>
      Float64Array.from(
        { length: 300 },
        (_, at) => (labels[at >> 1] === (at & 1) ? 1 : 0) + 3 * random.uniform(),
      );
    const { gain } = compareLogits(logits(), logits(), labels, null, 2, {
      replicates: 200,
      seed: round,
    }).logLoss;
    if (gain.low <= 0 && gain.high >= 0) held++;
  }
  expect(held / rounds).toBeGreaterThan(0.9);
  expect(held / rounds).toBeLessThan(0.99);
});
