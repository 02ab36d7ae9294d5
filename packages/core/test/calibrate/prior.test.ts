import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ratioWeights } from "../../src/base/losses.ts";
import { createRandom } from "../../src/base/random.ts";
import {
  addShifts,
  mostLikelyPrior,
  priorOf,
  priorShifts,
  ratiosAt,
  shiftedPrior,
} from "../../src/calibrate/prior.ts";
import { softmax } from "../../src/softmax/softmax.ts";

const shares = fc
  .array(fc.double({ min: 0.5, max: 1e4, noNaN: true }), { minLength: 2, maxLength: 8 })
  .map((list) => Float64Array.from(list));

test("the prior of the training leaves everything as it is, whatever its unit", () => {
  fc.assert(
    fc.property(shares, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (own, unit) => {
      expect(priorShifts(priorOf(own.map((share) => share * unit)), own)).toBeNull();
    }),
  );
});

test("shifts and prior say the same", () => {
  fc.assert(
    fc.property(shares, shares, (own, other) => {
      const to = priorOf(own.map((_, c) => other[c % other.length] + c));
      const shifts = priorShifts(to, own);
      if (shifts === null) return;
      shiftedPrior(shifts, own).forEach((p, c) => expect(p).toBeCloseTo(to[c], 12));
    }),
  );
});

/** Rows of one number x, normal around a mean for each class; logits by Bayes' rule at the prior. */
function world(prior: readonly number[], n: number, seed: number) {
  const random = createRandom(seed);
  const means = [0, 1.5, 3].slice(0, prior.length);
  const y = new Int32Array(n);
  const x = Float64Array.from({ length: n }, (_, i) => {
    let u = random.uniform();
    y[i] = prior.findIndex((p) => (u -= p) < 0);
    if (y[i] < 0) y[i] = 0;
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    return means[y[i]] + radius * Math.cos(2 * Math.PI * random.uniform());
  });
  const logits = (at: readonly number[]) =>
    Float64Array.from({ length: n * at.length }, (_, j) => {
      const [i, c] = [Math.floor(j / at.length), j % at.length];
      return Math.log(at[c]) - (x[i] - means[c]) ** 2 / 2;
    });
  return { y, logits };
}

describe("moving logits from one prior to another", () => {
  test("gives the logits that Bayes' rule has at the other", () => {
    const [from, to] = [
      [0.5, 0.3, 0.2],
      [0.05, 0.15, 0.8],
    ];
    const { logits } = world(from, 50, 1);
    const moved = new Float64Array(150);
    addShifts(priorShifts(Float64Array.from(to), Float64Array.from(from))!, logits(from), moved);
    const own = softmax(logits(to), { columns: 3 });
    softmax(moved, { columns: 3 }).forEach((p, at) => expect(p).toBeCloseTo(own[at], 12));
  });

  test("the mean probability over reweighted rows is the prior, within sampling", () => {
    const from = [0.7, 0.3];
    const to = Float64Array.of(0.98, 0.02);
    const { y, logits } = world(from, 20_000, 2);
    const Z = logits(from);
    addShifts(priorShifts(to, Float64Array.from(from))!, Z, Z);
    const P = softmax(Z, { columns: 2 });
    const w = ratioWeights(ratiosAt(to, y, null), y, null);
    const total = w.reduce((sum, weight) => sum + weight, 0);
    const mean = w.reduce((sum, weight, i) => sum + weight * P[2 * i + 1], 0) / total;
    expect(total).toBeCloseTo(20_000, 6);
    expect(Math.abs(mean - 0.02)).toBeLessThan(0.001);
  });
});

test("weights at a prior give each class its share, row weights counted", () => {
  const y = Int32Array.of(0, 0, 0, 1, 1, 2);
  const s = Float64Array.of(1, 2, 3, 4, 1, 1);
  const prior = Float64Array.of(0.2, 0.3, 0.5);
  const w = ratioWeights(ratiosAt(prior, y, s), y, s);
  const sums = [0, 0, 0];
  w.forEach((weight, i) => (sums[y[i]] += weight));
  sums.forEach((sum, c) => expect(sum).toBeCloseTo(12 * prior[c], 12));
  expect(w[1] / w[0]).toBeCloseTo(2, 12);
});

describe("the most likely prior of rows without labels", () => {
  test("is found within sampling", () => {
    const from = [0.6, 0.3, 0.1];
    for (const [seed, to] of [[0.1, 0.2, 0.7], [0.34, 0.33, 0.33], from].entries()) {
      const { logits } = world(to, 20_000, seed + 10);
      const { prior, converged } = mostLikelyPrior(logits(from), Float64Array.from(from));
      expect(converged).toBe(true);
      prior.forEach((p, c) => expect(Math.abs(p - to[c])).toBeLessThan(0.02));
    }
  });

  test("is a maximum of the likelihood: the mean probability there is the prior itself", () => {
    const from = [0.6, 0.3, 0.1];
    const { logits } = world([0.2, 0.5, 0.3], 500, 4);
    const Z = logits(from);
    const { prior } = mostLikelyPrior(Z, Float64Array.from(from));
    addShifts(priorShifts(prior, Float64Array.from(from))!, Z, Z);
    const P = softmax(Z, { columns: 3 });
    for (let c = 0; c < 3; c++) {
      let mean = 0;
      for (let i = 0; i < 500; i++) mean += P[3 * i + c] / 500;
      expect(mean).toBeCloseTo(prior[c], 7);
    }
  });

  test("gives a class that no row is like at least 1/(2n), and wants rows", () => {
    const Z = Float64Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 30 : 0));
    const { prior } = mostLikelyPrior(Z, Float64Array.of(1, 1));
    expect(prior[1]).toBeGreaterThan(0.0049);
    expect(prior[1]).toBeLessThan(0.0051);
    expect(() => mostLikelyPrior(new Float64Array(0), Float64Array.of(1, 1))).toThrow(
      "there is no row to estimate a prior from",
    );
  });
});
