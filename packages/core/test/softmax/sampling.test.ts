import { expect, test } from "vitest";
import {
  createRandom,
  gumbelSoftmax,
  sample,
  sampleLogits,
  softmax,
  topK,
} from "../../src/index.ts";

const N = 10_000;
const z = [0.5, -1, 2, 0.5, -30];
const p = softmax(z);

/** Pearson's χ² of counts against probabilities, for entries that are expected at least once. */
function chiSquare(draws: Int32Array, expected: readonly number[]): number {
  const counts = new Float64Array(expected.length);
  for (const c of draws) counts[c]++;
  return expected.reduce((sum, value, c) => {
    const mean = value * draws.length;
    return mean < 1 ? sum : sum + ((counts[c] - mean) * (counts[c] - mean)) / mean;
  }, 0);
}

const repeated = (row: readonly number[]): Float64Array =>
  Float64Array.from({ length: N * row.length }, (_, at) => row[at % row.length]);

/** The 99.9 % quantile of χ² with 3 degrees of freedom. */
const LIMIT = 16.27;

test("sample draws in proportion to the entries, also where they do not sum to 1", () => {
  const draws = sample(repeated(p), createRandom(1), { columns: 5 });
  expect(chiSquare(draws, p)).toBeLessThan(LIMIT);
  const scaled = sample(repeated([3, 0, 1]), createRandom(2), { columns: 3 });
  expect(chiSquare(scaled, [0.75, 0, 0.25])).toBeLessThan(LIMIT);
  expect(scaled.includes(1)).toBe(false);
});

test("sampleLogits draws from softmax(z/T), at the ends of temperature too", () => {
  for (const [seed, temperature] of [1, 2.5, 0, Number.POSITIVE_INFINITY].entries()) {
    const draws = sampleLogits(repeated(z), createRandom(seed), { columns: 5, temperature });
    expect(chiSquare(draws, softmax(z, { temperature }))).toBeLessThan(LIMIT + 3);
  }
  const tied = sampleLogits(repeated([4, 1, 4]), createRandom(9), { columns: 3, temperature: 0 });
  expect(chiSquare(tied, [0.5, 0, 0.5])).toBeLessThan(LIMIT);
});

test("gumbelSoftmax gives distributions whose largest entry is a draw from softmax(z)", () => {
  const draws = gumbelSoftmax(repeated(z), createRandom(4), { columns: 5, temperature: 0.3 });
  expect(chiSquare(topK(draws, 1, { columns: 5 }), p)).toBeLessThan(LIMIT);
  expect(draws[0] + draws[1] + draws[2] + draws[3] + draws[4]).toBeCloseTo(1, 14);
  const hard = gumbelSoftmax(z, createRandom(4), { temperature: 0 });
  expect([...hard].filter((value) => value === 0).length).toBe(4);
});

test("the same seed gives the same draws, and a masked entry is never drawn", () => {
  const draw = () =>
    sampleLogits(repeated(z), createRandom(7), { columns: 5, mask: [1, 1, 0, 1, 1] });
  expect(draw()).toEqual(draw());
  expect(draw().includes(2)).toBe(false);
  expect(Array.from({ length: 8 }, (_, seed) => sample(p, createRandom(seed)))).toEqual(
    Array.from({ length: 8 }, (_, seed) => sample(Float64Array.from(p), createRandom(seed))),
  );
});

test("rounding of the running sum never draws an entry of probability 0", () => {
  const almostOne = { uint32: () => 0, below: () => 0, uniform: () => 1 - 2 ** -53 };
  expect(sample([0.1, 0.2, 0.3, 0.4, 0], almostOne)).toBe(3);
  expect(sample([0, 1], { ...almostOne, uniform: () => 0 })).toBe(1);
  expect(Number.isFinite(gumbelSoftmax([1, 2], almostOne)[0])).toBe(true);
});

test("a class is drawn where the running sum exceeds the uniform number, not where it equals it", () => {
  const half = { uint32: () => 0, below: () => 0, uniform: () => 0.5 };
  expect(sample([1, 1], half)).toBe(1);
  expect(sample([1, 0, 1], half)).toBe(2);
  // Half of the least number there is rounds to 0, and nearly all of it to all of it.
  const almostOne = { ...half, uniform: () => 1 - 2 ** -53 };
  expect(sample([5e-324, 0], almostOne)).toBe(0);
});

test("the least uniform number gives noise that is a number", () => {
  const none = { uint32: () => 0, below: () => 0, uniform: () => 0 };
  expect(sampleLogits([1, 2], none)).toBe(1);
  expect(gumbelSoftmax([1, 2], none)).toEqual(softmax([1, 2]));
});
