import { expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { createNegatives, runsOf } from "../../src/model/negatives.ts";

const shares = Float64Array.of(0.7, 0, 0.2, 0.09, 0.01);

it("draws each class as often as its shift says: half by shares, half evenly", () => {
  const { draws, shifts } = createNegatives(shares, 10, 100, createRandom(1));
  const counts = new Float64Array(5);
  for (const c of draws) counts[c]++;
  expect([...counts]).toEqual([475, 0, 225, 170, 130]);
  counts.forEach((count, c) => {
    if (count > 0) expect(Math.exp(shifts[c])).toBeCloseTo((10 * count) / 1000, 6);
  });
});

it("estimates the sum over all other classes without bias", () => {
  const negatives = createNegatives(shares, 4, 5000, createRandom(1));
  const z = [0.3, 9, -1, 2, 1.5];
  const own = 3;
  negatives.reshuffle();
  let sum = 0;
  for (const c of negatives.draws) if (c !== own) sum += Math.exp(z[c] - negatives.shifts[c]);
  const exact = [0, 2, 4].reduce((total, c) => total + Math.exp(z[c]), 0);
  expect(sum / 5000 / exact).toBeCloseTo(1, 3);
});

it("mixes the draws anew, in the order of the seed", () => {
  const [first, again] = [1, 2].map(() => createNegatives(shares, 10, 100, createRandom(1)));
  const before = first.draws.slice();
  first.reshuffle();
  again.reshuffle();
  expect(first.draws).not.toEqual(before);
  expect(first.draws.slice().sort()).toEqual(before.slice().sort());
  expect(first.draws).toEqual(again.draws);
});

it("keeps a draw for every class, and no more than 2^20 where classes are fewer", () => {
  expect(runsOf(1000, 10, 64) * 64).toBeGreaterThanOrEqual(16_000);
  expect(runsOf(1000, 1e6, 64) * 64).toBe(2 ** 20);
  expect(runsOf(2 ** 20, 1e6, 64) * 64).toBe(2 ** 24);
});
